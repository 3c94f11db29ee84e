"""RCP meetings: directory, sessions, quorum, the fiche from request to signed document."""
