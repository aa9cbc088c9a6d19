"""Meter event summaries, and the parameters of their window."""

import time
from functools import partial

from meterdrop.api.http import dependencies
from meterdrop.api.http.pagination import PageCursor, read_page
from meterdrop.api.http.routing import Routes, json_response
from meterdrop.api.routes.meters import find_meter
from meterdrop.api.routes.usage_access import find_scope, usage_errors
from meterdrop.api.schemas import query
from meterdrop.api.schemas.errors import ErrorCode, bad_parameter
from meterdrop.api.schemas.summaries import SummaryModel, SummaryPage
from meterdrop.domain.access.permissions import Resource
from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.summary import Scope, start_of, summary_id
from meterdrop.usage.summaries import Summaries, Wanted
from meterdrop.usage.time_periods import Equal, Months, Period
from meterdrop.usage.window_figures import DAY

_MINUTE_SECONDS = 60
_LONGEST_PERIOD_SECONDS = 31 * DAY  # a period may begin this much before a window that it touches
_WIDTH_SECONDS = {"hour": 3_600, "day": DAY}


class SummaryWindow:
    """The parameters that say which times to summarize."""

    def __init__(
        self, start: int | None, end: int | None, *, grouping: str | None, period: str | None, anchor: int | None
    ) -> None:
        """Check the parameters, times in epoch seconds. Raises ApiError 400."""
        if grouping and period:
            raise bad_parameter(
                "value_grouping_window",
                "Received both value_grouping_window and period. Send only one of them.",
                ErrorCode.PARAMETERS_EXCLUSIVE,
            )
        if anchor is not None and not period:
            raise bad_parameter("anchor", "Invalid anchor: it requires period=month. Send both, or remove anchor.")
        if not (period and start is None and end is None):
            for name, time in (("start_time", start), ("end_time", end)):
                _check_time(name, time, grouping)
        if start is not None and end is not None and start >= end:
            raise bad_parameter("end_time", "Invalid end_time: must be later than start_time.")
        self._start = start
        self._end = end
        self._grouping = grouping
        self._months = Months(anchor or 0) if period else None

    def one_period(self, now: int) -> Period:
        """Return the only period: the window, or the billing period that contains its start (now without a window)."""
        if self._months is not None:
            return self._months.at(now if self._start is None else self._start)
        return Period(self._start or 0, self._end or 0)

    def wanted(self, scope: Scope, formula: Formula, now: int) -> Wanted:
        """Return what to summarize for a scope."""
        if self._months is not None:
            # Future periods are endless. Only those that begin within a day can have events.
            start, end = (now, now + 1) if self._end is None else (self._start or 0, min(self._end, now + DAY))
            periods, only_used = self._months, False
            return Wanted(scope=scope, formula=formula, periods=periods, start=start, end=end, only_used=only_used)
        start, end = self._start or 0, self._end or 0
        width = _WIDTH_SECONDS.get(self._grouping or "")
        equal = Equal(end - start, origin=start) if width is None else Equal(width)
        return Wanted(scope=scope, formula=formula, periods=equal, start=start, end=end, only_used=width is not None)


def find_period(wanted: Wanted, id_: str) -> Period | None:
    """Return the period of a summary's ID, None if it isn't a wanted one."""
    start = start_of(id_)
    if start is None or not wanted.start - _LONGEST_PERIOD_SECONDS < start < wanted.end:
        return None
    period = wanted.periods.at(start)
    is_wanted = period.end > wanted.start and id_ == summary_id(wanted.scope, *period)
    return period if is_wanted else None


def _check_time(name: str, time: int | None, grouping: str | None) -> None:
    if time is None:
        raise bad_parameter(
            name,
            f"Missing required parameter: {name}. Send epoch seconds at a whole minute.",
            ErrorCode.PARAMETER_MISSING,
        )
    if time % _MINUTE_SECONDS:
        raise bad_parameter(name, f"Invalid {name}: {time} isn't at a whole minute. Send a multiple of 60.")
    if grouping and time % _WIDTH_SECONDS[grouping]:
        boundary = "a whole hour" if grouping == "hour" else "midnight UTC"
        raise bad_parameter(
            name,
            f"Invalid {name}: with value_grouping_window={grouping}, it must be at {boundary}. "
            f"Send a multiple of {_WIDTH_SECONDS[grouping]}.",
        )


routes = Routes()


@routes.get(
    "/v1/billing/meters/<meter_id>/event_summaries",
    Resource.USAGE.read,
    json_response(SummaryPage, "A page of summaries."),
    not_found=True,
    changing=True,
)
def list_event_summaries(  # noqa: PLR0913  one argument for each query parameter
    meter_id: str,
    *,
    customer: query.CustomerId = None,
    start_time: query.MinuteStart = None,
    end_time: query.MinuteEnd = None,
    value_grouping_window: query.GroupingWindow = None,
    period: query.PeriodUnit = None,
    anchor: query.Anchor = None,
    limit: query.Limit = 10,
    starting_after: query.StartingAfterUsage = None,
    ending_before: query.EndingBeforeUsage = None,
) -> SummaryPage:
    """List summaries of a meter's events, newest first, for one customer or all.

    Send start_time and end_time at whole minutes to get one summary. With value_grouping_window, send whole hours or
    days to get one summary for each hour or day that has events. With period=month, you get every billing period that
    the window touches, or without a window the current one.
    """
    meter = find_meter(meter_id)
    window = SummaryWindow(start_time, end_time, grouping=value_grouping_window, period=period, anchor=anchor)
    now = int(time.time())
    wanted = window.wanted(find_scope(meter, customer), meter.formula, now)
    summaries = Summaries(dependencies.usage_reader(), dependencies.event_reader(), dependencies.executor())
    with usage_errors():
        page = read_page(
            partial(summaries.walk, wanted, now=now),
            partial(find_period, wanted),
            PageCursor(starting_after, ending_before),
            limit,
            noun="summary",
        )
    return SummaryPage(
        object="list",
        data=[SummaryModel.from_summary(summary, wanted.scope) for summary in page.items],
        has_more=page.has_more,
        url=f"/v1/billing/meters/{meter.id}/event_summaries",
    )
