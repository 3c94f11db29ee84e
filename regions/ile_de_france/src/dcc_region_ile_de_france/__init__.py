"""Région Île-de-France : une liste de greffons, leurs réglages, une marque."""
