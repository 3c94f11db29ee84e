"""Lists and blocks nobody uses."""

from collections.abc import Iterator

from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.nodes import Mapping, Node, Scalar
from dcc_rcp_forms.loading import LoadedForm

_SHARED = (("listes", "liste", "FRM-310"), ("blocs", "bloc", "FRM-311"))


def check_unused(loaded: LoadedForm, findings: Findings) -> None:
    """Report shared definitions of this very file that no field uses."""
    for group_name, key, code in _SHARED:
        group = loaded.tree.entries.get(group_name)
        used = {scalar.text for scalar in _values_of(loaded.tree, key)}
        for name in group.entries if isinstance(group, Mapping) else ():
            place = group.key_place(name) if isinstance(group, Mapping) else loaded.tree.place
            if name not in used and place.file == loaded.form.place.file:
                findings.warning(
                    code, place, f"« {name} » ne sert à aucun champ.", "Retirez-le ou utilisez-le."
                )


def _values_of(node: Node, key: str) -> Iterator[Scalar]:
    if isinstance(node, Mapping):
        value = node.entries.get(key)
        if isinstance(value, Scalar):
            yield value
        for child in node.entries.values():
            yield from _values_of(child, key)
    elif not isinstance(node, Scalar):
        for child in node:
            yield from _values_of(child, key)
