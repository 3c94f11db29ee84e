"""The studio: write a version, have it reviewed by somebody else, publish it."""
