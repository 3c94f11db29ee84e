"""Note what the template wrote, so that a later version can be merged with local work."""

import json
from pathlib import Path

RECORD = Path(".dcc-region.json")


def written() -> dict[str, str]:
    """Return each file as it was written: the base of the next three-way merge."""
    return {
        path.as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(Path().rglob("*"))
        if path.is_file() and path != RECORD
    }


record = json.loads(RECORD.read_text(encoding="utf-8"))
RECORD.write_text(
    json.dumps(record | {"written": written()}, ensure_ascii=False, indent=2) + "\n",
    encoding="utf-8",
)
