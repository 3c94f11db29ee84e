"""A simulated DMP: an XDS.b registry and repository written from the specifications, as strict as
the real one is said to be. It shares no code with the client that it judges.
"""
