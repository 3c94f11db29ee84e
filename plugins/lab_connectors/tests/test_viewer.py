import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from dcc_lab_connectors.cli import lab
from dcc_lab_connectors.hl7.message import parse_message
from dcc_lab_connectors.samples import oru
from dcc_lab_connectors.viewer import Change, FieldView, compare_messages, view_message


def test_every_segment_of_every_example_is_shown(example: Path) -> None:
    message = parse_message(example.read_bytes())
    views = view_message(message)
    assert [view.name for view in views] == [segment.name for segment in message]
    assert all(field.value for view in views for field in view.fields)


def test_fields_are_named_and_long_ones_shortened(examples: dict[str, bytes]) -> None:
    views = {f"{v.name}[{v.rank}]": v for v in view_message(parse_message(examples["007"]))}
    assert FieldView(8, "Administrative sex", "F") in views["PID[1]"].fields
    document = next(field for field in views["OBX[1]"].fields if field.number == 5)
    assert document.is_shortened
    assert len(document.value) < 300


def test_two_versions_are_compared_field_by_field() -> None:
    before, after = parse_message(oru("1")), parse_message(oru("1").replace(b"|F|||^^", b"|M|||^^"))
    assert compare_messages(before, after) == (Change("PID[1]-8", "Administrative sex", "F", "M"),)
    assert compare_messages(before, before) == ()
    longer = parse_message(oru("1") + b"NTE|1\r")
    [added] = compare_messages(before, longer)
    [removed] = compare_messages(longer, before)
    assert (added.location, added.before, removed.after) == ("NTE[1]-1", "", "")


@pytest.mark.parametrize(
    ("content", "status", "shown"),
    [
        (oru("1"), 0, "check: valid"),
        (oru("1").replace(b"|718-7^", b"||"), 1, "check: invalid"),
        (b"rien", 1, ""),
    ],
)
def test_command_shows_a_file(tmp_path: Path, content: bytes, status: int, shown: str) -> None:
    file = tmp_path / "x.hl7"
    file.write_bytes(content)
    result = CliRunner().invoke(lab, ["show", str(file)])
    assert result.exit_code == status
    assert shown in result.stdout


def test_command_speaks_json(tmp_path: Path) -> None:
    file = tmp_path / "x.hl7"
    file.write_bytes(oru("1"))
    shown = json.loads(CliRunner().invoke(lab, ["show", str(file), "--json"]).stdout)
    assert shown["check"]["status"] == "valid"
    assert shown["segments"][0]["name"] == "MSH"
