"""The directory of RCPs: what each is, who runs it, where, when and with which rules."""
