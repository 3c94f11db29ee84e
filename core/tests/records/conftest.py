"""A content store bound to the database, and a patient to whom documents belong."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import Session

from dcc_core.db import Database
from dcc_core.db.events import drain
from dcc_core.patients import create_patient
from dcc_core.records import FolderStore, bind_store
from dcc_core.testing.patients import demo_traits


@pytest.fixture
def store_folder(tmp_path: Path) -> Path:
    return tmp_path / "documents"


@pytest.fixture
def records(database: Database, store_folder: Path) -> Database:
    bind_store(database, FolderStore(store_folder))
    return database


@pytest.fixture
def patient(records: Database) -> UUID:
    with records.session() as session:
        return create_patient(session, demo_traits()).id


@pytest.fixture
def session(records: Database, patient: UUID) -> Iterator[Session]:
    """The patient exists before the test's own transaction begins, and nothing is announced yet."""
    with records.session() as opened:
        yield opened
        drain(opened)
