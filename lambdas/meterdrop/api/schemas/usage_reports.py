"""Usage reports as responses: lines with exact values, and files."""

import base64
import binascii
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from meterdrop.api.schemas.common import ApiModel, HasMore, Timestamp
from meterdrop.domain.decimals import plain
from meterdrop.domain.metering.report_file import ReportFailure, ReportFile, ReportStatus
from meterdrop.usage.time_periods import Period
from meterdrop.usage.usage_report import ReportLine

REPORTS = "/v1/usage_reports"
_LINE_PREFIX = "usgln_"
_TIME_BYTES = 5

FAILURE_MESSAGES = {
    ReportFailure.FILTER_TOO_BROAD: "The window begins or ends within an hour with too many single events. Use whole "
    "hours, or a meter or customer.",
    ReportFailure.INTERNAL_ERROR: "Meterdrop couldn't write the report because of a service error. Request it again.",
    ReportFailure.REPORT_TOO_LARGE: "The report takes longer than a function can run. Request one meter at a time, or "
    "a shorter window.",
    ReportFailure.SUM_NOT_EXACT: "A sum has more than 38 digits, the most that Meterdrop can represent exactly. "
    "Request a shorter window.",
    ReportFailure.USAGE_CHANGING: "Uploads changed this usage again and again. Request the report again.",
}


class LineId(NamedTuple):
    """The content of a line's ID. It identifies a line in all reports of its period, even if the line is gone."""

    meter: str
    customer: str
    period: Period

    @property
    def text(self) -> str:
        """The ID."""
        times = b"".join(time.to_bytes(_TIME_BYTES, signed=True) for time in self.period)
        content = times + f"{self.meter}\0{self.customer}".encode()
        return _LINE_PREFIX + base64.urlsafe_b64encode(content).decode().rstrip("=")

    @classmethod
    def from_text(cls, text: str) -> "LineId | None":
        """Return the content of an ID, None if it isn't one."""
        try:
            content = base64.urlsafe_b64decode(text.removeprefix(_LINE_PREFIX) + "==")
            meter, _, customer = content[2 * _TIME_BYTES :].decode().partition("\0")
        except (binascii.Error, ValueError):
            return None
        start, end = content[:_TIME_BYTES], content[_TIME_BYTES : 2 * _TIME_BYTES]
        period = Period(int.from_bytes(start, signed=True), int.from_bytes(end, signed=True))
        found = cls(meter, customer, period)
        return found if customer and found.text == text else None


class ReportLineModel(ApiModel):
    """The usage of one customer and meter in the report's period."""

    id: Annotated[
        str, Field(description="Derived from meter, customer and times. It never changes; use it as a cursor.")
    ]
    object: Literal["usage_report_line"]
    aggregated_value: Annotated[
        float,
        Field(
            description="The result of the meter's formula. Beyond about 15 digits, it is the nearest JSON number, and "
            "`aggregated_value_decimal` is exact."
        ),
    ]
    aggregated_value_decimal: Annotated[str, Field(description="The exact value as a plain decimal.")]
    customer: str
    end_time: Timestamp
    event_count: Annotated[int, Field(description="The number of events, without cancelled ones.")]
    event_name: str
    meter: str
    start_time: Timestamp

    @classmethod
    def from_line(cls, line: ReportLine) -> "ReportLineModel":
        """Return the model of a line."""
        return cls(
            id=LineId(line.meter.id, line.customer, line.period).text,
            object="usage_report_line",
            aggregated_value=float(line.value),
            aggregated_value_decimal=plain(line.value),
            customer=line.customer,
            end_time=line.period.end,
            event_count=line.event_count,
            event_name=line.meter.event_name,
            meter=line.meter.id,
            start_time=line.period.start,
        )


class ReportPage(ApiModel):
    """A page of a usage report, sorted by event name, meter, and customer."""

    object: Literal["list"]
    data: list[ReportLineModel]
    has_more: HasMore
    url: str


class ReportFailureModel(ApiModel):
    """The reason why a file could not be written."""

    code: ReportFailure
    message: str


class ReportFileModel(ApiModel):
    """A usage report as a CSV file, which Meterdrop writes in the background. It is kept for seven days."""

    id: str
    object: Literal["usage_report_file"]
    created: Timestamp
    customer: str | None
    partner: str | None
    end_time: Timestamp
    failure: ReportFailureModel | None
    finished_at: int | None
    line_count: Annotated[int, Field(description="The lines of the file. It grows while the report is processing.")]
    start_time: Timestamp
    status: ReportStatus
    url: Annotated[str | None, Field(description="Where to download the file; null until it has succeeded.")]

    @classmethod
    def from_file(cls, file: ReportFile) -> "ReportFileModel":
        """Return the model of a report's file."""
        failure = None
        if file.failure is not None:
            failure = ReportFailureModel(code=file.failure, message=FAILURE_MESSAGES[file.failure])
        return cls(
            id=file.id,
            object="usage_report_file",
            created=file.created,
            customer=file.customer,
            partner=file.partner,
            end_time=file.end,
            failure=failure,
            finished_at=file.finished_at,
            line_count=file.line_count,
            start_time=file.start,
            status=file.status,
            url=f"{REPORTS}/{file.id}/file" if file.version_id else None,
        )
