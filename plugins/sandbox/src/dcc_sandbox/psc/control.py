"""What a test or a demonstrator does to the provider: faults, key rotation, forced sign-out."""

from typing import Annotated, Any

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import Body, JSONBody
from litestar.response import Redirect, Response

from dcc_sandbox.psc.back_channel import call_applications
from dcc_sandbox.psc.faults import FAULTS, HARMLESS
from dcc_sandbox.psc.pages import page
from dcc_sandbox.psc.provider import PscProvider
from dcc_sandbox.psc.tampering import Tampering

Provider = NamedDependency[PscProvider]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
_ALL = HARMLESS | FAULTS


@get("/pannes", sync_to_thread=False)
def faults_page(provider: Provider) -> Response[str]:
    """List the faults that can be switched on."""
    current = [name for name, fault in _ALL.items() if fault.tampering is provider.tampering]
    return page("faults.html", faults=_ALL, current="".join(current))


@post("/pannes", sync_to_thread=False)
def choose_fault(provider: Provider, data: Form) -> Redirect:
    """Switch one fault on, and the others off."""
    fault = _ALL.get(data.get("panne", ""))
    if fault is None:
        raise NotFoundException("panne inconnue")
    provider.tampering = fault.tampering
    return Redirect("/pannes", status_code=303)


@put("/_control/tampering", status_code=204, sync_to_thread=False)
def set_tampering(provider: Provider, data: JSONBody[dict[str, Any]]) -> None:
    """Set the tampering by its fields; an empty object makes the provider honest again."""
    try:
        provider.tampering = Tampering(**data)
    except TypeError as error:
        raise ValidationException("champ inconnu") from error


@post("/_control/keys", status_code=204, sync_to_thread=False)
def rotate_keys(provider: Provider, data: JSONBody[dict[str, bool]]) -> None:
    """Sign with a new key; ``keep_old`` and ``same_kid`` say how."""
    provider.keys.rotate(keep_old=data.get("keep_old", True), same_kid=data.get("same_kid", False))


@post("/_control/sign-out", status_code=204, sync_to_thread=True)
def sign_out(provider: Provider, data: JSONBody[dict[str, str]]) -> None:
    """End the sessions of a person, as when they leave another application."""
    for sid in provider.sessions_of(data.get("personne", "")):
        call_applications(provider.end_session(sid))


CONTROL_HANDLERS = (faults_page, choose_fault, set_tampering, rotate_keys, sign_out)
