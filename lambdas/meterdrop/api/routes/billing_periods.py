"""Billing periods: create, retrieve, list, close; their statements."""

import re
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from meterdrop.api.http import dependencies
from meterdrop.api.http.file_links import FILE_LINK, redirect_to_file
from meterdrop.api.http.pagination import PageCursor, read_page, read_sorted_page
from meterdrop.api.http.request import TOKEN_PREFIX
from meterdrop.api.http.routing import Routes, json_response, redirect_response
from meterdrop.api.routes.usage_access import usage_errors
from meterdrop.api.schemas import query
from meterdrop.api.schemas.billing_periods import (
    PERIODS,
    NewPeriod,
    PeriodModel,
    PeriodPage,
    ReconciliationModel,
    StatementLineModel,
    StatementLinePage,
    StatementModel,
    StatementPage,
)
from meterdrop.api.schemas.common import FileLinkModel, NoBody
from meterdrop.api.schemas.errors import (
    ApiError,
    ErrorCode,
    bad_parameter,
    idempotency_key_reused,
    resource_missing,
)
from meterdrop.domain.access.permissions import Resource
from meterdrop.domain.periods.period import BillingPeriod, to_closing
from meterdrop.domain.periods.statement import Statement
from meterdrop.pipeline.file_counts import MAX_FILES, TooManyFilesError, reconcile_files
from meterdrop.pipeline.statements.statement_file import NamedLine, decode, pages_of
from meterdrop.usage.reconciliation import reconcile_usage
from meterdrop.usage.time_periods import Months, Period

routes = Routes()
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


@routes.post(PERIODS, Resource.PERIODS.write, json_response(PeriodModel, "The new billing period."))
def create_billing_period(new: Annotated[NewPeriod, Body(description="The new billing period.")]) -> PeriodModel:
    """Create a billing period.

    Send start_time and end_time, or period=month. You can't change or delete a billing period.
    """
    now = int(time.time())
    start, end = _times(new, now)
    period = BillingPeriod(
        id=f"bp_{routes.request_token.removeprefix(TOKEN_PREFIX)}",
        start=start,
        end=end,
        created=now,
        late_policy=new.late_policy,
        meters=_meters(new.meters),
        name=new.name,
        last_change=routes.change("create"),
    )
    stored = dependencies.periods().create(period)
    if _parameters(stored) != _parameters(period):
        raise idempotency_key_reused()
    return PeriodModel.from_period(stored)


@routes.get(PERIODS, Resource.PERIODS.read, json_response(PeriodPage, "A page of billing periods."))
def list_billing_periods(
    *, limit: query.Limit = 10, starting_after: query.StartingAfter = None, ending_before: query.EndingBefore = None
) -> PeriodPage:
    """List billing periods, newest first."""
    periods = sorted(dependencies.periods().list_periods(), key=lambda period: period.created_id)
    page = read_sorted_page(periods, PageCursor(starting_after, ending_before), limit, noun="billing period")
    return PeriodPage(
        object="list",
        data=[PeriodModel.from_period(period) for period in page.items],
        has_more=page.has_more,
        url="/v1/billing_periods",
    )


@routes.get(
    f"{PERIODS}/<period_id>", Resource.PERIODS.read, json_response(PeriodModel, "The billing period."), not_found=True
)
def get_billing_period(period_id: str) -> PeriodModel:
    """Get a billing period."""
    return PeriodModel.from_period(_find_period(period_id))


@routes.post(
    f"{PERIODS}/<period_id>/close",
    Resource.PERIODS.write,
    json_response(PeriodModel, "The billing period, which is being closed."),
    status=202,
    not_found=True,
)
def close_billing_period(period_id: str, _: NoBody) -> PeriodModel:
    """Close a billing period.

    Meterdrop waits for uploads in progress, then stores a statement. If the period has statements already, the new
    one has the differences since then. While a period is being closed, closing it again changes nothing.
    """
    table, now, change = dependencies.periods(), int(time.time()), routes.change("close")
    while True:  # a failed round means that another writer succeeded
        period = _find_period(period_id)
        if period.end > now:
            raise bad_parameter(
                "id",
                f"Billing period {period_id} ends at {period.end}, which is in the future. Close it after its end.",
                ErrorCode.PERIOD_NOT_ENDED,
            )
        closing = to_closing(period, now, change)
        if closing is period or table.save(closing):
            # Sent again for a repeated request: the first message may never have been sent.
            dependencies.queue().send_period(period_id)
            return PeriodModel.from_period(closing)


