"""Drop a file and watch what becomes of it, as a person with the AWS command line and curl would."""

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tools.emulator.web import Answer, get
from tools.setup.places import shown
from tools.setup.trouble import Trouble
from tools.stack.local_stack import LocalStack

FINAL = frozenset({"succeeded", "succeeded_with_errors", "failed", "reverted"})
_PAUSE = 0.1  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Total:
    """What was counted for one meter; `value_sum` as the API writes it, None where no row had a value."""

    event_name: str
    event_count: int
    value_sum: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload's status, as far as it is shown."""

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
    """A row of the error file; `row_number` is empty where the whole file was refused."""

    row_number: str
    code: str
    field: str
    message: str


def drop(stack: LocalStack, file: Path, key: str) -> None:
    """Put a file into the upload bucket."""
    stack.clients.s3().put_object(Bucket=stack.outputs.bucket, Key=key, Body=file.read_bytes(), ContentType="text/csv")


def watch(stack: LocalStack, key: str, seconds: float, show: Callable[[Upload | None], None]) -> Upload:
    """Follow the newest upload of a key to its final status; raises Trouble where that is not within `seconds`."""
    gives_up = time.monotonic() + seconds
    while True:
        stack.emulator.check()
        answer = _ask(stack, f"/v1/uploads?key={quote(key, safe='')}")
        upload = _newest(answer)
        show(upload)
        if upload and upload.status in FINAL:
            return upload
        if time.monotonic() > gives_up:
            stack.save_function_logs()
            raise Trouble(
                f"{key} is not finished after {seconds:.0f} seconds (the API's last answer was {answer.status}); "
                f"{shown(stack.function_logs)} says what the functions did.",
            )
        time.sleep(_PAUSE)


def refused_rows(stack: LocalStack, upload: Upload) -> Iterator[RefusedRow]:
    """Fetch the error file through the API and read its rows."""
    answer = _ask(stack, f"/v1/uploads/{upload.id}/error_file")
    location = answer.headers.get("Location")
    if not location:
        raise Trouble(f"The API has no error file of {upload.key}: it answered {answer.status}.")
    # Without the API key: the presigned address is its own permission.
    text = get(location).body.decode("utf-8-sig")
    for row in csv.DictReader(io.StringIO(text, newline="")):
        yield RefusedRow(row["row_number"], row["error_code"], row["error_field"], row["error_message"])


def _ask(stack: LocalStack, path: str) -> Answer:
    return get(f"{stack.api_url}{path}", bearer=stack.read_key)


def _newest(answer: Answer) -> Upload | None:
    if answer.status != 200:  # noqa: PLR2004
        return None
    found = json.loads(answer.body)["data"]
    return _upload(found[0]) if found else None


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
