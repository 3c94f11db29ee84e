"""What a handler uses to answer a person: draw a template, send back a redirection, report."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from markupsafe import Markup

from dcc_core.hooks.contracts.web import MenuPlace, Slot
from dcc_core.web import notices
from dcc_core.web.authentication import visitor_of
from dcc_core.web.csrf import forgery_key
from dcc_core.web.envelope import AnyRequest, request_id_of
from dcc_core.web.i18n import current_locale
from dcc_core.web.preferences import Preferences, preferences_of
from dcc_core.web.site import Site
from dcc_core.web.slots import DrawnPanel, draw_panels
from dcc_core.web.visitor import Visitor

Html = Response[str]
_CSRF_FIELD = Markup('<input type="hidden" name="_csrf" value="{}">')


class Page:
    """The page at hand: its request, its visitor and the site around it.

    Attributes:
        visitor: Who looks.
    """

    def __init__(self, site: Site, request: AnyRequest) -> None:
        self.site = site
        self.request = request
        self.visitor: Visitor = visitor_of(request.scope)

    @property
    def path(self) -> str:
        """Return the path asked for."""
        return self.request.scope["path"]

    @property
    def origin(self) -> str:
        """Return the address of the region as browsers reach it, without trailing slash."""
        public = self.site.runtime.settings.public_url
        return public or str(self.request.base_url).rstrip("/")

    @property
    def locale(self) -> str:
        """Return the language in which the page is written."""
        return current_locale()

    @property
    def request_id(self) -> str:
        """Return the identifier that support can find in the log."""
        return request_id_of(self.request.scope)

    @cached_property
    def preferences(self) -> Preferences:
        """Return the theme and keyboard choices of this browser."""
        return preferences_of(self.request)

    @cached_property
    def session_seconds(self) -> int | None:
        """Return how long the session lasts from now; no clock of a browser is relied upon."""
        ends = self.visitor.expires_at
        return None if ends is None else int((ends - self.site.runtime.clock()).total_seconds())

    @property
    def wants_fragment(self) -> bool:
        """Tell whether a part of a page is asked for, to be put into the one already shown."""
        return self.request.headers.get("hx-request-type") == "partial"

    @cached_property
    def csrf(self) -> str:
        """Return the anti-forgery token of this page, fresh for each page."""
        return self.site.tokens.issue(forgery_key(self.request.scope))

    @cached_property
    def csrf_field(self) -> Markup:
        """Return the hidden field that every form of the page carries."""
        return _CSRF_FIELD.format(self.csrf)

    @cached_property
    def notice(self) -> notices.Notice | None:
        """Return what the redirection that led here had to say."""
        sealed = self.request.cookies.get(notices.COOKIE, "")
        return self.site.notices.open(sealed) if sealed else None

    def at(self, name: str, **parameters: object) -> str:
        """Return the path of a route by name."""
        return self.site.address(name, **parameters)

    def menu(self, place: MenuPlace | str) -> tuple[Any, ...]:
        """Return the entries of one menu."""
        return self.site.menu.links(MenuPlace(place), self.visitor.permissions, self.current_entry)

    @cached_property
    def current_entry(self) -> str:
        """Return the address of the menu entry in which this page lies, empty outside of them."""
        return self.site.menu.current(self.path)

    def shell(self, template: str) -> Markup:
        """Return a part of the shell that rights, language and menu entry alone decide."""
        key = (template, current_locale(), self.visitor.permissions, self.current_entry)
        return self.site.shell.get(key, lambda: self.draw(template))

    def may(self, permission: str) -> bool:
        """Tell whether the visitor's roles hold a right."""
        return self.visitor.may(permission)

    def panels(
        self,
        slot: Slot | str,
        *,
        patient_id: UUID | None = None,
        document_id: UUID | None = None,
        message_id: int | None = None,
    ) -> tuple[DrawnPanel, ...]:
        """Return what plugins show in a slot; a failing one is a notice."""
        return draw_panels(
            self.site,
            self.visitor,
            Slot(slot),
            patient_id=patient_id,
            document_id=document_id,
            message_id=message_id,
        )

    def render(
        self,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        cookies: Sequence[Cookie] = (),
        **values: object,
    ) -> Html:
        """Return a page, or a fragment, drawn from a template.

        Drawing happens here, inside the transaction and off the event loop: a page that cannot be
        drawn has changed nothing.
        """
        text = self.draw(template, **values)
        response = Response(
            text,
            status_code=status,
            media_type=MediaType.HTML,
            headers={"vary": "HX-Request-Type, Cookie", **(headers or {})},
            cookies=list(cookies),
        )
        if self.notice is not None:
            response.delete_cookie(notices.COOKIE)
        return response

    def draw(self, template: str, **values: object) -> str:
        """Return the text of a template with the page at hand as ``page``."""
        return self.site.templates.get_template(template).render(page=self, **values)

    def redirect(
        self, path: str, *, notice: str = "", level: notices.Level = notices.Level.OK
    ) -> Html:
        """Send the browser elsewhere after a change, with a sentence that says what was done."""
        cookies = []
        if notice:
            sealed = self.site.notices.seal(notices.Notice(notice, level))
            cookies.append(
                Cookie(
                    notices.COOKIE,
                    value=sealed,
                    max_age=notices.MAX_AGE_S,
                    httponly=True,
                    secure=self.site.is_secure,
                    samesite="lax",
                )
            )
        header = "hx-redirect" if "hx-request" in self.request.headers else "location"
        status = 200 if header == "hx-redirect" else 303
        return Response("", status_code=status, headers={header: path}, cookies=cookies)
