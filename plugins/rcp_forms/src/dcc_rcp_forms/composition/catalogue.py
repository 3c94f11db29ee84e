"""Find the forms that others extend or overlay."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dcc_rcp_forms.language.identifiers import check_form_id
from dcc_rcp_forms.language.issues import Findings, Place
from dcc_rcp_forms.language.nodes import Scalar
from dcc_rcp_forms.language.suggest import did_you_mean

NATIONAL_PACK = Path(__file__).parent.parent / "pack" / "national"

_REFERENCE = re.compile(r"(?:([\w-]+)/)?([^\W\d][\w-]*)\s+(\d+(?:\.(?:\d+|x)){1,2})")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference as written: `national/sein 2.x`."""

    pack: str
    form_id: str
    version: str


def read_reference(written: Scalar, findings: Findings) -> Reference | None:
    """Read a reference to another form; None, and a finding, when it is badly written."""
    match = _REFERENCE.fullmatch(written.text.strip())
    if match is None:
        findings.error(
            "FRM-405",
            written.place,
            f"« {written.text} » ne désigne pas un formulaire et sa version.",
            "Écrivez par exemple socle-frcp 1.x ou national/sein 2.x.",
        )
        return None
    pack, form_id, version = match.groups()
    check_form_id(form_id, written.place, findings)
    return Reference(pack or "", form_id, version)


def version_fits(version: str, wanted: str) -> bool:
    """Tell whether `2.1.0` fits `2.x`."""
    parts = version.partition("+")[0].split(".")
    return all(ask in {"x", got} for ask, got in zip(wanted.split("."), parts, strict=False))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Named folders of form files; the national pack is always there.

    Attributes:
        packs: pack name → folder.
    """

    packs: Mapping[str, Path] = field(default_factory=lambda: {"national": NATIONAL_PACK})

    def find(
        self, reference: Reference, near: Path | None, place: Place, findings: Findings
    ) -> Path | None:
        """Return the file of a form: in its pack, or beside the file that asks, or in any pack."""
        folders = [self.packs[reference.pack]] if reference.pack in self.packs else []
        if not reference.pack:
            folders = [*([near] if near else []), *self.packs.values()]
        for folder in folders:
            path = folder / f"{reference.form_id}.yaml"
            if path.is_file():
                return path
        known = [file.stem for folder in folders for file in sorted(folder.glob("*.yaml"))]
        findings.error(
            "FRM-405",
            place,
            f"Le formulaire « {reference.form_id} » est introuvable.",
            did_you_mean(reference.form_id, known, "Vérifiez son nom et celui du paquet."),
        )
        return None
