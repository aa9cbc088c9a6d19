"""Usage reports on the wire: lines, pages, CSV, files of jobs, and what is refused."""

import csv
import io
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import ModuleType
from typing import Any

import boto3
import pytest

from meterdrop import settings
from meterdrop.adapters.aws.report_files import ReportFileStore
from meterdrop.adapters.deadline import deadline
from meterdrop.adapters.dynamodb import read_limit
from meterdrop.api.http import dependencies
from meterdrop.api.routes import usage_reports
from meterdrop.api.schemas.usage_reports import FAILURE_MESSAGES, LineId
from meterdrop.domain.metering.report_file import ReportFailure, ReportFile
from meterdrop.usage import hour_events
from meterdrop.usage.report_file import COLUMNS, MAX_TRIES, ReportJob
from meterdrop.usage.time_periods import Period
from meterdrop.usage.usage_report import UsageReport
from tests.support.api.client import Api, ApiResponse
from tests.support.api.store import BUCKET, READ_KEY, Store, take_messages
from tests.support.api.usage import CUSTOMER, DAY, DELETED, HOUR, METER, NIGHT, OTHER, an_event, fill

pytestmark = pytest.mark.usefixtures("empty_queue")

REPORTS = "/v1/usage_reports"
WHOLE: dict[str, Any] = {"start_time": NIGHT, "end_time": NIGHT + DAY}
FORMULAS = '=HYPERLINK("http://example.com")'


def fill_with_lines(store: Store) -> None:
    """Store three customers' usage of one meter, a formula as a customer, and a line of another meter."""
    fill(
        store,
        [
            an_event(1, value="2.50"),
            an_event(2, NIGHT + HOUR, "400"),
            an_event(3, customer=OTHER, value="0.000000000001"),
            an_event(4, customer=DELETED, value="-7"),
            an_event(5, customer=FORMULAS),
            an_event(6, NIGHT + DAY, "1000"),
            an_event(7, meter="mtr_calls", event_name="calls", value=None),
        ],
    )
    store.put_meter("mtr_calls", "calls", formula="count")
    store.put_meter("mtr_unused", "unused")


def as_csv(api: Api, *, prefer: str = "", **query: Any) -> ApiResponse:
    """Ask for CSV."""
    return api.call("GET", REPORTS, key=READ_KEY, query=query, headers={"accept": "text/csv", "prefer": prefer})


def rows_of(text: str) -> list[dict[str, str]]:
    """Read a CSV."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_rows(lines: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return JSON lines as the CSV has them."""
    names = {"aggregated_value": "aggregated_value_decimal"}
    rows = [{name: str(line[names.get(name, name)]) for name in COLUMNS} for line in lines]
    return [
        row | {"customer": "'" + row["customer"] if row["customer"] == FORMULAS else row["customer"]} for row in rows
    ]


