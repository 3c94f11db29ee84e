"""Fiches on both databases: conflicts by field, history, signature, statistics, old versions."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from dcc_core.api import Conflict, Database, FormModel, InvalidInput, NotFound
from dcc_core.testing.patients import qualified_patient
from dcc_rcp_forms.fiches.patients import export_fiches
from dcc_rcp_forms.fiches.service import (
    FicheOut,
    FieldConflictError,
    list_changes,
    open_fiche,
    read_fiche,
    represent_fiche,
    save_field,
    sign_fiche,
)
from dcc_rcp_forms.fiches.shelf import publish_form, publish_pack, read_form
from dcc_rcp_forms.fiches.tables import Fiche, PublishedForm, Statistic
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.loading import load_form_text
from dcc_rcp_forms.published import form_model, national_models

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

FORM = """\
fiche: essai
version: 1.0.0
titre: Essai
sections:
  s:
    titre: S
    champs:
      a: {libellé: A, type: oui_non, obligatoire: oui, statistique: a}
      b: {libellé: B, type: nombre, si: a = oui, statistique: b}
      c: {libellé: C, type: choix_multiple, valeurs: [x, y], statistique: c}
      d: {libellé: D, type: date, précision: mois, statistique: d}
      e: {libellé: E, type: calcul, valeur: b * 2, statistique: e}
