"""From the slots a form fills to the nested statements of the FRCP, in the volet's order.

What the volet demands and the form does not give is stated as absent (null flavour), never guessed;
the few defaults are those that the volet's own logic implies, and each says so.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from dcc_cda.frcp.filled import FilledSlots, left_over
from dcc_cda.frcp.slots import SLOTS
from dcc_cda.standards import frcp
from dcc_cda.wording import say_value
from dcc_core.api import (
    Block,
    ClinicalDocument,
    Coded,
    Entry,
    Moment,
    NullFlavor,
    Paragraph,
    PartialDate,
    Period,
    Section,
    Value,
)

NOT_STATED = NullFlavor.NO_INFORMATION
Filler = Callable[[FilledSlots, ClinicalDocument], tuple[Entry, ...]]


def arrange_frcp(document: ClinicalDocument, slots: FilledSlots) -> ClinicalDocument:
    """Return the document with the sections of the volet, each holding its statements nested."""
    sections = (_arrange_section(spec, slots, document) for spec in frcp.SECTIONS)
    return replace(document, sections=tuple(section for section in sections if section))


def _arrange_section(
    spec: frcp.SectionSpec, slots: FilledSlots, document: ClinicalDocument
) -> Section | None:
    sources = [one for one in document.sections if _home(one.key) == spec.key]
    filler = FILLERS.get(spec.key)
    entries = filler(slots, document) if filler else ()
    below = _functional_sections(slots, document) if spec.key == "statut_fonctionnel" else ()
    narrative = tuple(
        block
        for source in sources
        for part in source.walk()
        if part is source or part.key not in frcp.BY_KEY
        for block in (*_heading(part, spec), *part.narrative, *_in_words(part))
    )
    if not (spec.required or entries or below or narrative):
        return None
    title = next((one.title for one in sources if one.key == spec.key and one.title), spec.title)
    return Section(spec.key, title, narrative, entries, below, spec.code)


def _home(key: str) -> str:
    """Return the volet section that takes a section of a form: an organ form's own headings belong
    to the story of the disease (10164-2), the only one open to any text.
    """
    return key if key in frcp.BY_KEY else "synthese"


def _heading(source: Section, spec: frcp.SectionSpec) -> tuple[Paragraph, ...]:
    foreign = source.key != spec.key and bool(source.narrative or left_over(source))
    return (Paragraph("", label=source.title),) if foreign and source.title else ()


def _in_words(source: Section) -> tuple[Paragraph, ...]:
    return tuple(
        Paragraph(" — ".join(filter(None, (say_value(one.value), one.text))), label=one.code.label)
        if one.code
        else Paragraph(" — ".join(filter(None, (say_value(one.value), one.text))))
        for one in left_over(source)
    )


def statement(
    slot: str,
    given: Entry | None = None,
    *children: Entry,
    value: Value | None = NOT_STATED,
    relation: str = "",
) -> Entry:
    """Return the statement of a slot: what the form gave, or ``value`` when it gave nothing."""
    place = SLOTS[slot]
    if given is None:
        return Entry(
            place.code, value, place.kind, place.mood, slot, children=children, relation=relation
        )
    return Entry(
        place.code or given.code,
        given.value if given.value is not None or not place.takes else value,
        place.kind,
        place.mood,
        slot,
        given.effective,
        given.interpretation,
        given.target_site,
        given.laterality,
        given.text,
        given.rank,
        given.performer,
        given.author,
        children,
        relation,
        given.null_flavor,
        given.status,
    )


def _session(document: ClinicalDocument) -> Moment | None:
    return document.service_events[0].period.low if document.service_events else None


def _reason(slots: FilledSlots, document: ClinicalDocument) -> tuple[Entry, ...]:
    given = slots.one("motif.problème")
    return (
        statement(
            "rcp.nature",
            slots.one("rcp.nature"),
            _scope(slots),
            _motive(slots),
            value=frcp.TRANSVERSAL_RCP if "rcp.soins" in slots else frcp.ORGAN_RCP,
        ),
        replace(
            statement("motif.problème", given, value=NullFlavor.NOT_APPLICABLE),
            effective=(given.effective if given else None) or Period(_session(document)),
        ),
    )


def _scope(slots: FilledSlots) -> Entry:
    if "rcp.soins" in slots:
        return statement("rcp.soins", slots.one("rcp.soins"), *_flags(slots), relation="SUBJ")
    organs = [statement("rcp.organe", one, relation="REFR") for one in slots.many("rcp.organe")]
    return statement(
        "rcp.appareil",
        slots.one("rcp.appareil"),
        *(organs or [statement("rcp.organe", relation="REFR")]),
        *_flags(slots),
        relation="SUBJ",
    )


def _flags(slots: FilledSlots) -> list[Entry]:
    return [
        statement(slot, slots.one(slot), relation="REFR")
        for slot in ("rcp.recours", "rcp.pédiatrique")
        if slot in slots
    ]


def _motive(slots: FilledSlots) -> Entry:
    asked = (
        "motif.avis_diagnostique",
        "motif.proposition",
        "motif.recours",
        "motif.pédiatrie",
        "motif.statut_cas",
    )
    children = [statement(slot, slots.one(slot), relation="REFR") for slot in asked]
    return statement("motif", None, *children, value=NullFlavor.NOT_APPLICABLE, relation="SUBJ")


def _discovery(slots: FilledSlots, document: ClinicalDocument) -> tuple[Entry, ...]:
    return (statement("découverte.dépistage", slots.one("découverte.dépistage")),)


def _diagnosis(slots: FilledSlots, document: ClinicalDocument) -> tuple[Entry, ...]:
    when = _value(slots, "tumeur.date")
    since = Period(low=when if isinstance(when, date | PartialDate) else None)
    morphology = slots.one("tumeur.morphologie")
    site = slots.one("tumeur.topographie")
    notes = [words for one in (site, morphology) if one and (words := _in_free_text(one.value))]
    notes += [one.text for one in (site, morphology) if one and one.text]
    tumour = replace(
        statement("tumeur", morphology, _staging(slots), *_other_staging(slots), relation="SUBJ"),
        value=_morphology(morphology),
        target_site=_coded(slots, "tumeur.topographie"),
        laterality=_coded(slots, "tumeur.latéralité"),
        effective=since,
        text=" — ".join(notes),
    )
    followed = statement("tumeur.suivi", None, tumour, value=None)
    return (replace(followed, effective=since, status="active"),)


def _morphology(given: Entry | None) -> Value | tuple[Value, ...]:
    """Return the code of the volet's set; words alone stand beside it as a note."""
    if given is None or given.value is None:
        return NOT_STATED
    return NullFlavor.OTHER if _in_free_text(given.value) else given.value


