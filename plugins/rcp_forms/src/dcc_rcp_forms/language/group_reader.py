"""Read the keys of one group with their keyword table; every departure becomes a finding."""

from collections.abc import Mapping as Table

from dcc_rcp_forms.language.issues import Findings, Place
from dcc_rcp_forms.language.model import Rule
from dcc_rcp_forms.language.nodes import Mapping, Node, Scalar, Sequence, kind_of
from dcc_rcp_forms.language.suggest import did_you_mean, enumerate_french
from dcc_rcp_forms.language.vocabulary import Keyword, Shape

_SHAPE_NODES: dict[Shape, tuple[type, ...]] = {
    Shape.TEXT: (Scalar,),
    Shape.YES_NO: (Scalar,),
    Shape.RULE: (Scalar,),
    Shape.YES_NO_OR_RULE: (Scalar,),
    Shape.INTEGER: (Scalar,),
    Shape.TEXTS: (Sequence, Scalar),
    Shape.GROUP: (Mapping,),
    Shape.LIST: (Sequence,),
    Shape.ANY: (Scalar, Sequence, Mapping),
}


class GroupReader:
    """Typed access to the keys of a group.

    Args:
        node: the group.
        keywords: the keys it may hold.
        what: name of the group in messages (« le champ re »).
        findings: receives unknown keys and wrong shapes at once.
    """

    def __init__(
        self, node: Mapping, keywords: Table[str, Keyword], what: str, findings: Findings
    ) -> None:
        self.node = node
        self.what = what
        self.findings = findings
        self._entries: dict[str, Node] = {}
        for key, value in node.entries.items():
            if self._is_accepted(key, value, keywords):
                self._entries[key] = value

    def _is_accepted(self, key: str, value: Node, keywords: Table[str, Keyword]) -> bool:
        keyword = keywords.get(key)
        if keyword is None:
            advice = did_you_mean(
                key, keywords, f"Clés admises : {enumerate_french(keywords, 20)}."
            )
            self.findings.error(
                "FRM-101",
                self.node.key_place(key),
                f"« {key} » n'est pas une clé de {self.what}.",
                advice,
            )
            return False
        if not isinstance(value, _SHAPE_NODES[keyword.shape]):
            self.findings.error(
                "FRM-103",
                value.place,
                f"« {key} » attend {keyword.shape}, pas {kind_of(value)}.",
                keyword.help,
            )
            return False
        if keyword.options and isinstance(value, Scalar) and value.text not in keyword.options:
            advice = did_you_mean(
                value.text,
                keyword.options,
                f"Valeurs admises : {enumerate_french(keyword.options, 20)}.",
            )
            self.findings.error(
                "FRM-104", value.place, f"« {value.text} » n'est pas admis pour « {key} ».", advice
            )
            return False
        return True

    def place(self, key: str = "") -> Place:
        """Return the place of a key, or of the whole group."""
        return self.node.key_place(key) if key else self.node.place

    def has(self, key: str) -> bool:
        """Tell whether the key is written, even badly."""
        return key in self.node.entries

    def scalar(self, key: str) -> Scalar | None:
        """Return a simple value with its place."""
        value = self._entries.get(key)
        return value if isinstance(value, Scalar) else None

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        value = self.scalar(key)
        return value.text.strip() if value else default

    def required_text(self, key: str) -> str:
        """Return a text that must be there."""
        if not self.has(key):
            self.findings.error(
                "FRM-102",
                self.node.place,
                f"Il manque « {key} » dans {self.what}.",
                f"Ajoutez une ligne « {key}: … ».",
            )
        elif (value := self.scalar(key)) is not None and not value.text.strip():
            self.findings.error(
                "FRM-102",
                value.place,
                f"« {key} » est vide dans {self.what}.",
                "Écrivez un texte après les deux-points.",
            )
        return self.text(key)

    def rule(self, key: str) -> Rule | None:
        """Return an expression as written."""
        value = self.scalar(key)
        if value is not None and not value.text.strip():
            self.findings.error(
                "FRM-201",
                value.place,
                f"La règle « {key} » est vide.",
                "Écrivez une condition ou retirez la clé.",
            )
            return None
        return value

    def yes_no(self, key: str) -> bool:
        """Return True for `oui`; anything but `oui` and `non` is reported."""
        value = self.scalar(key)
        if value is None or value.text in {"oui", "non"}:
            return value is not None and value.text == "oui"
        self.findings.error(
            "FRM-104",
            value.place,
            f"« {value.text} » n'est pas admis pour « {key} ».",
            "Écrivez oui ou non.",
        )
        return False

    def yes_no_or_rule(self, key: str) -> Rule | bool:
        """Return True or False for `oui` or `non`, otherwise the expression."""
        value = self.rule(key)
        if value is None or value.text in {"oui", "non"}:
            return value is not None and value.text == "oui"
        return value

    def integer(self, key: str) -> int | None:
        """Return a whole number, zero or more."""
        value = self.scalar(key)
        if value is None:
            return None
        if value.text.isascii() and value.text.isdigit() and len(value.text) < 10:
            return int(value.text)
        self.findings.error(
            "FRM-109",
            value.place,
            f"« {value.text} » n'est pas un nombre entier.",
            f"« {key} » attend un nombre comme 3.",
        )
        return None

    def scalars(self, key: str) -> tuple[Scalar, ...]:
        """Return a list of texts; a single text counts as a list of one."""
        value = self._entries.get(key)
        if isinstance(value, Scalar):
            return (value,) if value.text.strip() else ()
        if not isinstance(value, Sequence):
            return ()
        for item in value:
            if not isinstance(item, Scalar):
                self.findings.error(
                    "FRM-103",
                    item.place,
                    f"« {key} » attend des textes simples, pas {kind_of(item)}.",
                    "Écrivez par exemple [premier, second].",
                )
        return tuple(item for item in value if isinstance(item, Scalar))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts without their places."""
        return tuple(item.text for item in self.scalars(key))

    def group(self, key: str) -> Mapping | None:
        """Return a nested group."""
        value = self._entries.get(key)
        return value if isinstance(value, Mapping) else None

    def items(self, key: str) -> tuple[Node, ...]:
        """Return the nodes of a list."""
        value = self._entries.get(key)
        return value.items if isinstance(value, Sequence) else ()

    def any(self, key: str) -> Node | None:
        """Return whatever node the key holds."""
        return self._entries.get(key)
