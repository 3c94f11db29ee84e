"""PID and MRG as PAM-FR 2.11 fills them.

Source: IHE France, PAM national extension 2.11, segments PID and MRG; HL7 tables 0200, 0203, 0445.
"""

import re
from dataclasses import dataclass
from datetime import date

from dcc_core.api import (
    DatePrecision,
    IdentityAttribute,
    IdentityStatus,
    PatientIdentifier,
    PatientTraits,
    Sex,
)
from dcc_lab_connectors.hl7.message import NULL, Field, Segment
from dcc_lab_connectors.hl7.timestamps import read_date
from dcc_lab_connectors.ins import INS_OIDS, check_ins

_INS_TYPES = frozenset({"INS", "INS-NIR", "INS-NIA", "INS-NIR-TEST", "INS-NIR-DEMO"})
_FINESS = re.compile(r"\d[\dAB]\d{7}")
_LOCAL_TYPES = frozenset({"", "PI", "MR", "PT"})
_ATTRIBUTES = {
    "DOUT": IdentityAttribute.DOUBTFUL,
    "DOUTE": IdentityAttribute.DOUBTFUL,
    "DOUA": IdentityAttribute.DOUBTFUL,
    "DOUB": IdentityAttribute.DOUBTFUL,
    "FICT": IdentityAttribute.FICTITIOUS,
    "FICTI": IdentityAttribute.FICTITIOUS,
    "HOMO": IdentityAttribute.HOMONYM,
    "HOMA": IdentityAttribute.HOMONYM,
    "HOMD": IdentityAttribute.HOMONYM,
}


@dataclass(frozen=True, slots=True)
class StatedIdentity:
    """What a PID states, and codes of what a person should look at."""

    traits: PatientTraits
    warnings: tuple[str, ...] = ()


def read_identity(pid: Segment) -> StatedIdentity:
    """Read PID.

    A trait that cannot be read without doubt is left empty, so that nothing matches.
    """
    births = _names(pid.field(5), "L")
    ambiguous = len({name.raw for name in births}) > 1
    birth = births[0] if births and not ambiguous else Field(b"", pid.grammar)
    used = next(iter(_names(pid.field(5), "D")), Field(b"", pid.grammar))
    birth_date, precision = read_birth_date(pid.field(7).component(1).value)
    statuses = {part.value.upper() for part in pid.field(32).repetitions if part}
    identifiers = read_identifiers(pid.field(3))
    given = tuple(birth.component(3).value.replace(",", " ").split())
    address = _address(pid.field(11))
    traits = PatientTraits(
        birth_family_name=birth.component(1).subcomponent(1).value,
        first_given_name=birth.component(2).value or (given[0] if len(given) == 1 else ""),
        birth_given_names=given,
        birth_date=birth_date,
        birth_date_precision=precision,
        sex=_sex(pid.field(8).component(1).value),
        birth_place_insee=_birth_place(pid.field(11)),
        used_family_name=used.component(1).subcomponent(1).value,
        used_given_name=used.component(2).value,
        identifiers=identifiers,
        status=_status(statuses, identifiers),
        attributes=_attributes(statuses, is_unknown=pid.field(31).value == "Y"),
        deceased_on=read_date(pid.field(29).value),
        address_lines=tuple(
            line for line in (address.component(1).value, address.component(2).value) if line
        ),
        postal_code=address.component(5).value,
        city=address.component(3).value,
        telecom=_telecom(pid.field(13)),
    )
    warnings = ["birth_name_ambiguous"] if ambiguous else []
    warnings += [str(alert) for alert in check_ins(traits)]
    if NULL in pid.raw:
        warnings += [f"cleared:PID-{n}" for n in range(1, len(pid) + 1) if pid.field(n).is_null]
    return StatedIdentity(traits, tuple(warnings))


def read_prior_identity(mrg: Segment) -> PatientTraits:
    """Read the identity that disappears: MRG-1 identifiers, MRG-7 name."""
    name = mrg.field(7)
    return PatientTraits(
        birth_family_name=name.component(1).subcomponent(1).value,
        first_given_name=name.component(2).value,
        birth_date=None,
        identifiers=read_identifiers(mrg.field(1)),
    )


