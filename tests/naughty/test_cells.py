"""Naughty strings in every cell and name: what is accepted is stored as it was written, what is refused says why."""

from collections.abc import Callable

import pytest

from meterdrop.domain.files.cells import content, refuse_text
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.meter import PAYLOAD_PREFIX, Meter
from meterdrop.domain.validation.timestamp import TimeWindow, parse_timestamp
from meterdrop.domain.validation.value import parse_value
from tests.fuzz.properties import CUSTOMERS, USAGE, assert_holds, assert_readable
from tests.naughty.strings import NAUGHTY
from tests.support.fakes.catalog import ARRIVAL
from tests.support.fakes.recount import assert_sound, error_rows
from tests.support.fakes.world import Outcome, World
from tests.support.strategies import COLUMNS, written
from tests.unit.domain.test_error_file_round_trip import GOOD

CUSTOMER_COLUMNS = ("id", "name", "email")
STORED: dict[str, Callable[[StoredEvent], object]] = {
    "timestamp": lambda event: event.timestamp,
    "event_name": lambda event: event.event_name,
    "payload_stripe_customer_id": lambda event: event.customer,
    "payload_value": lambda event: event.value,
    "identifier": lambda event: event.id,
    "payload_note": lambda event: event.payload.get("note", ""),
}
"""Where a cell of each column is found again."""
GOODS = {content(text) for text in NAUGHTY if content(text) and refuse_text(content(text)) is None}


def world() -> World:
    """Make a world in which every naughty string that can be is a customer and the event name of a meter."""
    made = World()
    for number, text in enumerate(sorted(GOODS)):
        made.customers.add(text)
        made.meters.stored[f"mtr_{number}"] = Meter(id=f"mtr_{number}", event_name=text, display_name=text)
    return made


def usage(column: str) -> bytes:
    """Write a file of good rows, but for the one column."""
    rows = [dict(zip(COLUMNS, (*GOOD, f"row-{number}", "fine"), strict=True)) for number in range(len(NAUGHTY))]
    return written([[*COLUMNS], *([*(row | {column: text}).values()] for row, text in zip(rows, NAUGHTY, strict=True))])


def meaning(column: str, text: str, row_id: str) -> object:
    """Return what a cell that is accepted means."""
    cell = content(text)
    if column == "timestamp":
        return parse_timestamp(cell, TimeWindow(ARRIVAL))
    if column == "payload_value":
        return parse_value(cell)
    return cell or (row_id if column == "identifier" else "")


@pytest.mark.parametrize("column", COLUMNS)
def test_in_a_cell_of_usage(column: str) -> None:
    """Each is stored as it means, or refused with a reason, and stands unchanged in the error file."""
    outcome = world().ingest(usage(column), USAGE)
    assert_sound(outcome)
    assert_readable(outcome)
    refused = {int(row["row_number"]): row for row in error_rows(outcome.error_file)}
    counts = outcome.upload.counts
    # Some stand on the list twice.
    assert (counts.row, counts.duplicate > 0) == (len(NAUGHTY), column == "identifier")
    for number, text in enumerate(NAUGHTY, 1):
        if event := outcome.events.get(number):
            assert STORED[column](event) == meaning(column, text, f"{outcome.upload.id}:{number}")
        elif number in refused:
            assert (content(refused[number][column]), refused[number]["error_field"]) == (content(text), column)
            assert len(refused[number]["error_message"]) > len(column) + 10


@pytest.mark.parametrize("column", COLUMNS)
def test_verdicts_stay(column: str) -> None:
    """The error file, dropped back as it is, has the same verdicts."""
    assert assert_holds(usage(column), USAGE).upload.counts.row == len(NAUGHTY)


def test_through_an_error_file() -> None:
    """Rows that were refused for another cell count, once that is corrected, with what the naughty one always held."""
    everything = world()
    table = [[*COLUMNS], *([*GOOD[:3], "not a number", f"row-{at}", text] for at, text in enumerate(NAUGHTY))]
    first = everything.ingest(written(table), USAGE)
    corrected = (first.error_file or b"").replace(b"not a number,", b"400,")
    again = everything.ingest(corrected, "uploads/corrected.csv")
    assert_sound(again)
    # A row of the error file each, in order.
    for number, text in enumerate(NAUGHTY, 1):
        if refuse_text(content(text)) is None:
            assert again.events[number].payload == ({"note": content(text)} if content(text) else {})
        else:
            assert number not in again.events


def test_as_names_of_columns() -> None:
    """Each is a key of the payload as it was written, or fails the file with words that say why."""
    accepted = 0
    for text in NAUGHTY:
        header = [*COLUMNS[:4], PAYLOAD_PREFIX + text]
        outcome = World().ingest(written([header, [*GOOD, "here"]]), USAGE)
        assert_sound(outcome)
        assert_readable(outcome)
        if outcome.upload.failure is None:
            accepted += 1
            assert outcome.events[1].payload == {header[-1].strip()[len(PAYLOAD_PREFIX) :]: "here"}
        else:
            assert outcome.upload.failure.code in {"file_unknown_columns", "file_duplicate_columns"}
    assert accepted > 450


@pytest.mark.parametrize("column", CUSTOMER_COLUMNS)
def test_in_a_cell_of_customers(column: str) -> None:
    """Each is registered as it was written, or refused with a reason, and stands unchanged in the error file."""
    good = [{"id": f"cus_{number}", "name": "Ada", "email": "ada@example.com"} for number in range(len(NAUGHTY))]
    rows = [[*(row | {column: text}).values()] for row, text in zip(good, NAUGHTY, strict=True)]
    data = written([[*CUSTOMER_COLUMNS], *rows])
    outcome = World().ingest(data, CUSTOMERS)
    assert_sound(outcome)
    assert_readable(outcome)
    assert_registered(outcome, column)
    assert assert_holds(data, CUSTOMERS).upload.counts == outcome.upload.counts


def assert_registered(outcome: Outcome, column: str) -> None:
    """Find each string in the customer of its row, or in the error file."""
    refused = {int(row["row_number"]): row for row in error_rows(outcome.error_file)}
    for number, text in enumerate(NAUGHTY, 1):
        if number in refused:
            assert (content(refused[number][column]), refused[number]["error_field"]) == (content(text), column)
        elif column == "id":
            assert outcome.customers[content(text)].customer.id == content(text)
        else:
            assert getattr(outcome.customers[f"cus_{number - 1}"].customer, column) == (content(text) or None)
