"""Revisions of the core's tables."""