def _in_free_text(value: Value | tuple[Value, ...] | None) -> str:
    """Return an answer given in words, empty for any other; a null flavour is a ``str`` too."""
    return value if isinstance(value, str) and not isinstance(value, NullFlavor) else ""


def _staging(slots: FilledSlots) -> Entry:
    system = _coded(slots, "rcp.appareil")
    haematology = system is not None and system.code == frcp.HAEMATOPOIETIC_SYSTEM.code
    absent = NullFlavor.NOT_APPLICABLE if haematology else NOT_STATED
    parts = [
        statement(slot, slots.one(slot), value=absent, relation="COMP")
        for slot in ("tumeur.t", "tumeur.n", "tumeur.m")
    ]
    return statement("tumeur.tnm", None, *parts, value=NullFlavor.NOT_APPLICABLE, relation="SUBJ")


def _other_staging(slots: FilledSlots) -> tuple[Entry, ...]:
    if "tumeur.autre_stade" not in slots:
        return ()
    parts = [
        statement(slot, slots.one(slot), relation="COMP")
        for slot in ("tumeur.autre_stade.nom", "tumeur.autre_stade.version")
        if slot in slots
    ]
    given = slots.one("tumeur.autre_stade")
    return (statement("tumeur.autre_stade", given, *parts, relation="SUBJ"),)


def _functional_sections(slots: FilledSlots, document: ClinicalDocument) -> tuple[Section, ...]:
    """Pain is mandatory inside the section (null flavour allowed), the two others are not."""
    own: dict[str, list[Block]] = {spec.key: [] for spec in frcp.FUNCTIONAL_SECTIONS}
    for source in document.walk_sections():
        if source.key in own:
            own[source.key].extend(source.narrative)
    if not any(own.values()) and not any(
        slot in slots for slot in ("clinique.douleur", "clinique.oms", "clinique.fragilité")
    ):
        return ()
    entries = {
        "douleur": (statement("clinique.douleur", slots.one("clinique.douleur")),),
        "performance": _performance(slots),
        "fragilite": _when_filled(slots, "clinique.fragilité"),
    }
    return tuple(
        Section(spec.key, spec.title, tuple(own[spec.key]), entries[spec.key], code=spec.code)
        for spec in frcp.FUNCTIONAL_SECTIONS
        if spec.required or entries[spec.key] or own[spec.key]
    )


