"""Meter events: create, cancel, and the live feed."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from meterdrop.api.http import dependencies
from meterdrop.api.http.pagination import IterItems, ListPage, PageCursor, read_page
from meterdrop.api.http.routing import Routes, json_response
from meterdrop.api.routes.meters import find_meter
from meterdrop.api.routes.usage_access import find_scope, usage_errors
from meterdrop.api.schemas import query
from meterdrop.api.schemas.errors import ApiError, ErrorCode, bad_parameter, idempotency_key_reused, resource_missing
from meterdrop.api.schemas.meter_events import (
    FeedPage,
    MeterEventAdjustmentModel,
    MeterEventModel,
    NewMeterEvent,
    NewMeterEventAdjustment,
    StoredEventModel,
)
from meterdrop.domain.access.permissions import Resource
from meterdrop.domain.files.cells import excerpt, trim
from meterdrop.domain.ids import CURSOR, LAST_SECOND, scoped_id
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.meter import PAYLOAD_PREFIX
from meterdrop.domain.validation.field_parsers import normalize_identifier
from meterdrop.domain.validation.results import RefusedRow
from meterdrop.usage.cancel_event import CancelInput, NoSuchEventError, NotFinalError, cancel
from meterdrop.usage.create_event import IdentifierTakenError, MeterEventRefusedError, RequestReusedError
from meterdrop.usage.event_feed import Feed, Narrowed
from meterdrop.usage.window_figures import DAY

routes = Routes()


@routes.post(
    "/v1/billing/meter_events", Resource.METER_EVENTS.write, json_response(MeterEventModel, "The stored event.")
)
def create_meter_event(new: Annotated[NewMeterEvent, Body(description="The new event.")]) -> MeterEventModel:
    """Create a meter event.

    The rules for a row of a file apply, and an error has the row's code. When you get the response, usage includes the
    event.
    """
    stored = store_event(new, routes)
    return MeterEventModel.from_event(stored, trimmed_payload(new))


@routes.post(
    "/v1/billing/meter_event_adjustments",
    Resource.METER_EVENTS.write,
    json_response(MeterEventAdjustmentModel, "The cancellation."),
    not_found=True,
)
def create_meter_event_adjustment(
    new: Annotated[NewMeterEventAdjustment, Body(description="The event to cancel.")],
) -> MeterEventAdjustmentModel:
    """Cancel an event from a file or from the API.

    Usage no longer includes the event when you get the response. Its identifier stays taken: the same event in a later
    file is a duplicate.
    """
    event = cancel_event(new, routes, int(time.time()))
    return MeterEventAdjustmentModel(
        object="billing.meter_event_adjustment",
        cancel=new.cancel,
        event_name=event.event_name,
        livemode=True,
        status="complete",
        type="cancel",
    )


def store_event(new: NewMeterEvent, current: Routes) -> StoredEvent:
    """Store the event of the current request and return it. Raises ApiError."""
    with _creation_errors(""):
        return dependencies.event_creation().add(
            new.to_input(), current.request_token, int(time.time()), current.change("create")
        )


def store_events(new: Sequence[NewMeterEvent], current: Routes) -> None:
    """Store the events of the current request. Raises ApiError, whose message names the position of the event."""
    with _creation_errors("events[{}]: "):
        dependencies.event_creation().add_all(
            [each.to_input() for each in new], current.request_token, int(time.time()), current.change("create")
        )


def trimmed_payload(new: NewMeterEvent) -> dict[str, str]:
    """Return the payload of an event as responses show it."""
    return {key: trim(value) for key, value in new.payload.items()}


@contextmanager
def _creation_errors(prefix: str) -> Iterator[None]:
    """Raise ApiError for the errors of events. The messages begin with `prefix` and the event's position, from 0."""
    try:
        yield
    except MeterEventRefusedError as error:
        raise _event_error(error.refused, prefix.format(error.refused.row - 1)) from None
    except IdentifierTakenError as error:
        message = f"{prefix.format(error.row - 1)}An event already exists with identifier {error.identifier}."
        if not error.is_equal:  # Stripe's message is the same for both
            message += " Its content is different. To count this event too, send another identifier."
        raise bad_parameter("identifier", message, ErrorCode.DUPLICATE_METER_EVENT) from None
    except RequestReusedError:
        raise idempotency_key_reused() from None
    except NotFinalError as error:
        raise _not_final(error, "identifier") from None


