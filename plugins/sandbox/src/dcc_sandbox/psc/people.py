"""Ten fictitious professionals who can sign in by one click.

Field names and code forms are those of the userinfo of Pro Santé Connect (scope ``scope_all``).
Names start with ``DÉMO-``, RPPS numbers with 99, FINESS numbers with 99: none exists.
"""

import uuid
from dataclasses import dataclass
from typing import Any

_REALM = uuid.UUID("00000000-0000-4000-8000-00000000d3e0")


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """An exercice professionnel: profession, category (C, M or E for student), savoir-faire."""

    profession: str
    category: str = "C"
    specialty: str = ""


@dataclass(frozen=True, kw_only=True)
class Activity:
    """A situation d'exercice in a structure."""

    mode: str  # L libéral, S salarié
    sector: str
    finess: str = ""
    siret: str = ""
    structure: str
    role: str = ""
    pharmacy_section: str = ""

    def claims(self) -> dict[str, Any]:
        """Return the activity as userinfo writes it: every field present, absent values empty."""
        return {
            "codeModeExercice": self.mode,
            "codeSecteurDactivite": self.sector,
            "codeSectionPharmacien": self.pharmacy_section,
            "codeRole": self.role,
            "codeGenreActivite": "GENR01",
            "numeroSiretSite": self.siret,
            "numeroSirenSite": self.siret[:9],
            "numeroFinessSite": self.finess,
            "numeroFinessetablissementJuridique": "",
            "identifiantTechniqueDeLaStructure": f"F{self.finess}" if self.finess else "",
            "raisonSocialeSite": self.structure,
            "enseigneCommercialeSite": "",
            "codePostal": "",
            "codeCommune": "",
            "telephone": "",
            "adresseEMail": "",
            "codeDepartement": "",
            "autoriteDenregistrement": "DEMO/DEMO/DEMO",
        }


@dataclass(frozen=True, kw_only=True)
class Person:
    """A professional of the sandbox; ``note`` tells the tester what signing in should show."""

    key: str
    family_name: str
    given_name: str
    title: str
    note: str
    national_id: str
    card: bool = False
    exercises: tuple[Exercise, ...] = ()
    activities: tuple[Activity, ...] = ()

    @property
    def subject(self) -> str:
        """Return ``sub`` as Pro Santé Connect forms it."""
        return f"f:{_REALM}:{self.national_id}"

    @property
    def acr(self) -> str:
        """Return the level reached: a card answers eidas3 although eidas1 was asked for."""
        return "eidas3" if self.card else "eidas1"

    @property
    def auth_mode(self) -> str:
        """Return the means of authentication."""
        return "CARD" if self.card else "MOBILE"

    def userinfo(self) -> dict[str, Any]:
        """Return the claims of the userinfo endpoint."""
        main = self.activities[0].claims() if self.activities else {}
        sector = main.get("codeSecteurDactivite")
        return {
            "sub": self.subject,
            "SubjectNameID": self.national_id,
            "preferred_username": self.national_id,
            "family_name": self.family_name,
            "given_name": self.given_name,
            "codeCivilite": "",
            "Secteur_Activite": f"{sector}^1.2.250.1.71.4.2.4" if sector else "",
            "SubjectRole": [
                f"{e.profession}^1.2.250.1.213.1.1.5.5" for e in self.exercises if e.profession
            ],
            "SubjectOrganization": main.get("raisonSocialeSite", ""),
            "SubjectOrganizationID": main.get("identifiantTechniqueDeLaStructure", ""),
            "PSI_Locale": "1.2.250.1.213.1.3.1.1",
            "Palier_Authentification": "APPPRIP3^1.2.250.1.213.1.5.1.1.1",
            "UITVersion": "1.0",
            "Mode_Acces_Raison": "",
            "Acces_Regulation_Medicale": "FAUX",
            "authMode": self.auth_mode,
            "otherIds": self._other_ids(),
            "email_verified": False,
            "SubjectRefPro": {
                "codeCivilite": "",
                "exercices": [self._exercise_claims(exercise) for exercise in self.exercises],
            },
        }

    def _other_ids(self) -> list[dict[str, Any]]:
        if not self.national_id.startswith("8"):
            return []
        return [{"identifiant": self.national_id[1:], "origine": "RPPS", "qualite": 1}]

    def _exercise_claims(self, exercise: Exercise) -> dict[str, Any]:
        return {
            "codeProfession": exercise.profession,
            "codeCategorieProfessionnelle": exercise.category,
            "codeCiviliteDexercice": "",
            "nomDexercice": self.family_name,
            "prenomDexercice": self.given_name,
            "codeTypeSavoirFaire": "S" if exercise.specialty else "",
            "codeSavoirFaire": exercise.specialty,
            "activities": [activity.claims() for activity in self.activities],
        }


