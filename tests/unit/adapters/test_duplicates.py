"""The contract of who has duplicates of whom, in memory and on moto."""

from typing import Any

import pytest

from meterdrop.adapters.uploads.duplicates import PAGE, Duplicates
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
    assert [] == list(relations.duplicates("upl_a"))


def test_those_that_were_noted(relations: FakeRelations | Duplicates) -> None:
    """Each once, however often it was noted, and with the owner it was noted with."""
    for owner, upload_id in [("upl_a", "upl_c"), ("upl_a", "upl_b"), ("upl_a", "upl_c"), ("upl_b", "upl_c")]:
        relations.record_duplicate(owner, upload_id)
    assert ["upl_b", "upl_c"] == list(relations.duplicates("upl_a"))
    assert ["upl_c"] == list(relations.duplicates("upl_b"))
    assert [] == list(relations.duplicates("upl_c"))


def test_a_full_item_has_a_next_one(aws: Aws) -> None:
    """A revert that reprocesses finds all of them. One that was noted before is noted once."""
    full = {f"upl_{number}" for number in range(PAGE)}
    item: Any = {"id": {"S": "duplicates#upl_a"}, "form": {"N": "1"}, "uploads": {"SS": sorted(full)}}
    aws.dynamodb.put_item(TableName="uploads", Item=item)
    relations = Duplicates(aws.dynamodb, "uploads")
    relations.record_duplicate("upl_a", "upl_more")
    relations.record_duplicate("upl_a", "upl_1")
    assert [*sorted(full), "upl_more"] == list(relations.duplicates("upl_a"))
