"""What no overlay may do to a field: change its type, loosen a locked one, drop the lock."""

from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.nodes import Mapping, Node, Scalar

_FROZEN_WHEN_LOCKED = ("si", "cda", "unité", "liste", "terminologie", "verrou", "phase", "masqué")


def refuse_loosening(address: str, base: Mapping, key: str, node: Node, findings: Findings) -> bool:
    """Report a forbidden change of one attribute; tell whether it must be ignored."""
    name = address.rpartition(".")[2]
    if key == "type" and _text(base, "type") != _of(node):
        findings.error(
            "FRM-404",
            node.place,
            f"Le type de « {name} » ne peut pas changer.",
            "Ajoutez un nouveau champ et masquez celui-ci.",
        )
        return True
    if "verrou" not in base.entries:
        return False
    is_looser = key == "obligatoire" and _text(base, "obligatoire") == "oui" and _of(node) != "oui"
    if is_looser or key in _FROZEN_WHEN_LOCKED:
        findings.error(
            "FRM-403",
            node.place,
            f"« {name} » est verrouillé : « {key} » ne peut pas changer.",
            "Seuls le libellé, l'aide et des exigences plus fortes sont permis.",
        )
        return True
    return False


def _text(base: Mapping, key: str) -> str:
    return _of(base.entries.get(key))


def _of(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""
