"""A value set and its codes."""

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Code:
    """One code: the same code may live in two systems, so the pair counts.

    Attributes:
        system: OID of the code system.
        end: day the code stopped being valid (ISO), empty while it is valid.
    """

    code: str
    system: str
    label: str
    end: str = ""


@dataclass(frozen=True, slots=True)
class CodeList:
    """One version of a value set.

    Attributes:
        oid: OID of the set.
        name: national name, `JDV_Tumeur_CISIS`.
        version: day of its last revision (ISO); the national `version` attribute is not kept up.
    """

    oid: str
    name: str
    version: str
    codes: tuple[Code, ...]

    def find(self, code: str) -> Code | None:
        """Return a code, valid or not, None when the set does not have it."""
        return next((item for item in self.codes if item.code == code), None)

    def to_json(self) -> str:
        """Return the text stored in the pack: one code per line, so that revisions compare well."""
        head = {key: value for key, value in asdict(self).items() if key != "codes"}
        lines = ",\n".join(
            "  " + json.dumps(_compact(code), ensure_ascii=False) for code in self.codes
        )
        opening = json.dumps(head, ensure_ascii=False)[:-1]
        return f'{opening}, "codes": [\n{lines}\n]}}\n'

    @classmethod
    def from_json(cls, text: str) -> "CodeList":
        """Read what `to_json` wrote."""
        content: dict[str, Any] = json.loads(text)
        codes = tuple(Code(*line) for line in content["codes"])
        return cls(content["oid"], content["name"], content["version"], codes)


def _compact(code: Code) -> list[str]:
    return [code.code, code.system, code.label, *([code.end] if code.end else [])]
