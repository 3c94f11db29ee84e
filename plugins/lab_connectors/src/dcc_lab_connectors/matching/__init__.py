"""Is this message about a patient we know? A pure decision, never a guess."""
