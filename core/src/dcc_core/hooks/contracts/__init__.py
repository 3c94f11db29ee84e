"""The typed objects that core and plugins exchange, one module per family. Frozen data and
Protocols only.
"""
