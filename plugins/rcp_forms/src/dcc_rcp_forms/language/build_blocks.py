"""Insert the fields of reusable blocks, their parameters replaced."""

import re
from collections.abc import Mapping as Table
from dataclasses import dataclass, replace

from dcc_rcp_forms.language.build_fields import FieldBuilder
from dcc_rcp_forms.language.group_reader import GroupReader
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import Field, FieldKind
from dcc_rcp_forms.language.nodes import Mapping, Node, Scalar, Sequence
from dcc_rcp_forms.language.suggest import did_you_mean
from dcc_rcp_forms.language.vocabulary import BLOCK_KEYWORDS, FIELD_KEYWORDS

_HOLE = re.compile(r"\{([^\W\d]\w*)\}")


@dataclass(frozen=True, slots=True)
class Block:
    """A named group of fields with parameters."""

    name: str
    parameters: tuple[str, ...]
    fields: Mapping


def read_blocks(node: Mapping | None, findings: Findings) -> dict[str, Block]:
    """Read the `blocs` of a form."""
    blocks: dict[str, Block] = {}
    for name, value in (node.entries if node else {}).items():
        if not isinstance(value, Mapping):
            findings.error(
                "FRM-103",
                value.place,
                f"Le bloc « {name} » attend un groupe de clés.",
                "Écrivez « champs » et, au besoin, « paramètres ».",
            )
            continue
        reader = GroupReader(value, BLOCK_KEYWORDS, f"le bloc « {name} »", findings)
        fields = reader.group("champs")
        if fields is None:
            reader.required_text("champs")
            continue
        blocks[name] = Block(name, reader.texts("paramètres"), fields)
    return blocks


@dataclass(frozen=True, slots=True)
class BlockExpander:
    """Replaces a field of type `bloc` by the fields of the block, named `instance.champ`."""

    blocks: Table[str, Block]
    findings: Findings

    def expand(self, instance: Field, node: Mapping, builder: FieldBuilder) -> tuple[Field, ...]:
        """Return the fields of one instance; the condition of the instance applies to each."""
        reader = GroupReader(node, FIELD_KEYWORDS, f"le champ « {instance.id} »", Findings())
        name = reader.text("bloc")
        block = self.blocks.get(name)
        if block is None:
            advice = did_you_mean(name, self.blocks, "Déclarez-le sous « blocs ».")
            self.findings.error(
                "FRM-111",
                reader.place("bloc" if name else ""),
                f"Le bloc « {name} » n'existe pas.",
                advice,
            )
            return ()
        values = self._arguments(block, reader)
        filled = _fill_mapping(block.fields, values)
        fields = (builder.read(key, item, filled) for key, item in filled.entries.items())
        return tuple(self._placed(field, instance) for field in fields if field)

    def _arguments(self, block: Block, reader: GroupReader) -> dict[str, str]:
        given = reader.group("avec")
        entries = given.entries if given else {}
        for name, value in entries.items():
            if name not in block.parameters:
                self.findings.error(
                    "FRM-112",
                    given.key_place(name) if given else reader.place(),
                    f"Le bloc « {block.name} » n'a pas de paramètre « {name} ».",
                    did_you_mean(name, block.parameters),
                )
            elif not isinstance(value, Scalar):
                self.findings.error(
                    "FRM-103",
                    value.place,
                    f"Le paramètre « {name} » attend un texte.",
                    "Écrivez une valeur simple.",
                )
        for name in block.parameters:
            if name not in entries:
                self.findings.error(
                    "FRM-112",
                    reader.place("bloc"),
                    f"Il manque le paramètre « {name} » du bloc « {block.name} ».",
                    f"Ajoutez avec: {{{name}: …}}.",
                )
        return {name: value.text for name, value in entries.items() if isinstance(value, Scalar)}

    def _placed(self, field: Field, instance: Field) -> Field:
        if field.kind is FieldKind.BLOCK:
            self.findings.error(
                "FRM-115",
                field.place,
                "Un bloc ne peut pas contenir un autre bloc.",
                "Écrivez ses champs directement.",
            )
        return replace(
            field,
            id=f"{instance.id}.{field.id}",
            prefix=instance.id,
            is_hidden=instance.is_hidden or field.is_hidden,
            visible_if=(*instance.visible_if, *field.visible_if),
            group_label=instance.label,
        )


def _fill_mapping(node: Mapping, values: Table[str, str]) -> Mapping:
    entries = {key: _fill(value, values) for key, value in node.entries.items()}
    return replace(node, entries=entries)


def _fill(node: Node, values: Table[str, str]) -> Node:
    if isinstance(node, Mapping):
        return _fill_mapping(node, values)
    if isinstance(node, Sequence):
        return replace(node, items=tuple(_fill(item, values) for item in node))
    text = _HOLE.sub(lambda hole: values.get(hole[1], hole[0]), node.text)
    return node if text == node.text else replace(node, text=text)
