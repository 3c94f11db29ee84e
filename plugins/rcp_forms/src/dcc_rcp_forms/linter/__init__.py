"""The linter: everything that can be known to be wrong in a form before anyone fills it."""
