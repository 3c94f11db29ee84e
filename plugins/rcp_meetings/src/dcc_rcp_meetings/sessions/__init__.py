"""Sessions: made from a rhythm, moved, duplicated, cancelled; who is there and when."""
