"""How the versions of a document follow one another: in order, in one record, until withdrawn."""

from uuid import UUID

from sqlmodel import Session, select

from dcc_core.errors import Conflict, NotFound
from dcc_core.records.tables import Document, DocumentStatus, DocumentVersion
from dcc_core.records.views import DocumentOut, describe

_CONTENTS = ("content_digest", "source_digest", "observations_digest")


def same_version(session: Session, head: Document, again: DocumentVersion) -> DocumentOut | None:
    """Return the version that is already filed under this OID, None when it is new.

    Raises:
        Conflict: ``REC-002`` it has other contents, ``REC-005`` it is in another record.
    """
    known = session.exec(
        select(DocumentVersion).where(DocumentVersion.version_oid == again.version_oid)
    ).one_or_none()
    if known is None:
        return None
    document = session.get_one(Document, known.document_id)
    _refuse_other_record(document, head.patient_id)
    if any(getattr(known, name) != getattr(again, name) for name in _CONTENTS):
        raise Conflict(
            "REC-002",
            "Cette version du document existe déjà avec un autre contenu. Une version enregistrée "
            "ne change pas : enregistrez la correction comme nouvelle version.",
        )
    return describe(document, known)


def head_of(
    session: Session, head: Document, version: DocumentVersion, replaces: str | None
) -> Document:
    """Return the document that takes a new version: ``head`` itself for the first of its set.

    Raises:
        Conflict: ``REC-003`` the version does not follow the current one, ``REC-004`` the document
            was withdrawn, ``REC-005`` it is in another record.
    """
    existing = session.exec(
        select(Document).where(Document.set_id == head.set_id).with_for_update()
    ).one_or_none()
    if existing is None:
        if version.version != 1 or replaces is not None:
            raise _out_of_sequence(version.version)
        session.add(head)
        session.flush()
        return head
    _refuse_other_record(existing, head.patient_id)
    refuse_withdrawn(existing)
    current = _version(session, existing, existing.current_version)
    if version.version != existing.current_version + 1 or replaces != current.version_oid:
        raise _out_of_sequence(version.version)
    existing.confidentiality = head.confidentiality
    return existing


def latest_version(session: Session, document_id: UUID) -> tuple[Document, DocumentVersion]:
    """Return a document, locked, and its latest version.

    Raises:
        NotFound: ``REC-001`` the document does not exist.
    """
    document = session.exec(
        select(Document).where(Document.id == document_id).with_for_update()
    ).one_or_none()
    if document is None:
        raise NotFound("REC-001", "Ce document n'existe pas, ou vous n'y avez pas accès.")
    return document, _version(session, document, document.current_version)


def refuse_withdrawn(document: Document) -> None:
    """Refuse to change a document that was withdrawn.

    Raises:
        Conflict: ``REC-004``.
    """
    if document.status == DocumentStatus.WITHDRAWN:
        raise Conflict(
            "REC-004", "Ce document a été retiré : il ne change plus. Créez un nouveau document."
        )


def _version(session: Session, document: Document, number: int) -> DocumentVersion:
    return session.exec(
        select(DocumentVersion).where(
            DocumentVersion.document_id == document.id, DocumentVersion.version == number
        )
    ).one()


def _refuse_other_record(document: Document, patient_id: UUID) -> None:
    if document.patient_id != patient_id:
        raise Conflict(
            "REC-005",
            "Ce document appartient à un autre dossier. Rien n'a été enregistré : vérifiez "
            "l'identité du patient.",
        )


def _out_of_sequence(version: int) -> Conflict:
    return Conflict(
        "REC-003",
        f"La version {version} ne suit pas la version en vigueur : quelqu'un a corrigé le document "
        "entre-temps, ou une version manque. Rechargez le document.",
        version=version,
    )
