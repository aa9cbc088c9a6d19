"""What must hold of every upload at its final status, recounted by plain loops from what is stored."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, localcontext
from itertools import chain

from meterdrop.domain.codes import Kind, RowCode, Status
from meterdrop.domain.files.cells import content, guard
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.uploads.upload import ERROR_GROUP_LIMIT, Counts, ErrorGroup, Total
from tests.support.fakes.usage import Figures, Share
from tests.support.fakes.world import Outcome


def assert_sound(outcome: Outcome) -> None:
    """Compare status, counts, totals, contributions and error file with the stored events."""
    upload, counts = outcome.upload, outcome.upload.counts
    failed = upload.status is Status.FAILED
    assert upload.is_final
    assert counts.row == counts.success + counts.duplicate + counts.error
    has_events = upload.kind is Kind.USAGE and not failed and not upload.dry_run
    assert len(outcome.events) == (counts.success if has_events else 0)
    if upload.kind is Kind.CUSTOMERS:
        assert sum(stored.changes or 0 for stored in outcome.customers.values()) == counts.success
    assert outcome.usage == recounted(outcome.events)
    if not upload.dry_run:
        assert list(upload.totals) == totals_of(outcome.events)
    if failed:
        assert (counts, upload.errors) == (Counts(), ())
        assert upload.failure is not None
        assert len(outcome.error_parts) == 1
        assert error_rows(outcome.error_file) == [
            {
                "upload": upload.id,
                "row_number": "",
                "error_code": upload.failure.code.value,
                "error_field": "",
                "error_message": guard(upload.failure.message),
            }
        ]
        return
    assert upload.failure is None
    assert upload.status is (Status.SUCCEEDED_WITH_ERRORS if counts.error else Status.SUCCEEDED)
    assert_listed(outcome)


def assert_listed(outcome: Outcome) -> None:
    """Compare the error file with the status: every refused row is listed, or the last line says how many are not."""
    errors, named = outcome.upload.counts.error, outcome.upload.error_file
    assert (named is not None) == (errors > 0)
    rows = [row for part in outcome.error_parts for row in error_rows(part)]
    notes = [row["error_message"] for row in rows if not row["row_number"]]
    numbers = [int(row["row_number"]) for row in rows if row["row_number"]]
    assert numbers == sorted(set(numbers))
    missing = errors - len(numbers)
    if named is None:
        assert not outcome.error_parts
        return
    assert (named.row_count, named.part_count) == (len(numbers), len(outcome.error_parts))
    assert named.is_complete == (missing == 0)
    assert [note.partition(" ")[0] for note in notes] == ([] if named.is_complete else [f"{missing:,}"])
    assert not notes or not rows[-1]["row_number"]
    if named.is_complete:
        assert list(outcome.upload.errors) == groups_of(rows)[:ERROR_GROUP_LIMIT]


def recounted(events: dict[int, StoredEvent]) -> dict[Share, Figures]:
    """Return the contributions of these events, per customer and hour and per hour."""
    groups: dict[Share, list[StoredEvent]] = {}
    for event in events.values():
        for customer in (event.customer, None):
            share = Share(event.meter, customer, event.timestamp // 3600, event.upload)
            groups.setdefault(share, []).append(event)
    return {share: figures_of(group) for share, group in groups.items()}


def figures_of(events: list[StoredEvent]) -> Figures:
    """Return ids, count, sum, least, greatest and last of events."""
    in_time = sorted(events, key=lambda event: (event.timestamp, event.row))
    ids = tuple(event.id for event in sorted(events, key=lambda event: event.row))
    values = [event.value for event in in_time if event.value is not None]
    if not values:
        return Figures(ids, len(events), None, None, None, None)
    with localcontext(prec=60):  # exact: Python's own 28 digits are too few for a thousand of the longest values
        total = sum(values, Decimal(0))
    return Figures(ids, len(events), total, min(values), max(values), values[-1])


def totals_of(events: dict[int, StoredEvent]) -> list[Total]:
    """Return what the successes of each event name add up to."""
    groups: dict[str, list[StoredEvent]] = {}
    for event in events.values():
        groups.setdefault(event.event_name, []).append(event)
    return [
        Total(
            name,
            len(group),
            _plain(figures_of(group).sum),
            first_timestamp=min(event.timestamp for event in group),
            last_timestamp=max(event.timestamp for event in group),
        )
        for name, group in sorted(groups.items())
    ]


def groups_of(rows: Iterable[dict[str, str]]) -> list[ErrorGroup]:
    """Return the first errors of the rows of an error file, counted, the most frequent first."""
    found = Counter((row["error_code"], content(row["error_field"])) for row in rows)
    ranked = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return [ErrorGroup(RowCode(code), field, count) for (code, field), count in ranked]


def error_rows(error_file: bytes | None) -> list[dict[str, str]]:
    """Return the rows of an error file by column; what goes beyond the header is under the name of nothing."""
    text = (error_file or b"").decode("utf-8-sig")
    header = text.partition("\r\n")[0]
    delimiter = max(",;\t", key=header.count)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def header_of(error_file: bytes) -> list[str]:
    """Return the names of an error file's columns."""
    return next(chain(csv.reader(io.StringIO(error_file.decode("utf-8-sig"), newline=""))))


def _plain(number: Decimal | None) -> str | None:
    """Write a number without exponent, plus sign or needless zeros."""
    if number is None:
        return None
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
