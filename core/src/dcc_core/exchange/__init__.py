"""The exchange: an inbox whose bytes are safe before they are acknowledged, an outbox that leaves
with the transaction that made it.
"""
