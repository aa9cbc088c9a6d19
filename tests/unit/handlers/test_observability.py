"""The metrics: what each end of an upload and each request counts, and that nothing of a file is in them."""

import json
import re
from dataclasses import replace

import pytest

from meterdrop.domain.codes import Status
from meterdrop.handlers.observability import (
    count_attempt,
    count_given_up,
    count_request,
    count_stuck,
    count_upload,
    metrics,
)
from tests.support.fakes.world import World

HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n"
GOOD = b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,8642\n"
BAD = b"not-a-day,cell_of_a_file,cus_QMJJtcu70R1x46,8642\n"

Figures = dict[str, list[float]]


def counted(capsys: pytest.CaptureFixture[str]) -> tuple[Figures, str]:
    """Publish what was counted; return the figures by name, and the line itself."""
    metrics.flush_metrics()
    (line,) = capsys.readouterr().out.splitlines()
    blob = json.loads(line)
    (directive,) = blob["_aws"]["CloudWatchMetrics"]
    assert ("meterdrop-test", [["service"]]) == (directive["Namespace"], directive["Dimensions"])
    return {metric["Name"]: blob[metric["Name"]] for metric in directive["Metrics"]}, line


@pytest.mark.parametrize(
    ("body", "key", "expected"),
    [
        (HEADER + GOOD, "uploads/a", {"UploadsSucceeded": [1], "RowsStored": [1], "RowsRefused": [0]}),
        (HEADER + GOOD + BAD, "uploads/a", {"UploadsSucceededWithErrors": [1], "RowsStored": [1], "RowsRefused": [1]}),
        (HEADER + GOOD, "validate/a", {"UploadsSucceeded": [1], "RowsStored": [0], "RowsRefused": [0]}),
        (HEADER, "uploads/a", {"UploadsFailed": [1], "RowsStored": [0], "RowsRefused": [0]}),
    ],
)
def test_an_upload_counts_by_its_status_and_its_rows(
    body: bytes, key: str, expected: Figures, capsys: pytest.CaptureFixture[str]
) -> None:
    """One figure for the status, one for each verdict on rows, and the time in milliseconds; a dry run stores none."""
    upload = World().ingest(body, key).upload
    count_upload(upload, 1.2345)
    assert {**expected, "RowsDuplicate": [0], "ProcessingTime": [1234]} == counted(capsys)[0]


def test_metrics_hold_nothing_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """No cell, no key of an object and no id: figures, and what the stack is called."""
    upload = World().ingest(HEADER + GOOD + BAD, "uploads/partner.csv").upload
    count_upload(upload, 1)
    count_attempt(1)
    _, line = counted(capsys)
    named = re.compile(r"cus_|cell_of_a_file|partner|\b8642\b|not-a-day|upl_")
    assert named.findall(line) == []


def test_a_retry_counts_where_an_attempt_failed(capsys: pytest.CaptureFixture[str]) -> None:
    """Attempts that did not fail count as 0, so that the mean is the share of those that did."""
    count_attempt(3)
    count_attempt(0)
    assert counted(capsys)[0] == {"Retries": [1, 0], "ConsecutiveFailures": [3, 0]}


@pytest.mark.parametrize(("status", "number"), [(Status.FAILED, 1), (Status.REVERTED, 0)])
def test_an_upload_that_is_given_up_is_counted(status: Status, number: int, capsys: pytest.CaptureFixture[str]) -> None:
    """A revert that recover completes has what its owner asked for."""
    count_given_up(replace(World().ingest(HEADER + GOOD, "uploads/a").upload, status=status))
    assert counted(capsys)[0] == {"UploadsGivenUp": [number]}


@pytest.mark.parametrize("number", [0, 7])
def test_stuck_uploads_are_counted_even_where_there_are_none(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Silence would look like nothing being wrong."""
    count_stuck(number)
    assert counted(capsys)[0] == {"UploadsStuck": [number]}


@pytest.mark.parametrize(
    ("status", "broken", "without_key"), [(200, 0, 0), (401, 0, 1), (404, 0, 0), (500, 1, 0), (503, 0, 0)]
)
def test_a_request_counts_by_its_answer(
    status: int, broken: int, without_key: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each request is one; what is the client's own fault is not broken, nor usage that is changing (503)."""
    count_request(status)
    assert counted(capsys)[0] == {
        "Requests": [1],
        "RequestsBroken": [broken],
        "RequestsWithoutKey": [without_key],
        "AuditLinesMissed": [0],
    }
