"""Searches among many customers and uploads on the emulator: the processor time of the API function.

Every upload has what one with refused rows has, so each is as large as they get in practice.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from bench.figures import Figure
from bench.processes import exchange, program
from bench.stack import EVENTS, Stack, started
from meterdrop.adapters.batching import chunks
from meterdrop.adapters.catalog.customer_items import to_item as customer_item
from meterdrop.adapters.dynamodb.batch import WRITE_LIMIT
from meterdrop.adapters.dynamodb.items import encode
from meterdrop.adapters.uploads.text_sets import TextSets
from meterdrop.adapters.uploads.upload_items import to_item as upload_item
from meterdrop.adapters.uploads.upload_table import MONTHS_ID
from meterdrop.domain.changes import INGEST, Change
from meterdrop.domain.codes import Kind, RowCode, Status
from meterdrop.domain.customers.customer import Customer, StoredCustomer
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import Counts, ErrorFile, ErrorGroup, HistoryEntry, Sample, Total, Upload

_CUSTOMERS, _UPLOADS = 10_000, 4_950  # a request reads at most 5,000 uploads
_ARRIVAL, _SECONDS_APART = 1_727_740_800, 400
_RUNS = 5
_TARGET_SECONDS = 1.0
_EVERY_HUNDREDTH = Status.FAILED
_SEARCHES: dict[str, tuple[str, dict[str, str], int]] = {
    "customers by a part of the name": ("/v1/customers/search", {"query": "name~'4999'", "limit": "100"}, 1),
    "newest uploads": ("/v1/uploads", {"limit": "25"}, 25),
    "uploads by file_name": ("/v1/uploads", {"file_name": "Usage-00017.csv", "limit": "100"}, 1),
    "uploads by key_contains": ("/v1/uploads", {"key_contains": "FOLDER-17/", "limit": "100"}, 50),
    "uploads by dry_run": ("/v1/uploads", {"dry_run": "true", "limit": "100"}, 0),
    "uploads by status": ("/v1/uploads", {"status": _EVERY_HUNDREDTH.value, "limit": "100"}, 50),
    "open uploads": ("/v1/open_uploads", {"limit": "25"}, 25),
}
"""Path, parameters, and the number of results."""


def figures() -> list[Figure]:
    """Store customers and uploads, and measure each search."""
    with started() as stack:
        _store(stack)
        return list(_measure(stack))


def _measure(stack: Stack) -> Iterator[Figure]:
    outputs = stack.running.outputs
    environment = stack.environment(outputs.bucket, EVENTS) | {"KEYS_TABLE": outputs.keys_table}
    with program("bench.search_process") as process:
        if process.stdin is not None:
            process.stdin.write(json.dumps([environment, stack.running.secret_key]) + "\n")
        for name, (path, parameters, expected) in _SEARCHES.items():
            line = json.dumps([path, parameters])
            exchange(process, line)  # creates the clients
            runs: list[dict[str, Any]] = [json.loads(exchange(process, line)) for _ in range(_RUNS)]
            if any(run["found"] != expected for run in runs):
                raise AssertionError(f"{name}: {runs[0]['found']} results instead of {expected}.")
            yield Figure.from_runs(
                f"search: {name}, processor time", "s", (run["cpu"] for run in runs), _TARGET_SECONDS
            )
            yield Figure.from_runs(f"search: {name}", "s", (run["wall"] for run in runs))


def _store(stack: Stack) -> None:
    outputs, dynamodb = stack.running.outputs, stack.running.clients.dynamodb()
    uploads = [_upload(number, outputs.bucket) for number in range(_UPLOADS)]
    months = TextSets(dynamodb, outputs.uploads_table, "months")
    for month in sorted({upload.month for upload in uploads}):
        months.add(MONTHS_ID, month)
    _put(stack, outputs.uploads_table, map(upload_item, uploads))
    _put(stack, outputs.catalog_table, (customer_item(_customer(number)) for number in range(_CUSTOMERS)))


def _put(stack: Stack, table: str, items: Iterable[dict[str, Any]]) -> None:
    client = stack.running.clients.dynamodb()
    for some in chunks(map(encode, items), WRITE_LIMIT):
        client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in some]})


def _customer(number: int) -> StoredCustomer:
    customer = Customer(
        id=f"cus_search_{number:05}",
        created=_ARRIVAL + number,
        name=f"Customer {number:05} of the Example Company",
        email=f"billing-{number:05}@example.com",
    )
    return StoredCustomer(customer=customer)


def _upload(number: int, bucket: str) -> Upload:
    key = f"uploads/Folder-{number % 100}/usage-{number:05}.csv"
    created = _ARRIVAL + _SECONDS_APART * number
    counts = Counts(1_000, 980, 0, 20)
    groups = [(RowCode.CUSTOMER_NOT_FOUND, "payload_stripe_customer_id"), (RowCode.TIMESTAMP_INVALID, "timestamp")]
    message = 'The customer "cus_nobody" isn\'t registered. Correct the ID or register the customer.'
    id_ = ObjectVersion(bucket, key, "1").upload_id
    return Upload(
        id=id_,
        kind=Kind.USAGE,
        status=_EVERY_HUNDREDTH if number % 100 == 0 else Status.SUCCEEDED_WITH_ERRORS,
        dry_run=False,
        key=key,
        version_id="1",
        size=100_000,
        created=created,
        started_at=created + 1,
        finished_at=created + 2,
        counts=counts,
        totals=tuple(Total(f"meter_{meter}", 490, "1234.5", created - 86_400, created) for meter in range(2)),
        samples=tuple(Sample(row, *groups[row % 2], message) for row in range(1, 11)),
        errors=tuple(ErrorGroup(*group, 10) for group in groups),
        error_file=ErrorFile(f"errors/Folder-{number % 100}/usage-{number:05}.csv/{id_}.csv", 20, ("1",)),
        history=(
            HistoryEntry(1, Change("upload", None, created), Status.PROCESSING, 1),
            HistoryEntry(2, Change("process", INGEST, created + 2), Status.SUCCEEDED_WITH_ERRORS, 1, counts),
        ),
        version_order=f"{number:05}",
        sha256="0" * 64,
        has_ended=True,
    )
