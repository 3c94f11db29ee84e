"""Settings that would weaken the sign-in, or say two things, are refused when they are read."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from dcc_sso_psc.oidc.config import ClientCertificate, ClientSecret, Reach
from dcc_sso_psc.settings import FederatedSettings, SsoPscSettings

_PSC: dict[str, Any] = {"environment": "bas", "client_id": "dcc", "client_secret": "canari-secret"}


@pytest.fixture
def federated(tmp_path: Path) -> dict[str, Any]:
    secret = tmp_path / "secret"
    secret.write_text("canari-secret\n")
    return {
        "key": "gradeS".lower(),
        "label": "Compte GRADeS",
        "issuer": "https://idp.invalid/realms/sante",
        "client_id": "dcc",
        "client_secret_file": secret,
        "acr_accepted": ["2"],
    }


def test_without_environment_nothing_is_offered_or_demanded() -> None:
    assert SsoPscSettings().environment == ""


def test_psc_is_pinned_by_its_environment() -> None:
    config = SsoPscSettings(**_PSC).psc_config()
    assert config.discovery_url.endswith("/.well-known/wallet-openid-configuration")
    assert config.reach is Reach.PUBLIC
    assert config.acr_accepted == {"eidas1", "eidas2", "eidas3"}
    assert config.client_auth == ClientSecret("canari-secret")


def test_certificate_replaces_the_secret() -> None:
    settings = SsoPscSettings(
        environment="production",
        client_id="dcc",
        certificate=Path("c.pem"),
        certificate_key=Path("c.key"),
    )
    assert settings.psc_config().client_auth == ClientCertificate(Path("c.pem"), Path("c.key"))


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": ""},
        {"client_secret": None},
        {"certificate": "c.pem", "certificate_key": "c.key"},
        {"client_secret": None, "certificate": "c.pem"},
        {"leeway_s": 61},
        {"timeout_s": 0},
        {"environment": "prod"},
        {"environment": "sandbox", "sandbox_url": "http://192.168.1.4:8765"},
        {"unknown": 1},
    ],
)
def test_weak_or_contradictory_settings_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SsoPscSettings(**{**_PSC, **changes})


def test_federated_provider_reads_its_secret_from_a_file(federated: dict[str, Any]) -> None:
    config = FederatedSettings(**federated).config()
    assert config.discovery_url == (
        "https://idp.invalid/realms/sante/.well-known/openid-configuration"
    )
    assert config.client_auth == ClientSecret("canari-secret")
    assert config.authorize_params == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://idp.invalid"},
        {"acr_accepted": []},
        {"key": "Grades/.."},
        {"client_secret_file": None},
        {"national_id_prefix": "3"},
    ],
)
def test_weak_federation_is_refused(changes: dict[str, Any], federated: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FederatedSettings(**{**federated, **changes})


def test_secrets_are_not_shown() -> None:
    assert "canari" not in repr(SsoPscSettings(**_PSC))
