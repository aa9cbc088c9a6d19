"""What holds of every file, whatever its bytes: said once, for every fuzzer."""

import unicodedata
from collections.abc import Iterator, Mapping

from meterdrop.domain.codes import RowCode
from meterdrop.domain.header import ERROR_COLUMNS
from meterdrop.domain.upload import Upload
from tests.fakes.recount import assert_sound, error_rows
from tests.fakes.world import Outcome, World

USAGE, DRY_RUN, CUSTOMERS = "uploads/a/file.csv", "validate/a/file.csv", "customers/a/file.csv"
KEYS = (USAGE, DRY_RUN, CUSTOMERS)
_VERDICT = ("error_code", "error_field", "error_message")
_MISFIT = ("The row has ", "A cell stands in column ")


def assert_holds(data: bytes, key: str) -> Outcome:
    """Drop a file and its error file: nothing is raised, every row is accounted for, and verdicts stay."""
    world = World()
    first = world.ingest(data, key)
    assert_sound(first)
    assert_readable(first)
    if first.upload.counts.error:
        _assert_verdicts_stay(first, world.ingest(first.error_file or b"", key.replace("file", "errors")))
    return first


def assert_readable(outcome: Outcome) -> None:
    """No message and no name in it does anything to the screen or the log that shows it."""
    for text in _shown(outcome.upload):
        assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text), repr(text)
    for row in error_rows(outcome.error_file):
        for name in _VERDICT:
            assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in row[name])


def _shown(upload: Upload) -> Iterator[str]:
    for sample in upload.samples:
        yield sample.field
        yield sample.message
    for total in upload.totals:
        yield total.event_name
    if upload.failure is not None:
        yield upload.failure.message


def _assert_verdicts_stay(first: Outcome, again: Outcome) -> None:
    assert_sound(again)
    assert_readable(again)
    assert again.upload.failure is None
    assert again.upload.parent == first.upload.id
    assert again.upload.counts.row == first.upload.counts.error
    found = {int(row["row_number"]): row for row in error_rows(again.error_file)}
    for number, row in enumerate(error_rows(first.error_file), 1):
        if not _may_change(row, first.upload.id):
            assert [found[number][name] for name in _VERDICT] == [row[name] for name in _VERDICT]


def _may_change(row: Mapping[str, str], upload_id: str) -> bool:
    """Tell whether a row of the error file is another row than the one that was refused, or is refused otherwise.

    A short row is padded, and what a long one has beyond the header has a column there. Who has an identifier already
    is another upload now. What the columns of an error file held gives way to this one's, and an identifier of nothing
    but line breaks to the event id.
    """
    message = row["error_message"]
    return (
        row["error_code"] == RowCode.IDENTIFIER_CONFLICT
        or any(f" {name}: holds a line break" in f" {message}" for name in ERROR_COLUMNS)
        or any(words in message for words in _MISFIT)
        or ("identifier: holds a line break" in message and row.get("identifier", "").startswith(upload_id))
    )
