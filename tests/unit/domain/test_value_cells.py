"""Values in an error file: none is a thousand to a spreadsheet of another locale, and each is the value that it was."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.validation.value import parse_value
from tests.support.fakes.recount import assert_sound, error_rows
from tests.support.fakes.world import World

HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value,payload_tokens\n"
LIKE_THOUSANDS = re.compile(r"[+-]?[0-9]+\.[0-9]{3}")


def encode(value: str, event_name: str = "ai_search_api", tokens: str = "") -> tuple[str, str]:
    """Return value and tokens as the error file has them, of a row that has another fault."""
    outcome = World().ingest(f"{HEADER}2024,{event_name},cus_QMJJtcu70R1x46,{value},{tokens}\n".encode())
    [row] = error_rows(outcome.error_file)
    return row["payload_value"], row["payload_tokens"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.234", "1.2340"),
        ("0.125", "0.1250"),
        ("-0.125", "-0.1250"),
        ("+123.456", "+123.4560"),
        ("1.000", "1.0000"),
        (" 1.234 ", " 1.2340 "),
        ("1.2340", "1.2340"),
        (".125", ".125"),
        ("1234.567", "1234.5670"),
        ("123456789012.345", "123456789012.3450"),
        ("1.23", "1.23"),
        ("400", "400"),
        ("1.234x", "1.234x"),
        ("1.234.567", "1.234.567"),
        ("\u0661.234", "\u0661.234"),
    ],
)
def test_one_zero_more(value: str, expected: str) -> None:
    """After a point and exactly three digits, and nowhere else."""
    assert (expected, "") == encode(value)


@pytest.mark.parametrize(
    ("event_name", "expected"),
    [
        ("ai_search_api", ("1.2340", "1.234")),
        ("llm_tokens", ("1.234", "1.2340")),
        ("old_api", ("1.2340", "1.234")),
        ("logins", ("1.2340", "1.234")),
        ("nothing", ("1.2340", "1.2340")),
        ("", ("1.2340", "1.2340")),
    ],
)
def test_the_meter_of_a_row_tells_its_value(event_name: str, expected: tuple[str, str]) -> None:
    """The other payload stays as it is; without a meter each column counts that is the value of one."""
    assert expected == encode("1.234", event_name, "1.234")


@given(st.decimals(-999, 999, places=3).map(str) | st.from_regex(r"[+-]?[0-9]{0,4}\.[0-9]{1,5}", fullmatch=True))
def test_the_same_value(value: str) -> None:
    """What is written is no thousand anywhere, and is read as the same number."""
    found, _ = encode(value)
    assert LIKE_THOUSANDS.fullmatch(found) is None
    assert parse_value(found) == parse_value(value)


def test_dropped_back_it_is_a_duplicate() -> None:
    """A row that has counted by now is the same with the zero: content is compared by numbers."""
    world = World()
    header = HEADER.replace("\n", ",identifier\n")
    first = world.ingest(f"{header}2024-09-25,ai_search_api,cus_later,1.234,,a\n".encode(), "uploads/first.csv")
    world.customers.add("cus_later")
    for number, success in enumerate((1, 0)):
        again = world.ingest(first.error_file or b"", f"uploads/again-{number}.csv")
        assert_sound(again)
        assert (success, 1 - success) == (again.upload.counts.success, again.upload.counts.duplicate)