"""
NEXT = FORM.replace("1.0.0", "2.0.0").replace("      b:", "      taille:").replace(
    "b * 2", "taille * 2"
) + ("migrations: [{de: 1.x, renomme: {b: taille}}]\n")


def model(text: str) -> FormModel:
    findings = Findings()
    loaded = load_form_text(text, "essai.yaml", findings)
    assert loaded is not None
    assert list(findings) == []
    return form_model(loaded)


@pytest.fixture
def patient(session: Session) -> UUID:
    found: UUID = qualified_patient(session).id
    return found


@pytest.fixture
def fiche(session: Session, patient: UUID) -> FicheOut:
    publish_form(session, form=model(FORM), author="dsrc", at=NOW)
    return open_fiche(
        session, patient_id=patient, form_id="essai", version="1.0.0", author="secrétaire", at=NOW
    )


@pytest.fixture
def save(session: Session, fiche: FicheOut) -> Callable[..., FicheOut]:
    def run(field: str, stored: Any, seen: int = 0, author: str = "a") -> FicheOut:
        return save_field(
            session,
            fiche_id=fiche.id,
            field=field,
            stored=stored,
            seen_revision=seen,
            author=author,
            at=NOW + timedelta(seconds=1),
        )

    return run


Save = Callable[..., FicheOut]


def test_answers_are_kept_with_form_version_and_digest(session: Session, save: Save) -> None:
    out = save("a", True)
    assert out.state.values["a"] is True
    row = session.exec(select(Fiche)).one()
    assert (row.form_id, row.form_version, row.form_digest) == (
        "essai",
        "1.0.0",
        model(FORM).digest,
    )


def test_two_people_on_different_fields_do_not_disturb_each_other(save: Save) -> None:
    save("a", True, author="un")
    out = save("b", 3, author="deux")
    assert dict(out.answers) == {"a": True, "b": 3}


def test_the_second_to_write_a_field_sees_what_the_first_wrote(save: Save) -> None:
    save("b", 3, author="un")
    with pytest.raises(FieldConflictError) as caught:
        save("b", 4, author="deux")
    assert (caught.value.conflict.theirs, caught.value.conflict.author) == (3, "un")
    assert "3" not in str(caught.value)
    assert save("b", 4, seen=1).revisions["b"] == 2


def test_wrong_answers_are_kept_and_shown_as_wrong(save: Save) -> None:
    save("a", True)
    out = save("b", "beaucoup")
    assert out.answers["b"] == "beaucoup"
    assert [error.path for error in out.state.errors] == ["b"]


def test_every_change_tells_who_when_from_where_and_what(
    session: Session, fiche: FicheOut, save: Save
) -> None:
    save("b", 3, author="un")
    save("b", None, seen=1, author="deux")
    changes = [
        (c.author, c.source, c.before, c.after) for c in list_changes(session, fiche_id=fiche.id)
    ]
    assert changes == [("un", "saisie", None, 3), ("deux", "saisie", 3, None)]


@pytest.mark.parametrize("field", ["e", "zz"])
def test_only_fields_to_fill_are_accepted(save: Save, field: str) -> None:
    with pytest.raises(InvalidInput):
        save(field, 1)


def test_signing_drops_hidden_answers_and_writes_statistics(
    session: Session, fiche: FicheOut, save: Save
) -> None:
    save("a", True)
    save("b", 2.5)
    save("c", ["x", "y"])
    save("d", "2024-03")
    signed = sign_fiche(session, fiche_id=fiche.id, at=NOW)
    assert signed.signed_at == NOW
    rows = session.exec(select(Statistic)).all()
    found = {(row.name, row.rank): (row.truth, row.number, row.code, row.day) for row in rows}
    assert found == {
        ("a", 0): (True, None, None, None),
        ("b", 0): (None, 2.5, None, None),
        ("c", 0): (None, None, "x", None),
        ("c", 1): (None, None, "y", None),
        ("d", 0): (None, None, None, "2024-03"),
        ("e", 0): (None, 5.0, None, None),
    }


def test_hidden_answers_wait_in_the_draft_and_never_get_signed(
    session: Session, fiche: FicheOut, save: Save
) -> None:
    save("a", True)
    save("b", 3)
    assert save("a", False, seen=1).answers["b"] == 3
    signed = sign_fiche(session, fiche_id=fiche.id, at=NOW)
    assert "b" not in signed.answers
    assert {row.name for row in session.exec(select(Statistic)).all()} == {"a"}


def test_a_signed_fiche_never_changes(session: Session, fiche: FicheOut, save: Save) -> None:
    save("a", True)
    sign_fiche(session, fiche_id=fiche.id, at=NOW)
    with pytest.raises(Conflict, match="FRM-S08"):
        save("b", 3)
    with pytest.raises(Conflict, match="FRM-S08"):
        sign_fiche(session, fiche_id=fiche.id, at=NOW)


def test_an_incomplete_fiche_is_not_signed(session: Session, fiche: FicheOut) -> None:
    with pytest.raises(Conflict, match="FRM-S09"):
        sign_fiche(session, fiche_id=fiche.id, at=NOW)


def test_answers_follow_to_the_next_version_and_the_old_fiche_stays(
    session: Session, fiche: FicheOut, save: Save
) -> None:
    save("a", True)
    save("b", 3)
    sign_fiche(session, fiche_id=fiche.id, at=NOW)
    publish_form(session, form=model(NEXT), author="dsrc", at=NOW)
    draft, lost = represent_fiche(session, fiche_id=fiche.id, version="2.0.0", author="x", at=NOW)
    assert dict(draft.answers) == {"a": True, "taille": 3}
    assert lost == frozenset()
    assert {c.source for c in list_changes(session, fiche_id=draft.id)} == {"reprise"}
    old = read_fiche(session, fiche_id=fiche.id)
    assert (old.loaded.form.version, dict(old.answers)) == ("1.0.0", {"a": True, "b": 3})


def test_a_published_version_cannot_get_another_content(session: Session) -> None:
    assert publish_form(session, form=model(FORM), author="x", at=NOW) is True
    assert publish_form(session, form=model(FORM), author="x", at=NOW) is False
    with pytest.raises(Conflict, match="FRM-S01"):
        publish_form(session, form=model(FORM.replace("B,", "BB,")), author="x", at=NOW)


def test_a_tampered_version_is_refused_and_a_missing_one_is_named(session: Session) -> None:
    publish_form(session, form=model(FORM), author="x", at=NOW)
    row = session.exec(select(PublishedForm)).one()
    row.source += "# retouche\n"
    session.add(row)
    session.flush()
    with pytest.raises(Conflict, match="FRM-S04"):
        read_form(session, form_id="essai", version="1.0.0")
    with pytest.raises(NotFound, match="FRM-S03"):
        read_form(session, form_id="essai", version="9.9.9")
    with pytest.raises(NotFound, match="FRM-S06"):
        read_fiche(session, fiche_id=uuid4())


def test_the_national_pack_is_put_on_the_shelf_once(session: Session) -> None:
    models = list(national_models())
    assert publish_pack(session, models=models, at=NOW) == len(models) == 19
    assert publish_pack(session, models=models, at=NOW) == 0


def test_a_patient_receives_readable_fiches(session: Session, patient: UUID, save: Save) -> None:
    save("a", True)
    [part] = list(export_fiches(session, patient))
    assert '"A": "Oui"' in part.content.decode()


def test_a_conflict_leaves_nothing_behind(database: Database) -> None:
    with database.session() as session:
        patient_id = qualified_patient(session).id
        publish_form(session, form=model(FORM), author="x", at=NOW)
        fiche_id = open_fiche(
            session, patient_id=patient_id, form_id="essai", version="1.0.0", author="x", at=NOW
        ).id
    with pytest.raises(FieldConflictError), database.session() as session:
        save_field(
            session, fiche_id=fiche_id, field="a", stored=True, seen_revision=7, author="x", at=NOW
        )
    with database.session() as session:
        assert dict(read_fiche(session, fiche_id=fiche_id).answers) == {}


def test_two_processes_may_put_the_same_pack_on_the_shelf(database: Database) -> None:
    form = model(FORM)
    with database.session() as session:
        publish_form(session, form=form, author="un", at=NOW)
    barrier = threading.Barrier(4)
    outcomes: list[bool] = []

    def publish() -> None:
        barrier.wait()
        with database.session() as session:
            outcomes.append(publish_form(session, form=model(NEXT), author="deux", at=NOW))

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True]
