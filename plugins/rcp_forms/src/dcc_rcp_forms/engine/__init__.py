"""The engine: what answers make of a form. Pure; no database, no clock."""
