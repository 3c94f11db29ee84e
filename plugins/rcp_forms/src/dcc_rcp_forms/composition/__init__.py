"""Inheritance without copies: a form extends a base, a region overlays a national form."""
