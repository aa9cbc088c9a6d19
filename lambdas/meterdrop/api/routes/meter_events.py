"""Meter events: create, cancel, read one, and the feed of an hour."""

import time
from functools import partial
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from meterdrop.api.http import dependencies
from meterdrop.api.http.pagination import Cursor, ListPage, read_page
from meterdrop.api.http.routing import Routes, json_of
from meterdrop.api.routes.meters import find_meter
from meterdrop.api.routes.usage_access import find_scope, reading_usage
from meterdrop.api.schemas import query
from meterdrop.api.schemas.errors import ApiError, ErrorCode, bad_parameter, key_reused, missing
from meterdrop.api.schemas.meter_events import (
    FeedPage,
    MeterEventAdjustmentModel,
    MeterEventModel,
    NewMeterEvent,
    NewMeterEventAdjustment,
    StoredEventModel,
)
from meterdrop.domain.files.cells import excerpt, trim
from meterdrop.domain.ids import LAST_SECOND
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.meter import PAYLOAD_PREFIX
from meterdrop.domain.validation.field_parsers import normalize_identifier
from meterdrop.domain.validation.results import RefusedRow
from meterdrop.domain.validation.single_event import MeterEventInput
from meterdrop.usage.cancel_event import NoSuchEventError, NotFinalError, cancel
from meterdrop.usage.create_event import IdentifierTakenError, MeterEventRefusedError, RequestReusedError
from meterdrop.usage.event_feed import Feed, Narrowed
from meterdrop.usage.summaries import DAY

routes = Routes()


@routes.post("/v1/billing/meter_events", json_of(MeterEventModel, "The event, stored."))
def create_meter_event(new: Annotated[NewMeterEvent, Body(description="The event.")]) -> MeterEventModel:
    """Add usage by hand.

    The same rules hold as for a row of a file, and their codes come back as the error's `code`. When the answer comes,
    usage has the event.
    """
    event_input = MeterEventInput(
        timestamp=new.timestamp, event_name=new.event_name, identifier=new.identifier, payload=new.payload
    )
    try:
        stored = dependencies.event_creation().add(event_input, routes.request_token, int(time.time()))
    except MeterEventRefusedError as error:
        raise _refused(error.refused) from None
    except IdentifierTakenError as error:
        raise bad_parameter(
            "identifier",
            f"An event already exists with identifier {error.stored.id}.",
            ErrorCode.DUPLICATE_METER_EVENT,
        ) from None
    except RequestReusedError:
        raise key_reused() from None
    return MeterEventModel.of(stored, {key: trim(value) for key, value in new.payload.items()})


@routes.post(
    "/v1/billing/meter_event_adjustments", json_of(MeterEventAdjustmentModel, "The event is cancelled."), not_found=True
)
def create_meter_event_adjustment(
    new: Annotated[NewMeterEventAdjustment, Body(description="Which event, and what to do to it.")],
) -> MeterEventAdjustmentModel:
    """Cancel an event, however it came and whenever.

    Usage is without it at once. Its identifier stays taken: the same event again is a duplicate, not a comeback.
    """
    identifier = normalize_identifier(new.cancel.identifier)
    try:
        event = cancel(dependencies.single_events(), trim(new.event_name), identifier, int(time.time()))
    except NoSuchEventError:
        raise missing(
            f"No event has the identifier {excerpt(identifier)} and the event name {excerpt(new.event_name)}.",
            param="cancel[identifier]",
        ) from None
    except NotFinalError as error:
        raise ApiError(
            HTTPStatus.CONFLICT,
            ErrorCode.LOCK_TIMEOUT,
            f"Upload {error.upload}, which has this event, is still under way; try again when its status is final.",
            param="cancel[identifier]",
        ) from None
    return MeterEventAdjustmentModel(
        object="billing.meter_event_adjustment",
        cancel=new.cancel,
        event_name=event.event_name,
        livemode=True,
        status="complete",
        type="cancel",
    )


def _refused(refused: RefusedRow) -> ApiError:
    first = refused.errors[0]
    field = first.field
    param = f"payload[{field.removeprefix(PAYLOAD_PREFIX)}]" if field.startswith(PAYLOAD_PREFIX) else field
    return bad_parameter(param, " ".join(map(str, refused.errors)), first.code)


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
    feed = Feed(dependencies.usage_reader(), dependencies.event_reader())
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


def _page(feed: Feed, narrowed: Narrowed, cursor: Cursor, limit: int, *, is_narrowed: bool) -> ListPage[StoredEvent]:
    def find(id_: str) -> StoredEvent | None:
        event = feed.find(id_)
        return event if event is not None and narrowed.holds(event) else None

    # No event is later than a day from now: a window without end does not read on for ever.
    last = min(narrowed.end, int(time.time()) + DAY)
    bounded = Narrowed(scope=narrowed.scope, start=narrowed.start, end=last)
    walk = partial(feed.walk, bounded) if is_narrowed else partial(feed.walk_newest, narrowed.scope.meter)
    return read_page(walk, find, cursor, limit, noun="event here")
