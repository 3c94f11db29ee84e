"""The DMP of a demonstration: TLS on both sides, certificates made on the spot.

The establishment finds its own in the same folder: ``org-sign`` signs, ``org-auth`` opens TLS.
"""

import contextlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from dcc_sandbox.dmp.authority import Authority, Identity, server_tls
from dcc_sandbox.dmp.server import SimulatedDmp, running_dmp

STRUCTURE = "1990000010"
"""The establishment of the demonstration, as its certificate would name it."""
_NAMES = ("server", "org-auth", "org-sign")
_TOO_SHORT = timedelta(days=2)


@contextlib.contextmanager
def running_demonstration(folder: Path, *, port: int) -> Iterator[str]:
    """Serve the DMP of a demonstration while the block runs; yield its address."""
    if any(_is_short_lived(folder / f"{name}.pem") for name in ("ca", *_NAMES)):
        _issue(folder)
    server, _client, signer = (Identity(folder / f"{n}.pem", folder / f"{n}.key") for n in _NAMES)
    dmp = SimulatedDmp(trusted=signer.pem, structure=STRUCTURE)
    tls = server_tls(server, folder / "ca.pem")
    with running_dmp(dmp, port=port, tls=tls) as address:
        yield address


def _is_short_lived(certificate: Path) -> bool:
    if not certificate.is_file():
        return True
    held = x509.load_pem_x509_certificate(certificate.read_bytes())
    return held.not_valid_after_utc < datetime.now(UTC) + _TOO_SHORT


def _issue(folder: Path) -> None:
    """Make all certificates anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    authority = Authority(folder)
    for name in _NAMES:
        authority.issue(name)
