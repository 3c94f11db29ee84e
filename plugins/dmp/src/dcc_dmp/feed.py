"""The DMP as a destination of the outbox: create, replace, withdraw, change visibility, each once.

A delivery may be tried several times, the process may die at any point: before acting, and after a
refusal that may mean « already done », the registry is asked what it holds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dcc_cda.api import DocumentChecker, Finding, describe_level
from dcc_core.api import (
    Coded,
    DocumentNotice,
    Envelope,
    IdentityStatus,
    PermanentExchangeError,
    Receipt,
)
from dcc_dmp.client import DmpClient
from dcc_dmp.metadata.build import describe_document
from dcc_dmp.metadata.model import DocumentEntry
from dcc_dmp.standards import dmp
from dcc_dmp.transactions.answers import RegistryAnswer, refusal, require_success
from dcc_dmp.transactions.existence import DmpState
from dcc_dmp.transactions.registered import RegisteredEntry

CDA = "application/cda+xml"
RECIPIENT = "DMP"
RULES_TOLD = 3
_CARRYING = frozenset({"create", "replace"})
"""Operations that carry the document itself."""
_VISIBILITIES = {
    "hide_from_patient": dmp.HIDDEN_FROM_PATIENT,
    "hide_from_guardians": dmp.HIDDEN_FROM_GUARDIANS,
    "hide_from_professionals": dmp.HIDDEN_FROM_PROFESSIONALS,
}


@dataclass(frozen=True, slots=True)
class _Task:
    """One delivery, with what every operation needs."""

    envelope: Envelope
    content: bytes
    entry: DocumentEntry
    checked: str = ""


class DmpFeed:
    """Feeds the DMP (XDS.b, VIHF in INDIRECTE mode).

    Args:
        client: Gives the DMP; a demonstration makes its certificates after its feeds.
        checker: Judges a CDA before it leaves.
        document_classes: Classes that are fed.
        hide_until_announced: Classes kept from the patient until the announcement.
    """

    key = dmp.FEED
    label = "DMP / Mon espace santé"
    media_types: tuple[str, ...] = (CDA,)
    needs_qualified_identity = True
    order = 10

    def __init__(
        self,
        client: Callable[[], DmpClient],
        checker: DocumentChecker,
        *,
        document_classes: tuple[str, ...],
        hide_until_announced: tuple[str, ...] = (),
    ) -> None:
        self._open_client = client
        self._checker = checker
        self._classes = frozenset(document_classes)
        self._announced_later = frozenset(hide_until_announced)

    @property
    def _client(self) -> DmpClient:
        return self._open_client()

    def wants(self, notice: DocumentNotice) -> bool:
        """Tell whether a document is of a class that is fed; whether it may leave is the gate's."""
        return notice.document_class in self._classes

    def deliver(self, envelope: Envelope) -> Receipt:
        """Deliver once.

        Raises:
            RetryableExchangeError: The DMP is unreachable, busy, or refuses this installation.
            PermanentExchangeError: The document or the patient's DMP is at fault (``DCC-DMP-…``).
        """
        taken_back = envelope.operation == "withdraw"
        if not taken_back and envelope.document.patient.status is not IdentityStatus.QUALIFIED:
            raise PermanentExchangeError(
                "DCC-DMP-013",
                "L'identité du patient n'est pas qualifiée : rien n'est déposé dans le DMP. "
                "Qualifiez l'identité, puis relancez l'envoi.",
            )
        operation = _OPERATIONS.get(envelope.operation)
        if operation is None:
            raise PermanentExchangeError(
                "DCC-DMP-014", f"Le DMP ne connaît pas l'opération « {envelope.operation} »."
            )
        content = _content(envelope) if envelope.operation in _CARRYING else b""
        entry = describe_document(envelope.document, content, hidden=self._hidden(envelope))
        checked = self._require_sound(content) if content else ""
        self._require_open_dmp(envelope)
        return operation(self, _Task(envelope, content, entry, checked))

    def _create(self, task: _Task) -> Receipt:
        document = task.envelope.document
        answer = self._client.provide(document, task.entry, task.content, key=task.envelope.key)
        return self._confirmed(task, answer)

    def _replace(self, task: _Task) -> Receipt:
        """Replace by the registry's identifier, asked now: each metadata version changes it."""
        document = task.envelope.document
        if document.replaces is None:
            return self._create(task)
        if self._client.find(document, document.document_id):
            return _receipt(task)
        held = self._current(task, document.replaces)
        answer = self._client.provide(
            document,
            task.entry,
            task.content,
            key=task.envelope.key,
            replaced_entry=held.entry_uuid,
        )
        return self._confirmed(task, answer)

    def _withdraw(self, task: _Task) -> Receipt:
        document = task.envelope.document
        held = self._client.find(document, document.document_id)
        if not held or held[0].status == dmp.DELETED:
            return _receipt(task)
        answer = self._client.delete(document, task.entry, held[0], key=task.envelope.key)
        require_success(answer)
        return _receipt(task)

    def _change_visibility(self, task: _Task) -> Receipt:
        document = task.envelope.document
        held = self._current(task, document.document_id)
        entry = replace(
            task.entry,
            logical_id=held.logical_id,
            previous_version=held.version,
            hash_sha1=held.hash_sha1,
            size_bytes=held.size_bytes,
        )
        require_success(self._client.update(document, entry, key=task.envelope.key))
        return _receipt(task)

    def _confirmed(self, task: _Task, answer: RegistryAnswer) -> Receipt:
        """Take a refusal for « already there » as delivered once the registry shows the very bytes:
        the answer to an earlier try was lost.
        """
        if answer.accepted:
            return _receipt(task)
        if answer.already_there:
            held = self._client.find(task.envelope.document, task.entry.unique_id)
            if any(one.hash_sha1 == task.entry.hash_sha1 for one in held):
                return _receipt(task)
        raise refusal(answer)

    def _current(self, task: _Task, unique_id: str) -> RegisteredEntry:
        for one in self._client.find(task.envelope.document, unique_id):
            if one.is_current:
                return one
        raise PermanentExchangeError(
            "DCC-DMP-015",
            "La version à remplacer ou à modifier n'est plus active dans le DMP. "
            "Vérifiez le DMP du patient avant de relancer l'envoi.",
        )

    def _require_sound(self, content: bytes) -> str:
        """Return how far a CDA was checked; refuse one that breaks a rule: it never leaves."""
        verdict = self._checker.check(content)
        broken = [one for one in verdict.findings if one.blocking]
        if broken:
            raise PermanentExchangeError(
                "DCC-DMP-019",
                f"Le document ne respecte pas {len(broken)} règle(s) et n'est pas envoyé. "
                f"{_first_messages(broken)} Corrigez la fiche ; sa nouvelle version partira seule.",
                rule=broken[0].rule,
                level=broken[0].level.value,
            )
        return describe_level(verdict)

    def _require_open_dmp(self, envelope: Envelope) -> None:
        state = self._client.state_of(envelope.document)
        if state is DmpState.ACTIVE:
            return
        fact = "n'a pas de DMP" if state is DmpState.ABSENT else "a fermé son DMP"
        raise PermanentExchangeError(
            "DCC-DMP-016",
            f"Le patient {fact} : rien n'y est déposé. "
            "Remettez le document par une autre voie, ou relancez l'envoi quand le DMP existera.",
            state=state.value,
        )

    def _hidden(self, envelope: Envelope) -> tuple[Coded, ...]:
        asked = [
            code for name, code in _VISIBILITIES.items() if envelope.parameters.get(name) == "yes"
        ]
        later = envelope.document.document_class in self._announced_later
        if later and envelope.parameters.get("announced") != "yes":
            asked.append(dmp.HIDDEN_FROM_PATIENT)
        codes = tuple(dict.fromkeys(asked))
        if {dmp.HIDDEN_FROM_PATIENT, dmp.HIDDEN_FROM_PROFESSIONALS} <= set(codes):
            raise PermanentExchangeError(
                "DCC-DMP-017",
                "Un document ne peut pas être caché à la fois au patient et aux professionnels. "
                "Choisissez l'un des deux.",
            )
        return codes


