"""The formats a form, or one of its in-file tests, can be exported to."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict

from dcc_rcp_forms.engine.evaluate_form import Engine
from dcc_rcp_forms.engine.examples import example_answers, example_session_date
from dcc_rcp_forms.exports.answers import Fiche
from dcc_rcp_forms.exports.dictionary import dictionary_csv
from dcc_rcp_forms.exports.document import document_sections
from dcc_rcp_forms.exports.fhir import questionnaire, response
from dcc_rcp_forms.exports.json_schema import answers_schema
from dcc_rcp_forms.exports.page import form_page
from dcc_rcp_forms.exports.rendering import render_document
from dcc_rcp_forms.exports.specimen import specimen_document
from dcc_rcp_forms.exports.word import word_document
from dcc_rcp_forms.exports.workbook import workbook
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import Example
from dcc_rcp_forms.loading import LoadedForm

CDA_MEDIA_TYPES = ("application/cda+xml",)


def example_fiche(loaded: LoadedForm, example: Example | None) -> Fiche:
    """Fill a fiche with the answers of a test; an empty fiche without one."""
    engine = Engine(loaded.program)
    if example is None:
        return Fiche(loaded.form, {}, engine.evaluate({}))
    answers = example_answers(example, loaded.program, Findings())
    state = engine.evaluate(answers, example_session_date(example))
    return Fiche(loaded.form, answers, state)


def _page(loaded: LoadedForm, example: Example | None) -> bytes:
    fiche = example_fiche(loaded, example)
    return form_page(loaded, fiche.answers, fiche.state).encode()


def _csv(loaded: LoadedForm, _: Example | None) -> bytes:
    return dictionary_csv(loaded.form).encode("utf-8-sig")


def _workbook(loaded: LoadedForm, _: Example | None) -> bytes:
    return workbook(loaded.form)


def _schema(loaded: LoadedForm, _: Example | None) -> bytes:
    return _json(answers_schema(loaded.form, loaded.content_hash))


def _fhir(loaded: LoadedForm, example: Example | None) -> bytes:
    if example is None:
        return _json(questionnaire(loaded))
    return _json(response(example_fiche(loaded, example)))


def _document(loaded: LoadedForm, example: Example | None) -> bytes:
    sections = document_sections(example_fiche(loaded, example))
    return _json([asdict(section) for section in sections])


def _word(loaded: LoadedForm, example: Example | None) -> bytes:
    return word_document(example_fiche(loaded, example), is_blank=example is None)


def _rendered(*media_types: str) -> Callable[[LoadedForm, Example | None], bytes]:
    def render(loaded: LoadedForm, example: Example | None) -> bytes:
        session_date = example_session_date(example) if example else ""
        document = specimen_document(example_fiche(loaded, example), session_date)
        return render_document(document, media_types)

    return render


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2, default=str).encode()


FORMATS: Mapping[str, Callable[[LoadedForm, Example | None], bytes]] = {
    "html": _page,
    "cda": _rendered(*CDA_MEDIA_TYPES),
    "pdf": _rendered("application/pdf"),
    "docx": _word,
    "csv": _csv,
    "xlsx": _workbook,
    "fhir": _fhir,
    "json-schema": _schema,
    "document": _document,
}
