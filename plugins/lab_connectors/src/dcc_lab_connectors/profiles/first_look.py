"""The first look at bytes that claim to be a message: can they be read, are they for us."""

from dataclasses import dataclass

from dcc_lab_connectors.hl7.envelope import Envelope, read_envelope
from dcc_lab_connectors.hl7.errors import Hl7SyntaxError, Problem
from dcc_lab_connectors.hl7.message import Message, parse_message
from dcc_lab_connectors.hl7.profiles import find_problems
from dcc_lab_connectors.profiles.actions import find_incoherence


@dataclass(frozen=True, slots=True)
class FirstLook:
    """`message` and `envelope` are None when the bytes cannot be read; `problems` condemn them."""

    message: Message | None
    envelope: Envelope | None
    problems: tuple[Problem, ...]

    @property
    def conditions(self) -> str:
        """Codes of the problems, for the metadata of what is stored."""
        return ",".join(str(problem.condition) for problem in self.problems)


def look_at(content: bytes) -> FirstLook:
    """Read the header and judge it; the body is only looked at for the action it asks."""
    try:
        message = parse_message(content)
    except Hl7SyntaxError as error:
        return FirstLook(None, None, (error.problem,))
    envelope = read_envelope(message)
    problems = find_problems(envelope) or find_incoherence(message, envelope)
    return FirstLook(message, envelope, problems)
