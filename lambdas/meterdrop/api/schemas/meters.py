"""Meters as requests and responses, in Stripe's shapes."""

from typing import Annotated, Literal

from pydantic import Field

from meterdrop.api.schemas.common import (
    ApiModel,
    ChangeModel,
    HasMore,
    LastChange,
    Name,
    PayloadKey,
    Reference,
    RequestModel,
    Timestamp,
)
from meterdrop.domain.codes import Formula, MeterStatus
from meterdrop.domain.metering.meter import DEFAULT_CUSTOMER_KEY, DEFAULT_VALUE_KEY, Meter


class NewCustomerMapping(RequestModel):
    """The payload key of an event's customer."""

    event_payload_key: PayloadKey
    type: Literal["by_id"]


class NewAggregation(RequestModel):
    """The formula that aggregates values."""

    formula: Formula


class NewValueSettings(RequestModel):
    """The payload key of an event's value."""

    event_payload_key: PayloadKey


class NewMeter(RequestModel):
    """The parameters of a new meter."""

    display_name: Annotated[Name, Field(description="The meter's name for people.", examples=["AI search requests"])]
    event_name: Annotated[
        Reference,
        Field(
            description="The event name of the meter's events. Only one active meter can have it.",
            examples=["ai_search_api"],
        ),
    ]
    default_aggregation: NewAggregation
    customer_mapping: NewCustomerMapping = NewCustomerMapping(event_payload_key=DEFAULT_CUSTOMER_KEY, type="by_id")
    value_settings: NewValueSettings = NewValueSettings(event_payload_key=DEFAULT_VALUE_KEY)


class MeterUpdate(RequestModel):
    """The parameters of an update."""

    display_name: Annotated[Name | None, Field(description="The meter's name for people.")] = None


class CustomerMappingModel(ApiModel):
    """The payload key of an event's customer."""

    event_payload_key: str
    type: Literal["by_id"]


class AggregationModel(ApiModel):
    """The formula that aggregates values."""

    formula: Formula


class StatusTransitionsModel(ApiModel):
    """The time of the last deactivation."""

    deactivated_at: Annotated[int | None, Field(description="Epoch seconds; null if the meter is active.")]


class ValueSettingsModel(ApiModel):
    """The payload key of an event's value."""

    event_payload_key: str


class MeterModel(ApiModel):
    """A meter: what usage is counted for."""

    id: Annotated[str, Field(examples=["mtr_4x6kq2m7c3v5b2n4j6h7g5f3d2"])]
    object: Literal["billing.meter"]
    created: Timestamp
    customer_mapping: CustomerMappingModel
    default_aggregation: AggregationModel
    display_name: str
    event_name: str
    event_time_window: Annotated[
        None, Field(description="Always null: Meterdrop doesn't aggregate events before it stores them.")
    ]
    last_change: LastChange
    livemode: Literal[True]
    status: MeterStatus
    status_transitions: StatusTransitionsModel
    updated: Timestamp
    value_settings: ValueSettingsModel

    @classmethod
    def from_meter(cls, meter: Meter) -> "MeterModel":
        """Return the model of a meter."""
        return cls(
            id=meter.id,
            object="billing.meter",
            created=meter.created,
            customer_mapping=CustomerMappingModel(event_payload_key=meter.customer_key, type="by_id"),
            default_aggregation=AggregationModel(formula=meter.formula),
            display_name=meter.display_name,
            event_name=meter.event_name,
            event_time_window=None,
            last_change=ChangeModel.from_change(meter.last_change),
            livemode=True,
            status=meter.status,
            status_transitions=StatusTransitionsModel(deactivated_at=meter.deactivated_at),
            updated=meter.updated,
            value_settings=ValueSettingsModel(event_payload_key=meter.value_key),
        )


class MeterPage(ApiModel):
    """One page of meters, newest first."""

    object: Literal["list"]
    data: list[MeterModel]
    has_more: HasMore
    url: Literal["/v1/billing/meters"]
