"""Parses timestamps. The time window depends on the arrival, not on the clock, so retries have the same result."""

import re
from datetime import UTC, date, datetime
from typing import NamedTuple

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.cells import AS_TEXT, excerpt, refuse_text
from meterdrop.domain.files.errors import CellError
from meterdrop.domain.periods.closed_periods import ClosedPeriods
from meterdrop.domain.periods.period import BillingPeriod

DAY = 86_400
_AHEAD = 300  # seconds that a sender's clock may be ahead
_FIRST_DAY = date(1970, 1, 1).toordinal()
_FIRST_ZONE = 14 * 3_600  # UTC+14, where each date begins first
_OFFSETS = (-12 * 3_600, 14 * 3_600)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Variants that exporters write:
# - a blank instead of T: pandas, SQL
# - a fraction of up to nine digits: JavaScript, Java, .NET
# - a blank before the offset: Snowflake, Ruby
# - UTC instead of Z: BigQuery
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?"
    r" ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})"
)
_EPOCH = re.compile(r"([0-9]{9,11})(?:\.0{1,9})?")
_FORMS = "Use 2024-09-25, 2024-09-25T14:30:00Z, 2024-09-25T14:30:00+0530, or epoch seconds such as 1727274600."
_LOCAL = "is a date in a local format"
# The first two numbers are different months.
_DAY_OR_MONTH = r"0?([1-9]|1[0-2])[/.](?!0?\1[/.])0?(?:[1-9]|1[0-2])[/.]\d{4}\b.*"
_LOOKS_LIKE = tuple(
    (re.compile(pattern, re.ASCII), description)
    for pattern, description in (
        (r"\d{12,14}(?:\.0+)?", "looks like milliseconds; divide it by 1,000"),
        (r"\d{15,19}(?:\.0+)?", "looks like microseconds or nanoseconds; use whole seconds"),
        (r"\d[.,]\d+[eE]\+?\d+", "was shortened by a spreadsheet"),
        (r"\d{9,11}\.\d+", "has a fraction of a second; use whole seconds"),
        (r"(?:19|20)\d{6}", "is a date without hyphens"),
        (r"(?:19|20)\d{2}", "looks like a year"),
        (r"\d{5}(?:\.\d+)?", "looks like a spreadsheet's day number"),
        (r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?", "has no UTC offset, such as Z or +0530"),
        (r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2} ?(?:Z|UTC|[+-].*)", "has no seconds"),
        (r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}[.,]\d.*", "has an invalid fraction of a second; use whole seconds"),
        (r"\d{4}-\d{2}-\d{2}[T ][\d:.]+ ?[+-]\d{2}", "has a UTC offset without minutes; write +0500 instead of +05"),
        (r"\d{4}-\d{2}-\d{2}[T ].*", "has an invalid time of day"),
        (r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d{2} \d{4} .*", "is a JavaScript date string; export toISOString() instead"),
        (_DAY_OR_MONTH, f"{_LOCAL}, whose day and month are ambiguous"),
        (r"(?:\d{4}[/.]\d{1,2}[/.]\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{4})\b.*", _LOCAL),
        (r"\d{1,4}[/.]\d{1,2}[/.]\d{1,4}.*", f"{_LOCAL}, whose day, month, and year are ambiguous"),
        (r"\d{4}-\d{1,2}-\d{1,2}", "needs two digits for the month and the day"),
        (r"\d+", "isn't a valid number of epoch seconds"),
        (r"-\d+", "is a negative number"),
    )
)
_IN_FILE = {
    "was shortened by a spreadsheet": AS_TEXT,
    "looks like a spreadsheet's day number": "Format the column as a date.",
}


class TimeWindow(NamedTuple):
    """The times that an upload's rows may have, in epoch seconds."""

    arrival: int
    earliest: int = 0
    closed: ClosedPeriods = ClosedPeriods()
    """The periods that refuse rows."""

    @classmethod
    def for_upload(cls, arrival: int, max_age_days: int | None, closed: ClosedPeriods | None = None) -> "TimeWindow":
        """Return the time window of an upload. Without a maximum age, it starts in 1970."""
        earliest = 0 if max_age_days is None else max(0, arrival - max_age_days * DAY)
        return cls(arrival, earliest, closed or ClosedPeriods())


def parse_timestamp(text: str, window: TimeWindow) -> int | CellError:
    """Parse the trimmed text of a timestamp to epoch seconds within the window."""
    if not text:
        return CellError(RowCode.TIMESTAMP_MISSING, f"The value is missing. {_FORMS}")
    seconds = _seconds(text)
    if isinstance(seconds, str):
        return refuse_text(text) or CellError(
            RowCode.TIMESTAMP_INVALID, f"{excerpt(text)} {seconds}. {_FORMS}", _IN_FILE.get(seconds, "")
        )
    if seconds > window.arrival + (_FIRST_ZONE if _DATE.fullmatch(text) else _AHEAD):
        return CellError(
            RowCode.TIMESTAMP_IN_FUTURE,
            f"{excerpt(text)} is in the future: Meterdrop received it at {_utc(window.arrival)}. Correct the time.",
        )
    if seconds < window.earliest:
        return CellError(
            RowCode.TIMESTAMP_TOO_FAR_IN_PAST,
            f"{excerpt(text)} is too far in the past. The earliest allowed time is {_utc(window.earliest)}.",
        )
    return seconds


def refuse_closed(text: str, period: BillingPeriod) -> CellError:
    """Return the error of a timestamp in a closed period that refuses rows."""
    return CellError(
        RowCode.TIMESTAMP_IN_CLOSED_PERIOD,
        f"{excerpt(text)} is in the closed billing period {period.id} ({_utc(period.start)} to {_utc(period.end)}), "
        "which refuses late rows. Correct the time, or bill this usage outside of Meterdrop.",
    )


def _seconds(text: str) -> int | str:
    """Return epoch seconds, or a description of the problem."""
    if match := _EPOCH.fullmatch(text):
        return int(match[1])
    if _DATE.fullmatch(text):
        return _midnight(text)
    if match := _INSTANT.fullmatch(text):
        parts = (_midnight(match[1]), _time_of_day(match[2], match[3], match[4]), _offset(match[5]))
        return next((part for part in parts if isinstance(part, str)), None) or sum(map(int, parts))
    return _looks_like(text)


def _time_of_day(hour: str, minute: str, second: str) -> int | str:
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:  # noqa: PLR2004 (a clock)
        return "isn't a valid time of day; the latest is 23:59:59"
    return int(hour) * 3_600 + int(minute) * 60 + int(second)


def _midnight(day: str) -> int | str:
    try:
        return (date.fromisoformat(day).toordinal() - _FIRST_DAY) * DAY
    except ValueError:
        return "isn't a valid date"


def _offset(text: str) -> int | str:
    """Return the seconds to add to get UTC, or a description of the problem."""
    if text in {"Z", "UTC"}:
        return 0
    minutes = int(text[-2:])
    seconds = (int(text[1:3]) * 3_600 + minutes * 60) * (1 if text[0] == "-" else -1)
    if minutes > 59 or not _OFFSETS[0] <= -seconds <= _OFFSETS[1]:  # noqa: PLR2004 (a clock)
        return "has an invalid UTC offset; offsets range from -12:00 to +14:00"
    return seconds


def _looks_like(text: str) -> str:
    return next(
        (description for pattern, description in _LOOKS_LIKE if pattern.fullmatch(text)),
        "isn't a supported timestamp format",
    )


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
