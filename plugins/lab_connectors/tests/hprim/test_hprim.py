from datetime import date
from zoneinfo import ZoneInfo

import pytest

from dcc_core.api import PermanentExchangeError, RawMessage, Sex
from dcc_lab_connectors.hprim.parser import HPRIM_MEDIA_TYPE, HprimMedecinParser

PARSER = HprimMedecinParser(ZoneInfo("Europe/Paris"))
LETTER = """900001
DÉMO-MARTIN
Zoé
1 rue de l'Essai

31000 TOULOUSE
28/03/1979
279035121518989
EX-42
02/03/2026
LABO-DÉMO
MEDECIN-DÉMO
Compte rendu anatomopathologique

Prélèvement : côlon.
****FIN****
****FINFICHIER****
"""


@pytest.mark.parametrize("codec", ["utf-8", "cp850", "cp1252"])
def test_letter_is_read_in_any_of_the_usual_code_pages(codec: str) -> None:
    result = PARSER.parse(RawMessage("sftp", "f1", LETTER.encode(codec)))
    [found] = result.documents
    assert result.traits is not None
    assert result.traits.used_family_name == "DÉMO-MARTIN"
    assert result.traits.birth_date == date(1979, 3, 28)
    assert result.sender == "LABO-DÉMO"
    assert found.external_id == "LABO-DÉMO/EX-42"
    assert found.content.decode().endswith("Prélèvement : côlon.")


def test_letter_always_waits_for_a_person_and_gives_no_ins() -> None:
    traits = PARSER.parse(RawMessage("sftp", "f1", LETTER.encode())).traits
    assert traits is not None
    assert traits.sex is Sex.UNKNOWN
    assert traits.identifier("INS") is None


@pytest.mark.parametrize(
    ("content", "code"),
    [(LETTER[:40], "LAB-E03"), (LETTER + LETTER, "LAB-E04"), ("", "LAB-E03")],
)
def test_incomplete_or_joined_letters_are_refused(content: str, code: str) -> None:
    with pytest.raises(PermanentExchangeError, match=code):
        PARSER.parse(RawMessage("sftp", "f1", content.encode()))


def test_letters_are_recognised() -> None:
    assert PARSER.accepts(RawMessage("sftp", "f1", LETTER.encode()))
    assert PARSER.accepts(RawMessage("sftp", "f1", b"", HPRIM_MEDIA_TYPE))
    assert not PARSER.accepts(RawMessage("sftp", "f1", b"MSH|"))
