"""Read values of choices, shared lists, rows of matrices and points of scales."""

from dcc_rcp_forms.language.group_reader import GroupReader
from dcc_rcp_forms.language.identifiers import check_code
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import Choice
from dcc_rcp_forms.language.nodes import Mapping, Node, Scalar, Sequence
from dcc_rcp_forms.language.vocabulary import CHOICE_KEYWORDS, TERMINOLOGY_KEYS


def read_choices(node: Node, findings: Findings) -> tuple[Choice, ...]:
    """Read `{code: libellé}`, `{code: {libellé: …}}` or `[code, code]`."""
    if isinstance(node, Sequence):
        return _from_list(node, findings)
    if isinstance(node, Mapping):
        return tuple(
            _from_entry(code, value, node, findings)
            for code, value in node.entries.items()
            if check_code(code, node.key_place(code), findings)
        )
    findings.error(
        "FRM-103",
        node.place,
        "Les valeurs s'écrivent en liste ou en groupe.",
        'Par exemple {oui: Oui, non: Non} ou ["1", "2"].',
    )
    return ()


def _from_list(node: Sequence, findings: Findings) -> tuple[Choice, ...]:
    choices: dict[str, Choice] = {}
    for item in node:
        if not isinstance(item, Scalar):
            findings.error(
                "FRM-103",
                item.place,
                "Une valeur de liste est un texte simple.",
                "Pour un libellé différent du code, écrivez {code: Libellé}.",
            )
        elif item.text in choices:
            findings.error(
                "FRM-006",
                item.place,
                f"« {item.text} » est écrit deux fois.",
                "Supprimez l'un des deux.",
            )
        elif check_code(item.text, item.place, findings):
            choices[item.text] = Choice(item.text, item.text, item.place)
    return tuple(choices.values())


def _from_entry(code: str, value: Node, parent: Mapping, findings: Findings) -> Choice:
    place = parent.key_place(code)
    if isinstance(value, Scalar):
        return Choice(code, _label(code, value, findings), place)
    if not isinstance(value, Mapping):
        findings.error(
            "FRM-103",
            value.place,
            f"La valeur « {code} » attend un libellé.",
            f"Écrivez {code}: Libellé.",
        )
        return Choice(code, code, place)
    reader = GroupReader(value, CHOICE_KEYWORDS, f"la valeur « {code} »", findings)
    codings = {name: reader.text(name) for name in TERMINOLOGY_KEYS if reader.has(name)}
    return Choice(
        code,
        reader.required_text("libellé"),
        place,
        codings,
        _points(reader, findings),
        is_retired=reader.yes_no("retiré"),
    )


def _label(code: str, value: Scalar, findings: Findings) -> str:
    if not value.text.strip():
        findings.error(
            "FRM-102",
            value.place,
            f"La valeur « {code} » n'a pas de libellé.",
            f"Écrivez {code}: Libellé.",
        )
    return value.text.strip() or code


def _points(reader: GroupReader, findings: Findings) -> float | None:
    written = reader.scalar("points")
    if written is None:
        return None
    try:
        return float(written.text.replace(",", "."))
    except ValueError:
        findings.error(
            "FRM-109",
            written.place,
            f"« {written.text} » n'est pas un nombre de points.",
            "Écrivez un nombre comme 2 ou 0,5.",
        )
        return None
