"""Minimal core of dcc, the regional Dossier Communicant de Cancérologie."""
