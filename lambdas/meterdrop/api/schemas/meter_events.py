"""Meter events as requests and responses, and the live feed."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from meterdrop.api.schemas.common import ApiModel, ChangeModel, HasMore, LastChange, PartnerName, RequestModel
from meterdrop.api.schemas.uploads import UploadId
from meterdrop.domain.decimals import plain
from meterdrop.domain.files.cells import LENGTH_LIMIT
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.validation.single_event import MeterEventInput
from meterdrop.domain.validation.usage_header import PAYLOAD_LIMIT


def _as_text(value: object) -> object:
    # A JSON number becomes the text that it was written as; a form has only text.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_as_text), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]})]
Key = Annotated[str, Field(min_length=1, max_length=LENGTH_LIMIT)]


class NewMeterEvent(RequestModel):
    """The parameters of a new meter event."""

    event_name: Annotated[str, Field(description="The event name of an active meter.", examples=["ai_search_api"])]
    payload: Annotated[
        dict[Key, Text],
        Field(
            min_length=1,
            max_length=PAYLOAD_LIMIT,
            description="The meter's customer key and value key, and any other keys of the event.",
            examples=[{"stripe_customer_id": "cus_QMJJtcu70R1x46", "value": "25"}],
        ),
    ]
    identifier: Annotated[
        str,
        Field(
            description="Makes the event unique permanently. The default is derived from the API key and the "
            "Idempotency-Key.",
            examples=["idmp_12345678"],
        ),
    ] = ""
    timestamp: Annotated[
        Text | None,
        Field(description="Epoch seconds, or any format that a file accepts. The default is the current time."),
    ] = None

    def to_input(self) -> MeterEventInput:
        """Return the event to store."""
        return MeterEventInput(
            timestamp=self.timestamp, event_name=self.event_name, identifier=self.identifier, payload=self.payload
        )


class MeterEventModel(ApiModel):
    """A new meter event."""

    object: Literal["billing.meter_event"]
    created: Annotated[int, Field(description="When Meterdrop received the event, in epoch seconds.")]
    event_name: str
    identifier: str
    livemode: Literal[True]
    payload: Annotated[dict[str, str], Field(description="The payload that you sent, trimmed.")]
    timestamp: Annotated[int, Field(description="When the event happened, in epoch seconds.")]

    @classmethod
    def from_event(cls, stored: StoredEvent, payload: dict[str, str]) -> "MeterEventModel":
        """Return the model of a stored event with the payload of its request."""
        return cls(
            object="billing.meter_event",
            created=stored.received,
            event_name=stored.event_name,
            identifier=stored.identifier,
            livemode=True,
            payload=payload,
            timestamp=stored.timestamp,
        )


class Cancel(RequestModel):
    """The event to cancel."""

    identifier: Annotated[
        str,
        Field(min_length=1, description="The event's identifier. For a row without one, `<upload id>:<row number>`."),
    ]


class NewMeterEventAdjustment(RequestModel):
    """The parameters of a cancellation."""

    event_name: str
    type: Annotated[Literal["cancel"], Field(description="The only adjustment is to cancel an event.")]
    cancel: Cancel
    partner: Annotated[
        PartnerName | None,
        Field(description="The partner whose file has the event. The default is the owner, including the API."),
    ] = None


class MeterEventAdjustmentModel(ApiModel):
    """The cancellation of an event."""

    object: Literal["billing.meter_event_adjustment"]
    cancel: Cancel
    event_name: str
    livemode: Literal[True]
    status: Annotated[Literal["complete"], Field(description="Usage no longer includes the event.")]
    type: Literal["cancel"]


class StoredEventModel(ApiModel):
    """A stored meter event."""

    id: Annotated[
        str,
        Field(
            description="Names the event in cursors. It is the identifier or, if a partner's row has one, "
            "`<upload id>:=<identifier>`."
        ),
    ]
    object: Literal["billing.meter_event"]
    cancelled: Annotated[
        int | None, Field(description="When the event was cancelled, in epoch seconds; null if it wasn't.")
    ]
    created: Annotated[int, Field(description="When Meterdrop received the event, in epoch seconds.")]
    customer: str
    event_name: str
    identifier: str
    last_change: LastChange
    livemode: Literal[True]
    partner: Annotated[str | None, Field(description="The partner whose file has the event; null for the owner.")]
    payload: Annotated[
        dict[str, str], Field(description="All payload keys, with the meter's customer key and value key.")
    ]
    row_number: Annotated[
        int | None, Field(description="The row in the upload; null for an event that was created with the API.")
    ]
    timestamp: Annotated[int, Field(description="When the event happened, in epoch seconds.")]
    upload: Annotated[
        UploadId | None, Field(description="The upload; null for an event that was created with the API.")
    ]
    value: Annotated[str | None, Field(description="The exact value as a plain decimal; null if there is none.")]

    @classmethod
    def from_event(cls, event: StoredEvent, meter: Meter) -> "StoredEventModel":
        """Return the model of a meter's event."""
        value = None if event.value is None else plain(event.value)
        own = {meter.customer_key: event.customer} | ({} if value is None else {meter.value_key: value})
        is_of_file = UPLOAD_ID.fullmatch(event.upload) is not None
        return cls(
            id=event.cursor,
            object="billing.meter_event",
            cancelled=event.cancelled,
            created=event.received,
            customer=event.customer,
            event_name=event.event_name,
            identifier=event.identifier,
            last_change=ChangeModel.from_change(event.change),
            livemode=True,
            partner=event.partner,
            payload={**own, **event.payload},
            row_number=event.row if is_of_file else None,
            timestamp=event.timestamp,
            upload=event.upload if is_of_file else None,
            value=value,
        )


class FeedPage(ApiModel):
    """A page of events; the event that was received last comes first."""

    object: Literal["list"]
    data: list[StoredEventModel]
    has_more: HasMore
    url: str
