"""The live feed: a meter's events as they came in."""

import time
from functools import partial

from meterdrop.api import parameters as query
from meterdrop.api import stores
from meterdrop.api.errors import bad_parameter
from meterdrop.api.feed_models import FeedPage, StoredEventModel
from meterdrop.api.meters import find_meter
from meterdrop.api.paging import Cursor, Page, read_page
from meterdrop.api.routing import Routes, json_of
from meterdrop.api.usage import find_scope, reading_usage
from meterdrop.domain.ids import LAST_SECOND
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.ledger.feed import Feed, Narrowed
from meterdrop.ledger.summaries import DAY

routes = Routes()


@routes.get(
    "/v1/billing/meters/<meter_id>/events", json_of(FeedPage, "A page of events."), not_found=True, changing=True
)
def list_events(  # noqa: PLR0913  one argument for each query parameter
    meter_id: str,
    *,
    customer: query.CustomerIs = None,
    start_time: query.WindowStart = None,
    end_time: query.WindowEnd = None,
    limit: query.Limit = 10,
    starting_after: query.EventAfter = None,
    ending_before: query.EventBefore = None,
) -> FeedPage:
    """List a meter's events, newest received first; cancelled ones too, marked.

    The newest hundred, where nothing else is asked for. With customer, start_time or end_time, which are about when
    events happened: all of them.
    """
    meter = find_meter(meter_id)
    if start_time is not None and end_time is not None and start_time >= end_time:
        raise bad_parameter("end_time", "end_time must be later than start_time.")
    scope = find_scope(meter, customer)
    feed = Feed(stores.usage_reader(), stores.event_reader())
    narrowed = Narrowed(scope=scope, start=start_time or 0, end=LAST_SECOND if end_time is None else end_time)
    is_narrowed = (customer, start_time, end_time) != (None, None, None)
    cursor = Cursor(starting_after, ending_before)
    with reading_usage():
        page = _page(feed, narrowed, cursor, limit, is_narrowed=is_narrowed)
    return FeedPage(
        object="list",
        data=[StoredEventModel.of(event, meter) for event in page.things],
        has_more=page.has_more,
        url=f"/v1/billing/meters/{meter.id}/events",
    )


def _page(feed: Feed, narrowed: Narrowed, cursor: Cursor, limit: int, *, is_narrowed: bool) -> Page[StoredEvent]:
    def find(id_: str) -> StoredEvent | None:
        event = feed.find(id_)
        return event if event is not None and narrowed.holds(event) else None

    # No event is later than a day from now: a window without end does not read on for ever.
    last = min(narrowed.end, int(time.time()) + DAY)
    bounded = Narrowed(scope=narrowed.scope, start=narrowed.start, end=last)
    walk = partial(feed.walk, bounded) if is_narrowed else partial(feed.walk_newest, narrowed.scope.meter)
    return read_page(walk, find, cursor, limit, noun="event here")
