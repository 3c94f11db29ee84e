"""A look-alike of Pro Santé Connect: same paths, claims, levels, lifetimes and logout."""
