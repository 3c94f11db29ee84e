"""A laboratory that sends messages while a demonstration runs: results, reports, corrections.

It knows a few of the fictitious patients of the demonstration, and makes the mistakes that
laboratories make: now and then a message about somebody the region does not know, which waits in
quarantine. It speaks MLLP by itself, as any other system would.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from dcc_core.api import Clock, PatientTraits, Sex
from dcc_sandbox.pathology import REPORT_LINES, RESULTS

logger = logging.getLogger(__name__)

START, END = b"\x0b", b"\x1c\r"
_TIMEOUT_S = 10.0
_LONGEST_ANSWER = 64 * 1024
_STRANGER_EVERY = 4
Knows = Callable[[], Sequence[PatientTraits]]


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often and how many times the laboratory sends; it then falls silent."""

    first_s: float = 5.0
    pause_s: float = 45.0
    messages: int = 40


class SandboxLaboratory:
    """Sends one message after the other in a thread of its own.

    Args:
        port: Gives the port of the region's listener, None while there is none.
        knows: Gives the patients it may speak of; asked once, when it starts to send.
    """

    def __init__(
        self, port: Callable[[], int | None], knows: Knows, clock: Clock, rounds: Rounds
    ) -> None:
        self._port = port
        self._knows = knows
        self._clock = clock
        self._rounds = rounds
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-lab", daemon=True)
        self.answers: list[str] = []

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Stop between two messages."""
        self._leaving.set()
        self._thread.join(timeout=_TIMEOUT_S)

    def _run(self) -> None:
        try:
            messages = write_messages(self._knows(), self._clock)
        except Exception as error:  # noqa: BLE001 - a demonstration goes on without its laboratory
            logger.warning("the sandbox laboratory knows nobody: %s", type(error).__name__)
            return
        pause = self._rounds.first_s
        for _, message in zip(range(self._rounds.messages), messages, strict=False):
            if self._leaving.wait(pause):
                return
            pause = self._rounds.pause_s
            self._send(message)

    def _send(self, message: bytes) -> None:
        port = self._port()
        if port is None:
            return
        try:
            self.answers.append(send(message, port))
        except OSError as error:
            logger.info("nobody listens to the sandbox laboratory: %s", error.strerror)


def send(message: bytes, port: int) -> str:
    """Send one message on a connection of its own and return the code of its acknowledgement."""
    with socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S) as wire:
        wire.sendall(START + message + END)
        answer = b""
        while not answer.endswith(END) and len(answer) < _LONGEST_ANSWER:
            data = wire.recv(4096)
            if not data:
                break
            answer += data
    lines = answer.strip(START + END).split(b"\r")
    codes = [line.split(b"|")[1] for line in lines if line.startswith(b"MSA|")]
    return codes[0].decode("ascii", "replace") if codes else ""


def write_messages(patients: Sequence[PatientTraits], clock: Clock) -> Iterator[bytes]:
    """Write messages without end about these patients, in turn; one in four is about a stranger."""
    if not patients:
        return
    for number in count(1):
        patient = patients[number % len(patients)]
        if number % _STRANGER_EVERY == 2:
            patient = replace(patient, identifiers=(), birth_place_insee="")
        yield _message(patient, number, clock())


def _message(patient: PatientTraits, number: int, now: datetime) -> bytes:
    stamp, name = now.strftime("%Y%m%d%H%M%S%z"), f"DEMO{now:%H%M%S}{number}"
    segments = [
        f"MSH|^~\\&|SGL|LABO-DEMO|DCC|DEMO|{stamp}||ORU^R01^ORU_R01|{name}|P|2.5|||||FRA|"
        "UNICODE UTF-8",
        _identity(patient),
        "PV1|1|N",
        f"ORC|NW|P{name}|L{name}",
    ]
    segments += _report(name, stamp) if number % 2 else _results(name, stamp, number)
    return "".join(f"{segment}\r" for segment in segments).encode()


def _identity(patient: PatientTraits) -> str:
    numbers = "~".join(
        f"{item.value}^^^ASIP-SANTE-INS-NIR&{item.system}&ISO^INS"
        for item in patient.identifiers
        if item.kind == "INS"
    )
    given = " ".join(patient.birth_given_names) or patient.first_given_name
    born = f"{patient.birth_date:%Y%m%d}" if patient.birth_date else ""
    place = f"^^^^^^BDL^^{patient.birth_place_insee}" if patient.birth_place_insee else ""
    name = f"{patient.birth_family_name}^{patient.first_given_name}^{given}^^^^L"
    sex = patient.sex if patient.sex is not Sex.UNKNOWN else "U"
    return f"PID|1||{numbers}||{name}||{born}|{sex}|||{place}{'|' * 20}N|VALI"


def _report(name: str, stamp: str) -> list[str]:
    request = f"OBR|1|P{name}|L{name}|60567-5^Compte rendu d'anatomopathologie^LN|||{stamp}"
    lines = [
        f"OBX|{n}|TX|60567-5^Compte rendu d'anatomopathologie^LN||{line}||||||F|||{stamp}"
        for n, line in enumerate(REPORT_LINES, 1)
    ]
    return [request, *lines]


def _results(name: str, stamp: str, number: int) -> list[str]:
    request = f"OBR|1|P{name}|L{name}|11502-2^Compte rendu de biologie^LN|||{stamp}"
    lines = []
    for n, result in enumerate(RESULTS, 1):
        value = result.lowest + (result.highest - result.lowest) * (number % 10) / 10
        lines.append(
            f"OBX|{n}|NM|{result.loinc}^{result.label}^LN||{value:.1f}|{result.unit}|"
            f"{result.usual}||||F|||{stamp}"
        )
    return [request, *lines]
