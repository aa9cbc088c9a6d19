"""Usage reports: pages of lines, all lines as CSV, and files that a job writes."""

import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from meterdrop.adapters.aws.report_files import report_key
from meterdrop.adapters.deadline import deadline
from meterdrop.adapters.dynamodb.read_limit import TooMuchReadError
from meterdrop.api.http import dependencies
from meterdrop.api.http.file_links import FILE_LINK, redirect_to_file
from meterdrop.api.http.pagination import PageCursor, read_page
from meterdrop.api.http.request import CSV, TOKEN_PREFIX
from meterdrop.api.http.routing import Routes, json_response, redirect_response
from meterdrop.api.routes.summaries import SummaryWindow
from meterdrop.api.routes.usage_access import check_customer, usage_errors
from meterdrop.api.schemas import query
from meterdrop.api.schemas.common import FileLinkModel
from meterdrop.api.schemas.errors import ErrorCode, bad_parameter, resource_missing
from meterdrop.api.schemas.usage_reports import (
    REPORTS,
    LineId,
    ReportFileModel,
    ReportLineModel,
    ReportPage,
)
from meterdrop.domain.access.permissions import Resource
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.metering.report_file import ReportFile
from meterdrop.usage.report_file import csv_rows
from meterdrop.usage.time_periods import Period
from meterdrop.usage.usage_report import LinePosition, ReportScope
from meterdrop.usage.window_figures import DAY

CSV_BYTES = 4 * 1024 * 1024
"""Maximum bytes of a CSV response. A function's response has at most 6 MB, as JSON."""
CSV_SECONDS = 10.0
"""Maximum seconds that a request spends on a CSV response."""
_RETRY_SECONDS = "5"
_MINUTE_SECONDS = 60

routes = Routes()


class _TakesLongError(Exception):
    """The CSV takes more time than a request should."""


@routes.get(
    REPORTS,
    Resource.USAGE.read,
    {
        "description": "A page of lines. With Accept: text/csv, all lines as CSV.",
        "content": {"application/json": {"model": ReportPage}, CSV: {"schema": {"type": "string"}}},
    },
    other_responses={202: json_response(ReportFileModel, "The CSV is large. A job writes it to a file.")},
    changing=True,
)
def list_usage_report_lines(  # noqa: PLR0913  one argument for each query parameter
    *,
    meter: query.MeterReference = None,
    customer: query.ReportCustomer = None,
    partner: query.PartnerFilter = None,
    start_time: query.PeriodStart = None,
    end_time: query.MinuteEnd = None,
    period: query.ReportPeriod = None,
    anchor: query.Anchor = None,
    limit: query.Limit = 10,
    starting_after: query.StartingAfter = None,
    ending_before: query.EndingBefore = None,
) -> Response[ReportPage | ReportFileModel | str]:
    """Report the usage of every customer and meter in a period.

    Send start_time and end_time at whole minutes, or period=month for one billing period. With Accept: text/csv, you
    get all lines as one CSV file. If that takes long, or with Prefer: respond-async, you get status 202 and a
    usage_report_file. Retrieve it until its status is succeeded, then download it.
    """
    now = int(time.time())
    reported = _period(start_time, end_time, period, anchor, now)
    meters = dependencies.meters().list_meters()
    scope = ReportScope(
        meters=meters if meter is None else _find_meters(meters, meter),
        period=reported,
        customer=None if customer is None else check_customer(customer),
        partner=partner,
    )
    if routes.accepts_csv:
        _check_unpaged(routes.router.current_event.query_string_parameters)
        return _csv(scope, now)
    with usage_errors():
        page = read_page(
            partial(dependencies.usage_report().walk, scope, now=now),
            partial(_find_line, scope),
            PageCursor(starting_after, ending_before),
            limit,
            noun="line",
        )
    lines = [ReportLineModel.from_line(line) for line in page.items]
    return Response(
        status_code=HTTPStatus.OK.value,
        content_type="application/json",
        body=ReportPage(object="list", data=lines, has_more=page.has_more, url=REPORTS),
    )


@routes.get(
    f"{REPORTS}/<report_id>", Resource.USAGE.read, json_response(ReportFileModel, "The report's file."), not_found=True
)
def get_usage_report_file(report_id: str) -> ReportFileModel:
    """Get the status of a usage report's file."""
    return ReportFileModel.from_file(_find_file(report_id))


