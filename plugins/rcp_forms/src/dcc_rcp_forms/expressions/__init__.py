"""The expression language: French words, three-valued logic, static types, no loop, no clock."""
