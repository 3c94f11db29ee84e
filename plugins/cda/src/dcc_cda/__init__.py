"""Clinical documents as CDA R2 and PDF/A."""
