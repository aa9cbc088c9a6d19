"""The first row errors, as the status shows them."""

from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import World

HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value,identifier\n"
GOOD = b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,1,a\n"
CONFLICT = b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,2,a\n"
BAD = b"2024,ai_search_api,cus_nobody,x,\n"


def shown(data: bytes, batch: int = 25) -> list[tuple[int, str]]:
    """Drop a file; return rows and codes of its samples."""
    outcome = World(batch=batch).ingest(data)
    assert_sound(outcome)
    return [(sample.row_number, sample.code.value) for sample in outcome.upload.samples]


def test_at_most_ten_errors() -> None:
    """Ten errors, not ten rows, in the order of rows and within a row of columns."""
    three = ["timestamp_invalid", "meter_event_customer_not_found", "meter_event_invalid_value"]
    assert shown(HEADER + BAD * 20) == [(row, code) for row in (1, 2, 3, 4) for code in three][:10]


def test_conflicts_stand_in_their_places() -> None:
    """A conflict is found late, and shown between the rows that it stands between."""
    rows = GOOD + BAD + CONFLICT + BAD + CONFLICT * 30 + BAD * 10
    expected = [2, 2, 2, 3, 4, 4, 4, 5, 6, 7]
    assert [row for row, _ in shown(HEADER + rows)] == expected
    assert [row for row, _ in shown(HEADER + rows, batch=1)] == expected


def test_none() -> None:
    """Where nothing was refused nothing is shown."""
    assert shown(HEADER + GOOD) == []
