"""A strict, synchronous OpenID Connect relying party."""
