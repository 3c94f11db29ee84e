"""Printed lists of an RCP: the agenda of a session, and a blank form to fill by hand."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from dcc_cda.pdf.typesetting import branded, typeset
from dcc_cda.wording import say_moment


@dataclass(frozen=True, slots=True)
class AgendaCase:
    """One case of a session, as the list shows it; the INS has no place on a list that lies on a
    table.
    """

    order: int
    patient_name: str
    birth_date: str
    sex: str
    requester: str
    question: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class Agenda:
    """A session and its cases."""

    rcp_name: str
    starts_at: datetime
    place: str
    coordinator: str
    cases: tuple[AgendaCase, ...]
    expected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlankField:
    """One question of a blank form.

    Attributes:
        kind: ``line``, ``text`` (several lines), ``choice`` (one box per choice) or ``date``.
    """

    label: str
    kind: str = "line"
    choices: tuple[str, ...] = ()
    unit: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class BlankSection:
    """A titled group of questions."""

    title: str
    fields: tuple[BlankField, ...]


def write_agenda(agenda: Agenda, *, branding: Mapping[str, str], printed_at: datetime) -> bytes:
    """Return the list of a session, two pages at most for thirty cases."""
    data = {
        "branding": branded(branding),
        "title": agenda.rcp_name,
        "subtitle": f"Séance du {say_moment(agenda.starts_at)} · {agenda.place}",
        "coordinator": agenda.coordinator,
        "expected": list(agenda.expected),
        "cases": [asdict(one) for one in agenda.cases],
        "footer": f"Imprimé le {say_moment(printed_at)} · à détruire après la séance",
    }
    return typeset("agenda.typ", data, created_at=printed_at)


def write_blank_form(
    title: str,
    version: str,
    sections: tuple[BlankSection, ...],
    *,
    branding: Mapping[str, str],
    printed_at: datetime,
) -> bytes:
    """Return a form to fill by hand."""
    data = {
        "branding": branded(branding),
        "title": title,
        "subtitle": f"Fiche vierge · modèle {version}",
        "sections": [asdict(one) for one in sections],
        "footer": f"Modèle {version} · imprimé le {say_moment(printed_at)}",
    }
    return typeset("blank.typ", data, created_at=printed_at)
