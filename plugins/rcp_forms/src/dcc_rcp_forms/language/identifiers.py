"""Identifiers of fields, sections, codes and versions."""

import re

from dcc_rcp_forms.expressions.parser import RESERVED_WORDS
from dcc_rcp_forms.language.issues import Findings, Place

SESSION_DATE = "date_rcp"
ROW_LABEL = "ligne"

_NAME = re.compile(r"[^\W\d]\w*")
_FORM_ID = re.compile(r"[^\W\d][\w-]*")
_VERSION = re.compile(r"\d+\.\d+\.\d+(\+[a-z0-9]+(\.\d+)*)?", re.ASCII)
_MONTH = (
    "(janv|févr|mars|avr|mai|juin|juil|août|sept|oct|nov|déc"
    "|jan|feb|mar|apr|may|jun|jul|aug|sep|dec)"
)
_MANGLED = re.compile(
    rf"\d{{1,2}}[-/. ]{_MONTH}\w*\.?([-/. ]\d+)?"
    rf"|{_MONTH}\w*[-/. ]\d+"
    r"|\d{4}-\d{2}-\d{2} 00:00:00"
    r"|#(N/A|REF!|NAME\?|NOM\?|VALEUR!|VALUE!|DIV/0!)"
    r"|\d[.,]\d+E[+-]?\d+",
    re.IGNORECASE,
)


def check_name(name: str, place: Place, findings: Findings) -> bool:
    """Check the id of a field, a section or a column."""
    if not _NAME.fullmatch(name):
        remedy = "Une lettre d'abord, puis des lettres, des chiffres et « _ », sans espace."
        if name[:1] in "+-":
            remedy = "Les signes + et - ne servent que dans une surcharge (« surcharge: … »)."
        findings.error("FRM-105", place, f"« {name} » ne peut pas servir de nom.", remedy)
        return False
    if name in RESERVED_WORDS or name in {SESSION_DATE, ROW_LABEL}:
        findings.error(
            "FRM-106",
            place,
            f"« {name} » est un mot réservé du langage.",
            f"Choisissez un autre nom, par exemple « {name}_1 ».",
        )
        return False
    return True


def check_form_id(name: str, place: Place, findings: Findings) -> None:
    """Check the id of a form, which may hold hyphens."""
    if name and not _FORM_ID.fullmatch(name):
        findings.error(
            "FRM-105",
            place,
            f"« {name} » ne peut pas servir de nom de formulaire.",
            "Utilisez des lettres, des chiffres, « _ » et « - ».",
        )


def check_version(version: str, place: Place, findings: Findings) -> None:
    """Check that a version is written 2.1.0, with a regional suffix if any."""
    if version and not _VERSION.fullmatch(version):
        findings.error(
            "FRM-109",
            place,
            f"« {version} » n'est pas une version.",
            "Écrivez trois nombres : 2.1.0, ou 2.1.0+mq.1 pour une surcharge.",
        )


def check_code(code: str, place: Place, findings: Findings) -> bool:
    """Report codes a spreadsheet turned into dates, errors or powers of ten."""
    if not code.strip():
        findings.error("FRM-102", place, "Un code est vide.", "Donnez un code à chaque valeur.")
        return False
    if _MANGLED.fullmatch(code.strip()):
        findings.error(
            "FRM-114",
            place,
            f"« {code} » semble avoir été transformé par un tableur.",
            "Retapez le code d'origine (2+, 3/4, 1-2…) entre guillemets.",
        )
        return False
    if any(quote in code for quote in "'\"\n"):
        findings.error(
            "FRM-105",
            place,
            f"Le code « {code} » contient un guillemet.",
            "Un code s'écrit sans guillemets ; gardez-les pour le libellé.",
        )
        return False
    return True
