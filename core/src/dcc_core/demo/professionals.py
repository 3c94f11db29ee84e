"""Twelve fictitious professionals, one for each way of using a region, one of them suspended.

RPPS numbers start with 99 and FINESS numbers with 99: none exists. The identifiers are those of the
simulated Pro Santé Connect, so that signing in there opens these accounts.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A fictitious organisation."""

    key: str
    name: str
    finess: str = ""
    siret: str = ""
    is_3c: bool = False


@dataclass(frozen=True, slots=True)
class Colleague:
    """A fictitious professional: who, where, in which role, and whether patients are entrusted.

    Attributes:
        disabled: Why the account is closed; empty when it is open.
    """

    family_name: str
    given_name: str
    title: str
    national_id: str
    role: str
    place: str
    profession: str = ""
    specialty: str = ""
    scope: str = ""
    cares: bool = False
    disabled: str = ""

    @property
    def signs(self) -> bool:
        """Tell whether this person writes reports: physicians do (profession 10)."""
        return self.cares and self.profession == "10"


PLACES = (
    Place("chu", "CHU DÉMO DU SUD", finess="990000010", is_3c=True),
    Place("clcc", "CENTRE DÉMO DE LUTTE CONTRE LE CANCER", finess="990000028"),
    Place("cabinet", "CABINET DÉMO DES ACACIAS", siret="99000000100018"),
)

COLLEAGUES = (
    Colleague("DÉMO-MARTIN", "Claire", "Dr", "899900000011", "physician", "chu", "10", "SM36",
              cares=True),
    Colleague("DÉMO-BERNARD", "Paul", "Dr", "899900000029", "physician", "chu", "10", "SM12",
              cares=True),
    Colleague("DÉMO-PETIT", "Anne", "Dr", "899900000037", "rcp_coordinator", "clcc", "10", "SM37",
              scope="rcp:demo"),
    Colleague("DÉMO-ROBERT", "Julie", "Mme", "899900000045", "care_professional", "clcc", "60",
              cares=True),
    Colleague("DÉMO-RICHARD", "Karim", "M.", "899900000052", "care_professional", "chu", "21",
              cares=True),
    Colleague("DÉMO-DURAND", "Sylvie", "Mme", "3990000010/DEMO0042", "rcp_secretary", "chu",
              scope="rcp:demo"),
    Colleague("DÉMO-MOREAU", "Léa", "Mme", "899900000060", "coordination_3c", "chu",
              scope="3c:chu"),
    Colleague("DÉMO-LAURENT", "Hugo", "M.", "899900000078", "treating_physician", "cabinet", "10",
              "SM26", cares=True),
    Colleague("DÉMO-MICHEL", "Alain", "Dr", "899900000094", "physician", "chu", "10", "SM26",
              disabled="Exercice suspendu"),
    Colleague("DÉMO-GIRARD", "Nadia", "Mme", "899900000102", "identity_officer", "chu"),
    Colleague("DÉMO-ROUX", "Marc", "M.", "899900000110", "auditor", "chu"),
    Colleague("DÉMO-FONTAINE", "Alice", "Mme", "899900000128", "regional_admin", "chu"),
)  # fmt: skip
