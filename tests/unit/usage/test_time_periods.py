"""Billing periods: where months begin that have no such day."""

from datetime import UTC, datetime

import pytest

from meterdrop.usage.time_periods import Months


def seconds(text: str) -> int:
    """Read a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("anchor", "moment", "start", "end"),
    [
        # Calendar months.
        ("1970-01-01", "2024-02-29T23:59:59", "2024-02-01", "2024-03-01"),
        ("1970-01-01", "2024-12-31", "2024-12-01", "2025-01-01"),
        ("1970-01-01", "1970-01-01", "1970-01-01", "1970-02-01"),
        # The 31st: the last day where there is none, and the 31st again.
        ("2024-01-31", "2024-02-28", "2024-01-31", "2024-02-29"),
        ("2024-01-31", "2024-02-29", "2024-02-29", "2024-03-31"),
        ("2024-01-31", "2024-03-30", "2024-02-29", "2024-03-31"),
        ("2024-01-31", "2024-04-30", "2024-04-30", "2024-05-31"),
        ("2024-01-31", "2025-02-28", "2025-02-28", "2025-03-31"),
        ("2023-01-31", "2023-02-28", "2023-02-28", "2023-03-31"),
        ("2024-02-29", "2025-03-01", "2025-02-28", "2025-03-29"),
        # Before the anchor.
        ("2024-03-31", "2024-02-29", "2024-02-29", "2024-03-31"),
        ("2030-08-15", "2024-01-01", "2023-12-15", "2024-01-15"),
        ("1970-01-15", "1970-01-01", "1969-12-15", "1970-01-15"),
        # The anchor's time of day, to the second; summer time is nobody's in UTC.
        ("2024-01-31T12:34:56", "2024-02-29T12:34:55", "2024-01-31T12:34:56", "2024-02-29T12:34:56"),
        ("2024-01-31T12:34:56", "2024-02-29T12:34:56", "2024-02-29T12:34:56", "2024-03-31T12:34:56"),
        ("2024-03-30T01:30:00", "2024-04-01", "2024-03-30T01:30:00", "2024-04-30T01:30:00"),
    ],
)
def test_a_moment_is_in_a_period(anchor: str, moment: str, start: str, end: str) -> None:
    """A period begins on the anchor's day and time, or on the last day of a month that is too short."""
    assert (seconds(start), seconds(end)) == Months(seconds(anchor)).at(seconds(moment))


def test_the_31st_comes_back_every_year() -> None:
    """Counted from the anchor, no short month shifts those after it."""
    months, moment, days = Months(seconds("2023-08-31")), seconds("2023-08-31"), []
    for _ in range(24):
        period = months.at(moment)
        days.append(datetime.fromtimestamp(period.start, UTC).day)
        moment = period.end
    assert [31, 30, 31, 30, 31, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31, 30, 31, 30, 31] == days
