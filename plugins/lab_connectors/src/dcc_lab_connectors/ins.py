"""The INS matricule: whose namespace, whether its key holds, what it contradicts.

Source: Référentiel INS, Guide d'implémentation INS v3.0; OIDs of the assigning authorities.
"""

from datetime import date
from enum import StrEnum

from dcc_core.api import PatientTraits, Sex

INS_NIR = "1.2.250.1.213.1.4.8"
INS_NIA = "1.2.250.1.213.1.4.9"
INS_TEST = "1.2.250.1.213.1.4.10"
INS_DEMO = "1.2.250.1.213.1.4.11"
PRODUCTION_OIDS = frozenset({INS_NIR, INS_NIA})
FICTITIOUS_OIDS = frozenset({INS_TEST, INS_DEMO})
INS_OIDS = PRODUCTION_OIDS | FICTITIOUS_OIDS

_BODY_LENGTH = 13
_CORSICA = {"2A": "19", "2B": "18"}
_SEX_DIGITS = {
    "1": Sex.MALE,
    "7": Sex.MALE,
    "3": Sex.MALE,
    "2": Sex.FEMALE,
    "8": Sex.FEMALE,
    "4": Sex.FEMALE,
}  # 3, 4, 7, 8: numbers given while a birth abroad is checked


class InsAlert(StrEnum):
    """Why a matricule deserves a look; none of them refuses the message."""

    MALFORMED = "ins_malformed"
    WRONG_KEY = "ins_wrong_key"
    SEX_CONTRADICTS = "ins_sex_contradicts"
    YEAR_CONTRADICTS = "ins_year_contradicts"
    SEVERAL = "ins_several"


def has_valid_key(matricule: str) -> bool:
    """Whether 15 characters end with the key of the first 13: 97 - (body mod 97)."""
    if len(matricule) != _BODY_LENGTH + 2:
        return False
    body, key = matricule[:_BODY_LENGTH], matricule[_BODY_LENGTH:]
    for department, digits in _CORSICA.items():
        if body[5:7] == department:
            body = body[:5] + digits + body[7:]
    is_numeric = body.isascii() and body.isdigit() and key.isascii() and key.isdigit()
    return is_numeric and int(key) == 97 - int(body) % 97


def check_ins(traits: PatientTraits) -> tuple[InsAlert, ...]:
    """Soft alerts about the INS of an identity; official examples themselves raise some."""
    numbers = {i.value for i in traits.identifiers if i.kind == "INS" and i.system in INS_OIDS}
    alerts = [InsAlert.SEVERAL] if len(numbers) > 1 else []
    for number in sorted(numbers):
        alerts += _check_number(number, traits.sex, traits.birth_date)
    return tuple(alerts)


def _check_number(number: str, sex: Sex, birth_date: date | None) -> list[InsAlert]:
    if len(number) != _BODY_LENGTH + 2 or not number[:5].isdigit():
        return [InsAlert.MALFORMED]
    alerts = [] if has_valid_key(number) else [InsAlert.WRONG_KEY]
    stated = _SEX_DIGITS.get(number[0])
    if sex is not Sex.UNKNOWN and stated is not None and stated is not sex:
        alerts.append(InsAlert.SEX_CONTRADICTS)
    if birth_date and number[1:3] != f"{birth_date.year % 100:02}":
        alerts.append(InsAlert.YEAR_CONTRADICTS)
    return alerts
