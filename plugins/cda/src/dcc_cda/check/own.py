"""Our own checks: what the published national rules leave open, and a first control when they are
not installed. Written in French for whoever has to put the document right.
"""

import re
from collections.abc import Iterator

from lxml import etree

from dcc_cda.check import own_frcp
from dcc_cda.check.findings import Finding
from dcc_cda.check.tree import broken, select, values
from dcc_cda.check.value_sets import value_sets
from dcc_cda.standards import ci_sis, frcp

_INS_FORM = re.compile(r"[1-8][0-9]{4}(?:[0-9]{2}|2A|2B)[0-9]{8}")
_INSTANT = re.compile(r"[0-9]{12}(?:[0-9]{2})?[+-][0-9]{4}")
_PROFESSIONAL_ID = re.compile(r"[0134568][0-9]+")
_STRICT_TRAITS = (
    "c:name/c:family[@qualifier='BR']",
    "c:name/c:given[@qualifier='BR']",
    "c:birthTime[@value]",
    "c:administrativeGenderCode[@code]",
)
_ORGANISATION_ID = re.compile(r"[1345].+")


def check_own_rules(document: etree._Element) -> tuple[Finding, ...]:
    """Return every rule of ours that a ``ClinicalDocument`` breaks."""
    volet = own_frcp.RULES if frcp.TEMPLATE in values(document, "c:templateId/@root") else ()
    return tuple(finding for rule in (*RULES, *volet) for finding in rule(document))


def is_ins(matricule: str) -> bool:
    """Tell whether a matricule has fifteen characters and the right key (2A is 19, 2B is 18)."""
    if not _INS_FORM.fullmatch(matricule):
        return False
    department = {"2A": "19", "2B": "18"}.get(matricule[5:7], matricule[5:7])
    number = int(matricule[:5] + department + matricule[7:13])
    return int(matricule[13:]) == 97 - number % 97


def _identity(document: etree._Element) -> Iterator[Finding]:
    for role in select(document, "c:recordTarget/c:patientRole"):
        held = [one for one in select(role, "c:id") if one.get("root") in ci_sis.INS_AUTHORITIES]
        if len(held) != 1:
            yield broken(
                "DCC-INS-1",
                "Le document doit porter un INS et un seul. Qualifiez l'identité du patient.",
                role,
            )
        for one in held:
            if not is_ins(one.get("extension", "")):
                yield broken(
                    "DCC-INS-5",
                    "L'INS n'a pas 15 caractères ou sa clé est fausse. "
                    "Interrogez de nouveau le téléservice INSi.",
                    one,
                )
        if not all(select(role, f"c:patient/{path}") for path in _STRICT_TRAITS):
            yield broken(
                "DCC-INS-3",
                "Il manque un trait strict : nom et prénom de naissance, date de naissance ou "
                "sexe. Complétez l'identité du patient.",
                role,
            )


def _header(document: etree._Element) -> Iterator[Finding]:
    if not values(document, "c:languageCode[@code='fr-FR']/@code"):
        yield broken("DCC-ENT-1", "La langue du document doit être fr-FR.", document)
    if not any(map(_INSTANT.fullmatch, values(document, "c:effectiveTime/@value"))):
        yield broken("DCC-ENT-2", "La date du document doit porter l'heure et le fuseau.", document)
    custodian = values(
        document,
        f"c:custodian//c:representedCustodianOrganization/c:id[@root='{ci_sis.ORGANISATIONS}']"
        "/@extension",
    )
    if not any(map(_ORGANISATION_ID.fullmatch, custodian)):
        yield broken(
            "DCC-ENT-3",
            "L'établissement qui conserve le document n'a pas d'identifiant national (FINESS). "
            "Complétez-le dans la région.",
            document,
        )


def _versions(document: etree._Element) -> Iterator[Finding]:
    stated = next(iter(values(document, "c:versionNumber/@value")), "")
    replaced = select(document, "c:relatedDocument[@typeCode='RPLC']/c:parentDocument/c:id")
    if not stated.isdecimal() or not int(stated):
        yield broken("DCC-ENT-4", "Le numéro de version doit être un entier positif.", document)
    elif int(stated) > 1 and not replaced:
        yield broken(
            "DCC-ENT-8",
            "Une version suivante doit nommer le document qu'elle remplace.",
            document,
            blocking=False,
        )
    elif int(stated) == 1 and replaced:
        yield broken(
            "DCC-ENT-7", "Une première version ne remplace rien.", document, blocking=False
        )


def _people(document: etree._Element) -> Iterator[Finding]:
    known = {code for code, _ in value_sets()["specialite"]}
    path = "c:author/c:assignedAuthor[c:assignedPerson] | c:legalAuthenticator/c:assignedEntity"
    for one in select(document, path):
        identifiers = values(one, f"c:id[@root='{ci_sis.PROFESSIONALS}']/@extension")
        if not any(map(_PROFESSIONAL_ID.fullmatch, identifiers)):
            yield broken(
                "DCC-ENT-5",
                "Un professionnel n'a pas d'identifiant national (RPPS). Complétez son compte.",
                one,
            )
        specialty = values(one, f"c:code[@codeSystem='{ci_sis.SPECIALTIES}']/@code")
        if not specialty:
            yield broken(
                "DCC-ENT-6", "Un professionnel n'a pas de spécialité. Complétez son compte.", one
            )
        elif specialty[0] not in known:
            yield broken(
                "DCC-COD-1",
                "La spécialité d'un professionnel n'est pas ou plus dans JDV_J01. "
                "Mettez à jour son compte.",
                one,
            )


def _references(document: etree._Element) -> Iterator[Finding]:
    known = set(values(document, "//@ID"))
    for one in select(document, ".//c:reference[starts-with(@value, '#')]"):
        if one.get("value", "")[1:] not in known:
            yield broken(
                "DCC-REF-1",
                "Un renvoi ne mène à aucun texte du document.",
                one,
                blocking=False,
            )


RULES = (_identity, _header, _versions, _people, _references)
