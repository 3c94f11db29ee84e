"""Fiches through their pages: field by field, with and without script, judged and noted."""

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import pytest
from pydantic import Field
from sqlalchemy import event
from sqlmodel import select

from dcc_core.api import Conflict, FieldType, Stage
from dcc_core.audit.tables import AuditEntry
from dcc_core.testing.web import Browser, submit, token_of
from dcc_rcp_forms.fiches.remarks import form_remarks, type_faults
from dcc_rcp_forms.fiches.service import open_fiche, read_fiche, save_field, sign_fiche
from dcc_rcp_forms.fiches.shelf import publish_form
from dcc_rcp_forms.fiches.tables import Fiche
from dcc_rcp_forms.language.field_types import FIELD_TYPES
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.loading import load_form_text
from dcc_rcp_forms.published import form_model

MAX_STATEMENTS, MAX_HTML, MAX_SCRIPT, MAX_CSS = 12, 20_000, 25_000, 20_000
_NOT_QUERIES = re.compile(r"PRAGMA|BEGIN|SAVEPOINT|RELEASE|SET ", re.IGNORECASE)


@pytest.fixture
def fiche(people, studio) -> str:
    """Return the address of a new breast fiche of the patient in care."""
    page = f"/x/rcp_forms/patients/{studio.world.patient}"
    answer = submit(people["physician"], page, page, formulaire="sein 2.1.0")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def put(browser: Browser, fiche: str, name: str, seen: str | None, **fields: str):
    headers = {"X-CSRF-Token": token_of(browser.get(fiche).text)}
    if seen is not None:
        headers["If-Match"] = f'"{seen}"'
    return browser.put(f"{fiche}/champs/{name}", data=fields or {name: ""}, headers=headers)


def test_a_field_is_saved_with_its_revision(people, fiche) -> None:
    answer = put(people["physician"], fiche, "re", "0", re="90,5")
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    assert 'value="90,5"' in people["physician"].get(fiche).text


def test_a_field_somebody_else_wrote_is_shown_with_both_values(people, fiche) -> None:
    put(people["physician"], fiche, "re", "0", re="31")
    answer = put(people["physician"], fiche, "re", "0", re="34")
    assert answer.status_code == 412
    assert "31" in answer.text
    assert "34" in answer.text
    assert 'data-revision="1"' in answer.text


def test_a_save_without_revision_or_on_no_field_is_refused(people, fiche) -> None:
    assert put(people["physician"], fiche, "re", None, re="3").status_code == 428
    assert put(people["physician"], fiche, "statut_her2", "0").status_code == 422


def test_a_table_is_saved_row_by_row(people, fiche) -> None:
    cells = {"imagerie[0].examen": "irm", "imagerie[2].examen": "irm", "imagerie[1].examen": ""}
    name = re.search(r'name="(\w+)\[0\]\.(\w+)"', people["physician"].get(fiche).text)
    assert name
    table, column = name.groups()
    cells = {f"{table}[0].{column}": "x", f"{table}[1].{column}": "", f"{table}[2].{column}": "y"}
    assert put(people["physician"], fiche, table, "0", **cells).status_code == 200
    text = people["physician"].get(fiche).text
    assert f'name="{table}[2].{column}"' in text
    assert f'name="{table}[3].{column}"' not in text


def test_without_script_what_does_not_clash_is_saved_and_the_clash_is_shown(people, fiche) -> None:
    browser = people["physician"]
    page = browser.get(fiche).text
    seen = re.search(r'name="revisions" value="([^"]*)"', page)
    assert seen
    put(browser, fiche, "re", "0", re="10")
    fields = {"revisions": seen[1].replace("&#34;", '"'), "re": "20", "rp": "30"}
    answer = browser.post(fiche, data={"_csrf": token_of(page), **fields})
    assert answer.status_code == 409
    assert "Deux valeurs pour" in answer.text
    assert 'name="rp" aria' not in answer.text
    after = browser.get(fiche).text
    assert re.search(r'name="rp"[^>]*value="30"', after)
    assert re.search(r'name="re"[^>]*value="10"', after)


def test_only_the_care_team_opens_a_fiche(people, studio, fiche) -> None:
    assert people["secretary"].get(fiche).status_code == 403
    assert people["expert"].get(fiche).status_code == 403
    stranger = f"/x/rcp_forms/patients/{studio.world.stranger}"
    refused = people["physician"].get(stranger)
    assert refused.status_code in {403, 404}
    assert "Ouvrir une fiche" not in refused.text


def test_a_plugin_that_leads_a_fiche_keeps_its_writing_to_itself(people, studio, fiche) -> None:
    with studio.led(_id(fiche)):
        assert put(people["physician"], fiche, "re", "0", re="5").status_code in {403, 404}
        page = people["physician"].get(fiche)
        assert page.status_code == 200
        assert "<fieldset disabled>" in page.text
    assert put(people["physician"], fiche, "re", "0", re="5").status_code == 200


