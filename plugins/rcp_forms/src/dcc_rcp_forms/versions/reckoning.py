"""Expressions of migrations: they read answers of fields that no longer exist."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dcc_rcp_forms.engine.stored import Stored
from dcc_rcp_forms.expressions.checker import check_expression
from dcc_rcp_forms.expressions.core import Core
from dcc_rcp_forms.expressions.dates import parse_date
from dcc_rcp_forms.expressions.evaluate import Context, evaluate
from dcc_rcp_forms.expressions.types import Kind, Scope, ValueType
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import Field
from dcc_rcp_forms.language.nodes import Scalar
from dcc_rcp_forms.program.symbols import field_type


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A checked expression over old answers.

    Old fields take the type of the field they lead to: a merge or a split keeps the kind of the
    answer.
    """

    core: Core
    kind: Kind

    @classmethod
    def read(
        cls, rule: Scalar, old: tuple[str, ...], target: Field, findings: Findings
    ) -> "Reckoning":
        """Check an expression of a migration."""
        wanted = field_type(target)
        seen = ValueType(wanted.kind, points=wanted.points, unit=wanted.unit)
        core, _ = check_expression(rule, Scope(dict.fromkeys(old, seen)), findings)
        return cls(core, wanted.kind)

    def run(self, answers: Mapping[str, Stored]) -> Stored:
        """Return the new stored answer, None when it is unknown."""
        values = {name: self._runtime(answer) for name, answer in answers.items()}
        result = evaluate(self.core, Context(values))
        if self.kind is Kind.DATE:
            return next((a for a in answers.values() if self._runtime(a) == result), None)
        if isinstance(result, float) and result.is_integer():
            return int(result)
        return list(result) if isinstance(result, tuple) else result

    def _runtime(self, answer: Stored) -> Any:
        if self.kind is Kind.DATE:
            return parse_date(answer) if isinstance(answer, str) else None
        if isinstance(answer, int | float) and not isinstance(answer, bool):
            return float(answer)
        return tuple(answer) if isinstance(answer, list) else answer
