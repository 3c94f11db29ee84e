"""MLLP: the listener that answers only for what is stored, and the sender."""
