"""Enrolment of an invited person: password and one-time code, set with the token of the invitation.

The token travels in the query string, which the access log does not keep, and in a hidden field.
"""

from io import BytesIO

from litestar import get, post
from litestar.params import FromQuery
from markupsafe import Markup
from sqlmodel import Session

from dcc_core.errors import InvalidInput, NotFound
from dcc_core.users import enrol, read_invitation
from dcc_core.web.guards import PUBLIC
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, FormFields, ReadOnly, Transaction
from dcc_core.web.page import Html, Page
from dcc_core.web.pages.sign_in import begin_attempt
from dcc_core.web.validation import FieldErrors, field_errors

_OPEN = {PUBLIC: True}
_GROUP = 4


@get("/invitation", name="core.enrolment", opt=_OPEN, sync_to_thread=True)
def enrolment_page(page: CurrentPage, reading: ReadOnly, jeton: FromQuery[str] = "") -> Html:
    """Show the secret of the one-time codes and ask for a password."""
    return _form(page, reading, jeton)


@post("/invitation", name="core.enrolment.submit", opt=_OPEN, status_code=200, sync_to_thread=True)
def enrol_invited(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Set password and code; show the recovery codes, once."""
    token, password = data.get("token", ""), data.get("password", "")
    if password != data.get("again", ""):
        errors = {"again": _("Les deux saisies diffèrent : ressaisissez le mot de passe.")}
        return _form(page, session, token, errors)
    try:
        codes = enrol(
            session,
            token=token,
            password=password,
            code=data.get("code", ""),
            local=page.site.local,
            now=page.site.runtime.clock(),
        )
    except InvalidInput as error:
        return _form(page, session, token, field_errors(error))
    except NotFound as error:
        return _closed(page, error)
    return page.render("core/enrolment/done.html", codes=codes)


def _form(page: Page, session: Session, token: str, errors: FieldErrors | None = None) -> Html:
    now = page.site.runtime.clock()
    try:
        invited = read_invitation(session, token=token, local=page.site.local, now=now)
    except NotFound as error:
        return _closed(page, error)
    secret = invited.uri.partition("secret=")[2].partition("&")[0]
    return page.render(
        "core/enrolment/form.html",
        status=422 if errors else 200,
        cookies=[begin_attempt(page)],
        invited=invited,
        token=token,
        secret=" ".join(secret[at : at + _GROUP] for at in range(0, len(secret), _GROUP)),
        drawing=_drawing(invited.uri),
        errors=errors or {},
    )


def _closed(page: Page, error: NotFound) -> Html:
    return page.render("core/enrolment/closed.html", status=404, error=error)


def _drawing(uri: str) -> Markup:
    """Return the QR code of an address (ISO/IEC 18004), drawn without size so that it scales."""
    import segno

    drawn = BytesIO()
    code = segno.make(uri, micro=False)
    code.save(
        drawn, kind="svg", xmldecl=False, omitsize=True, border=4, svgclass="qr", light="#fff"
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - shapes of our own making


ROUTES = (enrolment_page, enrol_invited)
"""Route handlers of this module."""
