"""Take over what a previous tool held: rows of a file, a verdict for each, a batch to undo."""

from dcc_core.legacy.kinds import ANY_TARGET, ImportCommands, ImportKind
from dcc_core.legacy.mapping import ImportMap, read_map
from dcc_core.legacy.model import Importer, Judged, SourceRow, Verdict
from dcc_core.legacy.revert import revert_batch
from dcc_core.legacy.runner import BatchOut, list_batches, list_rows, run_import

__all__ = [
    "ANY_TARGET",
    "BatchOut",
    "ImportCommands",
    "ImportKind",
    "ImportMap",
    "Importer",
    "Judged",
    "SourceRow",
    "Verdict",
    "list_batches",
    "list_rows",
    "read_map",
    "revert_batch",
    "run_import",
]
