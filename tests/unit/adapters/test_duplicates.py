"""The contract of who has duplicates of whom, in memory and on moto."""

from typing import Any

import pytest

from meterdrop.adapters.uploads.duplicates import MAX_RECORDED_DUPLICATES, Duplicates
from tests.support.fakes.relations import FakeRelations
from tests.unit.adapters.conftest import Aws


@pytest.fixture(params=["in memory", "on moto"])
def relations(request: pytest.FixtureRequest) -> FakeRelations | Duplicates:
    """Make the notes."""
    if request.param == "in memory":
        return FakeRelations()
    return Duplicates(request.getfixturevalue("aws").dynamodb, "uploads")


def test_nobody_has_duplicates(relations: FakeRelations | Duplicates) -> None:
    """Of most uploads there are none."""
    assert [] == relations.duplicates("upl_a")


def test_those_that_were_noted(relations: FakeRelations | Duplicates) -> None:
    """Each once, however often it was noted, and with the owner it was noted with."""
    for owner, upload_id in [("upl_a", "upl_c"), ("upl_a", "upl_b"), ("upl_a", "upl_c"), ("upl_b", "upl_c")]:
        relations.record_duplicate(owner, upload_id)
    assert ["upl_b", "upl_c"] == relations.duplicates("upl_a")
    assert ["upl_c"] == relations.duplicates("upl_b")
    assert [] == relations.duplicates("upl_c")


def test_an_item_has_an_end(aws: Aws) -> None:
    """One that is full takes no more, and fails nobody."""
    full = {f"upl_{number}" for number in range(MAX_RECORDED_DUPLICATES)}
    item: Any = {"id": {"S": "duplicates#upl_a"}, "form": {"N": "1"}, "uploads": {"SS": sorted(full)}}
    aws.dynamodb.put_item(TableName="uploads", Item=item)
    relations = Duplicates(aws.dynamodb, "uploads")
    relations.record_duplicate("upl_a", "upl_more")
    relations.record_duplicate("upl_a", "upl_1")
    assert sorted(full) == relations.duplicates("upl_a")
