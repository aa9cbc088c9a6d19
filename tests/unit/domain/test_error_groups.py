"""The most frequent errors of an upload: what to look at first where very many rows are refused.

That the groups are those of the error file holds of every file that a test drops: see `tests.support.fakes.recount`.
"""

from meterdrop.domain.uploads.upload import ERROR_GROUP_LIMIT
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import World

HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value,identifier"
GOOD = "2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,1,"
NO_TIME = GOOD.replace("2024-09-25", "")
NO_METER = GOOD.replace("ai_search_api", "")
NO_TIME_AND_NO_METER = NO_METER.replace("2024-09-25", "")
NO_VALUE = GOOD.replace(",1,", ",,")


def groups(*rows: str, header: str = HEADER, key: str = "uploads/usage.csv") -> list[tuple[str, str, int]]:
    """Drop a file; return its groups as code, field and count."""
    outcome = World(batch=2).ingest("\n".join([header, *rows, ""]).encode(), key)
    assert_sound(outcome)
    return [(group.code.value, group.field, group.count) for group in outcome.upload.errors]


def test_the_most_frequent_come_first() -> None:
    """Equal ones in the order of their codes; of a row with several errors the first counts."""
    rows = [NO_VALUE, NO_METER, GOOD, NO_TIME, NO_TIME_AND_NO_METER, NO_METER]
    assert groups(*rows) == [
        ("event_name_missing", "event_name", 2),
        ("timestamp_missing", "timestamp", 2),
        ("meter_event_value_not_found", "payload_value", 1),
    ]


def test_no_refused_rows_no_groups() -> None:
    """The list is empty."""
    assert [] == groups(GOOD, GOOD)


def test_one_code_of_several_columns() -> None:
    """Each column has a group; equal counts are in the order of the fields."""
    long = "x" * 101
    header = f"{HEADER},payload_b,payload_a"
    assert groups(f"{GOOD},{long},", f"{GOOD},,{long}", header=header) == [
        ("field_too_long", "payload_a", 1),
        ("field_too_long", "payload_b", 1),
    ]


def test_conflicts_of_identifiers_count() -> None:
    """They are found last, and are errors as all others."""
    assert groups(GOOD + "a", GOOD.replace(",1,", ",2,a"), GOOD.replace(",1,", ",3,a"), NO_TIME) == [
        ("identifier_conflict", "identifier", 2),
        ("timestamp_missing", "timestamp", 1),
    ]


def test_a_file_of_customers_has_them_too() -> None:
    """With its own codes and columns."""
    found = groups("cus_1,Ada", ",Bea", ",Eva", header="id,name", key="customers/new.csv")
    assert [("customer_id_missing", "id", 2)] == found


def test_at_most_twenty() -> None:
    """The rarest are left out."""
    names = [f"payload_{number:02d}" for number in range(ERROR_GROUP_LIMIT + 3)]
    rows = [GOOD + "," * number + "," + "x" * 101 + "," * (len(names) - number - 1) for number in range(len(names))]
    found = groups(*rows, rows[-1], header=",".join([HEADER, *names]))
    assert [("field_too_long", names[-1], 2)] == found[:1]
    assert [("field_too_long", name, 1) for name in names[: ERROR_GROUP_LIMIT - 1]] == found[1:]