def cancel_event(new: NewMeterEventAdjustment, current: Routes, now: int) -> StoredEvent:
    """Cancel an event for the current request at `now` (epoch seconds) and return it. Raises ApiError."""
    identifier = normalize_identifier(new.cancel.identifier)
    try:
        wanted = CancelInput(trim(new.event_name), identifier, new.partner)
        return cancel(dependencies.single_events(), wanted, now, current.change("cancel"))
    except NoSuchEventError:
        raise resource_missing(
            f"No such event: identifier {excerpt(identifier)}, event name {excerpt(new.event_name)}. Send both as the "
            "event has them.",
            param="cancel[identifier]",
        ) from None
    except NotFinalError as error:
        raise _not_final(error, "cancel[identifier]") from None


def _not_final(error: NotFinalError, param: str) -> ApiError:
    return ApiError(
        HTTPStatus.CONFLICT,
        ErrorCode.LOCK_TIMEOUT,
        f"The event's upload {error.upload} isn't final yet. Send the request again when its status is final.",
        param=param,
    )


def _event_error(row: RefusedRow, prefix: str) -> ApiError:
    errors = [error._replace(field=_param(error.field), in_file="") for error in row.errors]
    return bad_parameter(errors[0].field, prefix + " ".join(map(str, errors)), errors[0].code)


def _param(column: str) -> str:
    """Return the parameter that has the content of a file's column."""
    key = column.removeprefix(PAYLOAD_PREFIX)
    return column if key == column else f"payload[{key}]"


@routes.get(
    "/v1/billing/meters/<meter_id>/events",
    Resource.USAGE.read,
    json_response(FeedPage, "A page of events."),
    not_found=True,
    changing=True,
)
def list_events(  # noqa: PLR0913  one argument for each query parameter
    meter_id: str,
    *,
    customer: query.CustomerId = None,
    identifier: query.Identifier = None,
    start_time: query.WindowStart = None,
    end_time: query.WindowEnd = None,
    partner: query.PartnerFilter = None,
    limit: query.Limit = 10,
    starting_after: query.StartingAfterUsage = None,
    ending_before: query.EndingBeforeUsage = None,
) -> FeedPage:
    """List a meter's events, last received first.

    The list includes cancelled events. Without customer, identifier, partner, start_time and end_time, it ends after
    the newest 100 events. With any of them, it contains all events that match.
    """
    meter = find_meter(meter_id)
    if start_time is not None and end_time is not None and start_time >= end_time:
        raise bad_parameter("end_time", "Invalid end_time: must be later than start_time.")
    scope = find_scope(meter, customer)
    feed = dependencies.event_feed()
    end = LAST_SECOND if end_time is None else end_time
    narrowed = Narrowed(
        scope=scope,
        start=start_time or 0,
        end=end,
        partner=partner,
        identifier=None if identifier is None else normalize_identifier(identifier),
    )
    is_narrowed = (customer, start_time, end_time, partner) != (None, None, None, None)
    cursor = PageCursor(starting_after, ending_before)
    with usage_errors():
        page = _read_events(feed, narrowed, cursor, limit, is_narrowed=is_narrowed)
    return FeedPage(
        object="list",
        data=[StoredEventModel.from_event(event, meter) for event in page.items],
        has_more=page.has_more,
        url=f"/v1/billing/meters/{meter.id}/events",
    )


def _event_id(cursor: str) -> str:
    """Return the ID of the event that a cursor names."""
    match = CURSOR.fullmatch(cursor)
    upload = dependencies.uploads().find(match[1]) if match else None
    return cursor if match is None or upload is None else scoped_id(upload.partner, match[2])


def _read_events(
    feed: Feed, narrowed: Narrowed, cursor: PageCursor, limit: int, *, is_narrowed: bool
) -> ListPage[StoredEvent]:
    def find_position(id_: str) -> StoredEvent | None:
        event = feed.find(_event_id(id_))
        return event if event is not None and narrowed.holds(event) else None

    # No event is later than a day from now, so a window without an end stops there.
    last = min(narrowed.end, int(time.time()) + DAY)
    bounded = replace(narrowed, end=last)
    iter_events: IterItems[StoredEvent, StoredEvent]
    if narrowed.identifier is not None:
        iter_events = partial(feed.walk_identified, bounded, dependencies.partners())
    elif is_narrowed:
        iter_events = partial(feed.walk, bounded)
    else:
        iter_events = partial(feed.walk_newest, narrowed.scope.meter)
    return read_page(iter_events, find_position, cursor, limit, noun="event")
