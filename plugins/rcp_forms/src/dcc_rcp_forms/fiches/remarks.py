"""What plugins say of the answers of a fiche, and whether their own field types accept them."""

from collections.abc import Iterator

from pydantic import TypeAdapter, ValidationError

from dcc_core.api import Issue, IssueLevel, Page, Stage
from dcc_rcp_forms.fiches.service import FicheOut
from dcc_rcp_forms.language.field_types import FIELD_TYPES
from dcc_rcp_forms.published import form_model


def form_remarks(page: Page, fiche: FicheOut, stage: Stage) -> tuple[Issue, ...]:
    """Ask the region's plugins (hook `dcc_form_issues`) and the field types they bring.

    A plugin that fails blocks a signature and harms no draft.
    """
    said = page.site.runtime.dispatcher.gate(
        "dcc_form_issues",
        stage=stage,
        form=form_model(fiche.loaded),
        answers=dict(fiche.state.values),
    )
    return (*type_faults(fiche), *(issue for _, issue in said))


def type_faults(fiche: FicheOut) -> Iterator[Issue]:
    """Yield a blocking remark for each answer that the type of its field refuses."""
    for field in fiche.loaded.form.fields():
        extension = FIELD_TYPES.find(field.extension) if field.extension else None
        if extension is None or field.id not in fiche.state.visible:
            continue
        stored = fiche.answers.get(field.id)
        if stored is None or isinstance(stored, dict):
            continue
        try:
            TypeAdapter(extension.python_type).validate_python(stored)
        except ValidationError:
            yield Issue(
                "FRM-S26",
                f"« {field.label} » : cette réponse n'est pas du type attendu ({extension.key}).",
                IssueLevel.BLOCKING,
                field.id,
            )
