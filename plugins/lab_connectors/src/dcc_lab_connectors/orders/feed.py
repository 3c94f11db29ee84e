"""A laboratory as a destination of the outbox: each prescription leaves as OML^O21, once.

A delivery tried again bears the same MSH-10, by which the laboratory recognises it. What it answers
later (ORL^O22) finds the delivery by that number.
"""

import hashlib

from dcc_core.api import (
    Clock,
    DocumentNotice,
    Envelope,
    PermanentExchangeError,
    Receipt,
    RetryableExchangeError,
)
from dcc_lab_connectors.hl7.ack import Acknowledgement
from dcc_lab_connectors.hl7.errors import Hl7SyntaxError
from dcc_lab_connectors.mllp.client import MllpClient
from dcc_lab_connectors.mllp.tls import TlsFiles, sender_context
from dcc_lab_connectors.orders.oml import OrderControl, Route, build_oml
from dcc_lab_connectors.orders.prescription import order_class, read_order
from dcc_lab_connectors.settings import LaboratorySettings

_CONTROLS = {
    "create": OrderControl.NEW,
    "replace": OrderControl.CHANGE,
    "withdraw": OrderControl.CANCEL,
}


class OrderFeed:
    """Sends molecular prescriptions to one laboratory."""

    media_types: tuple[str, ...] = ()
    needs_qualified_identity = False
    order = 100

    def __init__(self, laboratory: LaboratorySettings, clock: Clock) -> None:
        self.key = f"lab_connectors.oml.{laboratory.key}"
        self.label = laboratory.label or laboratory.key
        self._laboratory = laboratory
        self._clock = clock

    def wants(self, notice: DocumentNotice) -> bool:
        """Tell whether a document is a prescription for this laboratory."""
        return notice.document_class == order_class(self._laboratory.key)

    def deliver(self, envelope: Envelope) -> Receipt:
        """Send the order and wait for its acknowledgement.

        Raises:
            RetryableExchangeError: `LAB-S02` no usable answer, `LAB-S03` asked to come back.
            PermanentExchangeError: `LAB-S01` an incomplete prescription, `LAB-S04` refused.
        """
        control = _CONTROLS.get(envelope.operation)
        if control is None:
            raise PermanentExchangeError(
                "LAB-S05", "Cette opération n'existe pas pour une prescription de biologie."
            )
        order = read_order(envelope.document, control)
        control_id = control_id_of(envelope.key)
        raw = build_oml(order, self._route, control_id=control_id, sent_at=self._clock())
        answer = self._send(raw)
        self._judge(answer, control_id)
        details = {"order": order.number, "acknowledgement": answer.code}
        return Receipt(reference=control_id, recipient=self.label, details=details)

    @property
    def _route(self) -> Route:
        lab = self._laboratory
        return Route(
            lab.sending_application,
            lab.sending_facility,
            lab.receiving_application,
            lab.receiving_facility,
        )

    def _send(self, raw: bytes) -> Acknowledgement:
        lab = self._laboratory
        files = TlsFiles(lab.tls_certificate, lab.tls_key, lab.tls_authorities)
        tls = sender_context(files) if lab.tls_authorities else None
        try:
            with MllpClient(lab.host, lab.port, timeout_s=lab.timeout_s, tls=tls) as client:
                return client.send(raw)
        except (OSError, Hl7SyntaxError) as error:
            raise RetryableExchangeError(
                "LAB-S02",
                f"Le laboratoire {self.label} ne répond pas comme attendu. La prescription "
                "repartira d'elle-même.",
                error=type(error).__name__,
            ) from error

    def _judge(self, answer: Acknowledgement, control_id: str) -> None:
        if answer.control_id != control_id or not (answer.is_accepted or answer.is_refused):
            raise RetryableExchangeError(
                "LAB-S03",
                f"Le laboratoire {self.label} demande de renvoyer la prescription plus tard, ou "
                "répond à un autre message. Elle repartira d'elle-même.",
            )
        if answer.is_refused:
            raise PermanentExchangeError(
                "LAB-S04",
                f"Le laboratoire {self.label} refuse la prescription "
                f"({', '.join(answer.conditions) or 'sans motif'}). Corrigez-la avec lui, puis "
                "relancez l'envoi.",
            )


def control_id_of(key: str) -> str:
    """MSH-10 of a delivery: 20 characters, the same at each try."""
    return hashlib.sha256(key.encode()).hexdigest()[:20].upper()