def unix(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return CSV rows with epoch seconds."""
    times = ("start_time", "end_time")
    return [row | {name: str(int(datetime.fromisoformat(row[name]).timestamp())) for name in times} for row in rows]


def test_a_line_has_every_field(api: Api, store: Store) -> None:
    """The number and its exact text, sorted by event name and customer; deleted customers are in it."""
    fill_with_lines(store)
    response = api.get(REPORTS, **WHOLE)
    assert response.status == 200, response.text
    assert response.json["url"] == REPORTS
    assert not response.json["has_more"]
    lines = response.json["data"]
    assert [
        (line["event_name"], line["customer"], line["event_count"], line["aggregated_value_decimal"]) for line in lines
    ] == [
        ("ai_search_api", FORMULAS, 1, "1"),
        ("ai_search_api", OTHER, 1, "0.000000000001"),
        ("ai_search_api", CUSTOMER, 2, "402.5"),
        ("ai_search_api", DELETED, 1, "-7"),
        ("calls", CUSTOMER, 1, "1"),
    ]
    assert lines[2] == {
        "id": LineId(METER, CUSTOMER, Period(NIGHT, NIGHT + DAY)).text,
        "object": "usage_report_line",
        "aggregated_value": 402.5,
        "aggregated_value_decimal": "402.5",
        "customer": CUSTOMER,
        "end_time": NIGHT + DAY,
        "event_count": 2,
        "event_name": "ai_search_api",
        "meter": METER,
        "start_time": NIGHT,
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_pages_add_up_to_the_whole(api: Api, store: Store, limit: int) -> None:
    """Forward and backward, whatever the limit."""
    fill_with_lines(store)
    whole = api.get(REPORTS, **WHOLE).json["data"]
    found, cursor = [], dict[str, str]()
    for _ in whole:
        page = api.get(REPORTS, **WHOLE, limit=limit, **cursor).json
        found += page["data"]
        if not page["has_more"]:
            break
        cursor = {"starting_after": page["data"][-1]["id"]}
    assert found == whole
    back = api.get(REPORTS, **WHOLE, limit=limit, ending_before=whole[-1]["id"]).json
    assert back["data"] == whole[:-1][-limit:]
    assert back["has_more"] == (limit < len(whole) - 1)


def test_csv_equals_json(api: Api, store: Store) -> None:
    """All lines, whatever the limit of a page; cells are guarded against formulas."""
    fill_with_lines(store)
    response = as_csv(api, **WHOLE)
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="usage_report.csv"'
    assert response.text.startswith(
        "event_name,meter,customer,start_time,end_time,event_count,aggregated_value\n"
        f'ai_search_api,{METER},"\'=HYPERLINK(""http://example.com"")",2024-09-25T00:00:00Z,2024-09-26T00:00:00Z,1,1\n'
    )
    assert unix(rows_of(response.text)) == as_rows(api.get(REPORTS, **WHOLE, limit=100).json["data"])


@pytest.mark.parametrize("name", ["ai_search_api", METER])
def test_a_meter_alone(api: Api, store: Store, name: str) -> None:
    """By ID or event name, deactivated meters with the same event name too."""
    fill_with_lines(store)
    store.put_meter("mtr_older", "ai_search_api", status="inactive")
    lines = api.get(REPORTS, meter=name, **WHOLE).json["data"]
    assert {line["meter"] for line in lines} == {METER}
    assert len(lines) == 4
    assert len(as_csv(api, meter=name, **WHOLE).text.splitlines()) == 5


def test_a_customer_alone(api: Api, store: Store) -> None:
    """All its meters, and a deleted customer."""
    fill_with_lines(store)
    lines = api.get(REPORTS, customer=CUSTOMER, **WHOLE).json["data"]
    assert [(line["event_name"], line["customer"]) for line in lines] == [
        ("ai_search_api", CUSTOMER),
        ("calls", CUSTOMER),
    ]
    page = api.get(REPORTS, customer=CUSTOMER, starting_after=lines[0]["id"], **WHOLE).json["data"]
    assert page == lines[1:]
    assert [line["customer"] for line in api.get(REPORTS, customer=DELETED, **WHOLE).json["data"]] == [DELETED]


def test_billing_periods(api: Api, store: Store) -> None:
    """A calendar month, a subscription's own month with seconds, and without a start the current one."""
    anchor = NIGHT + 90  # cuts the hour of the first event
    now = int(time.time())
    fill(store, [an_event(1), an_event(2, anchor, "5"), an_event(3, now, "3")])
    month = api.get(REPORTS, period="month", start_time=NIGHT + 60).json["data"]
    assert [(line["start_time"], line["end_time"], line["event_count"]) for line in month] == [
        (1_725_148_800, 1_727_740_800, 2)
    ]
    own = api.get(REPORTS, period="month", start_time=NIGHT + 120, anchor=anchor).json["data"]
    assert [(line["start_time"], line["aggregated_value_decimal"]) for line in own] == [(anchor, "5")]
    current = api.get(REPORTS, period="month").json["data"]
    assert [line["aggregated_value_decimal"] for line in current] == ["3"]


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ({}, "parameter_missing", "start_time"),
        ({"start_time": NIGHT}, "parameter_missing", "end_time"),
        ({"start_time": NIGHT + 1, "end_time": NIGHT + 60}, "parameter_invalid", "start_time"),
        ({"start_time": NIGHT, "end_time": NIGHT}, "parameter_invalid", "end_time"),
        ({"period": "month", **WHOLE}, "parameters_exclusive", "end_time"),
        ({"period": "month", "start_time": 9_999_999_960}, "parameter_invalid", "start_time"),
        ({"anchor": 1, **WHOLE}, "parameter_invalid", "anchor"),
        ({"period": "year"}, "parameter_invalid", "period"),
        ({"meter": "nothing", **WHOLE}, "resource_missing", "meter"),
        ({"customer": "nobody", **WHOLE}, "resource_missing", "customer"),
        ({"partner": "acme/eu", **WHOLE}, "parameter_invalid", "partner"),
        ({"limit": 101, **WHOLE}, "parameter_invalid", "limit"),
        ({"starting_after": "usgln_", **WHOLE}, "resource_missing", "starting_after"),
        ({"ending_before": "ü", **WHOLE}, "resource_missing", "ending_before"),
        (
            {"starting_after": LineId(METER, CUSTOMER, Period(NIGHT, NIGHT + 60)).text, **WHOLE},
            "resource_missing",
            "starting_after",
        ),
        (
            {"starting_after": LineId("mtr_x", CUSTOMER, Period(NIGHT, NIGHT + DAY)).text, **WHOLE},
            "resource_missing",
            "starting_after",
        ),
        (
            {"starting_after": LineId(METER, OTHER, Period(NIGHT, NIGHT + DAY)).text, "customer": CUSTOMER, **WHOLE},
            "resource_missing",
            "starting_after",
        ),
    ],
)
def test_what_is_refused(api: Api, store: Store, query: dict[str, object], code: str, param: str) -> None:
    """Each with the parameter at fault."""
    fill(store)
    assert api.get(REPORTS, **query).error == (400, code, param)


