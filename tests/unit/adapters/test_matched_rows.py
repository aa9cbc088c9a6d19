"""The contract of what uploads note of their duplicates, in memory and on moto."""

from collections.abc import Callable

import pytest

from meterdrop.adapters.uploads import matched_rows
from meterdrop.adapters.uploads.matched_rows import MAX_OWNERS, MatchedRowsTable
from meterdrop.domain.uploads.key_account import MatchedRows
from meterdrop.pipeline.ports import Matched
from tests.support.fakes.matched import FakeMatched
from tests.unit.adapters.conftest import Aws

Row = tuple[int, bytes]


def rows(*numbers: int) -> list[Row]:
    """Make rows, each with a digest of its own."""
    return [(number, number.to_bytes(16, "big")) for number in numbers]


@pytest.fixture(params=["in memory", "on moto"])
def matched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Matched:
    """Make the notes, with parts of few rows."""
    if request.param == "in memory":
        return FakeMatched()
    monkeypatch.setattr(matched_rows, "_PART_ROWS", 2)
    return MatchedRowsTable(request.getfixturevalue("aws").dynamodb, "uploads")


def noted(matched: Matched, version: str, *, besides: str = "upl_x") -> tuple[list[Row], bool]:
    """Return the rows that are noted of a version, and whether all of them are accounted."""
    parts = list(matched.of_version(version, besides=besides))
    found = [row for part in parts for row in part.rows.get(version, ())]
    return sorted(found), any(version in part.complete for part in parts)


def test_nothing_is_noted(matched: Matched) -> None:
    """Of most uploads there is nothing."""
    assert ([], False) == noted(matched, "upl_a")
    assert frozenset() == matched.owners("upl_a")


def test_rows_of_several_uploads(matched: Matched) -> None:
    """A version's rows are those that it has matched itself, and those that its error files have."""
    matched.note("upl_a", MatchedRows(frozenset({"upl_o"}), rows={"upl_a": rows(1, 2, 3, 1_000_000)}))
    matched.note("upl_e", MatchedRows(rows={"upl_a": rows(7), "upl_b": rows(5)}))
    matched.note("upl_f", MatchedRows(frozenset({"upl_o", "upl_p"})))
    assert (rows(1, 2, 3, 7, 1_000_000), False) == noted(matched, "upl_a")
    assert (rows(7), False) == noted(matched, "upl_a", besides="upl_a")
    assert (rows(1, 2, 3, 1_000_000), False) == noted(matched, "upl_a", besides="upl_e")
    assert (rows(5), False) == noted(matched, "upl_b")
    assert frozenset({"upl_o"}) == matched.owners("upl_a")
    assert frozenset() == matched.owners("upl_e")
    assert frozenset({"upl_o", "upl_p"}) == matched.owners("upl_f")


def test_a_version_all_of_whose_rows_are_accounted(matched: Matched) -> None:
    """It needs no digests."""
    matched.note("upl_a", MatchedRows(complete=frozenset({"upl_a"})))
    assert ([], True) == noted(matched, "upl_a")


@pytest.mark.parametrize(
    "change", [lambda matched: matched.note("upl_a", MatchedRows()), lambda matched: matched.forget("upl_a")]
)
def test_what_stood_there_goes(matched: Matched, change: Callable[[Matched], None]) -> None:
    """All parts of it, and nothing of others."""
    matched.note("upl_a", MatchedRows(frozenset({"upl_o"}), rows={"upl_a": rows(*range(1, 10))}))
    matched.note("upl_e", MatchedRows(rows={"upl_a": rows(11)}))
    matched.note("upl_a", MatchedRows(rows={"upl_a": rows(1, 2, 3)}))
    assert (rows(1, 2, 3, 11), False) == noted(matched, "upl_a")
    assert frozenset() == matched.owners("upl_a")
    change(matched)
    assert (rows(11), False) == noted(matched, "upl_a")


def test_owners_are_bounded(aws: Aws) -> None:
    """A file whose rows are duplicates of very many uploads does not fill an item."""
    matched = MatchedRowsTable(aws.dynamodb, "uploads")
    matched.note("upl_a", MatchedRows(frozenset(f"upl_{number}" for number in range(MAX_OWNERS + 1))))
    assert MAX_OWNERS == len(matched.owners("upl_a"))


def test_a_part_fits_an_item(aws: Aws) -> None:
    """With the longest numbers that a file's rows can have, beside 400 KB."""
    matched = MatchedRowsTable(aws.dynamodb, "uploads")
    last = 2_600_000  # rows of two bytes each
    matched.note("upl_a", MatchedRows(rows={"upl_a": rows(*range(last - 30_000, last))}))
    items = aws.dynamodb.scan(TableName="uploads", ConsistentRead=True)["Items"]
    assert 3 == len(items)
    assert all(400_000 > len(item["rows"]["S"]) + len(item["digests"]["B"]) for item in items)


def test_nothing_is_left_of_what_is_forgotten(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """All parts go, whoever may look for them later."""
    monkeypatch.setattr(matched_rows, "_PART_ROWS", 2)
    matched = MatchedRowsTable(aws.dynamodb, "uploads")
    matched.note("upl_a", MatchedRows(rows={"upl_a": rows(*range(1, 8))}))
    assert 4 == aws.dynamodb.scan(TableName="uploads")["Count"]
    matched.forget("upl_a")
    assert 0 == aws.dynamodb.scan(TableName="uploads")["Count"]
