"""A drop folder as an inbound source: claim, hand over, and answer after the commit.

A file is claimed by renaming it into this worker's folder, handed over, and moved to the archive
only when its bytes are committed. Whatever dies in between, the claim is found again at the next
poll, and the inbox recognises what it already has.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain

from dcc_core.api import InboundOutcome, RawMessage
from dcc_lab_connectors.hl7.ack import AckCode, Stamp, build_ack
from dcc_lab_connectors.hl7.errors import Condition, Problem
from dcc_lab_connectors.profiles.first_look import FirstLook, look_at
from dcc_lab_connectors.profiles.parser import REFUSED
from dcc_lab_connectors.sftp.folders import ACK, ARCHIVE, ERROR, IN, DropFolder
from dcc_lab_connectors.sftp.pairs import PAIR_MEDIA_TYPE, pack_pair
from dcc_lab_connectors.sftp.rules import (
    HL7_EXTENSIONS,
    MEDIA_TYPES,
    REFUSAL_TEXTS,
    TRIGGER,
    DropRules,
    FolderWatch,
    Refusal,
    extension,
    stem,
)

logger = logging.getLogger(__name__)

_REFERENCE = re.compile(rb"[\r\n]OBX\|[^|]*\|RP\|")
_POLL_BYTES = 64_000_000
_UNTREATABLE = Problem(
    Condition.APPLICATION,
    "Ce message ne peut pas être traité : vérifier son type et ses champs obligatoires.",
)
_CLAIM = f"{ARCHIVE}/.claim-"


class DropSource:
    """Inbound source over one drop folder. One worker name must not run twice at once."""

    def __init__(
        self,
        key: str,
        folder: DropFolder,
        *,
        worker: str,
        clock: Callable[[], datetime],
        rules: DropRules | None = None,
        order: int = 100,
    ) -> None:
        self.key = key
        self.order = order
        self._folder = folder
        self._clock = clock
        self._rules = rules or DropRules()
        self._watch = FolderWatch(self._rules)
        self._claims = f"{_CLAIM}{worker}"
        self._seen: dict[str, FirstLook] = {}

    def poll(self) -> Iterator[RawMessage]:
        """Hand over what an earlier run had claimed, then what is complete now, one by one.

        It stops once much has been handed over: the rest comes with the next poll, and memory stays
        bounded however large the files are.
        """
        self._folder.prepare()
        self._folder.make_folder(self._claims)
        handed_over = 0
        for name in chain(self._claimed(), self._claim_ready()):
            raw = self._hand_over(name)
            yield raw
            handed_over += len(raw.content)
            if handed_over > _POLL_BYTES:
                return

    def _claimed(self) -> list[str]:
        """Messages that a run that died had taken."""
        files = self._folder.list(self._claims)
        return sorted(f.name for f in files if f.is_regular and extension(f.name) != ".pdf")

    def _claim_ready(self) -> Iterator[str]:
        """Take complete files one at a time; set aside those that will never be taken."""
        selection = self._watch.select(self._folder.list(IN), self._clock().timestamp())
        for name, refusal in selection.refused:
            self._set_aside(f"{IN}/{name}", name, refusal)
        for ready in selection.ready:
            if ready.may_wait and self._refers_to_a_file(ready.name):
                continue
            if self._claim(ready.name):
                yield ready.name

    def ack(self, message_id: str, outcome: InboundOutcome) -> None:
        """Answer the laboratory and clear the claim, now that the bytes are committed."""
        seen = self._seen.pop(message_id, None)
        if seen is not None:
            self._folder.publish(f"{ACK}/{stem(message_id)}.ack", self._answer(seen, outcome))
        if outcome is InboundOutcome.REFUSED:
            self._set_aside(f"{self._claims}/{message_id}", message_id, Refusal.CONTENT)
        else:
            self._move_away(f"{self._claims}/{message_id}", ARCHIVE, message_id)
        pdf = f"{stem(message_id)}.pdf"
        self._move_away(f"{self._claims}/{pdf}", ARCHIVE, pdf)

    def _refers_to_a_file(self, name: str) -> bool:
        """Whether a message says that its report comes in a file of its own (OBX-2 = RP)."""
        if extension(name) not in HL7_EXTENSIONS:
            return False
        try:
            content = self._folder.read(f"{IN}/{name}")
        except FileNotFoundError:
            return True  # another worker has just taken it
        return _REFERENCE.search(content) is not None

    def _claim(self, name: str) -> bool:
        """Take a file and the PDF beside it; False when another worker was first."""
        if not self._folder.move(f"{IN}/{name}", f"{self._claims}/{name}"):
            return False
        self._folder.remove(f"{IN}/{name}{TRIGGER}")
        pdf = f"{stem(name)}.pdf"
        if extension(name) in HL7_EXTENSIONS and self._folder.move(
            f"{IN}/{pdf}", f"{self._claims}/{pdf}"
        ):
            self._folder.remove(f"{IN}/{pdf}{TRIGGER}")
        return True

    def _hand_over(self, name: str) -> RawMessage:
        content = self._folder.read(f"{self._claims}/{name}")
        media_type = MEDIA_TYPES[extension(name)]
        meta = {"file": name}
        if extension(name) in HL7_EXTENSIONS:
            seen = self._seen[name] = look_at(content)
            if seen.problems:
                meta[REFUSED] = seen.conditions
            pdf = self._beside(name)
            if pdf is not None:
                meta["pdf_sha256"] = hashlib.sha256(pdf).hexdigest()
                content, media_type = pack_pair(content, pdf), PAIR_MEDIA_TYPE
            elif _REFERENCE.search(content):
                meta["missing"] = "pdf"
        return RawMessage(self.key, name, content, media_type, meta)

    def _beside(self, name: str) -> bytes | None:
        try:
            return self._folder.read(f"{self._claims}/{stem(name)}.pdf")
        except FileNotFoundError:
            return None

    def _answer(self, seen: FirstLook, outcome: InboundOutcome) -> bytes:
        instant = self._clock()
        stamp = Stamp(instant, f"F{instant:%Y%m%d%H%M%S%f}")
        is_refused = outcome is InboundOutcome.REFUSED
        problems = seen.problems or ((_UNTREATABLE,) if is_refused else ())
        code = AckCode.ERROR if problems else AckCode.ACCEPTED
        return build_ack(seen.message, code, stamp, problems=problems)

    def _set_aside(self, path: str, name: str, refusal: Refusal) -> None:
        logger.warning("drop folder %s: file set aside, %s", self.key, refusal)
        if self._move_away(path, ERROR, name):
            reason = REFUSAL_TEXTS[refusal] + "\n"
            self._folder.publish(f"{ERROR}/{name}.txt", reason.encode())

    def _move_away(self, path: str, folder: str, name: str) -> bool:
        """Move a file under a name that is free, for instance when it was sent twice."""
        stamped = f"{self._clock():%Y%m%d%H%M%S%f}-{name}"
        return self._folder.move(path, f"{folder}/{name}") or self._folder.move(
            path, f"{folder}/{stamped}"
        )
