"""Who has sent something lately, and who has fallen silent."""

import threading
from collections.abc import Sequence
from datetime import datetime

from dcc_core.api import Clock
from dcc_lab_connectors.mllp.receiver import Arrival, Outcome, Receiver
from dcc_lab_connectors.settings import LabSettings


class Watch:
    """Last message of each partner; shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, datetime] = {}

    def note(self, peer: str, instant: datetime) -> None:
        """Remember that a partner has just sent something."""
        with self._lock:
            self._last[peer] = instant

    def last(self, peer: str) -> datetime | None:
        """Instant of the partner's last message since the start of the process."""
        with self._lock:
            return self._last.get(peer)


class WatchedReceiver:
    """A receiver that notes who sends."""

    def __init__(self, receiver: Receiver, watch: Watch) -> None:
        self._receiver = receiver
        self._watch = watch

    def store(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        """Store, then note."""
        outcomes = self._receiver.store(arrivals)
        for arrival in arrivals:
            self._watch.note(arrival.peer.key, arrival.received_at)
        return outcomes


def silent_peers(settings: LabSettings, watch: Watch, since: datetime, clock: Clock) -> list[str]:
    """Partners that have said nothing for longer than they should; `since` is the start."""
    now = clock()
    return [
        peer.key
        for peer in settings.peers
        if peer.silent_after_s
        and (now - (watch.last(peer.key) or since)).total_seconds() > peer.silent_after_s
    ]
