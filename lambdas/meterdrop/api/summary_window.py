"""Which summaries a request asks for."""

from meterdrop.api.errors import ErrorCode, bad_parameter
from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.summary import Scope, start_of, summary_id
from meterdrop.ledger.periods import Equal, Months, Period
from meterdrop.ledger.summaries import DAY, Wanted

_MINUTE = 60
_LONGEST = 31 * DAY  # what of a period may lie before a window that it touches
_WIDTHS = {"hour": 3_600, "day": DAY}


class Window:
    """The parameters that say for which times, as they were given."""

    def __init__(
        self, start: int | None, end: int | None, *, grouping: str | None, period: str | None, anchor: int | None
    ) -> None:
        """Take times in epoch seconds. Raises ApiError 400 for what cannot be together."""
        if grouping and period:
            raise bad_parameter(
                "value_grouping_window",
                "Give value_grouping_window or period, not both.",
                ErrorCode.PARAMETERS_EXCLUSIVE,
            )
        if anchor is not None and not period:
            raise bad_parameter("anchor", "anchor is for period=month; give both.")
        if not (period and start is None and end is None):
            for name, time in (("start_time", start), ("end_time", end)):
                _check_time(name, time, grouping)
        if start is not None and end is not None and start >= end:
            raise bad_parameter("end_time", "end_time must be later than start_time.")
        self._start = start
        self._end = end
        self._grouping = grouping
        self._months = Months(anchor or 0) if period else None

    def wanted(self, scope: Scope, formula: Formula, now: int) -> Wanted:
        """Return what to sum up for a scope."""
        if self._months is not None:
            # Periods have no end; of those to come only the ones that begin until tomorrow can hold anything.
            start, end = (now, now + 1) if self._end is None else (self._start or 0, min(self._end, now + DAY))
            periods, only_used = self._months, False
            return Wanted(scope=scope, formula=formula, periods=periods, start=start, end=end, only_used=only_used)
        start, end = self._start or 0, self._end or 0
        width = _WIDTHS.get(self._grouping or "")
        equal = Equal(end - start, origin=start) if width is None else Equal(width)
        return Wanted(scope=scope, formula=formula, periods=equal, start=start, end=end, only_used=width is not None)


def find_period(wanted: Wanted, id_: str) -> Period | None:
    """Return the period that a summary's id names, None where it is not one of those that are wanted."""
    start = start_of(id_)
    if start is None or not wanted.start - _LONGEST < start < wanted.end:
        return None
    period = wanted.periods.at(start)
    is_wanted = period.end > wanted.start and id_ == summary_id(wanted.scope, *period)
    return period if is_wanted else None


def _check_time(name: str, time: int | None, grouping: str | None) -> None:
    if time is None:
        raise bad_parameter(name, f"Missing required parameter: {name}.", ErrorCode.PARAMETER_MISSING)
    if time % _MINUTE:
        raise bad_parameter(name, f"{name} must be at a whole minute: a number of seconds that 60 divides.")
    if grouping and time % _WIDTHS[grouping]:
        where = "a whole hour" if grouping == "hour" else "midnight UTC"
        raise bad_parameter(name, f"With value_grouping_window={grouping} {name} must be at {where}.")