def read_identifiers(field: Field) -> tuple[PatientIdentifier, ...]:
    """Read the repetitions of a CX field; those without a value are left out."""
    read = (_identifier(part) for part in field.repetitions)
    return tuple(identifier for identifier in read if identifier.value)


def _identifier(part: Field) -> PatientIdentifier:
    authority = part.component(4)
    namespace, universal = authority.subcomponent(1).value, authority.subcomponent(2).value
    code = part.component(5).value.upper()
    system = universal or namespace
    if _FINESS.fullmatch(universal) and authority.subcomponent(3).value.upper() != "ISO":
        system = f"finess:{universal}"
    if code in _INS_TYPES or system in INS_OIDS:
        kind = "INS"
    else:
        kind = "IPP" if code in _LOCAL_TYPES else code
    return PatientIdentifier(system, part.component(1).value, kind)


def _names(field: Field, kind: str) -> list[Field]:
    """Names of one type; a name without type is the legal one (HL7 default of XPN-7)."""
    parts = [part for part in field.repetitions if part and not part.is_null]
    return [part for part in parts if (part.component(7).value.upper() or "L") == kind]


def read_birth_date(text: str) -> tuple[date | None, DatePrecision]:
    """Read a date, complete or not; unknown parts are replaced as RNIV 1 says.

    Day unknown: the first of the month. Month and day unknown: 31 December.
    """
    year, month, day = text[:4], text[4:6].strip("0 "), text[6:8].strip("0 ")
    if not year.isdigit() or len(year) != 4:
        return None, DatePrecision.DAY
    if not month:
        return read_date(year + "1231"), DatePrecision.YEAR
    if not day:
        return read_date(year + text[4:6] + "01"), DatePrecision.MONTH
    return read_date(text), DatePrecision.DAY


def _sex(code: str) -> Sex:
    return {"M": Sex.MALE, "F": Sex.FEMALE}.get(code.upper(), Sex.UNKNOWN)


def _birth_place(field: Field) -> str:
    """INSEE code of the birth address (XAD-7 `BDL`, XAD-9)."""
    places = {
        part.component(9).value.upper()
        for part in field.repetitions
        if part.component(7).value.upper() == "BDL"
    } - {""}
    code = places.pop() if len(places) == 1 else ""
    return code if len(code) == 5 and code.isascii() and code.isalnum() else ""


def _address(field: Field) -> Field:
    """Home address, else the first that is not a birth place."""
    usable = [part for part in field.repetitions if part.component(7).value.upper() != "BDL"]
    home = [part for part in usable if part.component(7).value.upper() == "H"]
    return next(iter(home or usable), Field(b"", field.grammar))


def _telecom(field: Field) -> tuple[str, ...]:
    numbers = (
        part.component(4).value or part.component(12).value or part.component(1).value
        for part in field.repetitions
    )
    return tuple(number for number in numbers if number)


def _status(
    statuses: set[str], identifiers: tuple[PatientIdentifier, ...]
) -> IdentityStatus | None:
    """Trust that the sender states; PAM-FR has no code for "qualified": it is VALI with an INS."""
    has_ins = any(i.kind == "INS" and i.system in INS_OIDS for i in identifiers)
    if "VALI" in statuses:
        return IdentityStatus.QUALIFIED if has_ins else IdentityStatus.VALIDATED
    if "PROV" in statuses:
        return IdentityStatus.RETRIEVED if has_ins else IdentityStatus.PROVISIONAL
    return None


def _attributes(statuses: set[str], *, is_unknown: bool) -> frozenset[IdentityAttribute]:
    """Attributes of PID-32; an unknown person (PID-31) is doubtful as well."""
    found = {_ATTRIBUTES[status] for status in statuses if status in _ATTRIBUTES}
    return frozenset(found | ({IdentityAttribute.DOUBTFUL} if is_unknown else set()))
