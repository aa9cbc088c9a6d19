"""Meter events of version 2 of Stripe's API, as requests and responses. Times are RFC 3339."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, WithJsonSchema

from meterdrop.api.schemas.common import ApiModel, RequestModel
from meterdrop.api.schemas.meter_events import Cancel, NewMeterEvent

MAX_EVENTS = 100
"""Maximum events of a request to the stream."""


def _rfc_3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


Time = Annotated[int, PlainSerializer(_rfc_3339), WithJsonSchema({"type": "string", "format": "date-time"})]
"""A time in epoch seconds, which the response has in RFC 3339."""


class NewMeterEvents(RequestModel):
    """The parameters of a request to the stream."""

    events: Annotated[list[NewMeterEvent], Field(min_length=1, max_length=MAX_EVENTS)]


class StoredMeterEvents(ApiModel):
    """The response of the stream: all events are stored."""


class V2MeterEventModel(ApiModel):
    """A new meter event."""

    object: Literal["v2.billing.meter_event"]
    created: Annotated[Time, Field(description="When Meterdrop received the event.")]
    event_name: str
    identifier: str
    livemode: Literal[True]
    payload: Annotated[dict[str, str], Field(description="The payload that you sent, trimmed.")]
    timestamp: Annotated[Time, Field(description="When the event happened, as a whole second.")]


class V2MeterEventAdjustmentModel(ApiModel):
    """The cancellation of an event."""

    object: Literal["v2.billing.meter_event_adjustment"]
    id: Annotated[str, Field(description="The same for every cancellation of the same event.")]
    cancel: Cancel
    created: Annotated[Time, Field(description="When the event was cancelled.")]
    event_name: str
    livemode: Literal[True]
    status: Annotated[Literal["complete"], Field(description="Usage no longer includes the event.")]
    type: Literal["cancel"]


class MeterEventSessionModel(ApiModel):
    """A session for the stream."""

    object: Literal["v2.billing.meter_event_session"]
    id: str
    authentication_token: Annotated[str, Field(description="Send it instead of an API key to the stream.")]
    created: Time
    expires_at: Annotated[Time, Field(description="15 minutes after the session was created.")]
    livemode: Literal[True]
