"""Read a JSON object received from outside, or refuse it."""

import json
from typing import Any, NoReturn

JsonObject = dict[str, Any]


def parse_object(raw: bytes | str) -> JsonObject:
    """Return the object.

    Raises:
        ValueError: not JSON, not an object, nested without end, ``NaN``, or text that no database
            and no page could hold (lone surrogates).
    """
    try:
        found = json.loads(raw, parse_constant=_refuse_constant)
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one error for every unreadable input
    return found


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("not a number")
