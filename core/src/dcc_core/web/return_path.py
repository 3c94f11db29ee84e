"""Where to go after signing in or saving: a path of this site, never another address."""

_CONTROLS = frozenset(map(chr, range(0x20))) | {"\x7f", "\\"}


def safe_path(given: str, *, default: str = "/") -> str:
    r"""Return ``given`` when it is a path of this site, else ``default``.

    ``//host`` and ``/\host`` name another host for browsers; control characters are dropped by
    some of them before they read the address.
    """
    is_local = given.startswith("/") and not given.startswith("//")
    return given if is_local and not _CONTROLS & set(given) else default
