"""What customers used: summaries of a meter's events."""

import time
from functools import partial

from meterdrop.api import parameters as query
from meterdrop.api import stores
from meterdrop.api.meters import find_meter
from meterdrop.api.paging import Cursor, read_page
from meterdrop.api.routing import Routes, json_of
from meterdrop.api.summary_models import SummaryModel, SummaryPage
from meterdrop.api.summary_window import Window, find_period
from meterdrop.api.usage import find_scope, reading_usage
from meterdrop.ledger.summaries import Summaries

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
    window = Window(start_time, end_time, grouping=value_grouping_window, period=period, anchor=anchor)
    now = int(time.time())
    wanted = window.wanted(find_scope(meter, customer), meter.formula, now)
    summaries = Summaries(stores.usage_reader(), stores.event_reader(), stores.readers())
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
