"""A usage report as one CSV file: its rows, and the job that writes it to the bucket.

A job has no lease. A report changes nothing, so a job that runs twice only writes its file twice.
"""

import io
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from meterdrop.domain.decimals import plain
from meterdrop.domain.files.cells import guard
from meterdrop.domain.files.records import quoting
from meterdrop.domain.metering.figures import SumNotExactError
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.metering.report_file import ReportFailure, ReportFile, ReportStatus
from meterdrop.domain.metering.summary import UsageChangingError
from meterdrop.usage.hour_events import TooManyEventsError
from meterdrop.usage.time_periods import Period
from meterdrop.usage.usage_report import ReportLine, ReportScope, UsageReport

COLUMNS = ("event_name", "meter", "customer", "start_time", "end_time", "event_count", "aggregated_value")
MAX_TRIES = 5
"""Deliveries of a job's message before the job fails."""
_PROGRESS_SECONDS = 5.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_quoted = quoting(",")


class OutOfTimeError(Exception):
    """The report takes longer than it may."""


class ReportFiles(Protocol):
    """The reports' files in the bucket; see `adapters.aws.report_files`."""

    def find(self, id_: str) -> ReportFile | None:
        """Return the current state of a report's file, None if there is none."""

    def save(self, file: ReportFile) -> None:
        """Store the state of a report's file."""

    def write(self, id_: str, data: bytes) -> str:
        """Store the content of a report's file, and return its version ID."""


class Meters(Protocol):
    """The meters of the catalog."""

    def list_meters(self) -> list[Meter]:
        """Return every meter, including deactivated ones."""


def csv_rows(lines: Iterable[ReportLine]) -> Iterator[str]:
    """Yield the header and one row for each line, with line ends. Spreadsheets run no cell as a formula."""
    yield ",".join(COLUMNS) + "\n"
    for line in lines:
        cells = (line.meter.event_name, line.meter.id, line.customer, *map(_text, line.period))
        texts = [_quoted(guard(cell)) for cell in cells]
        yield ",".join((*texts, str(line.event_count), plain(line.value))) + "\n"


def _text(timestamp: int) -> str:
    return (_EPOCH + timedelta(seconds=timestamp)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class ReportJob:
    """Writes the files of reports. `until_check` runs a check before each AWS call inside its block."""

    files: ReportFiles
    meters: Meters
    report: Callable[[], AbstractContextManager[UsageReport]]
    until_check: Callable[[Callable[[], None]], AbstractContextManager[None]]
    clock: Callable[[], float] = time.time

    def run(self, id_: str, *, receives: int, ends: float) -> ReportFile | None:
        """Write the file of a report, and return its final state. Return None if it has none, or is final already.

        `receives` counts the deliveries of the message. The job stops at `ends` (epoch seconds) and fails. Other
        errors propagate, so that the message is delivered again.
        """
        file = self.files.find(id_)
        if file is None or file.status is not ReportStatus.PROCESSING:
            return None
        try:
            if receives > MAX_TRIES:
                file = replace(file, failure=ReportFailure.INTERNAL_ERROR)
            else:
                file = self._write(file, ends)
        except UsageChangingError:
            if receives < MAX_TRIES:
                raise
            file = replace(file, failure=ReportFailure.USAGE_CHANGING)
        except TooManyEventsError:
            file = replace(file, failure=ReportFailure.FILTER_TOO_BROAD)
        except SumNotExactError:
            file = replace(file, failure=ReportFailure.SUM_NOT_EXACT)
        except OutOfTimeError:
            file = replace(file, failure=ReportFailure.REPORT_TOO_LARGE)
        status = ReportStatus.SUCCEEDED if file.failure is None else ReportStatus.FAILED
        file = replace(file, status=status, finished_at=int(self.clock()))
        self.files.save(file)
        return file

    def _write(self, file: ReportFile, ends: float) -> ReportFile:
        meters = [meter for meter in self.meters.list_meters() if meter.id in file.meters]
        period = Period(file.start, file.end)
        scope = ReportScope(meters=meters, period=period, customer=file.customer, partner=file.partner)
        data = io.StringIO()
        count = -1  # the header isn't a line
        next_progress = self.clock() + _PROGRESS_SECONDS

        def check() -> None:
            if self.clock() > ends:
                raise OutOfTimeError

        with self.report() as report, self.until_check(check):
            for row in csv_rows(report.walk(scope, now=int(self.clock()))):
                data.write(row)
                count += 1
                if self.clock() > next_progress:
                    self.files.save(replace(file, line_count=count))
                    next_progress = self.clock() + _PROGRESS_SECONDS
        version_id = self.files.write(file.id, data.getvalue().encode())
        return replace(file, line_count=count, version_id=version_id)
