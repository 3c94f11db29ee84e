"""A provider other than Pro Santé Connect, by configuration alone: npm oidc-provider."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from dcc_core.api import ExternalIdentity
from dcc_sandbox.psc.tampering import Tampering
from dcc_sso_psc.provider import OidcProvider, federated_provider
from dcc_sso_psc.refusals import Refusal, SignInRefused
from dcc_sso_psc.settings import FederatedSettings

from .conftest import Clock, started
from .providers import (
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT_URI,
    ProviderUnderTest,
    parameters_of,
)
from .visitor import ONCOLOGIST


@pytest.fixture(scope="module")
def hospital() -> Iterator[ProviderUnderTest]:
    with started("oidc-provider") as provider:
        yield provider


def _button(hospital: ProviderUnderTest, folder: Path, **changes: object) -> OidcProvider:
    secret = folder / "secret"
    secret.write_text(CLIENT_SECRET)
    chosen = {
        "key": "hopital",
        "label": "Compte de l’hôpital",
        "issuer": hospital.issuer,
        "client_id": CLIENT_ID,
        "client_secret_file": secret,
        "acr_accepted": ["eidas1"],
        "acr_values": "eidas1",
        "scope": "openid scope_all",
        "reach": "loopback",
        "timeout_s": 2,
        **changes,
    }
    return federated_provider(FederatedSettings.model_validate(chosen), order=1, clock=Clock())


def _sign_in(button: OidcProvider, hospital: ProviderUnderTest) -> ExternalIdentity:
    start = button.start(redirect_uri=REDIRECT_URI)
    with httpx2.Client(trust_env=False) as browser:
        query = parameters_of(hospital.sign_in(browser, start.url, ONCOLOGIST))
    return button.complete(query=query, kept=start.keep, redirect_uri=REDIRECT_URI)


def test_person_signs_in_with_a_trusted_national_identifier(
    hospital: ProviderUnderTest, tmp_path: Path
) -> None:
    button = _button(hospital, tmp_path, national_id_claim="SubjectNameID")
    identity = _sign_in(button, hospital)
    assert identity.provider == "sso_psc_hopital"
    assert identity.national_id == ONCOLOGIST.national_id
    assert (identity.family_name, identity.acr) == (ONCOLOGIST.family_name, "eidas1")


def test_national_identifier_is_not_read_from_a_provider_not_trusted_for_it(
    hospital: ProviderUnderTest, tmp_path: Path
) -> None:
    assert _sign_in(_button(hospital, tmp_path), hospital).national_id == ""


def test_level_that_is_not_two_factors_is_refused(
    hospital: ProviderUnderTest, tmp_path: Path
) -> None:
    with pytest.raises(SignInRefused) as refused:
        _sign_in(_button(hospital, tmp_path, acr_accepted=["eidas3"]), hospital)
    assert refused.value.refusal is Refusal.ASSURANCE


@pytest.mark.parametrize(
    ("userinfo", "refusal"),
    [
        ({"SubjectNameID": "faux"}, Refusal.NATIONAL_ID),
        ({"SubjectNameID": None}, Refusal.NATIONAL_ID),
        ({"family_name": None}, Refusal.USERINFO),
    ],
)
def test_uncertain_person_is_refused(
    userinfo: dict[str, object], refusal: Refusal, hospital: ProviderUnderTest, tmp_path: Path
) -> None:
    button = _button(hospital, tmp_path, national_id_claim="SubjectNameID")
    hospital.tamper(Tampering(userinfo=userinfo))
    try:
        with pytest.raises(SignInRefused) as refused:
            _sign_in(button, hospital)
    finally:
        hospital.tamper(Tampering())
    assert refused.value.refusal is refusal
