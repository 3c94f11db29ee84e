"""Région Bretagne : une liste de greffons, leurs réglages, une marque."""
