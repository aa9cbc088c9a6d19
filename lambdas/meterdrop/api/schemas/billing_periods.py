"""Billing periods, statements and reconciliations as requests and responses."""

from typing import Annotated, Literal

from pydantic import Field

from meterdrop.api.schemas.common import ApiModel, HasMore, OptionalName, RequestModel, Timestamp
from meterdrop.domain.decimals import plain
from meterdrop.domain.ids import LAST_SECOND
from meterdrop.domain.periods.period import BillingPeriod, LatePolicy, PeriodStatus
from meterdrop.domain.periods.statement import Statement, StatementLine, statement_object

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
            description="What happens to rows and events of the period after its close. `adjust` counts them, and the "
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
    """What a statement adds to the usage of one customer and meter."""

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
