"""Test support for dcc distributions and third-party plugins."""
