"""Keep the search keys of a patient in step with its names."""

from collections.abc import Iterable, Iterator
from itertools import islice, product

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import Session, col

from dcc_core.patients.names import deletions, family_keys, key_hash, search_key
from dcc_core.patients.tables import NameDeletion, Patient, SearchName

MAX_ROWS = 12
"""Ways to find one patient; a name of many words has no more."""

_ADD_DELETION = "INSERT INTO core_name_deletion (hash, key) VALUES (?, ?) ON CONFLICT DO NOTHING"
_ADD_DELETIONS = (
    "INSERT INTO core_name_deletion (hash, key)"
    " SELECT * FROM unnest(%s::int[], %s::text[]) ON CONFLICT DO NOTHING"
)
_KNOWN = select(col(NameDeletion.key))


def name_pairs(
    birth_family: str, used_family: str, first_given: str, used_given: str
) -> tuple[tuple[str, str], ...]:
    """Return the (family, given) keys under which these names are found."""
    families = dict.fromkeys((*family_keys(birth_family), *family_keys(used_family)))
    givens = dict.fromkeys(key for key in map(search_key, (first_given, used_given)) if key)
    return tuple(islice(product(families, givens), MAX_ROWS))


def index_names(session: Session, patient: Patient) -> None:
    """Write the search rows of a patient anew; rows it received from a merged record stay."""
    pairs = name_pairs(
        patient.birth_family_name,
        patient.used_family_name,
        patient.first_given_name,
        patient.used_given_name,
    )
    session.execute(delete(SearchName).where(col(SearchName.source_id) == patient.id))
    session.execute(insert(SearchName), list(_rows(patient, pairs)))
    learn_names(session.connection(), {key for pair in pairs for key in pair})


def _rows(patient: Patient, pairs: tuple[tuple[str, str], ...]) -> Iterator[dict[str, object]]:
    for rank, (family, given) in enumerate(pairs):
        yield {
            "source_id": patient.id,
            "rank": rank,
            "patient_id": patient.id,
            "family": family,
            "given": given,
            "birth_date": patient.birth_date,
        }


def learn_names(connection: Connection, keys: Iterable[str]) -> None:
    """Add name keys to the neighbourhood; those already known cost one look-up."""
    wanted = set(keys)
    if not wanted:
        return
    known = connection.scalars(
        _KNOWN.where(
            col(NameDeletion.hash).in_({key_hash(key) for key in wanted}),
            col(NameDeletion.key).in_(wanted),
        )
    )
    add_deletions(connection, wanted - set(known))


def add_deletions(connection: Connection, keys: Iterable[str]) -> None:
    """Write the neighbourhood of name keys; what another transaction wrote meanwhile is kept."""
    # Past the statement compiler: a population has millions of these rows.
    rows = sorted((hashed, key) for key in keys for hashed in deletions(key))
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        hashes, texts = zip(*rows, strict=True)
        connection.exec_driver_sql(_ADD_DELETIONS, (list(hashes), list(texts)))
    else:
        connection.exec_driver_sql(_ADD_DELETION, rows)
