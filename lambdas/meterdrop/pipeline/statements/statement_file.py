"""The object with a statement's lines: a CSV file, written once."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from meterdrop.domain.decimals import plain
from meterdrop.domain.files.cells import content, guard
from meterdrop.domain.periods.statement import Place, Quantity, Statement, StatementLine

HEADER = (
    "event_name",
    "meter",
    "customer",
    "event_count",
    "aggregated_value",
    "total_event_count",
    "total_aggregated_value",
    "billing_period",
    "statement",
)
"""The columns. The first ones are those of usage reports."""
PAGE_LINES = 500
"""Lines between two offsets. A reader of a few lines reads one or two pages."""


class NamedLine(NamedTuple):
    """A line with the event name of its meter."""

    event_name: str
    line: StatementLine


def encode(period: str, number: int, lines: Sequence[StatementLine], event_names: Mapping[str, str]) -> bytes:
    """Return the file of a statement. `event_names` are those of the meters by ID."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(
        (
            guard(event_names.get(place.meter, "")),
            place.meter,
            guard(place.customer),
            change.event_count,
            plain(change.value),
            total.event_count,
            plain(total.value),
            period,
            number,
        )
        for place, change, total in lines
    )
    return text.getvalue().encode()


def decode(data: bytes) -> Iterator[NamedLine]:
    """Yield the lines of a file, or of a part of it that begins with a line."""
    for row in csv.reader(io.StringIO(data.decode(), newline=""), strict=True):
        if tuple(row) != HEADER:
            event_name, meter, customer, *numbers, _, _ = row
            change, total = (Quantity(int(count), Decimal(value)) for count, value in (numbers[:2], numbers[2:]))
            yield NamedLine(content(event_name), StatementLine(Place(meter, content(customer)), change, total))


def offsets_of(data: bytes) -> tuple[int, ...]:
    """Return where each page of lines begins, in bytes, and the end of the file. No cell has a line break."""
    lines = data.splitlines(keepends=True)
    starts, at = [], 0
    for number, line in enumerate(lines):
        if number % PAGE_LINES == 1:  # the header comes first
            starts.append(at)
        at += len(line)
    return (*starts, at)


def pages_of(statement: Statement, first: int, last: int) -> tuple[int, range]:
    """Return the number of the first line in the bytes to read for the lines `first` to `last`, and these bytes.

    Lines are numbered from 1. The range is empty if there are no such lines.
    """
    last = min(last, statement.line_count)
    if first > last:
        return first, range(0)
    page, end = (first - 1) // PAGE_LINES, (last - 1) // PAGE_LINES + 1
    return page * PAGE_LINES + 1, range(statement.offsets[page], statement.offsets[end])
