"""Région Martinique : une liste de greffons, leurs réglages, une marque."""
