"""One contract per hook: what an implementation must honour beyond its signature."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import click
from pydantic import TypeAdapter

from dcc_core.errors import AccessDenied, PermanentExchangeError
from dcc_core.hooks.contracts.access import Actor, BreakGlassRule, Deny, Subject
from dcc_core.hooks.contracts.auth import IdentityProvider
from dcc_core.hooks.contracts.forms import FormModel, Stage
from dcc_core.hooks.contracts.identity import IdentityStatus
from dcc_core.hooks.contracts.labs import RawMessage
from dcc_core.hooks.contracts.life import EVENT_TYPES, Event
from dcc_core.hooks.contracts.ops import AuditCopy, HealthState, Period
from dcc_core.hooks.contracts.outbound import DocumentNotice
from dcc_core.hooks.contracts.web import PanelContext, PanelView, Window
from dcc_core.testing.samples import sample_document, sample_traits

if TYPE_CHECKING:
    from dcc_core.testing.contract import ContractCase

Contract = Callable[["ContractCase"], None]
NOBODY = UUID("00000000-0000-4000-8000-000000000000")
_NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
_FORM = FormModel(code="demo", version="1.0.0", title="Démonstration", digest="0" * 64, source="")
_contracts: dict[str, Contract] = {}


def _contract(function: Contract) -> Contract:
    """Register a function as the contract of the hook in its name."""
    _contracts[f"dcc_{function.__name__}"] = function
    return function


@_contract
def form_models(case: "ContractCase") -> None:
    """The digest is that of the source: a signed answer can always be traced to its model."""
    for model in case.collect("dcc_form_models", region=case.region):
        assert model.digest == hashlib.sha256(model.source.encode()).hexdigest()


@_contract
def field_types(case: "ContractCase") -> None:
    """A value survives a JSON round trip, and can be read by a person."""
    for kind in case.collect("dcc_field_types"):
        adapter = TypeAdapter(kind.python_type)
        json.dumps(adapter.json_schema())
        assert kind.template.startswith(f"{case.plugin}/")


@_contract
def value_sets(case: "ContractCase") -> None:
    """A code appears once in a set, with a label."""
    for found in case.collect("dcc_value_sets"):
        codes = [(concept.system, concept.code) for concept in found.concepts]
        assert len(codes) == len(set(codes))
        assert all(concept.label for concept in found.concepts)


@_contract
def form_issues(case: "ContractCase") -> None:
    """The same answers give the same issues, at every stage."""
    gate = case.plugins.dispatcher.gate
    for stage in Stage:
        first = gate("dcc_form_issues", form=_FORM, answers={}, stage=stage)
        assert gate("dcc_form_issues", form=_FORM, answers={}, stage=stage) == first
    assert case.plugin not in case.plugins.dispatcher.failures


@_contract
def identity_providers(case: "ContractCase") -> None:
    """Keys carry the plugin's name; an empty callback is refused, not answered with somebody."""
    for provider in case.collect("dcc_identity_providers", settings=case.settings):
        assert provider.key.startswith(case.plugin)
        assert provider.label
        _refuses_empty_callback(provider)


def _refuses_empty_callback(provider: IdentityProvider) -> None:
    try:
        provider.complete(query={}, kept={}, redirect_uri="https://dcc.invalid/callback")
    except AccessDenied:
        return
    raise AssertionError(f"{provider.key} accepted an empty callback")


@_contract
def access_veto(case: "ContractCase") -> None:
    """The answer is a refusal with a reason, or nothing, for any actor and action."""
    for roles in (frozenset[str](), frozenset({"medecin"}), frozenset({"admin_regional"})):
        actor = Actor(account_id=uuid4(), roles=roles)
        answer = case.plugins.dispatcher.veto(
            "dcc_access_veto", actor=actor, action="core.patient.read", subject=Subject(NOBODY)
        )
        assert answer is None or (isinstance(answer, Deny) and answer.reason and answer.text)
    assert case.plugin not in case.plugins.dispatcher.failures


@_contract
def break_glass_rules(case: "ContractCase") -> None:
    """Each rule has a key and a text."""
    found = case.plugins.dispatcher.isolated(
        "dcc_break_glass_rules", actor=Actor(account_id=uuid4()), patient_id=NOBODY
    )
    assert all(isinstance(rule, BreakGlassRule) and rule.key and rule.text for _, rule in found)
    assert case.plugin not in case.plugins.dispatcher.failures


