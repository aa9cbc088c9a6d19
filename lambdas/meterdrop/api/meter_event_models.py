"""Meter events and their adjustments on the wire, as Stripe has them."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from meterdrop.api.models import Answer
from meterdrop.domain.metering.event import StoredEvent
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


class MeterEventModel(Answer):
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


class MeterEventAdjustmentModel(Answer):
    """What was done to an event."""

    object: Literal["billing.meter_event_adjustment"]
    cancel: Cancel
    event_name: str
    livemode: Literal[True]
    status: Annotated[Literal["complete"], Field(description="Usage is without the event from now on.")]
    type: Literal["cancel"]
