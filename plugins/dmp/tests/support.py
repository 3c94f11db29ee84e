"""What the tests of the feed build: settings, feeds, fictitious documents."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from dcc_cda.api import DocumentChecker
from dcc_cda.specimen import frcp_specimen
from dcc_core.api import ClinicalDocument
from dcc_dmp.feed import DmpFeed
from dcc_dmp.plugin import make_client
from dcc_dmp.settings import DmpSettings
from dcc_sandbox.dmp.authority import Identity

STRUCTURE = "1310000000"


def settings_for(address: str, organisation: Identity, **more: object) -> DmpSettings:
    known = {
        "repository_url": address,
        "signing_certificate": organisation.certificate,
        "signing_key": organisation.key,
        "structure": STRUCTURE,
        "root_oid": "1.2.250.1.999.1",
        "approval_id": "DEMO-0001",
        "timeout_s": 1.0,
        "breaker_failures": 100,
    }
    return DmpSettings(**(known | more))


def feed_for(settings: DmpSettings) -> DmpFeed:
    client = make_client(settings)
    return DmpFeed(
        lambda: client,
        DocumentChecker(Path("no-rules")),
        document_classes=settings.document_classes,
        hide_until_announced=settings.hide_until_announced,
    )


def new_document(**changes: object) -> ClinicalDocument:
    number = uuid4().int
    identifiers = {"document_id": f"2.25.{number}", "set_id": f"2.25.{number}.1"}
    return replace(frcp_specimen(), **(identifiers | changes))


def next_version(document: ClinicalDocument) -> ClinicalDocument:
    return replace(
        document,
        document_id=f"2.25.{uuid4().int}",
        version=document.version + 1,
        replaces=document.document_id,
    )
