"""Billing periods, statements and reconciliations as requests and responses."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from meterdrop.api.schemas.common import (
    ApiModel,
    ChangeModel,
    HasMore,
    LastChange,
    OptionalName,
    RequestModel,
    Timestamp,
)
from meterdrop.domain.decimals import plain
from meterdrop.domain.ids import LAST_SECOND
from meterdrop.domain.metering.figures import Figures
from meterdrop.domain.periods.period import BillingPeriod, LatePolicy, PeriodStatus
from meterdrop.domain.periods.statement import Statement, StatementLine, statement_object
from meterdrop.pipeline.file_counts import FileCounts
from meterdrop.usage.reconciliation import MeterSums

PERIODS = "/v1/billing_periods"
MAX_METERS = 100
_Second = Annotated[int, Field(ge=0, le=LAST_SECOND)]
_MeterIds = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1, max_length=MAX_METERS)]


class NewPeriod(RequestModel):
    """The parameters of a new billing period."""

    start_time: Annotated[
        _Second | None,
        Field(
            description="The first second of the period, in epoch seconds. With `period`: any second of the month; "
            "without it, the last month that has ended."
        ),
    ] = None
    end_time: Annotated[_Second | None, Field(description="The end of the period, which it doesn't include.")] = None
    period: Annotated[Literal["month"] | None, Field(description="Creates the period of one month.")] = None
    anchor: Annotated[
        _Second | None,
        Field(description="When months begin: a subscription's billing cycle anchor, in epoch seconds."),
    ] = None
    meters: Annotated[_MeterIds | None, Field(description="IDs of meters. By default, all meters.")] = None
    late_policy: Annotated[
        LatePolicy,
        Field(
            description="The policy for rows and events that arrive after the close. `adjust` counts them, and the "
            "next statement has the difference. `refuse` refuses them with `timestamp_in_closed_period`."
        ),
    ] = LatePolicy.ADJUST
    name: Annotated[OptionalName, Field(description="A name for people.", examples=["September 2024"])] = None


class PeriodModel(ApiModel):
    """A billing period."""

    id: Annotated[str, Field(examples=["bp_4x6kq2m7c3v5b2n4j6h7g5f3d2"])]
    object: Literal["billing_period"]
    close_requested_at: Annotated[int | None, Field(description="Epoch seconds of the last close; null if open.")]
    closed_at: Annotated[int | None, Field(description="Epoch seconds of the last statement; null if there is none.")]
    created: Timestamp
    end_time: Annotated[int, Field(description="Epoch seconds. The period doesn't include it.")]
    last_change: LastChange
    late_policy: LatePolicy
    meters: Annotated[list[str] | None, Field(description="IDs of its meters; null means all meters.")]
    name: str | None
    start_time: Timestamp
    statement_count: Annotated[int, Field(description="The number of its statements.")]
    status: PeriodStatus
    waiting_for: Annotated[
        list[str], Field(description="While it is closing: uploads in progress that it waits for, at most 10.")
    ]

    @classmethod
    def from_period(cls, period: BillingPeriod) -> "PeriodModel":
        """Return the model of a billing period."""
        return cls(
            id=period.id,
            object="billing_period",
            close_requested_at=period.closing_at,
            closed_at=period.closed_at,
            created=period.created,
            end_time=period.end,
            last_change=ChangeModel.from_change(period.last_change),
            late_policy=period.late_policy,
            meters=list(period.meters) or None,
            name=period.name,
            start_time=period.start,
            statement_count=period.statement_count,
            status=period.status,
            waiting_for=list(period.waiting_for),
        )


class PeriodPage(ApiModel):
    """A page of billing periods, newest first."""

    object: Literal["list"]
    data: list[PeriodModel]
    has_more: HasMore
    url: Literal["/v1/billing_periods"]


class StatementFileModel(ApiModel):
    """The CSV file with the lines, in the bucket."""

    key: str
    version_id: str
    size: Annotated[int, Field(description="Bytes.")]
    sha256: Annotated[str, Field(description="SHA-256 of the file, hexadecimal.")]
    url: Annotated[str, Field(description="The route that downloads it.")]


class StatementModel(ApiModel):
    """A statement: the lines of a closed billing period. It never changes."""

    id: str
    object: Literal["statement"]
    billing_period: str
    number: Annotated[int, Field(description="1 for the first statement. Later ones are adjustments.")]
    as_of: Annotated[int, Field(description="Epoch seconds of the close. The lines have all usage final by then.")]
    created: Timestamp
    line_count: int
    event_count: Annotated[int, Field(description="The sum of `event_count` of all lines.")]
    unfinished_uploads: Annotated[
        list[str], Field(description="Uploads that were still in progress; their rows are in a later statement.")
    ]
    file: StatementFileModel

    @classmethod
    def from_statement(cls, statement: Statement) -> "StatementModel":
        """Return the model of a statement."""
        return cls.model_validate(statement_object(statement))


class StatementPage(ApiModel):
    """A page of statements, newest first."""

    object: Literal["list"]
    data: list[StatementModel]
    has_more: HasMore
    url: str


class StatementLineModel(ApiModel):
    """The usage of one customer and meter that a statement adds."""

    id: str
    object: Literal["statement_line"]
    aggregated_value: Annotated[
        float,
        Field(
            description="The difference from all earlier statements; in the first statement, the value. Beyond about "
            "15 digits, it is the nearest JSON number, and `aggregated_value_decimal` is exact."
        ),
    ]
    aggregated_value_decimal: Annotated[str, Field(description="The exact difference as a plain decimal.")]
    customer: str
    event_count: Annotated[int, Field(description="The difference in the number of events.")]
    event_name: str
    meter: str
    total_aggregated_value_decimal: Annotated[
        str, Field(description="The value of the meter's formula at this statement, as a plain decimal.")
    ]
    total_event_count: Annotated[int, Field(description="The number of events at this statement.")]

    @classmethod
    def from_line(cls, id_: str, event_name: str, line: StatementLine) -> "StatementLineModel":
        """Return the model of a line."""
        return cls(
            id=id_,
            object="statement_line",
            aggregated_value=float(line.change.value),
            aggregated_value_decimal=plain(line.change.value),
            customer=line.place.customer,
            event_count=line.change.event_count,
            event_name=event_name,
            meter=line.place.meter,
            total_aggregated_value_decimal=plain(line.total.value),
            total_event_count=line.total.event_count,
        )


class StatementLinePage(ApiModel):
    """A page of a statement's lines, sorted by event name, meter, and customer."""

    object: Literal["list"]
    data: list[StatementLineModel]
    has_more: HasMore
    url: str


