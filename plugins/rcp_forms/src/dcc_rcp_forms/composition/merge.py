"""Merge a form tree over its base: add, change, hide, reorder; locks and typos are reported."""

from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace

from dcc_rcp_forms.composition.differences import DifferenceLog
from dcc_rcp_forms.composition.locks import refuse_loosening
from dcc_rcp_forms.language.issues import Findings, Place
from dcc_rcp_forms.language.nodes import Mapping, Node, Scalar, Sequence
from dcc_rcp_forms.language.suggest import did_you_mean

_NOT_INHERITED = ("essais", "migrations", "étend", "surcharge")
_MERGED = ("listes", "blocs", "sections", "alertes", "phases")
_LIST_OPERATIONS = frozenset(("ajoute", "masque"))
_VALUE_LISTS = ("valeurs", "lignes")


@dataclass(slots=True)
class Merger:
    """Merges one tree over another.

    Attributes:
        is_overlay: in an overlay an added field is written `+id`; an unknown bare name is a typo.
    """

    is_overlay: bool
    findings: Findings
    log: DifferenceLog = field(default_factory=DifferenceLog)

    def merge(self, base: Mapping, child: Mapping) -> Mapping:
        """Return the composed tree."""
        kept = {key: node for key, node in base.entries.items() if key not in _NOT_INHERITED}
        entries: dict[str, Node] = dict(kept)
        for key, node in child.entries.items():
            under = kept.get(key)
            if key in _MERGED and isinstance(node, Mapping) and isinstance(under, Mapping):
                entries[key] = self._merge_group(key, under, node, kept)
            else:
                entries[key] = node
        sections = entries.get("sections")
        if "ordre" in child.entries and isinstance(sections, Mapping):
            entries["sections"] = self._reordered(sections, child.entries["ordre"], "sections")
        return Mapping(entries, child.place, {**base.keys, **child.keys})

    def _merge_group(
        self, key: str, base: Mapping, child: Mapping, root: Table[str, Node]
    ) -> Mapping:
        match key:
            case "sections":
                host = root.get("accueille_après")
                return self._sections(base, child, host.text if isinstance(host, Scalar) else "")
            case "listes":
                return self._lists(base, child)
            case "alertes":
                return self._alerts(base, child)
            case _:
                return _union(base, child)

    # --- sections and fields

    def _sections(self, base: Mapping, child: Mapping, host: str) -> Mapping:
        merged = base
        for name, node in child.entries.items():
            place = child.key_place(name)
            bare = name.lstrip("+-")
            if name.startswith("-"):
                merged = self._hide_section(merged, bare, node, place)
            elif bare in base.entries:
                changed = self._section(bare, base.entries[bare], node)
                merged = _with(merged, bare, changed, merged.keys.get(bare))
            elif isinstance(node, Mapping) and (not self.is_overlay or "titre" in node.entries):
                self.log.add("section ajoutée", bare, f"Section « {bare} » ajoutée.", place)
                section = self._new_section(bare, node)
                merged = _insert(merged, bare, section, child.keys.get(name), _after(node) or host)
                host = bare if not _after(node) else host
            else:
                self._unknown(bare, base, place, "La section")
        return merged

    def _new_section(self, name: str, node: Mapping) -> Mapping:
        fields = node.entries.get("champs")
        if not isinstance(fields, Mapping):
            return _without(node, "après")
        entries = {key.lstrip("+"): value for key, value in fields.entries.items()}
        keys = {key.lstrip("+"): value for key, value in fields.keys.items()}
        for key in entries:
            if self.is_overlay:
                self.log.add(
                    "champ ajouté", f"{name}.{key}", f"Champ « {key} » ajouté.", keys[key].place
                )
        bare = replace(fields, entries=entries, keys=keys)
        return _without(_with(node, "champs", bare, node.keys.get("champs")), "après")

    def _section(self, name: str, base: Node, child: Node) -> Node:
        if not isinstance(base, Mapping) or not isinstance(child, Mapping):
            return child
        merged = base
        for key, node in child.entries.items():
            under = base.entries.get(key)
            if key == "champs" and isinstance(under, Mapping) and isinstance(node, Mapping):
                merged = _with(merged, key, self._fields(name, under, node), merged.keys.get(key))
            elif key != "ordre":
                self._log_change(name, key, under, node)
                merged = _with(merged, key, node, child.keys.get(key))
        fields = merged.entries.get("champs")
        if "ordre" in child.entries and isinstance(fields, Mapping):
            fields = self._reordered(fields, child.entries["ordre"], name)
            merged = _with(merged, "champs", fields, merged.keys.get("champs"))
        return merged

    def _fields(self, section: str, base: Mapping, child: Mapping) -> Mapping:
        merged = base
        for name, node in child.entries.items():
            place, bare = child.key_place(name), name.lstrip("+-")
            address = f"{section}.{bare}"
            if name.startswith("-"):
                merged = self._hide(merged, bare, node, place, address)
            elif bare in base.entries:
                if name.startswith("+"):
                    self.findings.error(
                        "FRM-407",
                        place,
                        f"Le champ « {bare} » existe déjà dans la base.",
                        "Retirez le « + » pour le modifier, ou changez de nom.",
                    )
                changed = self._field(address, base.entries[bare], node)
                merged = _with(merged, bare, changed, merged.keys.get(bare))
            elif name.startswith("+") or not self.is_overlay:
                self.log.add("champ ajouté", address, f"Champ « {bare} » ajouté.", place)
                merged = self._add_field(merged, bare, node, child.keys.get(name))
            else:
                self._unknown(bare, base, place, "Le champ")
        return merged

    def _add_field(self, merged: Mapping, name: str, node: Node, key: Scalar | None) -> Mapping:
        after = _after(node)
        if after and after not in merged.entries and isinstance(node, Mapping):
            self.findings.error(
                "FRM-401",
                node.entries["après"].place,
                f"Le champ « {after} » n'existe pas dans cette section.",
                did_you_mean(after, merged.entries),
            )
        bare = _without(node, "après") if isinstance(node, Mapping) else node
        return _insert(merged, name, bare, key, after)

    def _field(self, address: str, base: Node, child: Node) -> Node:
        if not isinstance(base, Mapping) or not isinstance(child, Mapping):
            return child
        merged = base
        for key, node in child.entries.items():
            under = base.entries.get(key)
            if refuse_loosening(address, base, key, node, self.findings):
                continue
            self._log_change(address, key, under, node)
            if key in _VALUE_LISTS and _is_list_change(node) and under is not None:
                node = self._changed_list(under, node, address)
            merged = _with(merged, key, node, child.keys.get(key))
        return merged

    # --- hiding

    def _hide(self, merged: Mapping, name: str, node: Node, place: Place, address: str) -> Mapping:
        base = merged.entries.get(name)
        if not isinstance(base, Mapping):
            self._unknown(name, merged, place, "Le champ")
            return merged
        if "verrou" in base.entries:
            self.findings.error(
                "FRM-403",
                place,
                f"Le champ « {name} » est verrouillé et ne peut être masqué.",
                "Il fait partie des données communes : gardez-le.",
            )
            return merged
        self._require_reason(name, node, place)
        self.log.add("champ masqué", address, f"Champ « {name} » masqué : {_reason(node)}.", place)
        return _with(merged, name, _hidden(base, place), merged.keys.get(name))

    def _hide_section(self, merged: Mapping, name: str, node: Node, place: Place) -> Mapping:
        section = merged.entries.get(name)
        fields = section.entries.get("champs") if isinstance(section, Mapping) else None
        if not isinstance(section, Mapping) or not isinstance(fields, Mapping):
            self._unknown(name, merged, place, "La section")
            return merged
        self._require_reason(name, node, place)
        self.log.add(
            "section masquée", name, f"Section « {name} » masquée : {_reason(node)}.", place
        )
        for field_id, base in fields.entries.items():
            if isinstance(base, Mapping) and "verrou" in base.entries:
                self.findings.error(
                    "FRM-403",
                    place,
                    f"La section « {name} » contient le champ verrouillé « {field_id} ».",
                    "Masquez seulement les autres champs.",
                )
            elif isinstance(base, Mapping):
                fields = _with(fields, field_id, _hidden(base, place), fields.keys.get(field_id))
        return _with(merged, name, _with(section, "champs", fields, None), merged.keys.get(name))

    def _require_reason(self, name: str, node: Node, place: Place) -> None:
        if not _reason(node):
            self.findings.error(
                "FRM-402",
                place,
                f"Le masquage de « {name} » n'a pas de motif.",
                f"Écrivez -{name}: {{motif: …}}.",
            )

    # --- lists and alerts

    def _lists(self, base: Mapping, child: Mapping) -> Mapping:
        merged = base
        for name, node in child.entries.items():
            under = base.entries.get(name)
            if under is not None and _is_list_change(node):
                node = self._changed_list(under, node, name)
            elif under is not None:
                self.log.add(
                    "liste remplacée", name, f"Liste « {name} » remplacée.", child.key_place(name)
                )
            elif self.is_overlay and _is_list_change(node):
                self._unknown(name, base, child.key_place(name), "La liste")
                continue
            merged = _with(merged, name, node, child.keys.get(name))
        return merged

    def _changed_list(self, base: Node, change: Node, name: str) -> Node:
        if isinstance(base, Sequence):
            base = _as_mapping(base)
        if not isinstance(base, Mapping) or not isinstance(change, Mapping):
            return change
        added, removed = change.entries.get("ajoute"), change.entries.get("masque")
        if isinstance(added, Mapping):
            labels = ", ".join(added.entries)
            self.log.add(
                "valeurs ajoutées",
                name,
                f"« {name} » : valeur(s) {labels} ajoutée(s).",
                change.place,
            )
            base = _union(base, added)
        for code in removed if isinstance(removed, Sequence) else ():
            if isinstance(code, Scalar) and code.text in base.entries:
                self.log.add(
                    "valeur masquée", name, f"« {name} » : valeur {code.text} masquée.", code.place
                )
                base = _with(
                    base, code.text, _retired(base.entries[code.text]), base.keys.get(code.text)
                )
            elif isinstance(code, Scalar):
                self._unknown(code.text, base, code.place, "La valeur")
        return base

    def _alerts(self, base: Mapping, child: Mapping) -> Mapping:
        merged = base
        for name, node in child.entries.items():
            bare = name.lstrip("+-")
            place = child.key_place(name)
            under = base.entries.get(bare)
            if name.startswith("-"):
                merged = self._hide_alert(merged, bare, node, place)
            elif isinstance(under, Mapping) and isinstance(node, Mapping):
                self.log.add("alerte modifiée", bare, f"Alerte « {bare} » modifiée.", place)
                merged = _with(merged, bare, _union(under, node), merged.keys.get(bare))
            else:
                self.log.add("alerte ajoutée", bare, f"Alerte « {bare} » ajoutée.", place)
                merged = _with(merged, bare, node, child.keys.get(name))
        return merged

    def _hide_alert(self, merged: Mapping, name: str, node: Node, place: Place) -> Mapping:
        if name not in merged.entries:
            self._unknown(name, merged, place, "L'alerte")
            return merged
        self._require_reason(name, node, place)
        self.log.add("alerte retirée", name, f"Alerte « {name} » retirée : {_reason(node)}.", place)
        return _without(merged, name)

    # --- shared

    def _reordered(self, group: Mapping, order: Node, name: str) -> Mapping:
        wanted = (
            [item for item in order if isinstance(item, Scalar)]
            if isinstance(order, Sequence)
            else []
        )
        for item in wanted:
            if item.text not in group.entries:
                self._unknown(item.text, group, item.place, "L'élément")
        known = [item.text for item in wanted if item.text in group.entries]
        self.log.add("ordre", name, f"Ordre de « {name} » modifié.", order.place)
        names = dict.fromkeys([*known, *group.entries])
        return replace(group, entries={key: group.entries[key] for key in names})

    def _log_change(self, address: str, key: str, old: Node | None, new: Node) -> None:
        before = old.text if isinstance(old, Scalar) else "…" if old else "absent"
        after = new.text if isinstance(new, Scalar) else "…"
        self.log.add(
            f"{key} modifié",
            address,
            f"« {address} » : {key} « {before} » → « {after} ».",
            new.place,
        )

    def _unknown(self, name: str, known: Mapping, place: Place, what: str) -> None:
        advice = did_you_mean(name, known.entries, f"Pour l'ajouter, écrivez +{name}.")
        self.findings.error(
            "FRM-401", place, f"{what} « {name} » n'existe pas dans la base.", advice
        )


