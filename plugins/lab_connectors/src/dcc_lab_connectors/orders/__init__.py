"""Molecular orders: what the DCC asks of a genetics platform, and where it stands."""
