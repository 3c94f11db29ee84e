"""Codes are stable and unique; messages say the fact, the cause and the remedy."""

import re

from dcc_core.api import AccessDenied
from dcc_sso_psc.refusals import Refusal, SignInRefused


def test_codes_are_unique_and_well_formed() -> None:
    codes = [refusal.code for refusal in Refusal]
    assert len(set(codes)) == len(codes) == len(Refusal.__members__)
    assert all(re.fullmatch(r"PSC-E\d\d", code) for code in codes)


def test_messages_are_three_sentences() -> None:
    for refusal in Refusal:
        for sentence in (refusal.value.fact, refusal.value.cause, refusal.value.remedy):
            assert sentence.endswith("."), refusal
            assert sentence[0].isupper(), refusal


def test_refusal_is_an_access_denial_of_the_core() -> None:
    refused = SignInRefused(Refusal.AUDIENCE)
    assert isinstance(refused, AccessDenied)
    assert refused.code == "PSC-E36"
    assert refused.text.startswith("La connexion n’a pas été ouverte.")
