"""The sample file: upload it and follow its status, like a user with the AWS command line and curl."""

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tools.emulator.web import HttpResponse, get
from tools.setup.places import shown
from tools.setup.trouble import Trouble
from tools.stack.local_stack import LocalStack

FINAL = frozenset({"succeeded", "succeeded_with_errors", "failed", "reverted"})
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Total:
    """The counted rows of one meter. `value_sum` has the API's format; it is None if no row had a value."""

    event_name: str
    event_count: int
    value_sum: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """The shown fields of an upload."""

    id: str
    key: str
    status: str
    row_count: int
    success_count: int
    duplicate_count: int
    error_count: int
    totals: tuple[Total, ...]
    failure: str | None
    error_file_key: str | None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of the error file. `row_number` is empty if the upload failed."""

    row_number: str
    code: str
    field: str
    message: str


def upload_file(stack: LocalStack, file: Path, key: str) -> None:
    """Upload a file to the bucket."""
    stack.clients.s3().put_object(Bucket=stack.outputs.bucket, Key=key, Body=file.read_bytes(), ContentType="text/csv")


def wait_until_final(stack: LocalStack, key: str, seconds: float, show: Callable[[Upload | None], None]) -> Upload:
    """Follow the newest upload of a key to its final status; raise Trouble after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        stack.emulator.check()
        response = _get(stack, f"/v1/uploads?key={quote(key, safe='')}")
        upload = _newest(response)
        show(upload)
        if upload and upload.status in FINAL:
            return upload
        if time.monotonic() > deadline:
            stack.save_function_logs()
            raise Trouble(
                f"{key} has no final status after {seconds:.0f} seconds. The last API response was {response.status}. "
                f"For the functions' logs, see {shown(stack.function_logs)}.",
            )
        time.sleep(_POLL_SECONDS)


def refused_rows(stack: LocalStack, upload: Upload) -> Iterator[RefusedRow]:
    """Download the error file through the API, and yield its rows; raise Trouble if the API doesn't have it."""
    response = _get(stack, f"/v1/uploads/{upload.id}/error_file")
    location = response.headers.get("Location")
    if not location:
        raise Trouble(
            f"The API returned {response.status} instead of the error file of {upload.key}. "
            "To try again, stop make run with Ctrl-C and start it again."
        )
    # Without the API key: a presigned URL needs no other permission.
    text = get(location).body.decode("utf-8-sig")
    for row in csv.DictReader(io.StringIO(text, newline="")):
        yield RefusedRow(row["row_number"], row["error_code"], row["error_field"], row["error_message"])


def _get(stack: LocalStack, path: str) -> HttpResponse:
    return get(f"{stack.api_url}{path}", bearer=stack.read_key)


def _newest(response: HttpResponse) -> Upload | None:
    if response.status != 200:  # noqa: PLR2004
        return None
    uploads = json.loads(response.body)["data"]
    return _upload(uploads[0]) if uploads else None


def _upload(one: dict) -> Upload:  # type: ignore[type-arg]
    return Upload(
        id=one["id"],
        key=one["key"],
        status=one["status"],
        row_count=one["row_count"],
        success_count=one["success_count"],
        duplicate_count=one["duplicate_count"],
        error_count=one["error_count"],
        totals=tuple(Total(t["event_name"], t["event_count"], t["value_sum"]) for t in one["totals"]),
        failure=one["failure"] and one["failure"]["message"],
        error_file_key=one["error_file"] and one["error_file"]["key"],
    )
