"""Région Occitanie : une liste de greffons, leurs réglages, une marque."""