def _performance(slots: FilledSlots) -> tuple[Entry, ...]:
    given = slots.one("clinique.oms")
    if given is None:
        return ()
    stage = given.value.code if isinstance(given.value, Coded) else ""
    told = replace(given, interpretation=given.interpretation or frcp.PERFORMANCE_STATUS.get(stage))
    return (statement("clinique.oms", told),)


def _exams(slots: FilledSlots, document: ClinicalDocument) -> tuple[Entry, ...]:
    return tuple(statement("examens", one) for one in slots.many("examens"))


def _phase(slots: FilledSlots, document: ClinicalDocument) -> tuple[Entry, ...]:
    extent = [
        statement(slot, slots.one(slot), relation="COMP")
        for slot in ("progression.locale", "progression.régionale", "progression.à_distance")
        if slot in slots
    ]
    spread = True if any(one.value is True for one in extent) else NOT_STATED
    return (
        statement("phase", slots.one("phase")),
        statement("progression", slots.one("progression"), *extent, value=spread),
    )


def _treatments(slots: FilledSlots, document: ClinicalDocument) -> tuple[Entry, ...]:
    return tuple(_procedure("traitements", one) for one in slots.many("traitements"))


def _procedure(slot: str, given: Entry) -> Entry:
    """Return a treatment: its type is the code of the procedure, wherever the form put it."""
    code = given.code or (given.value if isinstance(given.value, Coded) else None)
    text = given.text or _in_free_text(given.value)
    return statement(slot, replace(given, code=code, value=None, text=text), value=None)


def _conclusion(slot: str) -> Filler:
    def fill(slots: FilledSlots, document: ClinicalDocument) -> tuple[Entry, ...]:
        return tuple(statement(slot, one) for one in slots.many(slot))

    return fill


def _story(slots: FilledSlots, document: ClinicalDocument) -> tuple[Entry, ...]:
    return tuple(
        statement(slot, one) for slot in ("synthèse", "question") for one in slots.many(slot)
    )


def _file(slots: FilledSlots, document: ClinicalDocument) -> tuple[Entry, ...]:
    complete = statement("dossier.complet", slots.one("dossier.complet"), relation="COMP")
    quorum = statement(
        "dossier.quorum",
        slots.one("dossier.quorum"),
        value=frcp.QUORUM_UNKNOWN,
        relation="COMP",
    )
    return (statement("dossier", None, complete, quorum, value=None),)


def _plan(slots: FilledSlots, document: ClinicalDocument) -> tuple[Entry, ...]:
    flags = [
        _procedure(slot, given)
        for slot in ("plan.recours", "plan.surveillance")
        if (given := slots.one(slot)) and given.value is not False
    ]
    exams = [
        statement("plan.examens", _request(one), value=None) for one in slots.many("plan.examens")
    ]
    proposals = [_procedure("plan.propositions", one) for one in slots.many("plan.propositions")]
    return (*flags, *exams, *proposals)


def _request(given: Entry) -> Entry:
    words = " — ".join(filter(None, (say_value(given.value), given.text)))
    return replace(given, value=None, text=words)


def _frame(slots: FilledSlots, document: ClinicalDocument) -> tuple[Entry, ...]:
    return (
        *_when_filled(slots, "cadre.référentiel"),
        statement("cadre.essai", slots.one("cadre.essai")),
    )


def _document_status(slots: FilledSlots, document: ClinicalDocument) -> tuple[Entry, ...]:
    """A document that is rendered has been validated: approved unless the form says otherwise."""
    given = slots.one("document.statut")
    return (statement("document.statut", given, value=frcp.APPROVED),)


def _when_filled(slots: FilledSlots, slot: str) -> tuple[Entry, ...]:
    return (statement(slot, slots.one(slot)),) if slot in slots else ()


def _value(slots: FilledSlots, slot: str) -> Value | tuple[Value, ...] | None:
    given = slots.one(slot)
    return given.value if given else None


def _coded(slots: FilledSlots, slot: str) -> Coded | None:
    value = _value(slots, slot)
    return value if isinstance(value, Coded) else None


FILLERS: dict[str, Filler] = {
    "motif": _reason,
    "decouverte": _discovery,
    "diagnostic": _diagnosis,
    "examens": _exams,
    "phase": _phase,
    "traitements": _treatments,
    "cro": _conclusion("cro.conclusion"),
    "acp": _conclusion("acp.conclusion"),
    "gm": _conclusion("gm.conclusion"),
    "synthese": _story,
    "dossier": _file,
    "plan_de_soins": _plan,
    "cadre": _frame,
    "statut_document": _document_status,
}
