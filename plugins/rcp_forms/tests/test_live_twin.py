"""The browser reads what is typed like the server: same text, same stored answer."""

import json
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.engine.stored import stored_from_text
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import FieldKind
from dcc_rcp_forms.loading import load_form
from dcc_rcp_forms.program.model import Program, Step
from dcc_rcp_forms.web.answers import posted_answers

STATIC = Path(__file__).parents[1] / "src" / "dcc_rcp_forms" / "static"
RUNNER = """
const tools = require(process.argv[1]);
const { programs, texts, forms } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const read = texts.map(([program, step, text]) =>
  tools.storedFromText(programs[program].steps.find((item) => item.id === step), text));
const answers = forms.map(([program, posted]) =>
  tools.readAnswers(programs[program], Object.keys(posted), (name) => posted[name] || []));
process.stdout.write(JSON.stringify([read, answers]));
"""
TEXTS = [
    "12", "12,5", "1 234", "1\u202f234,50", "−3", "-3.25", "3,", "1e5", "0", "00", "-0", "12mm",
    "oui", "non", "Oui", "inconnu", "non fait", "",  "  ", "x", "a, b,, c", "15/03/2024", "3/2024",
    "03/2024", "2024", "2024-03-15", "2024-3-5", "29/02/2023", "31/12/1799", "14:30", "C50.9",
    "1,234,567", "999999999999999", "9999999999999999", "0,1234567890123456",
]  # fmt: skip


def programs() -> list[Program]:
    found = []
    for name in ("sein", "prostate", "socle-frcp", "poumon"):
        loaded = load_form(NATIONAL_PACK / f"{name}.yaml", Findings())
        assert loaded is not None
        found.append(loaded.program)
    return found


def controls(step: Step) -> Iterator[tuple[Step, str]]:
    """Yield the controls of a field with their names; a table has a few rows far apart."""
    if step.kind is FieldKind.TABLE:
        rows = [f"[{index}]" for index in (4, 0, 2)]
    elif step.kind is FieldKind.MATRIX:
        rows = [f".{row}" for row in step.rows]
    else:
        yield step, step.id
        return
    yield from ((column, f"{step.id}{row}.{column.id}") for row in rows for column in step.columns)


def posted_form(program: Program, pick: random.Random) -> dict[str, list[str]]:
    posted: dict[str, list[str]] = {}
    every = (pair for step in program.steps for pair in controls(step))
    for step, name in every:
        if pick.random() < 0.4:
            continue
        posted[name] = [pick.choice([*TEXTS, *step.codes[:3]])]
        if step.kind is FieldKind.CHOICES:
            posted[name] = pick.sample(step.codes, k=min(2, len(step.codes)))
        if step.allows_unknown and pick.random() < 0.2:
            posted[f"{name}:absent"] = [pick.choice(["inconnu", "non fait"])]
    return posted


def test_what_is_typed_is_read_alike() -> None:
    pick = random.Random(11)  # noqa: S311  reproducible, not secret
    forms = programs()
    simple = {FieldKind.TABLE, FieldKind.MATRIX, FieldKind.COMPUTED, FieldKind.FIXED_TEXT}
    texts = [
        (rank, step.id, text)
        for rank, program in enumerate(forms)
        for step in program.steps
        if step.kind not in simple
        for text in pick.sample(TEXTS, k=12)
    ]
    posted = [
        (rank, posted_form(program, pick)) for rank, program in enumerate(forms) for _ in range(40)
    ]
    content = {"programs": [p.to_json() for p in forms], "texts": texts, "forms": posted}
    node = subprocess.run(
        ["node", "-e", RUNNER, str(STATIC / "live.js")],
        input=json.dumps(content),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    read, answers = json.loads(node.stdout)
    for (rank, step, text), theirs in zip(texts, read, strict=True):
        ours: Any = stored_from_text(forms[rank].step(step), text)
        assert ours == theirs, (forms[rank].step(step).kind, text)
    for (rank, fields), theirs in zip(posted, answers, strict=True):
        assert posted_answers(forms[rank].steps, fields) == theirs
    assert len(texts) > 1_000
