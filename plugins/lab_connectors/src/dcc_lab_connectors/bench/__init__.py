"""Measurements of the listener."""
