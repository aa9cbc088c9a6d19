"""Timestamps against datetime."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.errors import CellError
from meterdrop.domain.validation.timestamp import TimeWindow, parse_timestamp
from tests.support.strategies import cells

ARRIVAL = 1_727_524_800
ALWAYS = TimeWindow(10**12)
DAY = 86_400
_offsets = st.integers(-12 * 60, 14 * 60)
_instants = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)).map(  # noqa: DTZ001 (made aware below)
    lambda instant: instant.replace(microsecond=0)
)


def code_of(text: str, window: TimeWindow) -> RowCode | None:
    """Return why a timestamp is refused, or None for one that is taken."""
    answer = parse_timestamp(text, window)
    return answer.code if isinstance(answer, CellError) else None


_fractions = st.one_of(st.just(""), st.text("0123456789", min_size=1, max_size=9).map(".".__add__))
_forms = st.tuples(st.sampled_from("T "), _fractions, st.sampled_from(["", " "]))
"""What stands before the time of day, after it, and before the offset."""


@given(_instants, _offsets, st.booleans(), _forms)
def test_an_instant_is_what_datetime_reads(
    local: datetime, minutes: int, has_colon: bool, form: tuple[str, str, str]
) -> None:
    """Every local time with every offset that exists is the right second; a fraction of it is cut off."""
    between, fraction, blank = form
    instant = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    text = (
        f"{local:%Y-%m-%d{between}%H:%M:%S}".rjust(19, "0")
        + f"{fraction}{blank}{sign}{hours:02d}{':' * has_colon}{rest:02d}"
    )
    seconds = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    answer = parse_timestamp(text, ALWAYS)
    if seconds < 0:
        assert isinstance(answer, CellError)
        assert answer.code is RowCode.TIMESTAMP_TOO_FAR_IN_PAST
    else:
        assert answer == seconds


@given(_instants.filter(lambda instant: instant.year >= 1970), st.sampled_from(["Z", "UTC", " Z", " UTC"]), _fractions)
def test_names_of_utc(local: datetime, name: str, fraction: str) -> None:
    """Z and UTC are the offset of nothing."""
    assert parse_timestamp(f"{local:%Y-%m-%d %H:%M:%S}{fraction}{name}", ALWAYS) == int(
        local.replace(tzinfo=UTC).timestamp()
    )


@given(st.integers(10**8, 10**11 - 1), st.text("0123456789", min_size=1, max_size=12))
def test_an_epoch_has_no_fraction(seconds: int, fraction: str) -> None:
    """But one of nothing, which floats have: up to nine zeros."""
    answer = parse_timestamp(f"{seconds}.{fraction}", ALWAYS)
    assert (answer == seconds) == (fraction.strip("0") == "" and len(fraction) <= 9)


@given(st.dates(min_value=date(1970, 1, 1)))
def test_a_date_is_its_midnight(day: date) -> None:
    """A date alone is midnight UTC, and the same instant written out."""
    midnight = int(datetime.combine(day, time(), UTC).timestamp())
    assert parse_timestamp(day.isoformat(), ALWAYS) == midnight
    assert parse_timestamp(f"{day.isoformat()}T00:00:00Z", ALWAYS) == midnight


@given(st.integers(0, 99_999_999_999))
def test_epoch_seconds(seconds: int) -> None:
    """Nine to eleven digits are seconds; fewer are something else."""
    answer = parse_timestamp(str(seconds), ALWAYS)
    if seconds >= 10**8:
        assert answer == seconds
    else:
        assert isinstance(answer, CellError)
        assert answer.code is RowCode.TIMESTAMP_INVALID
        assert parse_timestamp(f"{seconds:09d}", ALWAYS) == seconds


@given(st.one_of(cells, st.text(alphabet="0123456789-+:TZ. /", max_size=26)))
def test_any_text(text: str) -> None:
    """No text crashes, and none is taken for a time outside the window."""
    answer = parse_timestamp(text, TimeWindow(ARRIVAL, ARRIVAL - DAY))
    if not isinstance(answer, CellError):
        assert ARRIVAL - DAY <= answer <= ARRIVAL + 14 * 3_600


@given(st.integers(-20 * 3_600, 20 * 3_600))
def test_future(ahead: int) -> None:
    """Five minutes are forgiven; a date is in the future only where no place on earth has reached it."""
    midnight = int(datetime(2024, 9, 29, tzinfo=UTC).timestamp())
    window = TimeWindow(midnight - ahead)
    assert (code_of("2024-09-29T00:00:00Z", window) is RowCode.TIMESTAMP_IN_FUTURE) == (ahead > 300)
    assert (code_of(str(midnight), window) is RowCode.TIMESTAMP_IN_FUTURE) == (ahead > 300)
    assert (code_of("2024-09-29", window) is RowCode.TIMESTAMP_IN_FUTURE) == (ahead > 14 * 3_600)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (str(ARRIVAL - 35 * DAY), None),
        (str(ARRIVAL - 35 * DAY - 1), RowCode.TIMESTAMP_TOO_FAR_IN_PAST),
        ("2024-08-25", None),
        ("2024-08-24", RowCode.TIMESTAMP_TOO_FAR_IN_PAST),
        ("1970-01-01", RowCode.TIMESTAMP_TOO_FAR_IN_PAST),
    ],
)
def test_maximum_age(text: str, code: RowCode | None) -> None:
    """The owner's limit of age counts back from arrival."""
    assert code_of(text, TimeWindow.for_upload(ARRIVAL, 35)) is code


def test_an_age_that_reaches_before_1970() -> None:
    """However long the age, nothing before 1970 is taken."""
    assert code_of("1969-12-31", TimeWindow.for_upload(ARRIVAL, 100_000)) is RowCode.TIMESTAMP_TOO_FAR_IN_PAST
