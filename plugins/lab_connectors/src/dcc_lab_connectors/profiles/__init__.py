"""From an HL7 v2 message to what the core understands: identity, documents, observations."""
