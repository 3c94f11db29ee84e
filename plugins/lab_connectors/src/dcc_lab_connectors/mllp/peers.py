"""Who may connect, and in whose name."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from dcc_lab_connectors.hl7.envelope import Envelope
from dcc_lab_connectors.hl7.errors import Condition, Problem

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Peer:
    """A declared partner. An empty tuple means that the criterion is not checked.

    `certificate_names` are the common names or DNS names that its client certificate may carry;
    `senders` the pairs (MSH-3, MSH-4) it may use.
    """

    key: str
    networks: tuple[Network, ...] = ()
    certificate_names: tuple[str, ...] = ()
    senders: tuple[tuple[str, str], ...] = ()

    def recognises(self, address: str, names: Sequence[str]) -> bool:
        """Whether a connection from `address` with certificate `names` is this peer's."""
        at_home = not self.networks or any(ip_address(address) in net for net in self.networks)
        known = not self.certificate_names or bool(set(names) & set(self.certificate_names))
        return at_home and known

    def find_problems(self, envelope: Envelope) -> tuple[Problem, ...]:
        """Refuse a message sent in the name of another application or facility."""
        sender = (envelope.sending_application, envelope.sending_facility)
        if not self.senders or sender in self.senders:
            return ()
        return (
            Problem(
                Condition.APPLICATION,
                "L'émetteur MSH-3/MSH-4 n'est pas déclaré pour cette connexion : "
                "le faire ajouter par l'administrateur du DCC puis renvoyer le message.",
                "MSH^1^3",
            ),
        )


ANYONE = Peer("anonymous")
"""For tests and demonstrations: no partner declared, every connection accepted."""


def identify(peers: Sequence[Peer], address: str, names: Sequence[str] = ()) -> Peer | None:
    """First declared peer that the connection belongs to; None means refuse."""
    return next((peer for peer in peers if peer.recognises(address, names)), None)
