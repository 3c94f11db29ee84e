"""`dcc forms`: what a form author runs."""
