"""A fictitious authority, an establishment with its certificate, a simulated DMP on a socket."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from dcc_cda.renderers import FrcpRenderer
from dcc_core.api import ClinicalDocument, Envelope
from dcc_dmp.feed import DmpFeed
from dcc_dmp.settings import DmpSettings
from dcc_sandbox.dmp.authority import Authority, Identity
from dcc_sandbox.dmp.server import SimulatedDmp, running_dmp

from .support import STRUCTURE, feed_for, new_document, settings_for


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def organisation(authority) -> Identity:
    return authority.issue("org-sign")


@pytest.fixture
def dmp(organisation) -> SimulatedDmp:
    return SimulatedDmp(trusted=organisation.pem, structure=STRUCTURE, slow_s=1.5)


@pytest.fixture
def address(dmp) -> Iterator[str]:
    with running_dmp(dmp) as url:
        yield url


@pytest.fixture
def settings(address, organisation) -> DmpSettings:
    return settings_for(address, organisation)


@pytest.fixture
def feed(settings) -> DmpFeed:
    return feed_for(settings)


@pytest.fixture
def envelope() -> Callable[..., Envelope]:
    """Return a maker of deliveries; each document gets its own identifiers."""

    def make(
        operation: str = "create", document: ClinicalDocument | None = None, **more: object
    ) -> Envelope:
        document = document or new_document()
        rendition = FrcpRenderer().render(document, branding={})
        known = {"key": f"{document.document_id}/{operation}", "attempt": 1}
        return Envelope(
            operation=operation,
            document=document,
            patient_id=uuid4(),
            renditions=(rendition,),
            **(known | more),
        )

    return make
