"""The program of a form: checked, ordered, in core form, ready for the engine and the browser."""
