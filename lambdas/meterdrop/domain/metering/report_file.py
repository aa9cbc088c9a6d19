"""The file of a usage report: what it covers, and the progress of the job that writes it."""

from dataclasses import dataclass
from enum import StrEnum


class ReportStatus(StrEnum):
    """The status of a report's file."""

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class ReportFailure(StrEnum):
    """The reason why a report's file could not be written."""

    FILTER_TOO_BROAD = "filter_too_broad"
    INTERNAL_ERROR = "internal_error"
    REPORT_TOO_LARGE = "report_too_large"
    SUM_NOT_EXACT = "sum_not_exact"
    USAGE_CHANGING = "usage_changing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """The file of a report. Times are in epoch seconds. `meters` has the IDs of meters."""

    id: str
    created: int
    meters: tuple[str, ...]
    customer: str | None
    start: int
    end: int
    status: ReportStatus = ReportStatus.PROCESSING
    line_count: int = 0
    finished_at: int | None = None
    version_id: str | None = None
    failure: ReportFailure | None = None
    partner: str | None = None
