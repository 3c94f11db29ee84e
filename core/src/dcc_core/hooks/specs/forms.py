"""Forms: what plugins bring to RCP form models."""

from collections.abc import Iterable

from dcc_core.config import Region
from dcc_core.hooks.contracts.forms import Answers, FieldType, FormModel, Issue, Stage, ValueSet
from dcc_core.hooks.policies import Policy, spec


class FormHooks:
    """Form models, field types, value sets and checks of answers."""

    @spec(Policy.COLLECT, item=FormModel, many=True, unique=("code", "version"))
    def dcc_form_models(self, region: Region) -> Iterable[FormModel]:
        """Return the published form models that this plugin brings to the region.

        A version is immutable once a signed answer exists: publish a new version instead.
        """
        raise NotImplementedError

    @spec(Policy.COLLECT, item=FieldType, many=True, unique=("key",))
    def dcc_field_types(self) -> Iterable[FieldType]:
        """Return kinds of field that forms may use beyond the built-in ones."""
        raise NotImplementedError

    @spec(Policy.COLLECT, item=ValueSet, many=True, unique=("oid", "version"))
    def dcc_value_sets(self) -> Iterable[ValueSet]:
        """Return versioned value sets; a code is never deleted, only retired."""
        raise NotImplementedError

    @spec(Policy.GATE, item=Issue, many=True)
    def dcc_form_issues(self, form: FormModel, answers: Answers, stage: Stage) -> Iterable[Issue]:
        """Return remarks on the answers of a form. Pure: it reads nothing else and writes nothing.

        At stage ``sign`` a failing implementation becomes a blocking issue; at ``draft`` it
        degrades the plugin.
        """
        raise NotImplementedError