class SumsModel(ApiModel):
    """A number of events, and the plain sum of their values, whatever the meter's formula."""

    event_count: int
    value_sum: Annotated[str | None, Field(description="A plain decimal; null if no event has a value.")]

    @classmethod
    def from_figures(cls, figures: Figures) -> "SumsModel":
        """Return the model of figures."""
        return cls(event_count=figures.count, value_sum=None if figures.sum is None else plain(figures.sum))


class MeterSumsModel(ApiModel):
    """The events of one meter in the period, by where they come from. They add up to `total`."""

    meter: str
    event_name: str
    uploads: SumsModel
    api: Annotated[SumsModel, Field(description="Events that you created with the API.")]
    cancelled: Annotated[SumsModel, Field(description="Cancelled events, as negative numbers.")]
    total: Annotated[SumsModel, Field(description="The usage now. The lines of a usage report have as many events.")]


class ReconciliationModel(ApiModel):
    """How files and events of a billing period add up to its usage."""

    object: Literal["billing_period_reconciliation"]
    billing_period: str
    created: Timestamp
    file_count: Annotated[int, Field(description="Files with events in the period, and files without any events.")]
    row_count: Annotated[int, Field(description="The rows of these files: counted, duplicate and refused ones.")]
    success_count: int
    duplicate_count: int
    error_count: int
    open_error_count: Annotated[int, Field(description="Refused rows that no later file has counted.")]
    open_error_uploads: Annotated[list[str], Field(description="Uploads with such rows.")]
    failed_uploads: Annotated[list[str], Field(description="Failed uploads that no later file has replaced.")]
    unfinished_uploads: Annotated[list[str], Field(description="Uploads in progress.")]
    meters: list[MeterSumsModel]

    @classmethod
    def from_counts(
        cls, period: str, created: int, files: FileCounts, meters: Iterable[MeterSums]
    ) -> "ReconciliationModel":
        """Return the model of counts and sums."""
        return cls(
            object="billing_period_reconciliation",
            billing_period=period,
            created=created,
            file_count=files.files,
            row_count=files.rows,
            success_count=files.successes,
            duplicate_count=files.duplicates,
            error_count=files.errors,
            open_error_count=files.open_errors,
            open_error_uploads=files.with_open_errors,
            failed_uploads=files.failed,
            unfinished_uploads=files.in_progress,
            meters=[
                MeterSumsModel(
                    meter=sums.meter.id,
                    event_name=sums.meter.event_name,
                    uploads=SumsModel.from_figures(sums.uploads),
                    api=SumsModel.from_figures(sums.api),
                    cancelled=SumsModel.from_figures(sums.cancelled),
                    total=SumsModel.from_figures(sums.total),
                )
                for sums in meters
            ],
        )
