"""Revisions of sso_psc."""
