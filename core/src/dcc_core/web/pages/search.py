"""Looking for a patient. Criteria stay on the server: no address and no history carries a name."""

from collections.abc import Mapping
from dataclasses import dataclass

from litestar import get, post
from sqlmodel import Session

from dcc_core.errors import InvalidInput
from dcc_core.patients import PatientQuery, SearchResult, find_people, query_of, read_query
from dcc_core.web.guards import PERMISSION
from dcc_core.web.inject import CurrentPage, FormFields, Transaction
from dcc_core.web.page import Html, Page
from dcc_core.web.sessions import keep_for_visitor
from dcc_core.web.validation import FieldErrors, field_errors

_SEARCH = {PERMISSION: "core.patient.search"}
_KEPT = "search"
_SHOWN = "shown"
FIELDS = ("family", "given", "birth_date", "identifier")
MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave: hits, or why it was not made."""

    result: SearchResult | None
    errors: FieldErrors

    @property
    def homonyms(self) -> int:
        """Return how many hits are easily taken for somebody else."""
        return sum(hit.is_homonym for hit in self.result.hits) if self.result else 0


@get("/patients", name="core.patients", opt=_SEARCH, sync_to_thread=True)
def search_page(page: CurrentPage, session: Transaction) -> Html:
    """Show the search form, with the last search of this session."""
    return _answer(page, session, page.visitor.kept.get(_KEPT, {}))


@post(
    "/patients/recherche",
    name="core.patients.search",
    opt=_SEARCH,
    status_code=200,
    sync_to_thread=True,
)
def search(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Look for patients; answer with the results alone when the page is already there."""
    criteria = {name: data.get(name, "")[:MAX_LENGTH] for name in (*FIELDS, "q")}
    criteria = {name: value for name, value in criteria.items() if value.strip()}
    return _answer(page, session, criteria)


@post("/palette", name="core.palette", opt=_SEARCH, status_code=200, sync_to_thread=True)
def palette(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Show the patients that the words of the palette may mean."""
    criteria = {"q": data.get("q", "")[:MAX_LENGTH]}
    found = look_for(session, criteria, limit=8)
    _remember(page, session, criteria, found)
    return page.render("core/patients/_palette.html", found=found)


def look_for(session: Session, criteria: Mapping[str, str], *, limit: int = 50) -> Found:
    """Search with the fields of a form or the words of one box."""
    if not criteria:
        return Found(None, {})
    try:
        return Found(find_people(session, _query(criteria), limit=limit), {})
    except InvalidInput as error:
        return Found(None, field_errors(error))


def was_shown(page: Page, patient_id: object) -> bool:
    """Tell whether this session's last search already showed this patient's identity."""
    return str(patient_id) in page.visitor.kept.get(_SHOWN, ())


def _query(criteria: Mapping[str, str]) -> PatientQuery:
    if "q" in criteria:
        return read_query(criteria["q"])
    return query_of(
        family=criteria.get("family", ""),
        given=criteria.get("given", ""),
        birth_date=criteria.get("birth_date", ""),
        identifier=criteria.get("identifier", ""),
    )


def _answer(page: Page, session: Session, criteria: Mapping[str, str]) -> Html:
    found = look_for(session, criteria)
    _remember(page, session, criteria, found)
    template = "core/patients/_results.html" if page.wants_fragment else "core/patients/search.html"
    may_create = page.may("core.identity.create") and page.site.runtime.region.has_feature(
        "core.patient_creation", default=True
    )
    return page.render(template, criteria=criteria, found=found, may_create=may_create)


def _remember(page: Page, session: Session, criteria: Mapping[str, str], found: Found) -> None:
    shown = [str(hit.id) for hit in found.result.hits] if found.result else []
    keep_for_visitor(session, page, {_KEPT: dict(criteria), _SHOWN: shown})


ROUTES = (search_page, search, palette)
"""Route handlers of this module."""
