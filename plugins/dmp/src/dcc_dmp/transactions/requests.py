"""The bodies of the XDS requests: ITI-41, ITI-57 and ITI-18."""

from lxml import etree
from lxml.builder import ElementMaker

from dcc_dmp.metadata.build import SUBMISSION_SET
from dcc_dmp.metadata.ebrim import submit_objects
from dcc_dmp.metadata.model import Association, Submission, SubmissionSet
from dcc_dmp.standards import xds
from dcc_dmp.standards.soap import XOP

_XDSB = ElementMaker(namespace=xds.XDSB, nsmap={"xdsb": xds.XDSB})
_XOP = ElementMaker(namespace=XOP, nsmap={"xop": XOP})
_RIM = ElementMaker(namespace=xds.RIM, nsmap={"rim": xds.RIM})
_QUERY = ElementMaker(namespace=xds.QUERY, nsmap={"query": xds.QUERY, "rim": xds.RIM})


def content_id(entry_id: str) -> str:
    """Return the MIME identifier of a document of the lot."""
    return f"{entry_id}@dcc"


def provide_and_register(submission: Submission) -> etree._Element:
    """Return the body of ITI-41; documents are pointed at, not held."""
    return _XDSB.ProvideAndRegisterDocumentSetRequest(
        submit_objects(submission),
        *(
            _XDSB.Document(
                _XOP.Include(href=f"cid:{content_id(entry.entry_id)}"), id=entry.entry_id
            )
            for entry in submission.entries
        ),
    )


def update_status(
    submission_set: SubmissionSet, entry_uuid: str, *, old: str, new: str
) -> etree._Element:
    """Return the body of ITI-57 that changes the availability of an entry."""
    link = Association(
        xds.UPDATE_STATUS,
        SUBMISSION_SET,
        entry_uuid,
        (("OriginalStatus", old), ("NewStatus", new)),
    )
    return submit_objects(Submission(submission_set, (), (link,)))


def get_documents(unique_id: str) -> etree._Element:
    """Return the body of ITI-18, query GetDocuments by unique identifier."""
    return _QUERY.AdhocQueryRequest(
        _QUERY.ResponseOption(returnComposedObjects="true", returnType="LeafClass"),
        _RIM.AdhocQuery(
            _RIM.Slot(
                _RIM.ValueList(_RIM.Value(f"('{unique_id}')")),
                name="$XDSDocumentEntryUniqueId",
            ),
            id=xds.GET_DOCUMENTS,
        ),
    )
