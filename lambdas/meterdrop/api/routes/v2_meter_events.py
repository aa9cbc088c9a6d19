"""Meter events of version 2 of Stripe's API: create, cancel, and the stream with its sessions."""

import hashlib
import time
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from meterdrop.api.http import dependencies
from meterdrop.api.http.auth import SESSION_PATH, STREAM_PATH
from meterdrop.api.http.routing import Routes, json_response
from meterdrop.api.routes.meter_events import cancel_event, store_event, store_events, trimmed_payload
from meterdrop.api.schemas.common import NoBody
from meterdrop.api.schemas.meter_events import NewMeterEvent, NewMeterEventAdjustment
from meterdrop.api.schemas.v2_meter_events import (
    MeterEventSessionModel,
    NewMeterEvents,
    StoredMeterEvents,
    V2MeterEventAdjustmentModel,
    V2MeterEventModel,
)
from meterdrop.domain.access.permissions import Resource

routes = Routes()


@routes.post(
    "/v2/billing/meter_events", Resource.METER_EVENTS.write, json_response(V2MeterEventModel, "The stored event.")
)
def create_v2_meter_event(new: Annotated[NewMeterEvent, Body(description="The new event.")]) -> V2MeterEventModel:
    """Create a meter event, in version 2.

    The rules for a row of a file apply. When you get the response, usage includes the event.
    """
    stored = store_event(new, routes)
    return V2MeterEventModel(
        object="v2.billing.meter_event",
        created=stored.received,
        event_name=stored.event_name,
        identifier=stored.identifier,
        livemode=True,
        payload=trimmed_payload(new),
        timestamp=stored.timestamp,
    )


@routes.post(
    "/v2/billing/meter_event_adjustments",
    Resource.METER_EVENTS.write,
    json_response(V2MeterEventAdjustmentModel, "The cancellation."),
    not_found=True,
)
def create_v2_meter_event_adjustment(
    new: Annotated[NewMeterEventAdjustment, Body(description="The event to cancel.")],
) -> V2MeterEventAdjustmentModel:
    """Cancel an event from a file or from the API, in version 2."""
    now = int(time.time())
    event = cancel_event(new, routes, now)
    return V2MeterEventAdjustmentModel(
        object="v2.billing.meter_event_adjustment",
        id=f"mtradj_{hashlib.sha256(event.id.encode()).hexdigest()[:24]}",
        cancel=new.cancel,
        created=now if event.cancelled is None else event.cancelled,
        event_name=event.event_name,
        livemode=True,
        status="complete",
        type="cancel",
    )


@routes.post(SESSION_PATH, Resource.METER_EVENTS.write, json_response(MeterEventSessionModel, "The session."))
def create_meter_event_session(_: NoBody) -> MeterEventSessionModel:
    """Create a session for the stream of meter events.

    Its token is valid for 15 minutes, or until the API key expires or is revoked. An Idempotency-Key has no effect:
    each request creates a session.
    """
    now = int(time.time())
    session = dependencies.sessions().create(routes.caller.id, now)
    return MeterEventSessionModel(
        object="v2.billing.meter_event_session",
        id=session.id,
        authentication_token=session.token,
        created=now,
        expires_at=session.expires_at,
        livemode=True,
    )


@routes.post(STREAM_PATH, Resource.METER_EVENTS.write, json_response(StoredMeterEvents, "All events are stored."))
def stream_meter_events(
    new: Annotated[NewMeterEvents, Body(description="The new events.")],
) -> StoredMeterEvents:
    """Create up to 100 meter events, with the token of a session.

    If an event is invalid, the request stores no event, and the message names the event's position. An event that is
    stored already with the same content isn't an error. So you can repeat a request, whatever happened to the first
    one.
    """
    store_events(new.events, routes)
    routes.audit(event_count=len(new.events))
    return StoredMeterEvents()
