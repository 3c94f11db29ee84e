"""Sign-in with Pro Santé Connect."""
