"""Answers to what goes wrong: a page a person can act on, or problem+json for programs (RFC 9457).

A record that one may not see answers exactly like one that does not exist. Unexpected errors are
logged by kind and place; their message is not, because it may hold patient data.
"""

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from litestar import Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dcc_core.errors import (
    AccessDenied,
    Conflict,
    DccError,
    ExchangeError,
    InvalidInput,
    NotFound,
)
from dcc_core.users import AccessRefused, record_refusal
from dcc_core.web.csrf import POSTED, ForgeryRefused
from dcc_core.web.envelope import AnyRequest, request_id_of
from dcc_core.web.forgery import FIELD
from dcc_core.web.guards import SignInNeeded
from dcc_core.web.i18n import gettext as _
from dcc_core.web.i18n import later
from dcc_core.web.page import Page
from dcc_core.web.pages.emergency import refusal_page
from dcc_core.web.site import Site

PROBLEM_JSON = "application/problem+json"
SIGN_IN_PATH = "/connexion"
_FAMILIES: tuple[tuple[type[DccError], int, str], ...] = (
    (SignInNeeded, 401, later("Connexion nécessaire")),
    (ForgeryRefused, 403, later("Demande non vérifiée")),
    (AccessDenied, 403, later("Accès refusé")),
    (Conflict, 409, later("Quelqu'un a modifié ces données")),
    (InvalidInput, 422, later("Saisie refusée")),
    (ExchangeError, 503, later("Service extérieur indisponible")),
)
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """What to tell: status, stable code, title and a sentence with the remedy."""

    status: int
    code: str
    title: str
    text: str
    field: str = ""


def failure_handlers(site: Site) -> ExceptionHandlersMap:
    """Return the handlers of every exception."""

    def handle(request: AnyRequest, error: Exception) -> Response[Any]:
        failure = describe(error)
        if isinstance(error, AccessRefused) and _is_for_program(request):
            with site.runtime.session() as session:
                record_refusal(session, error)
        if failure.status >= 500:
            _logger.error(
                "request_failed",
                extra={
                    "code": failure.code,
                    "error": type(error).__name__,
                    "where": _place(error),
                },
            )
        if _is_for_program(request):
            return _problem(request, failure)
        return _person_answer(Page(site, request), error, failure)

    return {Exception: handle}


def describe(error: Exception) -> Failure:
    """Return what to tell about an exception."""
    if isinstance(error, NotFound):
        return _missing(error.code)
    if isinstance(error, AccessRefused) and error.subject.patient_id is not None:
        return _missing("WEB-404")
    if isinstance(error, DccError):
        return _declared(error)
    if isinstance(error, HTTPException):
        return _from_http(error)
    if isinstance(error, OperationalError | PoolTimeout):
        text = _(
            "Rien n'a été enregistré. Réessayez dans une minute ; si cela dure, appelez"
            " l'assistance régionale."
        )
        return Failure(503, "WEB-503", _("La base de données ne répond pas"), text)
    return _unexpected("WEB-500")


def _declared(error: DccError) -> Failure:
    field = error.field if isinstance(error, InvalidInput) else ""
    for family, status, title in _FAMILIES:
        if isinstance(error, family):
            return Failure(status, error.code, _(title), error.text, field)
    return _unexpected(error.code)


def _from_http(error: HTTPException) -> Failure:
    match error.status_code:
        case 404:
            return _missing("WEB-404")
        case 405:
            return Failure(
                405,
                "WEB-405",
                _("Action impossible ici"),
                _("Cette adresse n'accepte pas cette action. Revenez à la page précédente."),
            )
        case 413:
            return Failure(
                413,
                "WEB-413",
                _("Envoi trop volumineux"),
                _("Le fichier dépasse la taille acceptée. Réduisez-le puis recommencez."),
            )
        case status if status < 500:
            return Failure(
                status,
                "WEB-400",
                _("Demande incomprise"),
                _(
                    "L'adresse ou le formulaire contient une valeur inattendue. Revenez à la page"
                    " précédente et vérifiez votre saisie."
                ),
            )
    return _unexpected("WEB-500")


def _missing(code: str) -> Failure:
    return Failure(
        404,
        code,
        _("Page introuvable"),
        _(
            "Cette page n'existe pas, ou vous n'y avez pas accès. Vérifiez l'adresse, ou cherchez"
            " le patient."
        ),
    )


def _unexpected(code: str) -> Failure:
    return Failure(
        500,
        code,
        _("Une erreur est survenue"),
        _(
            "Rien n'a été enregistré. Réessayez ; si l'erreur revient, donnez à l'assistance le"
            " numéro ci-dessous."
        ),
    )


def _is_for_program(request: AnyRequest) -> bool:
    return request.scope["path"].startswith("/api/") or "json" in request.headers.get("accept", "")


def _problem(request: AnyRequest, failure: Failure) -> Response[Any]:
    body: dict[str, object] = {
        "type": f"urn:dcc:problem:{failure.code}",
        "title": failure.title,
        "status": failure.status,
        "detail": failure.text,
        "code": failure.code,
        "instance": f"urn:uuid:{request_id_of(request.scope)}",
    }
    if failure.field:
        body["errors"] = [{"field": failure.field, "detail": failure.text, "code": failure.code}]
    return Response(body, status_code=failure.status, media_type=PROBLEM_JSON)


def _person_answer(page: Page, error: Exception, failure: Failure) -> Response[Any]:
    if isinstance(error, AccessRefused) and error.subject.patient_id is not None:
        return refusal_page(page, error)
    if isinstance(error, SignInNeeded) and page.request.method in {"GET", "HEAD"}:
        return _to_sign_in(page)
    if page.wants_fragment:
        return _answer(page, "core/errors/_fragment.html", failure, _FRAGMENT_HEADERS)
    posted = page.request.scope["state"].get(POSTED)
    if isinstance(error, ForgeryRefused) and posted and _same_origin(page):
        fields = [(k, v) for k, v in posted.multi_items() if isinstance(v, str) and k != FIELD]
        return _answer(page, "core/errors/resend.html", failure, {}, fields=fields)
    return _answer(page, "core/errors/page.html", failure, {})


_FRAGMENT_HEADERS = {"hx-retarget": "#messages", "hx-reswap": "beforeend"}


def _answer(
    page: Page,
    template: str,
    failure: Failure,
    headers: Mapping[str, str],
    **values: object,
) -> Response[Any]:
    text = page.draw(template, failure=failure, **values)
    return Response(
        text, status_code=failure.status, media_type=MediaType.HTML, headers=dict(headers)
    )


def _to_sign_in(page: Page) -> Response[Any]:
    back = page.request.scope["path"]
    target = f"{SIGN_IN_PATH}?retour={quote(back, safe='/')}" if back != "/" else SIGN_IN_PATH
    if "hx-request" in page.request.headers:
        return Response("", status_code=401, headers={"hx-redirect": target})
    return Response("", status_code=303, headers={"location": target})


def _same_origin(page: Page) -> bool:
    return page.request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
