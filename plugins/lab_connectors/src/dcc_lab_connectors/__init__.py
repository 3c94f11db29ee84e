"""Laboratory connectors: HL7 v2 over MLLP and SFTP, matching, results."""