@routes.get(
    f"{PERIODS}/<period_id>/statements",
    Resource.PERIODS.read,
    json_response(StatementPage, "A page of statements."),
    not_found=True,
)
def list_statements(
    period_id: str,
    *,
    limit: query.Limit = 10,
    starting_after: query.StartingAfter = None,
    ending_before: query.EndingBefore = None,
) -> StatementPage:
    """List the statements of a billing period, newest first."""
    statements = dependencies.periods().statements(_find_period(period_id).id)
    page = read_sorted_page(statements, PageCursor(starting_after, ending_before), limit, noun="statement")
    return StatementPage(
        object="list",
        data=[StatementModel.from_statement(statement) for statement in page.items],
        has_more=page.has_more,
        url=f"{PERIODS}/{period_id}/statements",
    )


@routes.get(
    f"{PERIODS}/<period_id>/statements/<number>",
    Resource.PERIODS.read,
    json_response(StatementModel, "The statement."),
    not_found=True,
)
def get_statement(period_id: str, number: str) -> StatementModel:
    """Get a statement by its number."""
    return StatementModel.from_statement(_find_statement(period_id, number))


@routes.get(
    f"{PERIODS}/<period_id>/statements/<number>/lines",
    Resource.PERIODS.read,
    json_response(StatementLinePage, "A page of lines."),
    not_found=True,
)
def list_statement_lines(
    period_id: str,
    number: str,
    *,
    limit: query.Limit = 10,
    starting_after: query.StartingAfter = None,
    ending_before: query.EndingBefore = None,
) -> StatementLinePage:
    """List the lines of a statement, sorted by event name, meter, and customer.

    To get all lines as CSV, download the statement's file.
    """
    statement = _find_statement(period_id, number)
    page = read_page(
        partial(_iter_lines, statement),
        partial(_line_number, statement),
        PageCursor(starting_after, ending_before),
        limit,
        noun="line",
    )
    return StatementLinePage(
        object="list",
        data=[
            StatementLineModel.from_line(_line_id(statement, at), named.event_name, named.line)
            for at, named in page.items
        ],
        has_more=page.has_more,
        url=f"{PERIODS}/{period_id}/statements/{number}/lines",
    )


@routes.get(
    f"{PERIODS}/<period_id>/statements/<number>/file",
    Resource.PERIODS.read,
    redirect_response("A redirect to the CSV file, valid for 15 minutes."),
    status=302,
    other_responses=FILE_LINK,
    not_found=True,
)
def get_statement_file(period_id: str, number: str) -> Response[FileLinkModel | None]:
    """Download all lines of a statement as a CSV file.

    If you accept only JSON (Accept: application/json), you get the URL instead of a redirect.
    """
    statement = _find_statement(period_id, number)
    return redirect_to_file(routes, statement.key, statement.version_id, f"{statement.id}.csv")


@routes.get(
    f"{PERIODS}/<period_id>/reconciliation",
    Resource.PERIODS.read,
    json_response(ReconciliationModel, "The reconciliation."),
    not_found=True,
    changing=True,
)
def get_reconciliation(period_id: str, *, partner: query.PartnerFilter = None) -> ReconciliationModel:
    """Reconcile a billing period.

    The response shows the current counts of all files of the period, and how their events add up to the usage of each
    meter. A file belongs to the period if it has events in it. A file without events, such as a failed one, belongs to
    the period if it arrived after the period's start.
    """
    period, now = _find_period(period_id), int(time.time())
    meters = [meter for meter in dependencies.meters().list_meters() if not period.meters or meter.id in period.meters]
    times = Period(period.start, period.end)
    usage, events = dependencies.usage_reader(), dependencies.event_reader()
    try:
        with usage_errors():
            sums, owners = reconcile_usage(meters, times, usage, events, partner)
        files = reconcile_files(owners, times.start, dependencies.uploads(), now, partner)
    except TooManyFilesError:
        raise bad_parameter(
            "id",
            f"More than {MAX_FILES:,} files arrived since the start of billing period {period_id}. Use a usage report.",
            ErrorCode.FILTER_TOO_BROAD,
        ) from None
    except ApiError as error:
        if error.code is not ErrorCode.FILTER_TOO_BROAD:
            raise
        raise bad_parameter(
            "id",
            f"Billing period {period_id} has too much usage to reconcile it in one request. Use a usage report.",
            ErrorCode.FILTER_TOO_BROAD,
        ) from None
    used = [each for each in sums if each.uploads.count or each.api.count]
    return ReconciliationModel.from_counts(period_id, now, files, used)


