"""Back up a whole region into one file, and bring it back: database, documents, audit, settings."""

from dcc_core.backup.manifest import Manifest
from dcc_core.backup.package import read_package
from dcc_core.backup.restore import restore_backup
from dcc_core.backup.verify import CopyReport, verify_copy
from dcc_core.backup.write import write_backup

__all__ = [
    "CopyReport",
    "Manifest",
    "read_package",
    "restore_backup",
    "verify_copy",
    "write_backup",
]