@_contract
def inbound_sources(case: "ContractCase") -> None:
    """Keys carry the plugin's name; polling leaves what is waiting where it is."""
    for source in case.collect("dcc_inbound_sources", settings=case.settings):
        assert source.key.startswith(case.plugin)
        first = [message.message_id for message in source.poll()]
        assert [message.message_id for message in source.poll()] == first


@_contract
def message_parsers(case: "ContractCase") -> None:
    """Bytes that are no message are declined, or refused for good; nothing else may be raised."""
    for parser in case.collect("dcc_message_parsers"):
        assert parser.key.startswith(case.plugin)
        for content in (b"", b"\x00\xff" * 50, "é".encode("latin-1") * 100, b"MSH|"):
            raw = RawMessage("contract", "1", content)
            if parser.accepts(raw):
                _reads_or_refuses(parser, raw)


def _reads_or_refuses(parser: Any, raw: RawMessage) -> None:
    try:
        assert parser.parse(raw) == parser.parse(raw)
    except PermanentExchangeError:
        return


@_contract
def match_hints(case: "ContractCase") -> None:
    """Unknown traits give proposals with a reason, or none."""
    found = case.plugins.dispatcher.isolated("dcc_match_hints", traits=sample_traits())
    assert all(hint.reason for _, hint in found)
    assert case.plugin not in case.plugins.dispatcher.failures


@_contract
def outbound_feeds(case: "ContractCase") -> None:
    """``wants`` is pure, and answers for any document."""
    notice = DocumentNotice(
        document_id=NOBODY,
        patient_id=NOBODY,
        document_class="CR",
        type_code="11488-4",
        version=1,
        status="final",
        identity_status=IdentityStatus.QUALIFIED,
        origin="contract",
    )
    for feed in case.collect("dcc_outbound_feeds", settings=case.settings):
        assert feed.key.startswith(case.plugin)
        assert feed.label
        assert feed.wants(notice) is feed.wants(notice)


@_contract
def document_renderers(case: "ContractCase") -> None:
    """The same document gives the same bytes, of the media type announced."""
    for renderer in case.collect("dcc_document_renderers"):
        document = sample_document()
        if renderer.document_class not in {"*", document.document_class}:
            continue
        first = renderer.render(document, branding={})
        assert first == renderer.render(document, branding={})
        assert first.media_type == renderer.media_type
        assert first.content


@_contract
def routes(case: "ContractCase") -> None:
    """Routes are guarded and named: the declaration check says so; here they must be mountable."""
    from dcc_core.checks.web import handlers_of

    for route in case.collect("dcc_routes"):
        assert handlers_of(route)


@_contract
def menu_items(case: "ContractCase") -> None:
    """An item has a label and a permission."""
    for item in case.collect("dcc_menu_items"):
        assert item.key.startswith(case.plugin)
        assert item.label
        assert item.permission


@_contract
def panels(case: "ContractCase") -> None:
    """A panel draws itself for an unknown patient without failing, from the plugin's own
    templates.
    """
    for panel in case.collect("dcc_panels"):
        assert panel.key.startswith(case.plugin)
        with case.database.reading() as session:
            context = PanelContext(session, Actor(account_id=uuid4()), patient_id=NOBODY)
            view = panel.render(context)
        assert view is None or isinstance(view, PanelView)
        assert view is None or view.template.startswith(f"{case.plugin}/")


@_contract
def record_sections(case: "ContractCase") -> None:
    """Entries of an unknown patient are none; entries come newest first and within the window."""
    for section in case.collect("dcc_record_sections"):
        assert section.key.startswith(case.plugin)
        with case.database.reading() as session:
            assert list(section.entries(session, NOBODY, Window())) == []


@_contract
def live_topics(case: "ContractCase") -> None:
    """A topic is named after the plugin, its permission is declared, and an unknown subject is
    followed by nobody or simply stays silent.
    """
    for topic in case.collect("dcc_live_topics"):
        assert topic.key.startswith(f"{case.plugin}.")
        assert topic.permission
        if topic.about is not None:
            with case.database.reading() as session:
                for subject in ("", "pas-un-identifiant"):
                    assert topic.about(session, subject) is None
        if topic.may_follow is not None:
            with case.database.reading() as session:
                for subject in (str(NOBODY), "", "pas-un-identifiant"):
                    assert topic.may_follow(session, Actor(account_id=uuid4()), subject) is False


