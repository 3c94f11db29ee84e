"""What other plugins may use of this one."""

from dcc_rcp_forms.engine.prefill import (
    KnownFacts,
    prefill,
)
from dcc_rcp_forms.engine.state import (
    FieldError,
    FiredAlert,
    FormState,
    Missing,
)
from dcc_rcp_forms.engine.stored import (
    Stored,
    stored_from_text,
)
from dcc_rcp_forms.engine.writing import (
    writable_fields,
)
from dcc_rcp_forms.exports.answers import Fiche as FilledFiche
from dcc_rcp_forms.exports.document import (
    document_sections,
)
from dcc_rcp_forms.exports.page import (
    form_page,
    form_values,
)
from dcc_rcp_forms.exports.texts import shown as answer_text
from dcc_rcp_forms.fiches.listing import (
    FicheLine,
    list_fiches,
)
from dcc_rcp_forms.fiches.remarks import (
    form_remarks,
)
from dcc_rcp_forms.fiches.service import (
    FicheOut,
    FieldConflict,
    FieldConflictError,
    date_fiche,
    list_changes,
    open_fiche,
    read_fiche,
    read_fiches,
    represent_fiche,
    save_field,
    sign_fiche,
)
from dcc_rcp_forms.fiches.shelf import (
    latest_version,
    list_forms,
    publish_form,
    read_form,
)
from dcc_rcp_forms.language.model import (
    Field,
    FieldKind,
    Form,
    Level,
    Phase,
    Section,
)
from dcc_rcp_forms.loading import (
    LoadedForm,
)
from dcc_rcp_forms.published import (
    form_model,
    national_models,
)
from dcc_rcp_forms.web.answers import read_posted

__all__ = [
    "FicheLine",
    "FicheOut",
    "Field",
    "FieldConflict",
    "FieldConflictError",
    "FieldError",
    "FieldKind",
    "FilledFiche",
    "FiredAlert",
    "Form",
    "FormState",
    "KnownFacts",
    "Level",
    "LoadedForm",
    "Missing",
    "Phase",
    "Section",
    "Stored",
    "answer_text",
    "date_fiche",
    "document_sections",
    "form_model",
    "form_page",
    "form_remarks",
    "form_values",
    "latest_version",
    "list_changes",
    "list_fiches",
    "list_forms",
    "national_models",
    "open_fiche",
    "prefill",
    "publish_form",
    "read_fiche",
    "read_fiches",
    "read_form",
    "read_posted",
    "represent_fiche",
    "save_field",
    "sign_fiche",
    "stored_from_text",
    "writable_fields",
]