def test_reading_and_writing_leave_their_lines_in_the_audit(people, studio, fiche) -> None:
    put(people["physician"], fiche, "re", "0", re="12")
    with studio.database.reading() as session:
        rows = session.exec(select(AuditEntry).where(AuditEntry.object_kind == "fiche")).all()
    events = {row.event for row in rows if str(row.object_id) in fiche}
    assert events == {"fiche.create", "fiche.read", "fiche.update"}
    assert all(row.patient_id == studio.world.patient for row in rows)
    assert not any("12" in str(row.details.values()) for row in rows)


def test_a_plugin_remarks_on_a_draft_and_blocks_a_signature(people, studio, fiche) -> None:
    answer = put(people["physician"], fiche, "oms", "0", oms="4")
    assert [item["field"] for item in answer.json()["remarks"]] == ["oms"]
    assert "précisez la visée" in people["physician"].get(fiche).text
    with pytest.raises(Conflict, match="FRM-S27"), studio.database.session() as session:
        found = read_fiche(
            session, fiche_id=session.exec(select(Fiche.id).where(Fiche.id == _id(fiche))).one()
        )
        remarks = form_remarks(_Page(studio), found, Stage.SIGN)  # type: ignore[arg-type]
        sign_fiche(session, fiche_id=found.id, at=studio.clock(), remarks=remarks)


class _Page:
    """What `form_remarks` needs of a page."""

    def __init__(self, studio: Any) -> None:
        self.site = self
        self.runtime = studio.runtime


def _id(fiche: str) -> Any:
    from uuid import UUID

    return UUID(fiche.rpartition("/")[2])


TYPED = """\
fiche: typé
version: 1.0.0
titre: Typé
sections:
  s:
    titre: S
    champs:
      part: {libellé: Part, type: proportion, obligatoire: oui}
      double: {libellé: Double, type: calcul, valeur: part * 2}
"""


def test_a_type_of_a_plugin_is_part_of_the_language_and_judges_answers(studio) -> None:
    FIELD_TYPES.add(
        [
            FieldType(
                "proportion",
                Annotated[float, Field(ge=0, le=100)],
                "example/_percentage.html",
                lambda value: f"{value:g} pour cent",
            )
        ]
    )
    findings = Findings()
    loaded = load_form_text(TYPED, "typé.yaml", findings)
    assert loaded is not None
    assert list(findings) == []
    with studio.database.session() as session:
        publish_form(session, form=form_model(loaded), author="x", at=studio.clock())
        opened = open_fiche(
            session,
            patient_id=studio.world.patient,
            form_id="typé",
            version="1.0.0",
            author="x",
            at=studio.clock(),
        )
        saved = save_field(
            session,
            fiche_id=opened.id,
            field="part",
            stored=140,
            seen_revision=0,
            author="x",
            at=studio.clock(),
        )
        assert saved.state.values["double"] == 280
        assert [issue.field for issue in type_faults(saved)] == ["part"]
        kept = save_field(
            session,
            fiche_id=opened.id,
            field="part",
            stored=40,
            seen_revision=1,
            author="x",
            at=studio.clock(),
        )
        assert list(type_faults(kept)) == []


def test_answers_for_a_version_that_is_gone_are_told(people, studio, fiche) -> None:
    with studio.database.session() as session:
        row = session.get(Fiche, _id(fiche))
        assert row
        row.form_version = "9.9.9"
        session.add(row)
    answer = people["physician"].get(fiche)
    assert answer.status_code == 404


@contextmanager
def counted(database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        if not _NOT_QUERIES.match(statement):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_pages_stay_within_their_budgets(people, studio, fiche) -> None:
    root = "/x/rcp_forms/studio"
    draft = submit(people["expert"], root, root, nom="sein", version="2.1.0").headers["location"]
    pages = {
        root: "expert",
        draft: "expert",
        f"{draft}?vue=tableau": "expert",
        f"{root}/formulaires/sein/2.1.0": "expert",
        fiche: "physician",
        f"/x/rcp_forms/patients/{studio.world.patient}": "physician",
    }
    wrong = []
    for path, person in pages.items():
        people[person].get(path)
        with counted(studio.database) as statements:
            text = people[person].get(path).text
        weights = {"html": len(gzip.compress(text.encode(), 5)), "statements": len(statements)}
        for kind, pattern in (("js", r'<script src="([^"]+)"'), ("css", r'href="([^"]+\.css)"')):
            files = [people[person].get(url).content for url in re.findall(pattern, text)]
            weights[kind] = sum(len(gzip.compress(content, 9)) for content in files)
        limits = {"html": MAX_HTML, "statements": MAX_STATEMENTS, "js": MAX_SCRIPT, "css": MAX_CSS}
        wrong += [(path, kind, weights[kind]) for kind in limits if weights[kind] > limits[kind]]
        assert "style=" not in text
    assert wrong == []