@routes.get(
    f"{REPORTS}/<report_id>/file",
    Resource.USAGE.read,
    redirect_response("A redirect to the CSV file, valid for 15 minutes."),
    status=302,
    other_responses=FILE_LINK,
    not_found=True,
)
def download_usage_report_file(report_id: str) -> Response[FileLinkModel | None]:
    """Download a usage report's file.

    If you accept only JSON (Accept: application/json), you get the URL instead of a redirect.
    """
    file = _find_file(report_id)
    if file.version_id is None:
        raise resource_missing(
            f"The file of report {report_id} doesn't exist, because its status is {file.status.value}. "
            f"GET {REPORTS}/{report_id} shows the progress."
        )
    return redirect_to_file(routes, report_key(file.id), file.version_id, "usage_report.csv")


def _period(start: int | None, end: int | None, period: str | None, anchor: int | None, now: int) -> Period:
    if period and end is not None:
        raise bad_parameter(
            "end_time",
            "Received both period and end_time. With period, send at most start_time.",
            ErrorCode.PARAMETERS_EXCLUSIVE,
        )
    if period and start is not None:
        if start > now + DAY:
            raise bad_parameter("start_time", "Invalid start_time: with period, it can't be more than a day from now.")
        end = start + _MINUTE_SECONDS
    return SummaryWindow(start, end, grouping=None, period=period, anchor=anchor).one_period(now)


def _find_meters(meters: list[Meter], name: str) -> list[Meter]:
    """Return the meter with an ID, or all meters with an event name. Raises ApiError 400."""
    found = [meter for meter in meters if meter.id == name] or [meter for meter in meters if meter.event_name == name]
    if not found:
        raise bad_parameter(
            "meter", f"No such meter: {name}. Send the ID or event name of a meter.", ErrorCode.RESOURCE_MISSING
        )
    return found


def _find_line(scope: ReportScope, id_: str) -> LinePosition | None:
    """Return the position of a line's ID, None if it is of another report. The line itself may be gone."""
    line = LineId.from_text(id_)
    if line is None or line.period != scope.period or scope.customer not in (None, line.customer):
        return None
    meter = next((meter for meter in scope.meters if meter.id == line.meter), None)
    return None if meter is None else LinePosition(meter, line.customer)


def _check_unpaged(given: dict[str, str]) -> None:
    for name in ("limit", "starting_after", "ending_before"):
        if name in given:
            raise bad_parameter(
                name, f"Received {name} with Accept: text/csv. A CSV has all lines. Remove {name}, or accept JSON."
            )


def _csv(scope: ReportScope, now: int) -> Response[ReportPage | ReportFileModel | str]:
    text = None if routes.prefers_async else _csv_at_once(scope, now)
    if text is not None:
        return Response(
            status_code=HTTPStatus.OK.value,
            content_type=f"{CSV}; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="usage_report.csv"'},
            body=text,
        )
    file = ReportFile(
        id=f"urf_{routes.request_token.removeprefix(TOKEN_PREFIX)}",
        created=now,
        meters=tuple(meter.id for meter in scope.meters),
        customer=scope.customer,
        partner=scope.partner,
        start=scope.period.start,
        end=scope.period.end,
    )
    dependencies.report_files().save(file)
    dependencies.queue().send_report(file.id)
    return Response(
        status_code=HTTPStatus.ACCEPTED.value,
        content_type="application/json",
        headers={"Location": f"{REPORTS}/{file.id}", "Retry-After": _RETRY_SECONDS},
        body=ReportFileModel.from_file(file),
    )


def _csv_at_once(scope: ReportScope, now: int) -> str | None:
    """Return the CSV, None if it is too large for a response, takes too long, or needs too many reads."""
    parts, size = list[str](), 0
    with usage_errors(), deadline(_ends_in(CSV_SECONDS)):
        try:
            for row in csv_rows(dependencies.usage_report().walk(scope, now=now)):
                parts.append(row)
                size += len(row.encode())
                if size > CSV_BYTES:
                    return None
        except (_TakesLongError, TooMuchReadError):
            return None
    return "".join(parts)


def _ends_in(seconds: float) -> Callable[[], None]:
    ends = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > ends:
            raise _TakesLongError

    return check


def _find_file(report_id: str) -> ReportFile:
    file = dependencies.report_files().find(report_id)
    if file is None:
        raise resource_missing(
            f"No such report file: {report_id}. Files are kept for seven days. Request the report again."
        )
    return file
