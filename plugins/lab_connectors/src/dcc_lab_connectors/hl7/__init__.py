"""HL7 v2 messages, byte for byte: reading, acknowledging, recognising the French profiles."""
