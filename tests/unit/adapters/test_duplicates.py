"""The contract of who has duplicates of whom, in memory and on moto."""

import pytest

from meterdrop.adapters.uploads.duplicates import NOTED_AT_MOST, Relations
from tests.support.fakes.relations import FakeRelations
from tests.unit.adapters.conftest import Aws, Calls


@pytest.fixture(params=["in memory", "on moto"])
def relations(request: pytest.FixtureRequest, calls: Calls) -> FakeRelations | Relations:
    """Make the notes."""
    if request.param == "in memory":
        return FakeRelations()
    return Relations(request.getfixturevalue("aws").dynamodb, "uploads", calls)


def test_nobody_has_duplicates(relations: FakeRelations | Relations) -> None:
    """Of most uploads there are none."""
    assert [] == relations.duplicates("upl_a")


def test_those_that_were_noted(relations: FakeRelations | Relations) -> None:
    """Each once, however often it was noted, and with the owner it was noted with."""
    for owner, upload_id in [("upl_a", "upl_c"), ("upl_a", "upl_b"), ("upl_a", "upl_c"), ("upl_b", "upl_c")]:
        relations.note_duplicate(owner, upload_id)
    assert ["upl_b", "upl_c"] == relations.duplicates("upl_a")
    assert ["upl_c"] == relations.duplicates("upl_b")
    assert [] == relations.duplicates("upl_c")


def test_an_item_has_an_end(aws: Aws, calls: Calls) -> None:
    """One that is full takes no more, and fails nobody."""
    full = {f"upl_{number}" for number in range(NOTED_AT_MOST)}
    aws.dynamodb.put_item(TableName="uploads", Item={"id": {"S": "duplicates#upl_a"}, "uploads": {"SS": sorted(full)}})
    relations = Relations(aws.dynamodb, "uploads", calls)
    relations.note_duplicate("upl_a", "upl_more")
    relations.note_duplicate("upl_a", "upl_1")
    assert sorted(full) == relations.duplicates("upl_a")


def test_every_call_is_announced(aws: Aws, calls: Calls) -> None:
    """No call is begun when the attempt's time is up."""
    relations = Relations(aws.dynamodb, "uploads", calls)
    calls.is_over = True
    with pytest.raises(TimeoutError):
        relations.duplicates("upl_a")
    with pytest.raises(TimeoutError):
        relations.note_duplicate("upl_a", "upl_b")