_HOSPITAL = Activity(mode="S", sector="SA01", finess="990000010", structure="CHU DÉMO DU SUD")
_CANCER_CENTRE = Activity(
    mode="S", sector="SA01", finess="990000028", structure="CENTRE DÉMO DE LUTTE CONTRE LE CANCER"
)
_PRACTICE = Activity(
    mode="L", sector="SA07", siret="99000000100018", structure="CABINET DÉMO DES ACACIAS"
)

PEOPLE: tuple[Person, ...] = (
    Person(
        key="oncologue",
        family_name="DÉMO-MARTIN",
        given_name="Claire",
        title="Oncologue médicale",
        note="Deux activités : hôpital et cabinet, à choisir après la connexion.",
        national_id="899900000011",
        exercises=(Exercise(profession="10", specialty="SM36"),),
        activities=(_HOSPITAL, _PRACTICE),
    ),
    Person(
        key="chirurgien",
        family_name="DÉMO-BERNARD",
        given_name="Paul",
        title="Chirurgien urologue",
        note="Une activité, carte CPS (niveau eidas3).",
        national_id="899900000029",
        card=True,
        exercises=(Exercise(profession="10", specialty="SM12"),),
        activities=(_HOSPITAL,),
    ),
    Person(
        key="radiotherapeute",
        family_name="DÉMO-PETIT",
        given_name="Anne",
        title="Oncologue radiothérapeute",
        note="Une activité, application e-CPS.",
        national_id="899900000037",
        exercises=(Exercise(profession="10", specialty="SM37"),),
        activities=(_CANCER_CENTRE,),
    ),
    Person(
        key="infirmiere",
        family_name="DÉMO-ROBERT",
        given_name="Julie",
        title="Infirmière de coordination",
        note="Profession paramédicale.",
        national_id="899900000045",
        exercises=(Exercise(profession="60"),),
        activities=(_CANCER_CENTRE,),
    ),
    Person(
        key="pharmacien",
        family_name="DÉMO-RICHARD",
        given_name="Karim",
        title="Pharmacien hospitalier",
        note="Pharmacien, section H.",
        national_id="899900000052",
        card=True,
        exercises=(Exercise(profession="21"),),
        activities=(
            Activity(
                mode="S",
                sector="SA01",
                finess="990000010",
                structure="CHU DÉMO DU SUD",
                pharmacy_section="H",
            ),
        ),
    ),
    Person(
        key="secretaire_cpe",
        family_name="DÉMO-DURAND",
        given_name="Sylvie",
        title="Secrétaire, carte CPE",
        note="Identifiant de structure, ni profession ni exercice.",
        national_id="3990000010/DEMO0042",
        card=True,
        activities=(_HOSPITAL,),
    ),
    Person(
        key="secretaire_rpps",
        family_name="DÉMO-MOREAU",
        given_name="Léa",
        title="Secrétaire médicale, RPPS+",
        note="Un rôle, pas de profession.",
        national_id="899900000060",
        exercises=(Exercise(profession=""),),
        activities=(
            Activity(
                mode="S",
                sector="SA01",
                finess="990000028",
                structure="CENTRE DÉMO DE LUTTE CONTRE LE CANCER",
                role="331",
            ),
        ),
    ),
    Person(
        key="interne",
        family_name="DÉMO-LAURENT",
        given_name="Hugo",
        title="Interne (étudiant)",
        note="Catégorie professionnelle E, sans savoir-faire.",
        national_id="899900000078",
        exercises=(Exercise(profession="10", category="E"),),
        activities=(_HOSPITAL,),
    ),
    Person(
        key="inconnu",
        family_name="DÉMO-SIMON",
        given_name="Inès",
        title="Médecin d’une autre région",
        note="Aucun compte : une demande d’accès est proposée.",
        national_id="899900000086",
        exercises=(Exercise(profession="10", specialty="SM26"),),
        activities=(),
    ),
    Person(
        key="suspendu",
        family_name="DÉMO-MICHEL",
        given_name="Alain",
        title="Médecin suspendu",
        note="Compte suspendu : la connexion est refusée.",
        national_id="899900000094",
        exercises=(Exercise(profession="10", specialty="SM26"),),
        activities=(_HOSPITAL,),
    ),
)
PEOPLE_BY_KEY = {person.key: person for person in PEOPLE}
