"""Identity traits of a patient as they travel between systems.

Source: Référentiel national d'identitovigilance (RNIV) 1, v2.0, December 2024; Guide
d'implémentation INS v3.0.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Sex(StrEnum):
    """Administrative sex as INSi returns it; ``UNKNOWN`` only before INSi has answered."""

    FEMALE = "F"
    MALE = "M"
    UNKNOWN = "U"


class DatePrecision(StrEnum):
    """What is really known of a birth date; the missing part is replaced by the RNIV rule, and
    marked.
    """

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class IdentityStatus(StrEnum):
    """Exclusive trust status of an identity (RNIV EXI SI 07); only ``QUALIFIED`` may carry the INS
    outside.
    """

    PROVISIONAL = "PROV"
    RETRIEVED = "RECUP"
    VALIDATED = "VALI"
    QUALIFIED = "QUAL"


class IdentityAttribute(StrEnum):
    """Warning attached to an identity, beside its status (RNIV EXI SI 09)."""

    HOMONYM = "HOMO"
    DOUBTFUL = "DOUT"
    FICTITIOUS = "FICT"


@dataclass(frozen=True, slots=True)
class PatientIdentifier:
    """An identifier and the authority that gives it meaning.

    Attributes:
        system: OID of the assigning authority (INS OIDs, or the OID of an establishment for an
            IPP).
        value: The identifier itself, as received.
        kind: ``INS``, ``IPP`` or another code of HL7 table 0203.
    """

    system: str
    value: str
    kind: str = "IPP"


@dataclass(frozen=True, slots=True)
class PatientTraits:
    """Strict and complementary traits of one patient, as stated by one source.

    Attributes:
        birth_family_name: Strict: nom de naissance, as received.
        birth_given_names: Strict: all prénoms de naissance in order.
        first_given_name: Strict: premier prénom de naissance.
        birth_date: Strict; the unknown parts are replaced as RNIV says and ``birth_date_precision``
            tells.
        birth_place_insee: Strict: INSEE code of the commune or country (99xxx), 5 characters.
        used_family_name: Complementary: nom utilisé, empty when it does not differ.
        used_given_name: Complementary: prénom utilisé.
        identifiers: INS and local identifiers.
        status: Trust that the source itself states, None when it states none.
    """

    birth_family_name: str
    first_given_name: str
    birth_date: date | None
    sex: Sex = Sex.UNKNOWN
    birth_given_names: tuple[str, ...] = ()
    birth_date_precision: DatePrecision = DatePrecision.DAY
    birth_place_insee: str = ""
    used_family_name: str = ""
    used_given_name: str = ""
    identifiers: tuple[PatientIdentifier, ...] = ()
    status: IdentityStatus | None = None
    attributes: frozenset[IdentityAttribute] = frozenset()
    deceased_on: date | None = None
    address_lines: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    telecom: tuple[str, ...] = ()

    def identifier(self, kind: str) -> PatientIdentifier | None:
        """Return the first identifier of this kind, or None."""
        return next((found for found in self.identifiers if found.kind == kind), None)
