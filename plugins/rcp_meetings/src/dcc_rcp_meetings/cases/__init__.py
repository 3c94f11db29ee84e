"""Cases: from the request to the signed document, one state at a time."""
