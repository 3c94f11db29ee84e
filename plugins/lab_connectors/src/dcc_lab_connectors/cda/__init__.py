"""Reading CDA R2 documents (CI-SIS) into neutral documents and coded observations."""
