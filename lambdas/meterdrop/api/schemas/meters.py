"""Meters on the wire, in Stripe's shapes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from meterdrop.api.schemas.common import ApiModel, Name, PayloadKey, Reference
from meterdrop.domain.codes import Formula, MeterStatus
from meterdrop.domain.metering.meter import DEFAULT_CUSTOMER_KEY, DEFAULT_VALUE_KEY, Meter

Moment = Annotated[int, Field(description="Epoch seconds.")]


class Parameters(BaseModel):
    """What a write takes: nothing beside what is written down."""

    model_config = ConfigDict(extra="forbid")


class NewCustomerMapping(Parameters):
    """How an event names its customer."""

    event_payload_key: PayloadKey
    type: Literal["by_id"]


class NewAggregation(Parameters):
    """What becomes of the values of a customer's events."""

    formula: Formula


class NewValueSettings(Parameters):
    """Where an event's value stands."""

    event_payload_key: PayloadKey


class NewMeter(Parameters):
    """A meter that is to be."""

    display_name: Annotated[Name, Field(description="What people call it.", examples=["AI search requests"])]
    event_name: Annotated[
        Reference, Field(description="What events call it; unique among active meters.", examples=["ai_search_api"])
    ]
    default_aggregation: NewAggregation
    customer_mapping: NewCustomerMapping = NewCustomerMapping(event_payload_key=DEFAULT_CUSTOMER_KEY, type="by_id")
    value_settings: NewValueSettings = NewValueSettings(event_payload_key=DEFAULT_VALUE_KEY)


class MeterUpdate(Parameters):
    """What may change of a meter."""

    display_name: Annotated[Name | None, Field(description="What people call it.")] = None


class NoParameters(Parameters):
    """Nothing."""


class CustomerMappingModel(ApiModel):
    """How an event names its customer."""

    event_payload_key: str
    type: Literal["by_id"]


class AggregationModel(ApiModel):
    """What becomes of the values of a customer's events."""

    formula: Formula


class StatusTransitionsModel(ApiModel):
    """When the status changed."""

    deactivated_at: Annotated[int | None, Field(description="Epoch seconds; null for an active meter.")]


class ValueSettingsModel(ApiModel):
    """Where an event's value stands."""

    event_payload_key: str


class MeterModel(ApiModel):
    """What usage is counted for."""

    id: Annotated[str, Field(examples=["mtr_4x6kq2m7c3v5b2n4j6h7g5f3d2"])]
    object: Literal["billing.meter"]
    created: Moment
    customer_mapping: CustomerMappingModel
    default_aggregation: AggregationModel
    display_name: str
    event_name: str
    event_time_window: Annotated[None, Field(description="Events are not aggregated before they are sent.")]
    livemode: Literal[True]
    status: MeterStatus
    status_transitions: StatusTransitionsModel
    updated: Moment
    value_settings: ValueSettingsModel

    @classmethod
    def of(cls, meter: Meter) -> "MeterModel":
        """Show a meter."""
        return cls(
            id=meter.id,
            object="billing.meter",
            created=meter.created,
            customer_mapping=CustomerMappingModel(event_payload_key=meter.customer_key, type="by_id"),
            default_aggregation=AggregationModel(formula=meter.formula),
            display_name=meter.display_name,
            event_name=meter.event_name,
            event_time_window=None,
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
    has_more: Annotated[bool, Field(description="Whether there are more in the direction that was asked for.")]
    url: Literal["/v1/billing/meters"]
