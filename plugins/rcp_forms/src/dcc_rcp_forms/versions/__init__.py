"""Versions of a form: what changed, what it costs, how old answers follow, what is frozen."""
