"""How a value reads in French, for the narrative of a CDA document and for the printed page."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from dcc_core.api import Coded, Entry, Moment, NullFlavor, PartialDate, Period, Quantity, Value

PARIS = ZoneInfo("Europe/Paris")

ABSENCES = {
    NullFlavor.NO_INFORMATION: "Non renseigné",
    NullFlavor.UNKNOWN: "Inconnu",
    NullFlavor.ASKED_UNKNOWN: "Demandé, inconnu",
    NullFlavor.NOT_APPLICABLE: "Sans objet",
    NullFlavor.NOT_ASKED: "Non recherché",
    NullFlavor.MASKED: "Masqué",
    NullFlavor.OTHER: "Autre",
}

STATUSES = {
    "active": "en cours",
    "completed": "terminé",
    "aborted": "interrompu",
    "cancelled": "annulé",
    "held": "suspendu",
}

_CODES_WORTH_SHOWING = frozenset({"2.16.840.1.113883.6.3", "2.16.840.1.113883.6.43.1"})


def say_moment(moment: Moment) -> str:
    """Return a date or an instant as a French reader expects it, in legal time."""
    if isinstance(moment, PartialDate):
        return f"{moment.month:02}/{moment.year}" if moment.month else str(moment.year)
    if isinstance(moment, datetime):
        return moment.astimezone(PARIS).strftime("%d/%m/%Y %H:%M")
    return moment.strftime("%d/%m/%Y")


def say_period(period: Period) -> str:
    """Return an interval: « du … au … », « depuis le … », « jusqu'au … »."""
    if period.low and period.low == period.high:
        return f"le {say_moment(period.low)}"
    if period.low and period.high:
        return f"du {say_moment(period.low)} au {say_moment(period.high)}"
    if period.low:
        return f"depuis le {say_moment(period.low)}"
    return f"jusqu'au {say_moment(period.high)}" if period.high else ""


def say_coded(coded: Coded) -> str:
    """Return the label, with the code when doctors use it (CIM-10, CIM-O)."""
    words = coded.original_text or coded.label or coded.code
    return f"{words} ({coded.code})" if coded.system in _CODES_WORTH_SHOWING else words


def say_value(value: Value | tuple[Value, ...] | None) -> str:
    """Return any value of the neutral document as text."""
    if isinstance(value, tuple):
        return ", ".join(say_value(one) for one in value)
    match value:
        case None:
            return ""
        case bool():
            return "Oui" if value else "Non"
        case NullFlavor():
            return ABSENCES[value]
        case Coded():
            return say_coded(value)
        case Quantity():
            return f"{_say_number(value.value)} {'' if value.unit == '1' else value.unit}".strip()
        case Decimal():
            return _say_number(value)
        case date() | PartialDate():
            return say_moment(value)
        case str() | int():
            return str(value)


def say_effective(entry: Entry) -> str:
    """Return when a statement holds, empty when it does not say."""
    if entry.effective is None:
        return ""
    if isinstance(entry.effective, Period):
        return say_period(entry.effective)
    return f"le {say_moment(entry.effective)}"


def _say_number(number: Decimal) -> str:
    return format(number.normalize(), "f").replace(".", ",")


def capital(words: str) -> str:
    """Return words with a capital first letter, the rest as it is."""
    return words[:1].upper() + words[1:]
