"""What holds of every file, whatever its bytes: said once, for every fuzzer."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import chain

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.header import ERROR_COLUMNS
from meterdrop.domain.uploads.error_parts import Limits
from meterdrop.domain.uploads.upload import Upload
from tests.support.fakes.recount import assert_sound, error_rows
from tests.support.fakes.world import Outcome, World
from tests.support.strategies import written

USAGE, DRY_RUN, CUSTOMERS = "uploads/a/file.csv", "validate/a/file.csv", "customers/a/file.csv"
KEYS = (USAGE, DRY_RUN, CUSTOMERS)
_ERRORS = ("error_code", "error_field", "error_message")
_NOTE = 512  # bytes, and a byte order mark
_SHAPE_ERRORS = ("The row has ", " has no name but contains a value.")


def assert_holds(data: bytes, key: str) -> Outcome:
    """Drop a file and its error file: nothing is raised, every row is accounted for, and verdicts stay."""
    # With whole messages: a short one does not tell which rows may change on their way.
    first = _assert_comes_back(data, key, Limits(full_rows=len(data)))
    if first.upload.counts.error:
        limits = Limits(part=_smallest_part(first), growth=1 << 20, full_rows=len(data))
        listed = _listed(_assert_comes_back(data, key, limits))
        assert _listed(first) == listed[: first.upload.error_file.row_count if first.upload.error_file else 0]
    return first


def _assert_comes_back(data: bytes, key: str, limits: Limits) -> Outcome:
    world = World(limits=limits)
    first = world.ingest(data, key)
    assert_sound(first)
    assert_readable(first)
    assert all(len(part) <= limits.part for part in first.error_parts)
    assert sum(map(len, first.error_parts)) <= limits.total_for(len(data))
    if first.upload.counts.error:
        for number, part in enumerate(first.error_parts):
            _assert_verdicts_stay(first.upload, part, world.ingest(part, key.replace("file", f"errors-{number}")))
    return first


def _smallest_part(outcome: Outcome) -> int:
    """Return how many bytes hold any row of an error file, its header, and a note of what is not listed."""
    text = b"".join(outcome.error_parts).decode("utf-8-sig")
    delimiter = max(",;\t", key=text.partition("\r\n")[0].count)
    sizes = [len(written([row], delimiter)) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    return sizes[0] + max(sizes[1:]) + _NOTE


def _listed(outcome: Outcome) -> list[tuple[str, str, str]]:
    rows = chain.from_iterable(map(error_rows, outcome.error_parts))
    return [(row["row_number"], row["error_code"], row["error_field"]) for row in rows]


def assert_readable(outcome: Outcome) -> None:
    """No message and no name in it does anything to the screen or the log that shows it."""
    for text in _shown(outcome.upload):
        assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text), repr(text)
    for row in chain.from_iterable(map(error_rows, outcome.error_parts)):
        for name in _ERRORS:
            assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in row[name])


def _shown(upload: Upload) -> Iterator[str]:
    for sample in upload.samples:
        yield sample.field
        yield sample.message
    for total in upload.totals:
        yield total.event_name
    if upload.failure is not None:
        yield upload.failure.message


def _assert_verdicts_stay(first: Upload, part: bytes, again: Outcome) -> None:
    assert_sound(again)
    assert_readable(again)
    assert again.upload.failure is None
    assert again.upload.parent == first.id
    rows = [row for row in error_rows(part) if row["row_number"]]
    assert again.upload.counts.row == len(rows)
    found = {int(row["row_number"]): row for each in again.error_parts for row in error_rows(each)}
    for number, row in enumerate(rows, 1):
        if not _may_change(row, first.id):
            assert [found[number][name] for name in _ERRORS] == [row[name] for name in _ERRORS]


def _may_change(row: Mapping[str, str], upload_id: str) -> bool:
    """Tell whether a row of the error file is another row than the one that was refused, or is refused otherwise.

    A short row is padded, and what a long one has beyond the header has a column there. Who has an identifier already
    is another upload now. What the columns of an error file held gives way to this one's, and an identifier of nothing
    but line breaks to the event id.
    """
    message = row["error_message"]
    return (
        row["error_code"] == RowCode.IDENTIFIER_CONFLICT
        or any(f" {name}: The value contains a line break" in f" {message}" for name in ERROR_COLUMNS)
        or any(words in message for words in _SHAPE_ERRORS)
        or (
            "identifier: The value contains a line break" in message and row.get("identifier", "").startswith(upload_id)
        )
    )
