"""Summaries on the wire, as Stripe has them, and what is ours beside that."""

from typing import Annotated, Literal

from pydantic import Field

from meterdrop.api.schemas.common import ApiModel
from meterdrop.api.schemas.uploads import Seconds
from meterdrop.domain.decimals import plain
from meterdrop.domain.metering.summary import Scope, Summary, summary_id


class SummaryModel(ApiModel):
    """What the events of a meter add up to, from `start_time` on, up to but without `end_time`."""

    id: Annotated[
        str, Field(description="The same for the same meter, customer and times; nothing is stored under it.")
    ]
    object: Literal["billing.meter_event_summary"]
    aggregated_value: Annotated[
        float,
        Field(
            description="By the meter's formula; 0 where there is no value. A number of JSON holds some 15 digits: "
            "where there are more, this is the nearest number, and `aggregated_value_decimal` is exact."
        ),
    ]
    aggregated_value_decimal: Annotated[str, Field(description="The same, exactly, as a plain decimal.")]
    end_time: Seconds
    event_count: Annotated[int, Field(description="How many events it is made of, cancelled ones left out.")]
    livemode: Literal[True]
    meter: str
    start_time: Seconds

    @classmethod
    def of(cls, summary: Summary, scope: Scope) -> "SummaryModel":
        """Show a summary of a scope."""
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
    has_more: bool
    url: str
