"""Checking a document before it leaves, or on demand: one call, every level that is possible."""

from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from lxml import etree

from dcc_cda.check.findings import Finding, Level, Verdict
from dcc_cda.check.national import NationalRules
from dcc_cda.check.own import check_own_rules
from dcc_cda.check.rules import RulesOrigin, read_origin
from dcc_cda.read.document import document_class_of
from dcc_cda.read.safe import open_document
from dcc_core.api import ConfigError, InvalidInput

OWN_LEVELS = (Level.XML, Level.OWN)


class DocumentChecker:
    """Checks CDA documents with what is installed: our rules always, the national ones when their
    files and Saxon are there.

    The national rules are compiled at the first check (a few seconds) and again when the operator
    installs others.

    Args:
        folder: Where the national rules are or will be installed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._origin: RulesOrigin | None = None
        self._national: NationalRules | None = None

    def check(self, content: bytes) -> Verdict:
        """Return the verdict on a file; an unreadable or dangerous one is refused at the first
        level.
        """
        try:
            document = open_document(content)
        except InvalidInput as refusal:
            finding = Finding(Level.XML, refusal.code, refusal.text)
            return Verdict((finding,), (Level.XML,))
        own = check_own_rules(document)
        national = self._ready()
        if national is None:
            return Verdict(own, OWN_LEVELS)
        document_class = document_class_of(document)
        return Verdict(
            (*own, *national.check(document, document_class)),
            (*OWN_LEVELS, *national.levels(document_class)),
            str(self._origin),
        )

    def _ready(self) -> NationalRules | None:
        """Return the compiled rules of what is installed now."""
        with self._lock:
            origin = read_origin(self._folder)
            if origin != self._origin:
                self._national = compile_rules(self._folder) if origin else None
                self._origin = origin
            return self._national


def compile_rules(folder: Path) -> NationalRules | None:
    """Return the compiled rules of a folder, None when Saxon (extra ``validate``) is absent.

    Raises:
        ConfigError: ``DCC-CDA-203``, the files are there and are not valid rules.
    """
    if find_spec("saxonche") is None:
        return None
    try:
        return NationalRules(folder)
    except (OSError, ValueError, RuntimeError, etree.Error) as error:
        raise ConfigError(
            "DCC-CDA-203",
            "Les règles nationales installées sont inutilisables. "
            "Installez de nouveau l'archive officielle avec « dcc cda rules install ».",
        ) from error


def describe_level(verdict: Verdict) -> str:
    """Return in one sentence how far a check went, for the diffusion page and the terminal."""
    if verdict.national:
        return f"Contrôle complet : règles internes et nationales ({verdict.rules_origin})."
    return (
        "Contrôle partiel : règles internes seules. Installez les règles nationales avec "
        "« dcc cda rules install »."
    )
