"""Error files that LibreOffice opened and saved in several locales: dropped back, every row and value counts once."""

from decimal import Decimal
from pathlib import Path

import pytest

from meterdrop.domain.metering.meter import Meter
from tests.data.libreoffice.save import FOLDER, SENT, sent
from tests.support.fakes.recount import assert_sound, error_rows
from tests.support.fakes.world import World

SAVED = sorted(FOLDER.glob("*/*.csv"))
VALUES = (
    *("1.234", "0.125", "-0.125", "999.999", "12.5", "3.1", "1.2", "400", "-3", "1234567.891", "123456789012345"),
    *("1", "1", "1", "0.25", "0.25", "0.25", "0.25", "0.25", "0.125", "15", "1.234", None, "0.000000000001"),
    *("0.25", "0.25"),
)
"""Of the rows of `sent.csv`. Two more have identifiers that every spreadsheet takes for numbers, and changes."""
CHANGED = dict.fromkeys((27, 28), "identifier_changed")
AMBIGUOUS = dict.fromkeys((1, 4, 22), "meter_event_invalid_value")
"""Saved as `1.234` where the separator is a semicolon."""
NO_NUMBER = {
    "en-US": {24: "meter_event_invalid_value"},
    "tr-TR": dict.fromkeys((5, 6, 7), "meter_event_invalid_value"),
}
"""What a spreadsheet turned into something that is no number, `1E-12` or a date: it is refused, and not miscounted."""


def corrected_world(opened: str) -> World:
    """Make a world where the error file was written, and what was wrong is put right since."""
    world = World()
    first = world.ingest(sent(SENT[opened]), "uploads/sent.csv")
    assert_sound(first)
    assert 28 == first.upload.counts.error
    world.customers.add("cus_later")
    world.meters.stored["mtr_new"] = Meter(id="mtr_new", event_name="Größe", display_name="Größe")
    return world


@pytest.mark.parametrize("opened", SENT)
def test_what_was_opened_is_what_is_written(opened: str) -> None:
    """The fixtures are of error files as they are now, the words of messages aside."""
    world = World()
    error_file = world.ingest(sent(SENT[opened]), "uploads/sent.csv").error_file
    was = (FOLDER / f"error_file_{opened}.csv").read_bytes()
    assert [_without_message(row) for row in error_rows(was)] == [
        _without_message(row) for row in error_rows(error_file)
    ]


def _without_message(row: dict[str, str]) -> dict[str, str]:
    return {name: cell for name, cell in row.items() if name != "error_message"}


@pytest.mark.parametrize("path", SAVED, ids=[f"{path.parent.name}-{path.stem}" for path in SAVED])
def test_dropped_back(path: Path) -> None:
    """However often; with the values that were sent, in the rows that they were sent in."""
    locale, (opened, saved) = path.parent.name, path.stem.split("_")
    world = corrected_world(opened)
    parent = next(iter(world.uploads.stored))
    refused = CHANGED | NO_NUMBER.get(locale, {})
    refused |= AMBIGUOUS if (locale, saved) == ("en-US", "semicolon") else {}
    for number in range(2):
        again = world.ingest(path.read_bytes(), f"uploads/corrected-{number}.csv")
        assert_sound(again)
        assert (None, parent) == (again.upload.failure, again.upload.parent)
        assert refused == {int(row["row_number"]): row["error_code"] for row in error_rows(again.error_file)}
    found = {int(row): event.value for id_, event in world.events.items() if (row := id_.rpartition(":")[2]).isdigit()}
    found[26] = world.events["inv-00123"].value
    rows = enumerate(VALUES, 1)
    assert {row: value and Decimal(value) for row, value in rows if row not in refused} == found
