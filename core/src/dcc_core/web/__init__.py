"""The web of a region: one application assembled from the core and its plugins."""
