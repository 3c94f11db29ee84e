"""A configuration that would weaken the sign-in is refused when it is read."""

import pytest

from dcc_sso_psc.oidc.config import (
    PSC_ENVIRONMENTS,
    ClientSecret,
    ProviderConfig,
    Reach,
    origin_of,
)

_BAS = PSC_ENVIRONMENTS["bas"]


def _config(**changes: object) -> ProviderConfig:
    values: dict[str, object] = {
        "issuer": _BAS.issuer,
        "discovery_url": _BAS.discovery_url,
        "client_id": "dcc",
        "client_auth": ClientSecret("canari-secret"),
        "acr_accepted": frozenset({"eidas1"}),
        "origins": frozenset({_BAS.wallet}),
    }
    return ProviderConfig(**{**values, **changes})  # type: ignore[arg-type]


def test_environments_use_the_unusual_discovery_path() -> None:
    for environment in PSC_ENVIRONMENTS.values():
        assert environment.discovery_url.endswith("/.well-known/wallet-openid-configuration")
        assert origin_of(environment.wallet) != origin_of(environment.issuer)


@pytest.mark.parametrize(
    "changes",
    [
        {"leeway_s": 61},
        {"leeway_s": -1},
        {"issuer": "http://auth.bas.psc.esante.gouv.fr"},
        {"origins": frozenset({"http://wallet.bas.psc.esante.gouv.fr"})},
        {"discovery_url": "https://autre.invalid/.well-known/x"},
        {"issuer": "http://127.0.0.1:8080"},
        {"issuer": "http://evil.invalid", "reach": Reach.LOOPBACK},
    ],
)
def test_weak_settings_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"https|leeway|origins"):
        _config(**changes)


def test_secret_is_not_shown() -> None:
    assert "canari" not in repr(_config())


@pytest.mark.parametrize(
    ("url", "permitted"),
    [
        (f"{_BAS.issuer}/protocol/openid-connect/token", True),
        (f"{_BAS.wallet}/auth", True),
        ("https://auth.bas.psc.esante.gouv.fr:443/x", True),
        ("https://auth.bas.psc.esante.gouv.fr:8443/x", False),
        ("http://auth.bas.psc.esante.gouv.fr/x", False),
        ("https://auth.bas.psc.esante.gouv.fr.evil.invalid/x", False),
        ("https://auth.bas.psc.esante.gouv.fr@evil.invalid/x", False),
        ("//auth.bas.psc.esante.gouv.fr/x", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_declared_origins_are_called(url: str, permitted: bool) -> None:
    assert _config().permits(url) is permitted
