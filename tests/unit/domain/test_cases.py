"""Every case under tests/data/: drop the file, see what comes of it."""

from itertools import chain
from pathlib import Path

import pytest

from meterdrop.domain.codes import FileCode, RowCode
from meterdrop.domain.uploads.objects import ObjectVersion
from tests.support.case_file import DATA, Drop, error_fields, read_case, with_ids
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import Outcome, World

CASES = sorted(DATA.glob("**/*.txt"))
BY_OTHER_TESTS = {
    FileCode.TOO_LARGE,
    FileCode.NOT_FOUND,
    FileCode.UNREADABLE,
    FileCode.INTERNAL_ERROR,
    FileCode.CONTROL_MISMATCH,
    RowCode.TIMESTAMP_IN_CLOSED_PERIOD,
}
"""Codes of which a file alone can't tell: see test_file_limits.py, test_unreadable_files.py, test_control_totals.py,
and tests/periods."""


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.relative_to(DATA).with_suffix("")))
def test_case(path: Path) -> None:
    """A dropped file has the outcome that stands beside it."""
    world, ids = World(), list[str]()
    for number, drop in enumerate(read_case(path).drops, 1):
        ids.append(ObjectVersion(BUCKET, drop.key, f"version-{number}").upload_id)
        outcome = world.ingest(drop.data(ids), drop.key, allow_duplicate=drop.allow_duplicate)
        assert outcome.upload.id == ids[-1]
        assert_sound(outcome)
        found = error_fields(
            outcome,
            with_events=any(line.startswith("stored ") for line in drop.expected),
            with_customers=any(line.startswith("customer ") for line in drop.expected),
        )
        assert found == [with_ids(line, ids) for line in drop.expected]
        assert_words(drop, outcome, ids)
        assert_error_file(drop, outcome, ids)


def assert_words(drop: Drop, outcome: Outcome, ids: list[str]) -> None:
    """Look for the words that messages must have."""
    upload = outcome.upload
    messages = {"": upload.failure.message if upload.failure else ""}
    for sample in upload.samples:
        row = f"row {sample.row_number}"
        messages[row] = f"{messages.get(row, '')} {sample.message}"
    missing = [
        words for of, several in drop.says.items() for words in several if with_ids(words, ids) not in messages[of]
    ]
    assert missing == [], messages


def assert_error_file(drop: Drop, outcome: Outcome, ids: list[str]) -> None:
    """Compare the error file, where the case shows one; every line of it ends in CRLF."""
    if drop.error_file is None:
        return
    written = outcome.error_file or b""
    assert written.startswith(b"\xef\xbb\xbf") == drop.has_byte_order_mark
    assert written.decode("utf-8-sig").replace("\r\n", "\n") == with_ids(drop.error_file, ids)
    assert written.endswith(b"\r\n")


def test_every_code_has_a_case() -> None:
    """Nobody adds a code without a file that brings it about, and no case expects one that does not exist."""
    reached = set(chain.from_iterable(read_case(path).codes for path in CASES))
    assert reached == {*RowCode, *FileCode} - BY_OTHER_TESTS
