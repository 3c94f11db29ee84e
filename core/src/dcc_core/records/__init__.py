"""The record: immutable documents in a content-addressed store."""

from dcc_core.records.attachments import Limits, check_attachment
from dcc_core.records.filing import (
    Provenance,
    display_text,
    file_document,
    file_source,
    new_oid,
    withdraw_document,
)
from dcc_core.records.media_types import is_safe_inline
from dcc_core.records.reading import (
    describe_document,
    document_subject,
    find_by_external_id,
    find_version,
    list_documents,
    list_versions,
    load_document,
    read_document,
)
from dcc_core.records.store import ContentStore, DamagedContent, FolderStore, bind_store, open_store
from dcc_core.records.views import DocumentContent, DocumentOut

__all__ = [
    "ContentStore",
    "DamagedContent",
    "DocumentContent",
    "DocumentOut",
    "FolderStore",
    "Limits",
    "Provenance",
    "bind_store",
    "check_attachment",
    "describe_document",
    "display_text",
    "document_subject",
    "file_document",
    "file_source",
    "find_by_external_id",
    "find_version",
    "is_safe_inline",
    "list_documents",
    "list_versions",
    "load_document",
    "new_oid",
    "open_store",
    "read_document",
    "withdraw_document",
]
