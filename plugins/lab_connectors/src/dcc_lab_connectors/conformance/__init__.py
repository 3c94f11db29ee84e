"""What hl7apy knows of the standard: names of fields, rules of segments. Never used to store."""
