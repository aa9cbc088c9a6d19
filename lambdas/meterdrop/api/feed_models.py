"""Stored events on the wire: Stripe's meter event, and what is known of it since it was stored."""

from typing import Annotated, Literal

from pydantic import Field

from meterdrop.api.models import Answer
from meterdrop.api.upload_models import UploadId
from meterdrop.domain.decimals import plain
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.meter import Meter


class StoredEventModel(Answer):
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


class FeedPage(Answer):
    """A page of events, newest received first."""

    object: Literal["list"]
    data: list[StoredEventModel]
    has_more: bool
    url: str
