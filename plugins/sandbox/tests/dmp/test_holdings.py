"""Life of what the simulated DMP holds, apart from any wire."""

import pytest

from dcc_sandbox.dmp import names
from dcc_sandbox.dmp.faults import Trouble, Troubles
from dcc_sandbox.dmp.holdings import Held, Holdings
from dcc_sandbox.dmp.refusals import Refused


def held(number: int, **changes: object) -> Held:
    known = {
        "entry_uuid": f"urn:uuid:{number}",
        "logical_id": f"urn:uuid:{number}",
        "unique_id": f"2.25.{number}",
        "patient_id": "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH",
        "status": names.APPROVED,
        "version": 1,
        "hash_sha1": "0",
        "size": 1,
        "mime_type": "text/xml",
        "format_code": "urn:asip:ci-sis:frcp:2011",
        "confidentialities": frozenset({"N"}),
        "lot": "2.25.9",
        "content": b"x",
    }
    return Held(**(known | changes))


def test_a_replacement_deprecates_what_it_replaces():
    holdings = Holdings()
    first = held(1)
    holdings.register([first], replaced=None)
    holdings.register([held(2)], replaced=first)
    assert [one.status for one in holdings.documents()] == [names.DEPRECATED, names.APPROVED]


def test_a_metadata_update_has_its_own_identifier():
    holdings = Holdings()
    first = held(1)
    holdings.register([first], replaced=None)
    holdings.update(first, confidentialities=frozenset({"N", "MASQUE_PS"}), version=1)
    (newest,) = holdings.documents()
    assert newest.version == 2
    assert newest.entry_uuid != first.entry_uuid
    assert newest.logical_id == first.logical_id
    assert holdings.by_uuid(first.entry_uuid) is None


def test_an_update_of_an_old_version_is_refused():
    holdings = Holdings()
    first = held(1)
    holdings.register([first], replaced=None)
    with pytest.raises(Refused, match="XDSMetadataVersionError"):
        holdings.update(first, confidentialities=frozenset({"N"}), version=7)


def test_signatures_are_no_documents():
    holdings = Holdings()
    holdings.register([held(1), held(2, format_code=names.SIGNATURE_FORMAT)], replaced=None)
    assert [one.unique_id for one in holdings.documents()] == ["2.25.1"]


def test_planned_troubles_come_first_and_campaigns_are_repeatable():
    planned = Troubles()
    planned.plan(Trouble.BUSY, None, Trouble.SLOW)
    assert [planned.next() for _ in range(4)] == [Trouble.BUSY, None, Trouble.SLOW, None]
    rates = {Trouble.BUSY: 0.3, Trouble.LOST_ANSWER: 0.2}
    one, other = Troubles(rates, seed=3), Troubles(rates, seed=3)
    drawn = [one.next() for _ in range(400)]
    assert drawn == [other.next() for _ in range(400)]
    assert 60 < drawn.count(Trouble.BUSY) < 180
