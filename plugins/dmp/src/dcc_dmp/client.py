"""The DMP as a client sees it: one method per transaction, each one exchange."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from lxml import etree

from dcc_core.api import (
    ClinicalDocument,
    Clock,
    Professional,
    RetryableExchangeError,
    Role,
)
from dcc_dmp.breaker import CircuitBreaker
from dcc_dmp.certificate import SigningCertificate
from dcc_dmp.lot_signature import sign_lot
from dcc_dmp.metadata import build
from dcc_dmp.metadata.ebrim import submit_objects
from dcc_dmp.metadata.model import DocumentEntry, Submission, SubmissionSet
from dcc_dmp.soap.envelope import envelope, open_answer
from dcc_dmp.soap.mtom import package, unpack
from dcc_dmp.standards import dmp, xds
from dcc_dmp.standards.soap import SOAP_MEDIA_TYPE
from dcc_dmp.transactions import existence, requests
from dcc_dmp.transactions.answers import RegistryAnswer, read_answer, require_success
from dcc_dmp.transactions.registered import RegisteredEntry, read_entries
from dcc_dmp.transport import Transport
from dcc_dmp.vihf import Access, Software, make_vihf


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Addresses of the DMP's services."""

    repository: str
    registry: str
    patients: str


@dataclass(frozen=True, slots=True)
class Feeder:
    """Who feeds: the establishment and its software.

    Attributes:
        structure: National identifier of the establishment.
        sector: Code of its sector of activity.
        root_oid: OID of the installation.
    """

    structure: str
    sector: str
    root_oid: str
    software: Software


@dataclass(frozen=True, slots=True)
class DmpClient:
    """Speaks to the DMP for one establishment. Holds no state but its breaker.

    Attributes:
        new_id: Source of message identifiers, fixed in tests.
    """

    endpoints: Endpoints
    feeder: Feeder
    transport: Transport
    signer: SigningCertificate
    breaker: CircuitBreaker
    clock: Clock
    new_id: Callable[[], UUID] = uuid4

    def state_of(self, document: ClinicalDocument) -> existence.DmpState:
        """Return whether the patient has an active DMP (TD0.2)."""
        ins = next(one for one in document.patient.identifiers if one.system in dmp.INS_AUTHORITIES)
        body = existence.existence_query(
            ins.system,
            ins.value,
            message_oid=f"2.25.{self.new_id().int}",
            sender_oid=self.feeder.root_oid,
            now=self.clock(),
        )
        answer = self._ask(document, self.endpoints.patients, existence.ACTION, body)
        return existence.read_state(answer)

    def find(self, document: ClinicalDocument, unique_id: str) -> tuple[RegisteredEntry, ...]:
        """Return what the registry holds of a document of this patient (ITI-18)."""
        body = requests.get_documents(unique_id)
        answer = self._ask(document, self.endpoints.registry, xds.STORED_QUERY, body)
        require_success(read_answer(answer))
        return read_entries(answer)

    def provide(
        self,
        document: ClinicalDocument,
        entry: DocumentEntry,
        content: bytes,
        *,
        key: str,
        replaced_entry: str = "",
    ) -> RegistryAnswer:
        """Hand over a document with the signature of the lot (ITI-41)."""
        now = self.clock()
        signature = sign_lot([(entry.unique_id, content)], self.signer, signed_at=now)
        signature_entry = build.describe_signature(entry, signature, key=key, signed_at=now)
        submission = build.gather(
            self._set(entry, key), entry, signature_entry, replaced_entry=replaced_entry
        )
        contents = {build.DOCUMENT: content, build.SIGNATURE: signature}
        answer = self._ask(
            document,
            self.endpoints.repository,
            xds.PROVIDE_AND_REGISTER,
            requests.provide_and_register(submission),
            {requests.content_id(name): held for name, held in contents.items()},
        )
        return read_answer(answer)

    def delete(
        self, document: ClinicalDocument, entry: DocumentEntry, held: RegisteredEntry, *, key: str
    ) -> RegistryAnswer:
        """Mark a document deleted (ITI-57); only who fed it may."""
        body = requests.update_status(
            self._set(entry, key), held.entry_uuid, old=held.status, new=dmp.DELETED
        )
        answer = self._ask(document, self.endpoints.registry, xds.UPDATE_DOCUMENT_SET, body)
        return read_answer(answer)

    def update(
        self, document: ClinicalDocument, entry: DocumentEntry, *, key: str
    ) -> RegistryAnswer:
        """Replace the metadata of a document, its visibility for instance (ITI-57)."""
        body = submit_objects(Submission(self._set(entry, key), (entry,)))
        answer = self._ask(document, self.endpoints.registry, xds.UPDATE_DOCUMENT_SET, body)
        return read_answer(answer)

    def _set(self, entry: DocumentEntry, key: str) -> SubmissionSet:
        return build.describe_set(
            entry, key=key, source_id=self.feeder.root_oid, submitted_at=self.clock()
        )

    def _ask(
        self,
        document: ClinicalDocument,
        url: str,
        action: str,
        body: etree._Element,
        attachments: Mapping[str, bytes] | None = None,
    ) -> etree._Element:
        """Send one request in the name of the document's author and return the body of the answer.

        Failures to reach the DMP open the breaker; refusals do not.
        """
        self.breaker.require_closed()
        message_id = f"urn:uuid:{self.new_id()}"
        message = envelope(
            body, action=action, to=url, message_id=message_id, assertion=self._vihf(document)
        )
        content_type = f'{SOAP_MEDIA_TYPE}; charset=UTF-8; action="{action}"'
        if attachments is not None:
            content_type, message = package(
                message, attachments, action=action, boundary=f"dcc-{self.new_id().hex}"
            )
        try:
            answer = self.transport.post(url, content_type, message)
            content = open_answer(unpack(answer.content_type, answer.content), answers=message_id)
        except RetryableExchangeError:
            self.breaker.failed()
            raise
        self.breaker.succeeded()
        return content

    def _vihf(self, document: ClinicalDocument) -> etree._Element:
        now = self.clock()
        if not self.signer.is_valid_at(now):
            raise RetryableExchangeError(
                "DCC-DMP-022",
                "Le certificat de signature de l'établissement est expiré ou pas encore valable. "
                "Les envois reprendront quand il sera remplacé.",
            )
        access = Access(
            professional=_responsible(document),
            structure=self.feeder.structure,
            sector=f"{self.feeder.sector}^{dmp.FACILITY_TYPES}",
            patient_id=build.national_patient_id(document),
            software=self.feeder.software,
        )
        return make_vihf(access, self.signer, assertion_id=f"_{self.new_id().hex}", now=now)


def _responsible(document: ClinicalDocument) -> Professional:
    """Return in whose name a document is fed: whoever answers for it."""
    for part in (*document.having(Role.LEGAL_AUTHENTICATOR), *document.having(Role.AUTHOR)):
        if part.professional:
            return part.professional
    raise build.nobody("de responsable")
