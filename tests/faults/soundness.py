"""What holds in every final state, whoever came first: judged by `make audit`'s recount, which shares no code."""

import csv
import hashlib
import io
from collections.abc import Iterator
from typing import Any

from meterdrop.adapters.catalog.period_items import period_of, statement_of
from meterdrop.adapters.metering import event_items
from tests.support.aws.functions import Functions
from tests.support.event_items import wrong_items
from tools.commands.audit import differences


def unsound(functions: Functions) -> list[str]:
    """Name what is wrong with the state as it is, after the queues are drained."""
    events, usage, items = (functions.items(table) for table in ("events", "usage", "uploads"))
    uploads = [item for item in items if item["id"].startswith("upl_")]
    return [
        *wrong_items(events, event_items.BLOCK_ROWS),
        *differences(events, usage, items),
        *_wrong_uploads(functions, uploads),
        *_left(functions, items, uploads),
        *_wrong_statements(functions),
    ]


def _wrong_uploads(functions: Functions, uploads: list[dict[str, Any]]) -> Iterator[str]:
    found = functions.account.objects("errors/")
    newest = {version.key: version.version_id for version in functions.account.versions()}
    for upload in uploads:
        id_, counts = upload["id"], [int(upload[f"{kind}_count"]) for kind in ("row", "success", "duplicate", "error")]
        if upload["status"] not in {"succeeded", "succeeded_with_errors", "failed", "reverted"}:
            yield f"{id_} is {upload['status']}"
        if counts[0] != sum(counts[1:]):
            yield f"{id_}: {counts}"
        written = upload.get("error_file")
        rows = 0
        if written:
            text = found.get(written["key"], b"").decode("utf-8-sig")
            rows = len(list(csv.reader(io.StringIO(text, newline="")))) - 1
            if [newest.get(written["key"])] != written["version_ids"]:
                yield f"{id_}: its error file is not the version that it names"
        if rows != (1 if upload["status"] == "failed" else counts[3]):
            yield f"{id_}: {rows} rows in its error file, and {counts[3]} errors"


def _wrong_statements(functions: Functions) -> Iterator[str]:
    objects, told = functions.account.objects("statements/"), functions.account.status_events()
    announced = {each["Detail"]["id"] for each in told if each["DetailType"] == "statement.created"}
    catalog = functions.items("catalog")
    statements = [statement_of(item) for item in catalog if item["pk"].startswith("statements#")]
    for statement in statements:
        if hashlib.sha256(objects[statement.key]).hexdigest() != statement.sha256:
            yield f"{statement.id}: its object is another one"
        if statement.id not in announced:
            yield f"{statement.id}: nobody was told"
    for period in (period_of(item) for item in catalog if item["pk"].startswith("periods#")):
        if not period.is_final or period.statement_count != sum(each.period == period.id for each in statements):
            yield f"{period.id} is {period.status.value} with {period.statement_count} statements"


def _left(functions: Functions, items: list[dict[str, Any]], uploads: list[dict[str, Any]]) -> Iterator[str]:
    yield from (f"left in the outbox: {item['id']}" for item in items if item["id"].startswith("outbox#"))
    yield from (f"a message is left: {message['body']}" for message in functions.account.messages())
    told = {(each["Detail"]["id"], each["DetailType"]) for each in functions.account.status_events()}
    for upload in uploads:
        if (upload["id"], f"upload.{upload['status']}") not in told:
            yield f"{upload['id']}: nobody was told that it is {upload['status']}"
