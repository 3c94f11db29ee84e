"""Session mode: one screen that everybody at the meeting follows while it is held."""
