"""Quorum: rules as versioned data, a pure evaluation, the shelf of published rules."""
