"""The fiche of a case: opened with what is known, dated as its session, carried forward."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from dcc_core.api import InvalidInput, Sex, get_patient
from dcc_rcp_forms.api import (
    FicheOut,
    KnownFacts,
    Phase,
    Stored,
    date_fiche,
    latest_version,
    open_fiche,
    prefill,
    read_fiche,
    read_form,
    represent_fiche,
    save_field,
)
from dcc_rcp_meetings.directory.models import RcpKind
from dcc_rcp_meetings.people import Author
from dcc_rcp_meetings.tables import Case, Meeting, Rcp


def is_led(session: Session, fiche_id: UUID) -> bool:
    """Tell whether a fiche belongs to a case."""
    found = select(col(Case.id)).where(Case.fiche_id == fiche_id).limit(1)
    return session.exec(found).first() is not None


def open_case_fiche(
    session: Session, row: Case, rcp: Rcp, *, author: Author, now: datetime
) -> UUID:
    """Open a draft on the version of the RCP's form in force, with what is known filled in.

    Raises:
        InvalidInput: ``RCP-411`` the RCP has no form that is published here.
    """
    version = latest_version(session, form_id=rcp.form_id) if rcp.form_id else None
    if version is None:
        raise InvalidInput(
            "RCP-411",
            "Aucun formulaire publié n'est attribué à cette RCP. Complétez sa fiche d'annuaire.",
        )
    loaded = read_form(session, form_id=rcp.form_id, version=version)
    facts = KnownFacts(patient=_patient_facts(session, row.patient_id, now))
    known = prefill(loaded.form, loaded.program, facts) | _request_facts(row, rcp)
    fields = {field.id for field in loaded.form.fields()}
    draft = open_fiche(
        session,
        patient_id=row.patient_id,
        form_id=rcp.form_id,
        version=version,
        author=author.name,
        at=now,
        known={field: fact for field, fact in known.items() if field in fields},
    )
    return draft.id


def carry_fiche(session: Session, fiche_id: UUID, *, author: Author, now: datetime) -> UUID:
    """Open a draft from a signed fiche, on the version of its form in force."""
    old = read_fiche(session, fiche_id=fiche_id)
    form_id = old.loaded.form.id
    version = latest_version(session, form_id=form_id) or old.loaded.form.version
    draft, _lost = represent_fiche(
        session, fiche_id=fiche_id, version=version, author=author.name, at=now
    )
    return draft.id


def pass_on_answers(
    session: Session, source: FicheOut, target_id: UUID, *, author: Author, now: datetime
) -> None:
    """Copy to a draft the answers of the preparation that both forms ask in the same way."""
    target = read_fiche(session, fiche_id=target_id)
    asked = {field.id: field for field in source.loaded.form.fields()}
    for field in target.loaded.form.fields():
        same = asked.get(field.id)
        stored = source.answers.get(field.id)
        is_shared = same is not None and (same.kind, same.choices) == (field.kind, field.choices)
        is_free = field.id not in target.answers and field.is_answerable
        if is_shared and is_free and stored is not None and field.phase is Phase.PREPARATION:
            save_field(
                session,
                fiche_id=target_id,
                field=field.id,
                stored=stored,
                seen_revision=0,
                author=author.name,
                at=now,
                source="reprise",
                reference=str(source.id),
            )


def date_case_fiche(session: Session, row: Case, meeting: Meeting, rcp: Rcp) -> None:
    """Give the fiche of a case the day of its session: rules about delays look at it."""
    if row.fiche_id is not None:
        day = meeting.starts_at.astimezone(ZoneInfo(rcp.timezone)).date()
        date_fiche(session, fiche_id=row.fiche_id, session_date=day.isoformat())


def _patient_facts(session: Session, patient_id: UUID, now: datetime) -> Mapping[str, Stored]:
    traits = get_patient(session, patient_id, basis="rcp").traits
    facts: dict[str, Stored] = {}
    if traits.sex in {Sex.FEMALE, Sex.MALE}:
        facts["sexe"] = traits.sex.value
    if traits.birth_date is not None:
        facts["âge"] = _age(traits.birth_date, now.date())
    return facts


def _request_facts(row: Case, rcp: Rcp) -> dict[str, tuple[str, Stored]]:
    """What the directory and the request say of a case, for the common base of the forms."""
    is_transversal = rcp.kind in {RcpKind.TRANSVERSAL, RcpKind.MOLECULAR}
    facts: dict[str, tuple[str, Stored]] = {
        "nature": ("annuaire", "transversale" if is_transversal else "appareil"),
        "recours": ("annuaire", rcp.kind == RcpKind.RECOURSE),
        "pédiatrique": ("annuaire", rcp.kind == RcpKind.PAEDIATRIC),
        "régularisation": ("demande", row.is_regularisation),
        "motif": ("demande", ["diagnostic" if row.motive == "diagnostic" else "proposition"]),
    }
    if row.motive in {"initial", "recidive"}:
        phase = "initiale" if row.motive == "initial" else "rechute"
        facts["phase_maladie"] = ("demande", phase)
    return facts


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
