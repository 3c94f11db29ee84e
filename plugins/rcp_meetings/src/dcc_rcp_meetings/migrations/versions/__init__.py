"""Revisions of the plugin."""
