"""What a printed document shows, ready for the template: words only, no code left to interpret."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dcc_cda.frcp.arrange import arrange_frcp
from dcc_cda.frcp.filled import FilledSlots, filled_slots, flatten
from dcc_cda.frcp.slots import SLOTS
from dcc_cda.pdf.ins_symbol import ins_symbol
from dcc_cda.standards import ci_sis, frcp, pcc
from dcc_cda.wording import STATUSES, capital, say_coded, say_effective, say_moment, say_value
from dcc_core.api import (
    BulletList,
    ClinicalDocument,
    Coded,
    DatePrecision,
    Entry,
    IdentityStatus,
    NullFlavor,
    Paragraph,
    PartialDate,
    PatientTraits,
    Professional,
    Role,
    Section,
    Sex,
    Table,
    Value,
)

_SEXES = {Sex.FEMALE: "Féminin", Sex.MALE: "Masculin", Sex.UNKNOWN: "Inconnu"}
_INS_KINDS = {
    ci_sis.INS_NIR: "NIR",
    ci_sis.INS_NIA: "NIA",
    ci_sis.INS_NIR_TEST: "NIR · TEST",
    ci_sis.INS_NIR_DEMO: "NIR · DÉMO",
}
_ROLES = {
    Role.COORDINATOR: "coordonnateur",
    Role.REQUESTER: "demandeur",
    Role.PRESENTER: "présentateur",
    Role.QUORUM_MEMBER: "quorum",
    Role.ATTENDEE: "présent",
    Role.GENERAL_PRACTITIONER: "médecin traitant",
    Role.CORRESPONDENT: "correspondant",
}
_SHOWN_ELSEWHERE = frozenset(
    {
        "question",
        "plan.recours",
        "plan.surveillance",
        "plan.examens",
        "plan.propositions",
        "document.statut",
        "dossier.quorum",
        "motif.statut_cas",
        "cadre.référentiel",
    }
)
_OTHER_STAGING = "tumeur.autre_stade"
_TNM = ("tumeur.t", "tumeur.n", "tumeur.m")
_QUIET_WHEN_FALSE = ("rcp.", "motif.")
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is about, what is said, what completes it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A titled part of the page: short values in rows, then what is told at length."""

    title: str
    rows: tuple[Row, ...] = ()
    told: tuple[Row, ...] = ()
    blocks: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A whole printed document."""

    title: str
    subtitle: str
    patient: Json
    facts: tuple[Row, ...]
    question: str
    proposals: tuple[Row, ...]
    requests: tuple[Row, ...]
    frame: tuple[Row, ...]
    parts: tuple[Part, ...]
    people: tuple[Json, ...]
    signature: str
    footer: str
    branding: Mapping[str, str] = field(default_factory=dict)


def page_of(document: ClinicalDocument, branding: Mapping[str, str]) -> Page:
    """Return the page of a document: a tumour-board form with its decision first, any other in the
    order of its sections.
    """
    board = document.document_class == "FRCP"
    slots = filled_slots(document) if board else FilledSlots(())
    shown = arrange_frcp(document, filled_slots(document)) if board else document
    return Page(
        title=document.title,
        subtitle=_subtitle(document, board=board),
        patient=patient_banner(document.patient),
        facts=_facts(document, slots) if board else (),
        question=say_value(_value(slots, "question")),
        proposals=tuple(_proposals(slots)),
        requests=tuple(_requests(slots)),
        frame=tuple(_frame(slots)),
        parts=tuple(_parts(shown.sections)),
        people=tuple(_people(document)),
        signature=_signature(document),
        footer=f"Document {document.document_id} · version {document.version}",
        branding=branding,
    )


def patient_banner(traits: PatientTraits) -> Json:
    """Return the identity. The INS and its symbol only when it is qualified, otherwise the local
    identifier (RNIV; identity rules INS 42 to 44).
    """
    ins = next((one for one in traits.identifiers if one.system in ci_sis.INS_AUTHORITIES), None)
    qualified = traits.status is IdentityStatus.QUALIFIED and ins is not None
    local = next(
        (one for one in traits.identifiers if one.system not in ci_sis.INS_AUTHORITIES), None
    )
    return {
        "name": traits.birth_family_name,
        "given": " ".join(traits.birth_given_names) or traits.first_given_name,
        "used": " ".join(filter(None, (traits.used_family_name, traits.used_given_name))),
        "born": _born(traits),
        "sex": _SEXES[traits.sex],
        "place": traits.birth_place_insee,
        "ins": _grouped(ins.value) if qualified and ins else "",
        "kind": _INS_KINDS[ins.system] if qualified and ins else "",
        "local": local.value if local else "",
        "symbol": list(ins_symbol(traits)),
    }


def _born(traits: PatientTraits) -> str:
    born = traits.birth_date
    if born is None:
        return "inconnue"
    match traits.birth_date_precision:
        case DatePrecision.DAY:
            return say_moment(born)
        case DatePrecision.MONTH:
            return f"{say_moment(PartialDate(born.year, born.month))} (jour inconnu)"
        case DatePrecision.YEAR:
            return f"{born.year} (jour et mois inconnus)"


def _grouped(matricule: str) -> str:
    cuts = (1, 3, 5, 7, 10, 13, 15)
    return " ".join(matricule[low:high] for low, high in zip((0, *cuts), cuts, strict=False))


def _subtitle(document: ClinicalDocument, *, board: bool) -> str:
    first = document.service_events[0] if document.service_events else None
    if board and first and first.period.low:
        place = document.encounter.facility.name if document.encounter.facility else ""
        return " · ".join(filter(None, (f"Séance du {say_moment(first.period.low)}", place)))
    return f"{document.type_code.label} · {say_moment(document.created_at)}"


def _facts(document: ClinicalDocument, slots: FilledSlots) -> tuple[Row, ...]:
    quorum = _value(slots, "dossier.quorum") or frcp.QUORUM_UNKNOWN
    facts = (
        Row("Cas", capital(say_value(_value(slots, "motif.statut_cas")).removeprefix("Cas "))),
        Row("Quorum", capital(say_value(quorum).removeprefix("Quorum "))),
        Row("Document", capital(say_value(_value(slots, "document.statut") or frcp.APPROVED))),
    )
    return tuple(one for one in facts if one.value)


def _proposals(slots: FilledSlots) -> Iterator[Row]:
    for number, one in enumerate(slots.many("plan.propositions"), 1):
        code = one.code or (one.value if isinstance(one.value, Coded) else None)
        words = say_coded(code) if code else say_value(one.value)
        yield Row(str(one.rank or number), words, _joined(one.text, say_effective(one)))
    if _value(slots, "plan.surveillance") is True:
        yield Row("•", "Surveillance seule")
    if _value(slots, "plan.recours") is True:
        yield Row("•", "Passage en RCP de recours")


def _requests(slots: FilledSlots) -> Iterator[Row]:
    for one in slots.many("plan.examens"):
        yield Row("", _joined(say_value(one.value), one.text), say_effective(one))


def _frame(slots: FilledSlots) -> Iterator[Row]:
    guideline = slots.one("cadre.référentiel")
    if guideline:
        yield Row("Référentiel", say_value(guideline.value), say_effective(guideline))
    trial = _value(slots, "cadre.essai")
    if isinstance(trial, bool):
        yield Row("Essai clinique", "Inclusion proposée" if trial else "Non proposé")


def _value(slots: FilledSlots, name: str) -> Value | tuple[Value, ...] | None:
    given = slots.one(name)
    return given.value if given else None


def _parts(sections: Iterable[Section]) -> Iterator[Part]:
    """Yield the parts; a section that only divides another is shown inside it."""
    for section in sections:
        flat = [one for part in section.walk() for entry in part.entries for one in flatten(entry)]
        blocks = [_block(one) for part in section.walk() for one in part.narrative]
        rows = tuple(_rows([one for one in flat if not _is_long(one)]))
        told = tuple(_row(one) for one in flat if _is_long(one) and _worth_showing(one))
        if rows or told or blocks:
            yield Part(section.title, rows, told, tuple(blocks))


def _is_long(entry: Entry) -> bool:
    slot = SLOTS.get(entry.slot)
    return slot is not None and slot.takes == "text" and not slot.name.startswith("tumeur.")


def _rows(flat: list[Entry]) -> Iterator[Row]:
    staging = {one.slot: one for one in flat if one.slot in _TNM}
    other = {one.slot: one for one in flat if one.slot.startswith(_OTHER_STAGING)}
    system = next((one.value for one in flat if one.slot == "rcp.appareil"), None)
    for one in flat:
        if one.slot == "tumeur.t":
            yield from _staging(staging)
        elif one.slot == _OTHER_STAGING:
            yield _other_staging(other)
        elif one.slot == "progression":
            yield from _progression(one, flat)
        elif one.slot == "rcp.organe" and one.value == system:
            continue
        elif one.slot not in staging and one.slot not in other and _worth_showing(one):
            yield _row(one)


def _staging(staging: Mapping[str, Entry]) -> Iterator[Row]:
    told = [one.value for one in staging.values()]
    if all(value is NullFlavor.NOT_APPLICABLE for value in told):
        yield Row("TNM clinique", "Sans objet")
    elif any(not isinstance(value, NullFlavor) for value in told):
        version = next((one.version for one in told if isinstance(one, Coded) and one.version), "")
        words = " ".join(say_value(value) for value in told)
        yield Row("TNM clinique", words, f"{version}e édition" if version else "")


def _progression(given: Entry, flat: list[Entry]) -> Iterator[Row]:
    extent = [one for one in flat if one.slot.startswith("progression.") and one.value is True]
    if given.value is not NullFlavor.NO_INFORMATION:
        words = [SLOTS[one.slot].label.removeprefix("Progression ") for one in extent]
        yield Row("Progression", ", ".join((say_value(given.value), *words)), given.text)


def _other_staging(parts: Mapping[str, Entry]) -> Row:
    words = {slot.removeprefix(_OTHER_STAGING): say_value(one.value) for slot, one in parts.items()}
    name = " ".join(filter(None, (words.get(".nom", ""), words.get(".version", ""))))
    return Row("Autre stade", words[""], name)


def _worth_showing(entry: Entry) -> bool:
    if entry.slot in _SHOWN_ELSEWHERE or entry.slot == "cadre.essai":
        return False
    if entry.value is NullFlavor.NO_INFORMATION or entry.slot == "motif.problème":
        return False
    if entry.slot.startswith("progression."):
        return False
    return not (entry.value is False and entry.slot.startswith(_QUIET_WHEN_FALSE))


def _row(entry: Entry) -> Row:
    slot = SLOTS.get(entry.slot)
    label = slot.label if slot else entry.code.label if entry.code else ""
    takes = slot.takes if slot else ""
    if takes == "treatment":
        words = say_coded(entry.code) if entry.code else "Traitement"
        standing = STATUSES.get(entry.status or pcc.usual_status(entry.kind, entry.mood), "")
        return Row(_period(entry) or label, capital(words), _joined(entry.text, standing))
    if takes == "exam":
        return Row(_period(entry) or label, entry.text or "Examen", say_value(entry.value))
    if entry.slot.endswith(".conclusion") or entry.slot == "synthèse":
        label = ""
    words = capital(say_value(entry.value)) or "Oui"
    return Row(label, words, _joined(entry.text, say_effective(entry)))


def _period(entry: Entry) -> str:
    return say_effective(entry).removeprefix("le ")


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _block(block: Paragraph | BulletList | Table) -> Json:
    match block:
        case Paragraph():
            return {"kind": "paragraph", "label": block.label, "text": block.text}
        case BulletList():
            return {"kind": "list", "items": list(block.items)}
        case Table():
            headings = list(block.headings) if any(block.headings) else []
            rows = [list(row) for row in block.rows]
            return {"kind": "table", "caption": block.caption, "headings": headings, "rows": rows}


def _people(document: ClinicalDocument) -> Iterator[Json]:
    """Yield everybody once, with all that they did."""
    roles: dict[tuple[str, str], list[str]] = {}
    for part in document.participations:
        if part.role in _ROLES and part.professional:
            done = roles.setdefault(_named(part.professional), [])
            if _ROLES[part.role] not in done:
                done.append(_ROLES[part.role])
    for (name, specialty), done in roles.items():
        yield {"role": capital(", ".join(done)), "name": name, "specialty": specialty}


def _named(person: Professional) -> tuple[str, str]:
    name = " ".join(filter(None, (person.title.title(), person.given_name, person.family_name)))
    place = person.organisation.name if person.organisation else ""
    specialty = person.specialty.label if person.specialty else ""
    return name or place, specialty.removeprefix("Médecin - ").removesuffix(" (SM)")


def _signature(document: ClinicalDocument) -> str:
    for part in document.having(Role.LEGAL_AUTHENTICATOR):
        if part.professional:
            person = part.professional
            name = f"{person.title.title()} {person.given_name} {person.family_name}".strip()
            when = say_moment(part.time or document.created_at)
            return f"Validé par {name} le {when.replace(' ', ' à ')}"
    return ""
