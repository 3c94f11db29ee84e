"""No secret, no token, no code and no name reaches a log or an error."""

import traceback

import pytest

from dcc_sandbox.psc.faults import FAULTS
from dcc_sso_psc.refusals import SignInRefused

from .log_capture import captured_logs
from .providers import CLIENT_SECRET, ProviderUnderTest
from .visitor import ONCOLOGIST, Visitor

_FAULTS = ("none", "expired", "signature", "callback_code_other", "token_500", "userinfo_other")


@pytest.mark.parametrize("name", _FAULTS)
def test_logs_and_errors_hold_no_secret(
    name: str, provider: ProviderUnderTest, visitor: Visitor
) -> None:
    if name in FAULTS:
        provider.tamper(FAULTS[name].tampering)
    told = ""
    url = visitor.begin()
    canaries = [CLIENT_SECRET, ONCOLOGIST.family_name, ONCOLOGIST.national_id]
    canaries += [value for key, value in visitor.kept_last.items() if key != "started_at"]
    query = visitor.visit(url)
    canaries.append(query["code"])
    with captured_logs() as logs:
        try:
            authentication = visitor.come_back(query)
        except SignInRefused as refused:
            told = "".join(traceback.format_exception(refused))
        else:
            canaries.append(authentication.raw_id_token)
    assert logs.lines
    found = [canary for canary in canaries if canary in logs.text + told]
    assert found == []
