"""Revisions of the example."""
