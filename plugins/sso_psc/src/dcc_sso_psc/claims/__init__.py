"""From the claims of Pro Santé Connect to the professional."""