@_contract
def notification_kinds(case: "ContractCase") -> None:
    """A kind is named after the plugin and says something."""
    for kind in case.collect("dcc_notification_kinds"):
        assert kind.key.startswith(f"{case.plugin}.")
        assert kind.title
        assert kind.route or not kind.parameter


@_contract
def cli(case: "ContractCase") -> None:
    """The command is added, and its help can be read."""
    root = click.Group("dcc")
    case.plugins.dispatcher.isolated("dcc_cli", group=root)
    assert case.plugin not in case.plugins.dispatcher.failures
    assert root.commands
    for command in root.commands.values():
        assert command.get_short_help_str()


@_contract
def jobs(case: "ContractCase") -> None:
    """A job can run twice, on an empty database, without harm."""
    for job in case.collect("dcc_jobs"):
        assert job.key.startswith(case.plugin)
        assert len(job.schedule.split()) == 5
        for _ in range(2):
            with case.session() as session:
                job.run(session)


@_contract
def health_checks(case: "ContractCase") -> None:
    """A check answers in time with one of the three states."""
    for check in case.collect("dcc_health_checks"):
        assert check.key.startswith(case.plugin)
        report = case.plugins.dispatcher.guard(
            case.plugin, check.key, check.check, timeout_s=check.timeout_s
        )
        assert report is not None
        assert report.state in HealthState


@_contract
def indicators(case: "ContractCase") -> None:
    """A period without activity can be computed."""
    period = Period(_NOW - timedelta(days=365), _NOW)
    for indicator in case.collect("dcc_indicators"):
        assert indicator.key.startswith(case.plugin)
        assert indicator.unit
        with case.database.reading() as session:
            assert all(figure.value >= 0 for figure in indicator.compute(session, period))


@_contract
def audit_sinks(case: "ContractCase") -> None:
    """A copy can be emitted twice."""
    copy = AuditCopy(1, _NOW, "patient.read", "success", None, None)
    for sink in case.collect("dcc_audit_sinks", settings=case.settings):
        assert sink.key.startswith(case.plugin)
        sink.emit(copy)
        sink.emit(copy)


@_contract
def startup(case: "ContractCase") -> None:
    """Start and stop leave the plugin able to start again."""
    for _ in range(2):
        case.plugins.dispatcher.tx("dcc_startup", core=case)
        case.plugins.dispatcher.isolated("dcc_shutdown", core=case)
    assert case.plugin not in case.plugins.dispatcher.failures


@_contract
def shutdown(case: "ContractCase") -> None:
    """Stop without start does no harm."""
    case.plugins.dispatcher.isolated("dcc_shutdown", core=case)
    assert case.plugin not in case.plugins.dispatcher.failures


@_contract
def event(case: "ContractCase") -> None:
    """Every event can be delivered twice, about objects that no longer exist."""
    for kind in EVENT_TYPES:
        sample = _sample_event(kind)
        for _ in range(2):
            case.plugins.dispatcher.queued("dcc_event", case.plugin, event=sample)


def _sample_event(kind: type[Event]) -> Event:
    known: dict[str, Any] = {"at": _NOW, "version": 1, "opposed": True, "corrected": False}
    texts = {"status": "QUAL", "purpose": "DMP", "document_class": "CR"}
    values = {
        field.name: known.get(field.name, texts.get(field.name, uuid4())) for field in fields(kind)
    }
    assert is_dataclass(kind)
    return kind(**values)


@_contract
def patient_merged(case: "ContractCase") -> None:
    """A merge about which the plugin holds nothing changes nothing and raises nothing."""
    with case.session() as session:
        case.plugins.dispatcher.tx(
            "dcc_patient_merged", session=session, kept_id=NOBODY, dropped_id=uuid4()
        )
        assert not session.new


@_contract
def patient_export(case: "ContractCase") -> None:
    """Paths are relative, inside the plugin's own folder."""
    with case.database.reading() as session:
        parts = case.plugins.dispatcher.tx("dcc_patient_export", session=session, patient_id=NOBODY)
    for plugin, part in parts:
        path = PurePosixPath(part.path)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert path.parts[0] == plugin


@_contract
def demo_data(case: "ContractCase") -> None:
    """Demonstration data can be written on an empty region."""
    with case.session() as session:
        case.plugins.dispatcher.tx("dcc_demo_data", session=session, seed=1)


HOOK_CONTRACTS: Mapping[str, Contract] = _contracts
"""The contract of each hook by its name; a test holds this list to the list of hooks."""
