"""Meter events as requests and responses, and the page of a feed."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from meterdrop.api.schemas.common import ApiModel
from meterdrop.api.schemas.uploads import UploadId
from meterdrop.domain.decimals import plain
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.validation.usage_header import PAYLOAD_LIMIT

_KEY_LENGTH = 92  # what leaves `payload_<key>`, the column of a file, at 100


def _as_text(value: object) -> object:
    # JSON numbers are taken for the text they were written as; a form has nothing but text.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_as_text), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]})]
Key = Annotated[str, Field(min_length=1, max_length=_KEY_LENGTH)]


class NewMeterEvent(BaseModel):
    """One event, added by hand."""

    model_config = ConfigDict(extra="forbid")

    event_name: Annotated[str, Field(description="That of an active meter.", examples=["ai_search_api"])]
    payload: Annotated[
        dict[Key, Text],
        Field(
            min_length=1,
            max_length=PAYLOAD_LIMIT,
            description="The meter's customer key and value key, and whatever else belongs to the event.",
            examples=[{"stripe_customer_id": "cus_QMJJtcu70R1x46", "value": "25"}],
        ),
    ]
    identifier: Annotated[
        str,
        Field(
            description="Makes the event unique, for ever. Without one it derives from API key and Idempotency-Key.",
            examples=["idmp_12345678"],
        ),
    ] = ""
    timestamp: Annotated[
        Text | None,
        Field(description="Epoch seconds, or any form that a file takes. Now, where there is none."),
    ] = None


class MeterEventModel(ApiModel):
    """An event as it was added."""

    object: Literal["billing.meter_event"]
    created: Annotated[int, Field(description="When it was received, in epoch seconds.")]
    event_name: str
    identifier: str
    livemode: Literal[True]
    payload: Annotated[dict[str, str], Field(description="As it was given, trimmed.")]
    timestamp: Annotated[int, Field(description="When it happened, in epoch seconds.")]

    @classmethod
    def of(cls, stored: StoredEvent, payload: dict[str, str]) -> "MeterEventModel":
        """Show a stored event with the payload it was given with."""
        return cls(
            object="billing.meter_event",
            created=stored.received,
            event_name=stored.event_name,
            identifier=stored.id,
            livemode=True,
            payload=payload,
            timestamp=stored.timestamp,
        )


class Cancel(BaseModel):
    """Which event to cancel."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    identifier: Annotated[
        str,
        Field(min_length=1, description="The event's identifier; of a row without one, `<upload id>:<row number>`."),
    ]


class NewMeterEventAdjustment(BaseModel):
    """What is to be done to an event."""

    model_config = ConfigDict(extra="forbid")

    event_name: str
    type: Annotated[Literal["cancel"], Field(description="All that can be done to an event is to cancel it.")]
    cancel: Cancel


class MeterEventAdjustmentModel(ApiModel):
    """What was done to an event."""

    object: Literal["billing.meter_event_adjustment"]
    cancel: Cancel
    event_name: str
    livemode: Literal[True]
    status: Annotated[Literal["complete"], Field(description="Usage is without the event from now on.")]
    type: Literal["cancel"]


class StoredEventModel(ApiModel):
    """An event as it is stored."""

    object: Literal["billing.meter_event"]
    cancelled: Annotated[int | None, Field(description="When it was cancelled, in epoch seconds; else null.")]
    created: Annotated[int, Field(description="When it was received, in epoch seconds.")]
    customer: str
    event_name: str
    identifier: str
    livemode: Literal[True]
    payload: Annotated[dict[str, str], Field(description="By key, with the meter's customer key and value key.")]
    row_number: Annotated[int | None, Field(description="Its row in the upload; null where it was added by hand.")]
    timestamp: Annotated[int, Field(description="When it happened, in epoch seconds.")]
    upload: Annotated[UploadId | None, Field(description="What it came with; null where it was added by hand.")]
    value: Annotated[str | None, Field(description="Exactly, as a plain decimal; null where it has none.")]

    @classmethod
    def of(cls, event: StoredEvent, meter: Meter) -> "StoredEventModel":
        """Show an event of a meter."""
        value = None if event.value is None else plain(event.value)
        own = {meter.customer_key: event.customer} | ({} if value is None else {meter.value_key: value})
        is_of_file = UPLOAD_ID.fullmatch(event.upload) is not None
        return cls(
            object="billing.meter_event",
            cancelled=event.cancelled,
            created=event.received,
            customer=event.customer,
            event_name=event.event_name,
            identifier=event.id,
            livemode=True,
            payload={**own, **event.payload},
            row_number=event.row if is_of_file else None,
            timestamp=event.timestamp,
            upload=event.upload if is_of_file else None,
            value=value,
        )


class FeedPage(ApiModel):
    """A page of events, newest received first."""

    object: Literal["list"]
    data: list[StoredEventModel]
    has_more: bool
    url: str
