"""Rules as FHIRPath (HL7 FHIRPath 2.0, N1), for the SDC extensions of a Questionnaire.

FHIRPath has the same three values: the empty collection is our unknown, `and`, `or` and `not`
follow the same tables, a comparison with empty is empty, and `iif` takes its second branch unless
its condition is true. What it cannot say is not approximated: it is left out, and the export tells.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dcc_rcp_forms.exports.fhir_coding import coding
from dcc_rcp_forms.expressions.core import Core
from dcc_rcp_forms.language.model import Field, FieldKind
from dcc_rcp_forms.loading import LoadedForm

_SIGNS = {"=": "=", "<": "<", "≤": "<=", "+": "+", "-": "-", "*": "*", "/": "/"}


class NotTranslatableError(ValueError):
    """FHIRPath has no equivalent, or none that is certain to mean the same."""


def fhirpath(core: Core, loaded: LoadedForm) -> str | None:
    """Return a core expression as FHIRPath, None when it has no equivalent."""
    fields = {field.id: field for field in loaded.form.fields()}
    try:
        return _Writer(fields).write(core)
    except NotTranslatableError:
        return None


@dataclass(frozen=True, slots=True)
class _Writer:
    fields: dict[str, Field]

    def write(self, core: Core) -> str:
        head, *parts = core
        if head in _SIGNS:
            return self._binary(head, parts)
        writer = _WRITERS.get(head)
        if writer is None:
            raise NotTranslatableError(head)
        return writer(self, *parts)

    def _binary(self, head: str, parts: list[Core]) -> str:
        left, right = parts
        if right[0] == "t" and left[0] == "v":
            return f"({self.variable(left[1])} {_SIGNS[head]} {self._code(left[1], right[1])})"
        return f"({self.write(left)} {_SIGNS[head]} {self.write(right)})"

    def number(self, value: float) -> str:
        return f"{value:.15g}"

    def text(self, value: str) -> str:
        return _quoted(value)

    def truth(self, value: bool) -> str:
        return "true" if value else "false"

    def unknown(self) -> str:
        return "{}"

    def variable(self, name: str) -> str:
        """Return the answer to a field; a choice answers by its code."""
        field = self.fields.get(name)
        if field is None or field.kind in {FieldKind.TABLE, FieldKind.MATRIX, FieldKind.TIME}:
            raise NotTranslatableError(name)
        tail = ".code" if field.kind in {FieldKind.CHOICE, FieldKind.CHOICES} else ""
        link = _quoted(name)
        return f"%resource.descendants().where(linkId = {link}).answer.value{tail}"

    def _code(self, name: str, code: str) -> str:
        field = self.fields.get(name)
        for choice in field.choices if field else ():
            if choice.code == code:
                found = coding(choice, field)["code"] if field else code
                return _quoted(found)
        return _quoted(code)

    def both(self, *parts: Core) -> str:
        return f"({' and '.join(self.write(part) for part in parts)})"

    def either(self, *parts: Core) -> str:
        return f"({' or '.join(self.write(part) for part in parts)})"

    def negation(self, part: Core) -> str:
        return f"{self.write(part)}.not()"

    def member(self, part: Core, options: list[str]) -> str:
        if part[0] != "v":
            raise NotTranslatableError("parmi")
        each = (f"{self.variable(part[1])} = {self._code(part[1], option)}" for option in options)
        return f"({' or '.join(each)})"

    def contains(self, part: Core, code: Core) -> str:
        if part[0] != "v" or code[0] != "t":
            raise NotTranslatableError("contient")
        path = self.variable(part[1])
        wanted = self._code(part[1], code[1])
        return f"iif({path}.exists(), {path}.where($this = {wanted}).exists(), {{}})"

    def known(self, part: Core) -> str:
        return f"{self.write(part)}.exists()"

    def rounded(self, part: Core, digits: Core) -> str:
        if digits[0] != "n":
            raise NotTranslatableError("arrondi")
        return f"({self.write(part)}).round({int(digits[1])})"

    def logarithm(self, part: Core) -> str:
        return f"({self.write(part)}).ln()"

    def total(self, *parts: Core) -> str:
        return f"({' + '.join(self.write(part) for part in parts)})"

    def mean(self, *parts: Core) -> str:
        return f"({self.total(*parts)} / {len(parts)})"

    def first(self, *parts: Core) -> str:
        texts = [self.write(part) for part in parts]
        found = texts[-1]
        for text in reversed(texts[:-1]):
            found = f"iif({text}.exists(), {text}, {found})"
        return found

    def size(self, part: Core) -> str:
        path = self.write(part)
        return f"iif({path}.exists(), {path}.count(), {{}})"

    def cases(self, cases: list[list[Core]]) -> str:
        found = "{}"
        for condition, value in reversed(cases):
            found = f"iif({self.write(condition)}, {self.write(value)}, {found})"
        return found

    def points(self, part: Core, table: dict[str, float]) -> str:
        if part[0] != "v":
            raise NotTranslatableError("points")
        path, found = self.variable(part[1]), "{}"
        for code, value in table.items():
            wanted = self._code(part[1], code)
            found = f"iif({path} = {wanted}, {self.number(value)}, {found})"
        return found


_WRITERS: dict[str, Callable[..., str]] = {
    "n": _Writer.number,
    "t": _Writer.text,
    "b": _Writer.truth,
    "?": _Writer.unknown,
    "v": _Writer.variable,
    "et": _Writer.both,
    "ou": _Writer.either,
    "non": _Writer.negation,
    "parmi": _Writer.member,
    "contient": _Writer.contains,
    "rens": _Writer.known,
    "arrondi": _Writer.rounded,
    "ln": _Writer.logarithm,
    "somme": _Writer.total,
    "moyenne": _Writer.mean,
    "premier": _Writer.first,
    "taille": _Writer.size,
    "cas": _Writer.cases,
    "points": _Writer.points,
}


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
