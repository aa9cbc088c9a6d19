"""Meter event summaries and the window they are asked for."""

import time
from functools import partial

from meterdrop.api.http import dependencies
from meterdrop.api.http.pagination import Cursor, read_page
from meterdrop.api.http.routing import Routes, json_of
from meterdrop.api.routes.meters import find_meter
from meterdrop.api.routes.usage_access import find_scope, reading_usage
from meterdrop.api.schemas import query
from meterdrop.api.schemas.errors import ErrorCode, bad_parameter
from meterdrop.api.schemas.summaries import SummaryModel, SummaryPage
from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.summary import Scope, start_of, summary_id
from meterdrop.usage.billing_periods import Equal, Months, Period
from meterdrop.usage.summaries import DAY, Summaries, Wanted

_MINUTE = 60
_LONGEST = 31 * DAY  # what of a period may lie before a window that it touches
_WIDTHS = {"hour": 3_600, "day": DAY}


class SummaryWindow:
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


routes = Routes()


@routes.get(
    "/v1/billing/meters/<meter_id>/event_summaries",
    json_of(SummaryPage, "A page of summaries."),
    not_found=True,
    changing=True,
)
def list_event_summaries(  # noqa: PLR0913  one argument for each query parameter
    meter_id: str,
    *,
    customer: query.CustomerIs = None,
    start_time: query.MinuteStart = None,
    end_time: query.MinuteEnd = None,
    value_grouping_window: query.GroupedBy = None,
    period: query.PeriodIs = None,
    anchor: query.AnchorIs = None,
    limit: query.Limit = 10,
    starting_after: query.SummaryAfter = None,
    ending_before: query.SummaryBefore = None,
) -> SummaryPage:
    """Sum up a meter's events, newest first, of one customer or of all.

    start_time and end_time are needed, at whole minutes, and give one summary. With value_grouping_window they are at
    whole hours or days and give one summary for each that has events. With period=month every billing period that they
    touch is given whole; without them, the current one.
    """
    meter = find_meter(meter_id)
    window = SummaryWindow(start_time, end_time, grouping=value_grouping_window, period=period, anchor=anchor)
    now = int(time.time())
    wanted = window.wanted(find_scope(meter, customer), meter.formula, now)
    summaries = Summaries(dependencies.usage_reader(), dependencies.event_reader(), dependencies.readers())
    with reading_usage():
        page = read_page(
            partial(summaries.walk, wanted, now=now),
            partial(find_period, wanted),
            Cursor(starting_after, ending_before),
            limit,
            noun="summary here",
        )
    return SummaryPage(
        object="list",
        data=[SummaryModel.of(summary, wanted.scope) for summary in page.things],
        has_more=page.has_more,
        url=f"/v1/billing/meters/{meter.id}/event_summaries",
    )
