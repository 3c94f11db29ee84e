"""Garbage collection of a long process: rarely, and never through what was loaded at start.

With Python's own threshold of 700 objects a start spends a quarter of its time on looking for
garbage among modules, tables and routes, and later every full collection walks through them again.
"""

import gc

_THRESHOLD = 50_000
"""Objects allocated between two collections."""


def keep_what_is_loaded() -> None:
    """Set aside the objects that exist now, and collect among those that come later."""
    gc.freeze()
    gc.set_threshold(_THRESHOLD)
    gc.enable()