_OPERATIONS: dict[str, Callable[[DmpFeed, _Task], Receipt]] = {
    "create": DmpFeed._create,
    "replace": DmpFeed._replace,
    "withdraw": DmpFeed._withdraw,
    "visibility": DmpFeed._change_visibility,
}


def _first_messages(broken: Sequence[Finding]) -> str:
    """Return what the rules say, each sentence once, as many as a work list can show."""
    told = list(dict.fromkeys(one.message for one in broken))
    return " ".join(told[:RULES_TOLD])


def _content(envelope: Envelope) -> bytes:
    """Return the CDA. Raise ``PermanentExchangeError`` (``DCC-DMP-018``) without one."""
    for rendition in envelope.renditions:
        if rendition.media_type == CDA:
            return rendition.content
    raise PermanentExchangeError(
        "DCC-DMP-018",
        "Le document n'a pas de forme CDA : il ne peut pas être déposé dans le DMP. "
        "Vérifiez que l'extension « cda » est activée.",
    )


def _receipt(task: _Task) -> Receipt:
    details = {"hash": task.entry.hash_sha1, "operation": task.envelope.operation}
    if task.checked:
        details["checked"] = task.checked
    if dmp.HIDDEN_FROM_PATIENT in task.entry.confidentialities:
        details["hidden_from_patient"] = "yes"
    return Receipt(task.entry.unique_id, RECIPIENT, details)
