"""`make load`: upload 200 files at once to an emulator of its own, 20 of them at the size limit.

Afterwards, compare the results of the API with the files, exact to the row and to the hundredth.
"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from tools.commands.sample import FINAL
from tools.emulator.emulator import free_port
from tools.load.calls import Calls
from tools.load.differences import Upload, differences
from tools.load.files import CUSTOMERS, METERS, PREFIX, Load, customers_file, make_load
from tools.setup import signals
from tools.setup.places import STATE, shown
from tools.setup.trouble import Trouble
from tools.stack.local_stack import LocalStack, running_stack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_UPLOAD_THREADS = 8
_MAX_WAIT_SECONDS = 3_600  # until all uploads have a final status
_SEPTEMBER = (1_725_148_800, 1_727_740_800)
_SAMPLED = CUSTOMERS[::20]


def main() -> int:
    """Run the load; return the exit code, which is 0 if all results are exact."""
    try:
        signals.listen()
        scale = _scale(os.environ.get("SCALE") or "1")
        logs = STATE / "load"
        with running_stack(free_port(), logs, _say) as stack:
            found = list(_run(stack, make_load(scale)))
            if found:
                stack.save_function_logs()
    except Trouble as trouble:
        return _fail(str(trouble))
    except signals.Stopped:
        return _fail("Stopped. Nothing is left running.")
    for difference in found[:20]:
        print(f"Difference: {difference}")
    details = f" For the functions' logs, see {shown(logs / 'functions.log')}." if found else ""
    print(f"{len(found)} differences.{details}")
    return 1 if found else 0


def _run(stack: LocalStack, load: Load) -> Iterator[str]:
    calls = Calls(stack)
    upload_file = partial(_upload_file, stack.clients.s3(), stack.outputs.bucket)
    upload_file("customers/load.csv", customers_file())
    _wait(stack, calls, "customers/load.csv", 1)
    size = sum(len(file.body) for file in load.files)
    rows = sum(file.rows for file in load.files)
    began = time.monotonic()
    with ThreadPoolExecutor(_UPLOAD_THREADS) as executor:
        versions = list(executor.map(lambda file: upload_file(file.key, file.body), load.files))
    seconds = time.monotonic() - began
    _say(f"uploaded {len(load.files)} files with {rows:,} rows, {size / 1e6:.1f} MB ({seconds:.1f} s)")
    uploads = _wait(stack, calls, PREFIX, len(load.files))
    seconds = time.monotonic() - began
    _say(f"all uploads have a final status ({seconds:.0f} s since the first upload, {rows / seconds:,.0f} rows/s)")
    yield from differences(load, uploads, versions)
    yield from _usage(load, calls)
    yield from _queues(stack)
    _say(calls.latencies())
    yield from calls.errors


def _wait(stack: LocalStack, calls: Calls, prefix: str, expected: int) -> dict[tuple[str, str], Upload]:
    """Poll the list of uploads until all are final, and some single uploads like the page; raise Trouble too late."""
    deadline = time.monotonic() + _MAX_WAIT_SECONDS
    for poll in count(1):
        stack.emulator.check()
        uploads: dict[tuple[str, str], Upload] = {
            (upload["key"], upload["version_id"]): upload for upload in calls.uploads(prefix)
        }
        in_progress = [upload for upload in uploads.values() if upload["status"] not in FINAL]
        if len(uploads) >= expected and not in_progress:
            return uploads
        for upload in in_progress[:3]:
            calls.get(f"/v1/uploads/{upload['id']}")
        if poll % 30 == 0:
            _say(f"{len(uploads) - len(in_progress)} of {expected} uploads have a final status")
        if time.monotonic() > deadline:
            stack.save_function_logs()
            raise Trouble(
                f"{len(in_progress)} of {len(uploads)} uploads have no final status after {_MAX_WAIT_SECONDS} seconds. "
                f"For the functions' logs, see {shown(stack.function_logs)}."
            )
        time.sleep(1)
    raise AssertionError


def _usage(load: Load, calls: Calls) -> Iterator[str]:
    ids = calls.meters()
    for meter in METERS:
        for customer in (None, *_SAMPLED):
            actual, expected = calls.usage(ids[meter], *_SEPTEMBER, customer), load.expected(meter, customer)
            if actual != expected:
                yield f"{meter} of {customer or 'all customers'}: {actual} events and sum, instead of {expected}"


def _queues(stack: LocalStack) -> Iterator[str]:
    sqs = stack.clients.sqs()
    for name, url in (("queue", stack.outputs.queue_url), ("dead letters", stack.outputs.dead_letter_queue_url)):
        response = sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        )
        waiting = sum(map(int, response["Attributes"].values()))
        _say(f"{name}: {waiting} messages")
        if waiting:
            yield f"{name}: {waiting} messages are left"


def _upload_file(s3: "S3Client", bucket: str, key: str, body: bytes) -> str:
    """Upload a file; return its VersionId."""
    return s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/csv")["VersionId"]


def _scale(text: str) -> Decimal:
    try:
        scale = Decimal(text)
    except InvalidOperation:
        scale = Decimal(0)
    if not Decimal("0.001") <= scale <= 1:
        raise Trouble(f"SCALE is {text!r}. It must be a number from 0.001 to 1, such as: make load SCALE=0.1")
    return scale


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


def _fail(message: str) -> int:
    signals.ignore()
    print(message, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
