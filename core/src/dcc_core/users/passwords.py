"""Passwords of local accounts: argon2id, a rule that favours length, one time for everybody."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from dcc_core.errors import InvalidInput

MIN_LENGTH = 12
MAX_LENGTH = 128
MIN_DISTINCT = 6
_COMMON = ("motdepasse", "password", "azerty", "qwerty", "123456", "bonjour", "soleil", "hopital")

HASHER = PasswordHasher()
"""Argon2id with the parameters of RFC 9106, second recommended option."""


def hash_password(password: str, *, about: tuple[str, ...] = ()) -> str:
    """Return the hash to store.

    Args:
        about: Login and names of the person, which the password may not contain.

    Raises:
        InvalidInput: ``ACC-611`` wrong length, ``ACC-612`` too easy to guess.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidInput(
            "ACC-611",
            f"Le mot de passe compte de {MIN_LENGTH} à {MAX_LENGTH} caractères."
            " Une phrase de quelques mots convient très bien.",
            field="password",
        )
    if _is_easy(password.casefold(), about):
        raise InvalidInput(
            "ACC-612",
            "Ce mot de passe est facile à deviner : évitez votre nom, votre identifiant, les"
            " suites et les répétitions.",
            field="password",
        )
    return HASHER.hash(password)


def is_password(stored: str, password: str) -> bool:
    """Tell whether the password is right. An unknown account costs the same time as a wrong one."""
    try:
        return HASHER.verify(stored or _decoy(), password) and bool(stored)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def _is_easy(password: str, about: tuple[str, ...]) -> bool:
    if len(set(password)) < MIN_DISTINCT:
        return True
    rest = password
    for word in (*_COMMON, *(part.casefold() for part in about if len(part) > 2)):
        rest = rest.replace(word, "")
    return len(rest) < MIN_LENGTH - 4


@cache
def _decoy() -> str:
    return HASHER.hash("a password that nobody has")