@pytest.mark.parametrize("name", ["limit", "starting_after", "ending_before"])
def test_a_csv_has_no_pages(api: Api, store: Store, name: str) -> None:
    """A limit that changes nothing would mislead."""
    fill(store)
    assert as_csv(api, **(WHOLE | {name: "5"})).error == (400, "parameter_invalid", name)


def test_too_many_single_events(api: Api, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and CSV refuse as summaries do."""
    fill_with_lines(store)
    monkeypatch.setattr(hour_events, "MAX_EVENTS", 1)
    cut: dict[str, Any] = {"start_time": NIGHT - 60, "end_time": NIGHT + 60}
    for response in (api.get(REPORTS, **cut), as_csv(api, **cut)):
        assert response.error == (400, "filter_too_broad", "start_time")


@contextmanager
def the_report() -> Iterator[UsageReport]:
    """Make the report as the ingest function does, on moto."""
    yield dependencies.usage_report()


def a_job(clock: Callable[[], float] = time.time) -> ReportJob:
    """Make the job."""
    return ReportJob(
        files=ReportFileStore(settings.s3(), BUCKET),
        meters=dependencies.meters(),
        report=the_report,
        until_check=deadline,
        clock=clock,
    )


def begin(api: Api, **query: Any) -> str:
    """Ask for a file, and return the ID that the message to the ingest function has."""
    response = as_csv(api, prefer="respond-async", **(query or WHOLE))
    assert response.status == 202, response.text
    assert response.json["status"] == "processing"
    id_: str = response.json["id"]
    assert response.headers["Location"] == f"{REPORTS}/{id_}"
    assert response.headers["Retry-After"] == "5"
    assert take_messages() == [{"report": id_}]
    assert api.get(f"{REPORTS}/{id_}").json == response.json
    assert api.get(f"{REPORTS}/{id_}/file").error == (404, "resource_missing", "id")
    return id_


def content(api: Api, id_: str) -> str:
    """Download the file of a report."""
    response = api.call("GET", f"{REPORTS}/{id_}/file", key=READ_KEY)
    assert response.status == 302
    assert f"reports/{id_}.csv" in response.headers["Location"]
    link = api.call("GET", f"{REPORTS}/{id_}/file", key=READ_KEY, headers={"accept": "application/json"})
    assert link.json["object"] == "file_link"
    body = boto3.client("s3").get_object(Bucket=BUCKET, Key=f"reports/{id_}.csv")["Body"].read()
    return bytes(body).decode()


def test_a_file_equals_the_csv(api: Api, store: Store) -> None:
    """The job writes the same bytes; a message that comes again has no effect."""
    fill_with_lines(store)
    id_ = begin(api)
    file = a_job().run(id_, receives=1, ends=time.time() + 60)
    assert file is not None
    assert content(api, id_) == as_csv(api, **WHOLE).text
    state = api.get(f"{REPORTS}/{id_}").json
    assert (state["status"], state["line_count"], state["failure"]) == ("succeeded", 5, None)
    assert state["url"] == f"{REPORTS}/{id_}/file"
    assert a_job().run(id_, receives=2, ends=time.time() + 60) is None


def test_a_file_of_a_customer(api: Api, store: Store) -> None:
    """The job has the filters of the request."""
    fill_with_lines(store)
    query = {"customer": CUSTOMER, "meter": "calls", **WHOLE}
    id_ = begin(api, **query)
    a_job().run(id_, receives=1, ends=time.time() + 60)
    assert content(api, id_) == as_csv(api, **query).text
    assert api.get(f"{REPORTS}/{id_}").json["customer"] == CUSTOMER


@pytest.mark.parametrize(
    "limit", [(usage_reports, "CSV_BYTES", 100), (usage_reports, "CSV_SECONDS", -1), (read_limit, "MAX_READ_BYTES", 1)]
)
def test_a_large_csv_becomes_a_file(
    api: Api, store: Store, monkeypatch: pytest.MonkeyPatch, limit: tuple[ModuleType, str, int]
) -> None:
    """In bytes, in seconds, or in what it reads, without being asked."""
    fill_with_lines(store)
    monkeypatch.setattr(*limit)
    response = as_csv(api, **WHOLE)
    assert (response.status, response.json["object"]) == (202, "usage_report_file")
    assert take_messages() == [{"report": response.json["id"]}]


def test_progress_is_shown(api: Api, store: Store) -> None:
    """While the job writes, the lines that it has so far."""
    fill_with_lines(store)
    id_ = begin(api)
    seconds = itertools.count(time.time(), 6)
    shown = []

    class Watched(ReportFileStore):
        def save(self, file: ReportFile) -> None:
            super().save(file)
            shown.append(api.get(f"{REPORTS}/{id_}").json["line_count"])

    job = ReportJob(Watched(settings.s3(), BUCKET), dependencies.meters(), the_report, deadline, lambda: next(seconds))
    job.run(id_, receives=1, ends=10**10)
    assert shown == sorted(shown)
    assert {1, 5} <= set(shown)


def failed(api: Api, id_: str) -> str:
    """Return why a report failed."""
    state = api.get(f"{REPORTS}/{id_}").json
    assert (state["status"], state["url"]) == ("failed", None)
    assert state["failure"]["message"] == FAILURE_MESSAGES[state["failure"]["code"]]
    assert api.get(f"{REPORTS}/{id_}/file").status == 404
    return str(state["failure"]["code"])


def test_a_job_that_can_not_finish_fails(api: Api, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Because of its window, its time, or too many tries."""
    fill_with_lines(store)
    id_ = begin(api, start_time=NIGHT - 60, end_time=NIGHT + 60)
    with monkeypatch.context() as patch:
        patch.setattr(hour_events, "MAX_EVENTS", 1)
        a_job().run(id_, receives=1, ends=time.time() + 60)
    assert failed(api, id_) == "filter_too_broad"
    id_ = begin(api)
    a_job().run(id_, receives=1, ends=time.time() - 1)
    assert failed(api, id_) == "report_too_large"
    id_ = begin(api)
    a_job().run(id_, receives=MAX_TRIES + 1, ends=time.time() + 60)
    assert failed(api, id_) == "internal_error"


def test_every_failure_has_a_message() -> None:
    """For people."""
    assert set(FAILURE_MESSAGES) == set(ReportFailure)


def test_files_that_do_not_exist(api: Api, store: Store) -> None:
    """An ID of the right shape, and any other."""
    assert store
    for id_ in (f"urf_{'a' * 26}", "x", "urf_é"):
        assert api.get(f"{REPORTS}/{id_}").error == (404, "resource_missing", "id")
        assert api.get(f"{REPORTS}/{id_}/file").error == (404, "resource_missing", "id")
