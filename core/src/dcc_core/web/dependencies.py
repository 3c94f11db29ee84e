"""What handlers may ask for by name: ``session``, ``reading``, ``page``, ``visitor``, ``runtime``.

One session is one transaction and ends with the request: committed before the answer leaves,
rolled back when the handler raises. A commit that fails is an error page, never a false success.
"""

import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager

from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency, Provide
from sqlmodel import Session

from dcc_core.web.envelope import AnyRequest
from dcc_core.web.holding import allow_holding, hold_loaded
from dcc_core.web.page import Page
from dcc_core.web.runtime import Runtime
from dcc_core.web.site import Site
from dcc_core.web.visitor import Visitor

RESERVED = frozenset({"session", "reading", "page", "visitor", "runtime"})
"""Names that a plugin may not give to a dependency of its own: it would replace the core's."""


def dependencies(site: Site) -> dict[str, Provide]:
    """Return the dependencies that every handler may ask for.

    Each asks for the page, which makes Litestar resolve them one after the other: what it resolves
    together costs a group of tasks.
    """
    database = site.runtime.database
    allow_holding(database)

    async def page(request: AnyRequest) -> Page:
        return Page(site, request)

    async def visitor(page: NamedDependency[Page]) -> Visitor:
        return page.visitor

    async def runtime() -> Runtime:
        return site.runtime

    return {
        "session": Provide(_transaction(database.session)),
        "reading": Provide(_transaction(database.reading)),
        "page": Provide(page),
        "visitor": Provide(visitor),
        "runtime": Provide(runtime),
    }


def _transaction(
    open_session: Callable[[], AbstractContextManager[Session]],
) -> Callable[[Page], AsyncGenerator[Session, None]]:
    async def provide(page: NamedDependency[Page]) -> AsyncGenerator[Session, None]:
        transaction = open_session()
        session = transaction.__enter__()  # connects at the first statement, not here
        hold_loaded(session)
        try:
            yield session
        except BaseException:
            await sync_to_thread(transaction.__exit__, *sys.exc_info())
            raise
        await sync_to_thread(transaction.__exit__, None, None, None)

    return provide