def _times(new: NewPeriod, now: int) -> Period:
    """Return the times of a new period. Raises ApiError 400."""
    if new.period is not None:
        if new.end_time is not None:
            raise bad_parameter(
                "end_time",
                "Received both period and end_time. With period, send at most start_time.",
                ErrorCode.PARAMETERS_EXCLUSIVE,
            )
        months = Months(new.anchor or 0)
        return months.at(new.start_time if new.start_time is not None else months.at(now).start - 1)
    if new.anchor is not None:
        raise bad_parameter("anchor", "Invalid anchor: it requires period=month. Send both, or remove anchor.")
    for name, value in (("start_time", new.start_time), ("end_time", new.end_time)):
        if value is None:
            raise bad_parameter(
                name,
                f"Missing required parameter: {name}. Send start_time and end_time, or period=month.",
                ErrorCode.PARAMETER_MISSING,
            )
    start, end = new.start_time or 0, new.end_time or 0
    if start >= end:
        raise bad_parameter("end_time", "Invalid end_time: must be later than start_time.")
    return Period(start, end)


def _meters(ids: Sequence[str] | None) -> tuple[str, ...]:
    """Return the sorted IDs of meters, empty for all. Raises ApiError 400."""
    if ids is None:
        return ()
    known = {meter.id for meter in dependencies.meters().list_meters()}
    for id_ in ids:
        if id_ not in known:
            raise bad_parameter("meters", f"No such meter: {id_}. Send IDs of meters.", ErrorCode.RESOURCE_MISSING)
    return tuple(sorted(set(ids)))


def _parameters(period: BillingPeriod) -> tuple[object, ...]:
    return period.start, period.end, period.late_policy, period.meters, period.name


def _find_period(period_id: str) -> BillingPeriod:
    period = dependencies.periods().get(period_id)
    if period is None:
        raise resource_missing(f"No such billing period: {period_id}. GET {PERIODS} lists all billing periods.")
    return period


def _find_statement(period_id: str, number: str) -> Statement:
    period = _find_period(period_id)
    statement = dependencies.periods().statement(period.id, int(number)) if _NUMBER.fullmatch(number) else None
    if statement is None:
        raise _statement_missing(period, number)
    return statement


def _statement_missing(period: BillingPeriod, number: str) -> ApiError:
    return resource_missing(
        f"Billing period {period.id} has no statement {number}. It has {period.statement_count} statements.",
        param="number",
    )


def _iter_lines(
    statement: Statement, *, beyond: int | None, newest_first: bool, expect: int
) -> Iterator[tuple[int, NamedLine]]:
    """Yield the numbered lines past line `beyond`, in reverse order without `newest_first`."""
    at = 0 if newest_first else statement.line_count + 1
    if beyond is not None:
        at = beyond
    wanted = range(at + 1, at + expect + 1) if newest_first else range(max(1, at - expect), at)
    first, part = pages_of(statement, wanted.start, wanted.stop - 1)
    data = dependencies.statement_objects().read(statement.key, statement.version_id, part) if part else b""
    found = [(number, named) for number, named in enumerate(decode(data), first) if number in wanted]
    return iter(found if newest_first else found[::-1])


def _line_id(statement: Statement, number: int) -> str:
    return f"{statement.id.replace('stm_', 'stl_', 1)}_{number}"


def _line_number(statement: Statement, id_: str) -> int | None:
    """Return the number of a line by its ID, or None."""
    prefix, _, number = id_.rpartition("_")
    is_own = f"{prefix}_" == _line_id(statement, 0)[:-1] and _NUMBER.fullmatch(number)
    return int(number) if is_own and int(number) <= statement.line_count else None
