"""The errors of dcc: one base class, one family per way of failing, and the problems found before
start.

An error text says what happened, where, and what to do next. It never carries patient data, tokens
or message bodies; ``params`` are therefore restricted to values that may appear in a log.
"""

from collections.abc import Iterable
from dataclasses import dataclass

SafeParam = str | int | float | bool | None


class DccError(Exception):
    """Base of every error raised on purpose.

    Args:
        code: Stable code that support and tests rely on, for instance ``DCC-P001``.
        text: Sentence for a person: fact, place, remedy.
        params: Values that may be logged beside the code.
    """

    def __init__(self, code: str, text: str, **params: SafeParam) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.params = params


class ConfigError(DccError):
    """A setting, a secret or a region is missing, unknown or unusable."""


class PluginError(DccError):
    """A plugin broke its contract."""


class AccessDenied(DccError):
    """The actor may not do this; ``code`` is the reason code of the decision."""


class NotFound(DccError):
    """The object does not exist, or the actor may not know that it does."""


class Conflict(DccError):
    """Somebody else changed the object first; nothing was written."""


class InvalidInput(DccError):
    """An input was refused at the edge; ``field`` names it so that a form can show the text
    there.
    """

    def __init__(self, code: str, text: str, *, field: str = "", **params: SafeParam) -> None:
        super().__init__(code, text, **params)
        self.field = field


class ExchangeError(DccError):
    """Sending to or receiving from another system failed."""


class RetryableExchangeError(ExchangeError):
    """The other system may accept the same thing later: wait and try again."""


class PermanentExchangeError(ExchangeError):
    """Trying again cannot help: a person has to look."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something that must be put right before the region may start.

    Attributes:
        code: Stable code, ``DCC-Cnnn`` (configuration), ``DCC-Pnnn`` (plugins), ``DCC-Dnnn``
            (database).
        plugin: Name of the plugin at fault, empty when the core or the region is.
        text: What is wrong and where.
        remedy: What to do about it.
    """

    code: str
    plugin: str
    text: str
    remedy: str

    def __str__(self) -> str:
        where = f" [{self.plugin}]" if self.plugin else ""
        return f"{self.code}{where} {self.text} Remedy: {self.remedy}"


class StartRefused(DccError):
    """The region does not start: every problem found is listed at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(
            "DCC-S001", f"the region cannot start, {len(self.problems)} problem(s):\n{lines}"
        )
