"""The ``dcc`` command line. Its words are stable: operators, documentation and tests rely on
them.
"""
