"""What the operator is told before the DMP stops answering: certificates that end."""

from datetime import timedelta

from cryptography import x509

from dcc_core.api import Clock, HealthReport, HealthState
from dcc_dmp.settings import DmpSettings

WARNING = timedelta(days=30)
"""IGC Santé takes about two weeks to issue a certificate."""


def check_certificates(settings: DmpSettings, clock: Clock) -> HealthReport:
    """Return the state of the certificate that ends first."""
    files = [one for one in (settings.signing_certificate, settings.tls_certificate) if one]
    try:
        held = [(x509.load_pem_x509_certificate(one.read_bytes()), one.name) for one in files]
    except (OSError, ValueError):
        return HealthReport(HealthState.DOWN, "Un certificat du DMP est illisible.")
    if not held:
        return HealthReport(HealthState.DOWN, "Aucun certificat du DMP n'est configuré.")
    first, name = min(held, key=lambda one: one[0].not_valid_after_utc)
    left = first.not_valid_after_utc - clock()
    if left <= timedelta():
        return HealthReport(HealthState.DOWN, f"Le certificat {name} est expiré.")
    if left <= WARNING:
        return HealthReport(
            HealthState.DEGRADED, f"Le certificat {name} expire dans {left.days} jour(s)."
        )
    return HealthReport(HealthState.OK, f"Certificats valables encore {left.days} jours.")
