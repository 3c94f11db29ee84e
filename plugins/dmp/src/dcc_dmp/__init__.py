"""Feeding of the Dossier Médical Partagé."""
