"""The JSON routes: same rights, same decisions and same audit as the pages.

Errors are problem+json with the stable code. A patient carries an ``ETag``; an update must send it
back in ``If-Match``.
"""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get, post, put
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import FromPath, HeaderParameter, JSONBody
from pydantic import BaseModel, Field

from dcc_core.errors import Conflict, InvalidInput
from dcc_core.patients import PatientOut, find_people, read_patient, read_query, update_patient
from dcc_core.records import list_documents
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.i18n import later
from dcc_core.web.inject import CurrentPage, CurrentVisitor, Transaction
from dcc_core.web.opened import open_patient

PREFIX = "/api/v1"
_SEARCH = {PERMISSION: "core.patient.search"}
_READ = {PERMISSION: "core.identity.read"}
_UPDATE = {PERMISSION: "core.identity.update"}
_LIST = {PERMISSION: "core.document.list"}
_DOCS = {PERMISSION: "core.api.docs"}
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


class Me(BaseModel):
    """Who is signed in."""

    name: str
    roles: list[str]
    permissions: list[str]


class Search(BaseModel):
    """Words to search with: names in any order, a birth date, an INS or a local number."""

    query: str = Field(max_length=200)


class Person(BaseModel):
    """One line of a list of results."""

    id: UUID
    birth_family_name: str
    first_given_name: str
    birth_date: date
    sex: str
    status: str
    is_homonym: bool


class Found(BaseModel):
    """People found, the closest first; ``is_truncated`` asks for more precision."""

    people: list[Person]
    is_truncated: bool


class Identity(BaseModel):
    """The identity of a patient; the INS is there only when it may leave."""

    id: UUID
    version: int
    status: str
    birth_family_name: str
    first_given_name: str
    birth_given_names: list[str]
    birth_date: date
    birth_date_precision: str
    sex: str
    birth_place_insee: str
    used_family_name: str
    used_given_name: str
    ins: str | None


class Listed(BaseModel):
    """A document in a list."""

    id: UUID
    title: str
    type_code: str
    version: int
    status: str
    created_at: datetime


@get("/me", name="core.api.me", opt={PERMISSION: "core.account.self"}, sync_to_thread=False)
def me(visitor: CurrentVisitor) -> Me:
    """Return who is signed in, with the rights their roles hold."""
    return Me(
        name=visitor.name,
        roles=sorted(visitor.actor.roles),
        permissions=sorted(visitor.permissions),
    )


@post("/patients/search", name="core.api.search", opt=_SEARCH, status_code=200, sync_to_thread=True)
def search_patients(session: Transaction, data: JSONBody[Search]) -> Found:
    """Search patients. A body, not a query string: names stay out of addresses and logs."""
    result = find_people(session, read_query(data.query))
    people = [
        Person(
            id=hit.id,
            birth_family_name=hit.birth_family_name,
            first_given_name=hit.first_given_name,
            birth_date=hit.birth.value,
            sex=hit.sex,
            status=hit.status,
            is_homonym=hit.is_homonym,
        )
        for hit in result.hits
    ]
    return Found(people=people, is_truncated=result.is_truncated)


@get("/patients/{patient_id:uuid}", name="core.api.patient", opt=_READ, sync_to_thread=True)
def read_one(
    page: CurrentPage, session: Transaction, patient_id: FromPath[UUID]
) -> Response[Identity]:
    """Return the identity of a patient, with its version as ``ETag``."""
    opened = open_patient(page, session, patient_id, action="core.identity.read")
    return _identity(opened.patient)


@put(
    "/patients/{patient_id:uuid}", name="core.api.patient.update", opt=_UPDATE, sync_to_thread=True
)
def update_one(
    page: CurrentPage,
    session: Transaction,
    patient_id: FromPath[UUID],
    data: JSONBody[dict[str, Any]],
    if_match: IfMatch = None,
) -> Response[Identity]:
    """Replace the traits of a patient, unless somebody changed them first (409)."""
    opened = open_patient(page, session, patient_id, action="core.identity.update")
    changed = update_patient(
        session,
        opened.id,
        read_patient(data),
        expected_version=_version(if_match),
        clock=page.site.runtime.clock,
    )
    return _identity(changed)


@get(
    "/patients/{patient_id:uuid}/documents",
    name="core.api.documents",
    opt=_LIST,
    sync_to_thread=True,
)
def documents_of(
    page: CurrentPage, session: Transaction, patient_id: FromPath[UUID]
) -> list[Listed]:
    """List the documents of a patient that the visitor may know of."""
    opened = open_patient(page, session, patient_id, action="core.document.list")
    found = opened.readable(list_documents(session, opened.id), action="core.document.list")
    return [
        Listed(
            id=each.id,
            title=each.title or each.type_label,
            type_code=each.type_code,
            version=each.version,
            status=each.status,
            created_at=each.created_at,
        )
        for each in found
    ]


def api_router() -> Router:
    """Return the JSON routes of the core."""
    handlers = [me, search_patients, read_one, update_one, documents_of]
    return Router(path=PREFIX, route_handlers=handlers, include_in_schema=True)


def api_description(version: str) -> OpenAPIConfig:
    """Return how the JSON routes are described, for those who may read it."""
    return OpenAPIConfig(
        title="dcc",
        version=version,
        description=later("Interface JSON du dossier communicant de cancérologie."),
        use_handler_docstrings=True,
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        openapi_router=Router(path="/api", route_handlers=[], opt=_DOCS, include_in_schema=False),
    )


def _identity(patient: PatientOut) -> Response[Identity]:
    traits = patient.traits
    ins = traits.identifier("INS")
    body = Identity(
        id=patient.id,
        version=patient.version,
        status=patient.status,
        birth_family_name=traits.birth_family_name,
        first_given_name=traits.first_given_name,
        birth_given_names=list(traits.birth_given_names),
        birth_date=patient.birth.value,
        birth_date_precision=patient.birth.precision,
        sex=traits.sex,
        birth_place_insee=traits.birth_place_insee,
        used_family_name=traits.used_family_name,
        used_given_name=traits.used_given_name,
        ins=ins.value if ins and patient.may_carry_ins else None,
    )
    return Response(body, headers={"etag": f'"{patient.version}"'})


def _version(if_match: str | None) -> int:
    text = (if_match or "").strip().strip('"')
    if not text:
        raise InvalidInput(
            "WEB-428",
            _("L’en-tête If-Match manque : lisez le patient et renvoyez son ETag."),
            field="If-Match",
        )
    if not text.isdecimal():
        raise Conflict("WEB-412", _("Cet ETag n’est pas celui du patient. Relisez-le."))
    return int(text)