def _after(node: Node) -> str:
    value = node.entries.get("après") if isinstance(node, Mapping) else None
    return value.text if isinstance(value, Scalar) else ""


def _reason(node: Node) -> str:
    value = node.entries.get("motif") if isinstance(node, Mapping) else node
    return value.text.strip() if isinstance(value, Scalar) else ""


def _hidden(base: Mapping, place: Place) -> Mapping:
    return _without(_with(base, "masqué", Scalar("oui", place), None), "obligatoire")


def _retired(value: Node) -> Node:
    if isinstance(value, Scalar):
        value = Mapping({"libellé": value}, value.place)
    if not isinstance(value, Mapping):
        return value
    return _with(value, "retiré", Scalar("oui", value.place), None)


def _as_mapping(values: Sequence) -> Mapping:
    entries: dict[str, Node] = {item.text: item for item in values if isinstance(item, Scalar)}
    return Mapping(entries, values.place)


def _is_list_change(node: Node) -> bool:
    return (
        isinstance(node, Mapping) and bool(node.entries) and set(node.entries) <= _LIST_OPERATIONS
    )


def _union(base: Mapping, child: Mapping) -> Mapping:
    return Mapping({**base.entries, **child.entries}, child.place, {**base.keys, **child.keys})


def _with(group: Mapping, name: str, node: Node, key: Scalar | None) -> Mapping:
    keys = {**group.keys, name: key} if key else group.keys
    return replace(group, entries={**group.entries, name: node}, keys=keys)


def _without(group: Mapping, name: str) -> Mapping:
    return replace(group, entries={key: node for key, node in group.entries.items() if key != name})


def _insert(group: Mapping, name: str, node: Node, key: Scalar | None, after: str) -> Mapping:
    names = list(group.entries)
    index = names.index(after) + 1 if after in group.entries else len(names)
    names.insert(index, name)
    entries = {**group.entries, name: node}
    keys = {**group.keys, name: key} if key else group.keys
    return replace(group, entries={item: entries[item] for item in names}, keys=keys)
