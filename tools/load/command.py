"""`make load`: two hundred files at once, twenty of them as large as is taken, on an emulator of its own.

Then what the API says of them is compared with what was dropped, to the row and to the hundredth.
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

_DROPPERS = 8  # threads that drop files
_PATIENCE = 3_600  # seconds until all are final
_SEPTEMBER = (1_725_148_800, 1_727_740_800)
_SAMPLED = CUSTOMERS[::20]


def main() -> int:
    """Run it; returns 0 where everything is exact."""
    try:
        signals.listen()
        scale = _scale(os.environ.get("SCALE") or "1")
        logs = STATE / "load"
        with running_stack(free_port(), logs, _say) as stack:
            wrong = list(_run(stack, make_load(scale)))
            if wrong:
                stack.save_function_logs()
    except Trouble as trouble:
        return _fail(str(trouble))
    except signals.Stopped:
        return _fail("Stopped; nothing is left running.")
    for difference in wrong[:20]:
        print(f"WRONG: {difference}")
    print(
        f"{len(wrong)} differences"
        + (f"; {shown(logs / 'functions.log')} has what the functions said" if wrong else "")
    )
    return 1 if wrong else 0


def _run(stack: LocalStack, load: Load) -> Iterator[str]:
    calls = Calls(stack)
    drop = partial(_drop, stack.clients.s3(), stack.outputs.bucket)
    drop("customers/load.csv", customers_file())
    _wait(stack, calls, "customers/load.csv", 1)
    size = sum(len(file.body) for file in load.files)
    rows = sum(file.rows for file in load.files)
    began = time.monotonic()
    with ThreadPoolExecutor(_DROPPERS) as executor:
        versions = list(executor.map(lambda file: drop(file.key, file.body), load.files))
    _say(
        f"{len(load.files)} files with {rows:,} rows, {size / 1e6:.1f} MB, dropped in {time.monotonic() - began:.1f} s"
    )
    uploads = _wait(stack, calls, PREFIX, len(load.files))
    took = time.monotonic() - began
    _say(f"all final {took:.0f} s after the first was dropped: {rows / took:,.0f} rows/s")
    yield from differences(load, uploads, versions)
    yield from _usage(load, calls)
    yield from _queues(stack)
    _say(calls.latencies())
    yield from calls.errors


def _wait(stack: LocalStack, calls: Calls, prefix: str, expected: int) -> dict[tuple[str, str], Upload]:
    """Look at all uploads again and again until they are final; one by one, too, as a page would."""
    gives_up = time.monotonic() + _PATIENCE
    for look in count(1):
        stack.emulator.check()
        uploads: dict[tuple[str, str], Upload] = {
            (upload["key"], upload["version_id"]): upload for upload in calls.uploads(prefix)
        }
        passing = [upload for upload in uploads.values() if upload["status"] not in FINAL]
        if len(uploads) >= expected and not passing:
            return uploads
        for upload in passing[:3]:
            calls.get(f"/v1/uploads/{upload['id']}")
        if look % 30 == 0:
            _say(f"{len(uploads) - len(passing)} of {expected} are final")
        if time.monotonic() > gives_up:
            stack.save_function_logs()
            raise Trouble(f"{len(passing)} of {len(uploads)} uploads are not final after {_PATIENCE} seconds.")
        time.sleep(1)
    raise AssertionError


def _usage(load: Load, calls: Calls) -> Iterator[str]:
    ids = calls.meters()
    for meter in METERS:
        for customer in (None, *_SAMPLED):
            found, expected = calls.usage(ids[meter], *_SEPTEMBER, customer), load.expected(meter, customer)
            if found != expected:
                yield f"{meter} of {customer or 'all'}: {found} where {expected} was dropped"


def _queues(stack: LocalStack) -> Iterator[str]:
    sqs = stack.clients.sqs()
    for name, url in (("queue", stack.outputs.queue_url), ("dead letters", stack.outputs.dead_letter_queue_url)):
        found = sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        )
        waiting = sum(map(int, found["Attributes"].values()))
        _say(f"{name}: {waiting} messages")
        if waiting:
            yield f"{name}: {waiting} messages are left"


def _drop(s3: "S3Client", bucket: str, key: str, body: bytes) -> str:
    """Put a file; returns its VersionId."""
    return s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/csv")["VersionId"]


def _scale(text: str) -> Decimal:
    try:
        scale = Decimal(text)
    except InvalidOperation:
        scale = Decimal(0)
    if not Decimal("0.001") <= scale <= 1:
        raise Trouble(f"SCALE is {text!r}, but it goes from 0.001 to 1: make load SCALE=0.1")
    return scale


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


def _fail(sentence: str) -> int:
    signals.ignore()
    print(sentence, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
