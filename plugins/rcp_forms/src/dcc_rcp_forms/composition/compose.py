"""Compose a form tree with the forms it extends or overlays."""

from dataclasses import dataclass, field
from pathlib import Path

from dcc_rcp_forms.composition.catalogue import Catalogue, read_reference, version_fits
from dcc_rcp_forms.composition.differences import Difference
from dcc_rcp_forms.composition.merge import Merger
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.nodes import Mapping, Scalar
from dcc_rcp_forms.language.yaml_text import load_yaml_file

_MAX_CHAIN = 4


@dataclass(frozen=True, slots=True)
class Composed:
    """A tree with its bases merged in.

    Attributes:
        bases: `id version` of each base, nearest first.
        differences: what the form itself changed in its nearest base.
    """

    tree: Mapping
    bases: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Composer:
    """Merges bases, nearest last; `chain` holds the files already open, to stop circles."""

    catalogue: Catalogue
    findings: Findings
    chain: tuple[Path, ...] = field(default=())

    def compose(self, tree: Mapping, near: Path | None) -> Composed:
        """Return the tree with its base merged in; the tree itself when it has none."""
        key = "surcharge" if "surcharge" in tree.entries else "étend"
        written = tree.entries.get(key)
        if not isinstance(written, Scalar):
            return Composed(tree)
        base = self._base(written, near)
        if base is None:
            return Composed(tree)
        merger = Merger(key == "surcharge", self.findings)
        merged = merger.merge(base.tree, tree)
        bases = (_identity(base.tree), *base.bases)
        return Composed(merged, bases, tuple(merger.log.items))

    def _base(self, written: Scalar, near: Path | None) -> Composed | None:
        reference = read_reference(written, self.findings)
        if reference is None:
            return None
        path = self.catalogue.find(reference, near, written.place, self.findings)
        if path is None:
            return None
        if path in self.chain or len(self.chain) >= _MAX_CHAIN:
            self.findings.error(
                "FRM-406",
                written.place,
                "Les formulaires s'étendent en rond.",
                "Une base ne peut pas étendre le formulaire qui s'appuie sur elle.",
            )
            return None
        tree = load_yaml_file(path, self.findings)
        if tree is None:
            return None
        version = tree.entries.get("version")
        found = version.text if isinstance(version, Scalar) else ""
        if not version_fits(found, reference.version):
            self.findings.error(
                "FRM-405",
                written.place,
                f"La version trouvée de « {reference.form_id} » est {found}, "
                f"pas {reference.version}.",
                "Relisez les différences, puis mettez ce numéro à jour.",
            )
        inner = Composer(self.catalogue, self.findings, (*self.chain, path))
        return inner.compose(tree, path.parent)


def _identity(tree: Mapping) -> str:
    words = (tree.entries.get(key) for key in ("fiche", "version"))
    return " ".join(word.text for word in words if isinstance(word, Scalar))
