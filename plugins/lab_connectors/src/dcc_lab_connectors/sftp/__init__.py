"""Drop folders: files that laboratories push to us, or that we fetch from them."""
