"""Types by which a handler asks for what the request brings: the parameter's name says which.

``page: CurrentPage``, ``session: Transaction``, ``reading: ReadOnly``, ``visitor: CurrentVisitor``,
``runtime: CurrentRuntime``, ``data: FormFields``.
"""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from sqlmodel import Session

from dcc_core.web.page import Page
from dcc_core.web.runtime import Runtime
from dcc_core.web.visitor import Visitor

CurrentPage = NamedDependency[Page]
CurrentVisitor = NamedDependency[Visitor]
CurrentRuntime = NamedDependency[Runtime]
Transaction = NamedDependency[Session]
"""Parameter ``session``: one transaction, committed when the handler returns."""

ReadOnly = NamedDependency[Session]
"""Parameter ``reading``: a session in which the database refuses to write."""

FormFields = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
"""Parameter ``data``: the fields of a posted form, still to be validated."""
