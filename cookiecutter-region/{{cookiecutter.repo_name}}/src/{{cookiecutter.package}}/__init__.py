"""Région {{ cookiecutter.region_name }} : une liste de greffons, leurs réglages, une marque."""
