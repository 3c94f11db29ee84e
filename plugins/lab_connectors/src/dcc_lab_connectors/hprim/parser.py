"""HPRIM Médecin 3.0: twelve positional lines, free text, an end mark.

The name in such a file is the name in use and the sex is absent: strict traits cannot be compared,
so these reports always wait for a person. The social security number of line 8 is never read: it
belongs to the insured person, who may not be the patient, and it is not an INS.
"""

from datetime import UTC, date, datetime, time, tzinfo

from dcc_core.api import (
    ClinicalDocument,
    Coded,
    DocumentAction,
    Encounter,
    InboundDocument,
    Organisation,
    Paragraph,
    ParsedResult,
    PatientIdentifier,
    PatientTraits,
    Period,
    PermanentExchangeError,
    RawMessage,
    Section,
)

HPRIM_MEDIA_TYPE = "text/x-hprim-medecin"

_END = "****FIN****"
_END_OF_FILE = "****FINFICHIER****"
_HEADER_LINES = 12
_TITLE = "Compte rendu HPRIM"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DOS_LETTERS = frozenset(range(0x80, 0xA0))


class HprimMedecinParser:
    """Reads one letter; `zone` is the time zone of its date."""

    key = "lab_connectors.hprim"
    order = 110

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def accepts(self, raw: RawMessage) -> bool:
        """Tell whether the file is HPRIM Médecin: declared, or with its end mark."""
        return raw.media_type == HPRIM_MEDIA_TYPE or _END.encode() in raw.content

    def parse(self, raw: RawMessage) -> ParsedResult:
        """Read the letter.

        Raises:
            PermanentExchangeError: no complete header, or several letters in one file.
        """
        lines = decode_hprim(raw.content).splitlines()
        marks = [n for n, line in enumerate(lines) if line.strip().upper() == _END]
        if len(marks) > 1:
            raise PermanentExchangeError(
                "LAB-E04",
                "Le fichier HPRIM contient plusieurs comptes rendus : en déposer un par fichier.",
            )
        end = marks[0] if marks else len(lines)
        if end < _HEADER_LINES:
            raise PermanentExchangeError(
                "LAB-E03",
                "L'en-tête HPRIM est incomplet (douze lignes attendues) : renvoyer le fichier.",
            )
        header = [line.strip() for line in lines[:_HEADER_LINES]]
        return self._read(raw, header, lines[_HEADER_LINES:end])

    def _read(self, raw: RawMessage, header: list[str], text: list[str]) -> ParsedResult:
        sent_on = _read_date(header[9])
        sent_at = datetime.combine(sent_on, time(), self._zone) if sent_on else None
        external_id = "/".join(part for part in (header[10], header[8]) if part)
        traits = _read_traits(header)
        document = _read_document(header, text, traits, external_id, sent_at)
        report = InboundDocument(
            action=DocumentAction.CREATE,
            document_class=document.document_class,
            title=document.title,
            media_type="text/plain",
            content="\n".join(text).encode(),
            external_id=external_id,
            document=document,
        )
        return ParsedResult(
            kind="HPRIM",
            message_id=raw.message_id,
            sent_at=sent_at,
            sender=header[10],
            traits=traits,
            documents=(report,),
        )


def decode_hprim(content: bytes) -> str:
    """Decode UTF-8, Windows-1252 or the DOS code page 850, whichever makes letters."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        dos = sum(byte in _DOS_LETTERS for byte in content)
        windows = sum(byte >= 0xC0 for byte in content)
        return content.decode("cp850" if dos > windows else "cp1252", "replace")


def _read_traits(header: list[str]) -> PatientTraits:
    postal_code, _, city = header[5].partition(" ")
    identifier = PatientIdentifier(header[10], header[0])
    return PatientTraits(
        birth_family_name="",
        first_given_name="",
        birth_date=_read_date(header[6]),
        used_family_name=header[1],
        used_given_name=header[2],
        identifiers=(identifier,) if header[0] else (),
        address_lines=tuple(line for line in header[3:5] if line),
        postal_code=postal_code,
        city=city.strip(),
    )


def _read_document(
    header: list[str],
    text: list[str],
    traits: PatientTraits,
    external_id: str,
    sent_at: datetime | None,
) -> ClinicalDocument:
    paragraphs = tuple(Paragraph(line.strip()) for line in text if line.strip())
    return ClinicalDocument(
        document_id=external_id,
        set_id=external_id,
        version=1,
        document_class="CR",
        type_code=Coded("", "", _TITLE),
        title=_TITLE,
        created_at=sent_at or _EPOCH,
        patient=traits,
        participations=(),
        custodian=Organisation("", header[10]),
        service_events=(),
        encounter=Encounter(Period()),
        sections=(Section(key="report", title=_TITLE, narrative=paragraphs),),
    )


def _read_date(text: str) -> date | None:
    """Day written JJ/MM/AAAA; None when it is not."""
    day, _, rest = text.partition("/")
    month, _, year = rest.partition("/")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
