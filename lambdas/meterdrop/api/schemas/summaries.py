"""Meter event summaries as responses: Stripe's shape, with exact values."""

from typing import Annotated, Literal

from pydantic import Field

from meterdrop.api.schemas.common import ApiModel, HasMore, Timestamp
from meterdrop.domain.decimals import plain
from meterdrop.domain.metering.summary import Scope, Summary, summary_id


class SummaryModel(ApiModel):
    """The aggregated events of a meter, from `start_time` until `end_time`, which isn't included."""

    id: Annotated[
        str, Field(description="Derived from meter, customer and times. It never changes; use it as a cursor.")
    ]
    object: Literal["billing.meter_event_summary"]
    aggregated_value: Annotated[
        float,
        Field(
            description="The result of the meter's formula; 0 if there is no value. Beyond about 15 digits, it is the "
            "nearest JSON number, and `aggregated_value_decimal` is exact."
        ),
    ]
    aggregated_value_decimal: Annotated[str, Field(description="The exact value as a plain decimal.")]
    end_time: Timestamp
    event_count: Annotated[int, Field(description="The number of events, without cancelled ones.")]
    livemode: Literal[True]
    meter: str
    start_time: Timestamp

    @classmethod
    def from_summary(cls, summary: Summary, scope: Scope) -> "SummaryModel":
        """Return the model of a summary of a scope."""
        return cls(
            id=summary_id(scope, summary.start, summary.end),
            object="billing.meter_event_summary",
            aggregated_value=float(summary.value),
            aggregated_value_decimal=plain(summary.value),
            end_time=summary.end,
            event_count=summary.event_count,
            livemode=True,
            meter=scope.meter,
            start_time=summary.start,
        )


class SummaryPage(ApiModel):
    """A page of summaries, newest first."""

    object: Literal["list"]
    data: list[SummaryModel]
    has_more: HasMore
    url: str
