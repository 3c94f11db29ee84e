import pytest

from dcc_lab_connectors.hl7.envelope import read_envelope
from dcc_lab_connectors.hl7.message import parse_message
from dcc_lab_connectors.profiles.actions import find_incoherence


@pytest.mark.parametrize(
    ("name", "old", "new", "refused"),
    [
        ("004", b"", b"", False),
        ("004", b"ORC|NW|", b"ORC|RO|", True),
        ("004", b"ORC|NW|", b"ORC||", False),
        ("005", b"||||||C|", b"||||||F|", True),
        ("006", b"MDM^T02^", b"MDM^T10^", True),
        ("016", b"MDM^T10^", b"MDM^T04^", True),
        ("013", b"", b"", False),
        ("001", b"", b"", False),
    ],
)
def test_the_three_statements_of_the_action_must_agree(
    examples: dict[str, bytes], name: str, old: bytes, new: bytes, refused: bool
) -> None:
    message = parse_message(examples[name].replace(old, new) if old else examples[name])
    problems = find_incoherence(message, read_envelope(message))
    assert bool(problems) is refused
    assert all(problem.application == "906" for problem in problems)
