"""A plugin that implements every hook: the worked example of the documentation."""
