"""Fiches in the database: answers, their history, the statistics projection, published versions."""
