"""Checks of a region and its plugins against the contract, before anything runs."""
