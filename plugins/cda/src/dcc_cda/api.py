"""What other plugins may use of this one."""

from dcc_cda.check.findings import Finding, Level, Verdict
from dcc_cda.check.rules import rules_folder
from dcc_cda.check.service import DocumentChecker, describe_level
from dcc_cda.pdf.agenda import (
    Agenda,
    AgendaCase,
    BlankField,
    BlankSection,
    write_agenda,
    write_blank_form,
)
from dcc_cda.pdf.document import write_pdf
from dcc_cda.read.document import read_document

__all__ = [
    "Agenda",
    "AgendaCase",
    "BlankField",
    "BlankSection",
    "DocumentChecker",
    "Finding",
    "Level",
    "Verdict",
    "describe_level",
    "read_document",
    "rules_folder",
    "write_agenda",
    "write_blank_form",
    "write_pdf",
]
