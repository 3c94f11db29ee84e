"""Pytest plugin of dcc: fixtures offered to every distribution and to third-party plugins."""
