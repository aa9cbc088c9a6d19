"""The upload as an item of the uploads table, with the mapping in both directions."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from meterdrop.adapters.dynamodb.items import FORM, Attributes, check_form
from meterdrop.domain.changes import Change, change_of
from meterdrop.domain.codes import FINAL, FileCode, Kind, RowCode, Status
from meterdrop.domain.control.totals import Control, Totals
from meterdrop.domain.uploads.resource import history_object, upload_object
from meterdrop.domain.uploads.upload import (
    Counts,
    ErrorFile,
    ErrorGroup,
    Failure,
    HistoryEntry,
    Sample,
    Total,
    Upload,
    UploadFacts,
)

Item = dict[str, Any]
_DERIVED = {"object", "last_change"}
"""Attributes of the resource that the item doesn't need."""


def to_item(upload: Upload) -> Item:
    """Return the item in the resource API's types, without attributes that are None or, if optional, empty."""
    shown = upload_object(upload)
    item: Item = {
        "form": FORM,
        **{name: value for name, value in shown.items() if name not in _DERIVED},
        "totals": [_given(total) for total in shown["totals"]],
        "control": shown["control"] and _control(shown["control"]),
        "error_file": upload.error_file and _error_file(upload.error_file),
        "hides_errors": upload.hides_errors or None,
        "is_let_in": upload.allow_duplicate or None,
        "error_parts": upload.error_parts or None,
        "sha256": upload.sha256,
        "reprocesses_duplicates": upload.reprocesses_duplicates or None,
        "has_ended": upload.has_ended,
        "version_order": upload.version_order or None,
        "attempts": upload.attempts,
        "automatic_runs": upload.automatic_runs or None,
        "lease_token": upload.lease_token,
        "lease_until": upload.lease_until,
        "revision": upload.revision,
        "history": [history_object(entry) for entry in upload.history] or None,
        "month": upload.month,
        "created_id": upload.created_id,
        "status_month": f"{upload.status.value}#{upload.month}",
    }
    return _given(item)


def from_item(item: Mapping[str, Any]) -> Upload:
    """Return the upload of an item."""
    status, failure, error_file = Status(item["status"]), item.get("failure"), item.get("error_file")
    control = item.get("control")
    return Upload(
        id=item["id"],
        kind=Kind(item["kind"]),
        status=status,
        dry_run=item["dry_run"],
        run=int(item["run"]),
        parent=item.get("parent"),
        updates=item.get("updates"),
        partner=item.get("partner"),
        hides_errors=item.get("hides_errors", False),
        key=item["key"],
        version_id=item["version_id"],
        size=_int(item.get("size")),
        created=int(item["created"]),
        started_at=_int(item.get("started_at")),
        finished_at=_int(item.get("finished_at")),
        reverted_at=_int(item.get("reverted_at")),
        counts=_counts(item),
        totals=tuple(
            Total(
                total["event_name"],
                int(total["event_count"]),
                total.get("value_sum"),
                _int(total.get("first_timestamp")),
                _int(total.get("last_timestamp")),
            )
            for total in item["totals"]
        ),
        samples=tuple(
            Sample(int(sample["row_number"]), RowCode(sample["code"]), sample["field"], sample["message"])
            for sample in item["samples"]
        ),
        errors=tuple(
            ErrorGroup(RowCode(group["code"]), group["field"], int(group["count"])) for group in item.get("errors", ())
        ),
        control=control and _read_control(control),
        failure=failure and Failure(FileCode(failure["code"]), failure["message"]),
        error_file=error_file and _read_error_file(error_file),
        error_parts=int(item.get("error_parts", 0)),
        allow_duplicate=item.get("is_let_in", False),
        sha256=item.get("sha256"),
        reprocesses_duplicates=item.get("reprocesses_duplicates", False),
        has_ended=item.get("has_ended", status in FINAL or int(item["run"]) > 1),
        version_order=item.get("version_order", ""),
        attempts=int(item["attempts"]),
        automatic_runs=int(item.get("automatic_runs", 0)),
        lease_token=item.get("lease_token"),
        lease_until=int(item["lease_until"]),
        revision=int(item["revision"]),
        history=tuple(map(_history_entry, item.get("history", ()))),
    )


FACTS = ("id", "form", "status", "kind", "dry_run", "key", "parent", "partner", "created")
"""The attributes that `facts_of` reads."""


def facts_of(item: Attributes) -> UploadFacts:
    """Return what filters check of an item in DynamoDB's JSON. Decoding the whole item takes 40 times as long."""
    check_form(item)
    return UploadFacts(
        status=Status(item["status"]["S"]),
        kind=Kind(item["kind"]["S"]),
        dry_run=item["dry_run"]["BOOL"],
        key=item["key"]["S"],
        parent=item["parent"]["S"] if "parent" in item else None,
        partner=item["partner"]["S"] if "partner" in item else None,
        created=int(item["created"]["N"]),
    )


def _history_entry(entry: Mapping[str, Any]) -> HistoryEntry:
    counts = entry["counts"]
    return HistoryEntry(
        int(entry["number"]),
        change_of(entry["change"]) or Change(""),
        Status(entry["status"]),
        int(entry["run"]),
        counts and _counts(counts),
    )


def _counts(item: Mapping[str, Any]) -> Counts:
    return Counts(
        row=int(item["row_count"]),
        success=int(item["success_count"]),
        duplicate=int(item["duplicate_count"]),
        error=int(item["error_count"]),
    )


def _int(value: Any) -> int | None:  # noqa: ANN401
    return None if value is None else int(value)


def _given(fields: Item) -> Item:
    return {name: value for name, value in fields.items() if value is not None}


def _control(shown: Item) -> Item:
    return {name: _given(shown[name]) for name in ("declared", "found")}


def _read_control(item: Item) -> Control:
    declared, found = (
        Totals(_int(totals.get("row_count")), {name: Decimal(text) for name, text in totals["sums"].items()})
        for totals in (item["declared"], item["found"])
    )
    return Control(declared, found)


def _error_file(error_file: ErrorFile) -> Item:
    return {
        "key": error_file.key,
        "row_count": error_file.row_count,
        "version_ids": list(error_file.version_ids),
        "is_complete": error_file.is_complete,
    }


def _read_error_file(item: Item) -> ErrorFile:
    return ErrorFile(item["key"], int(item["row_count"]), tuple(item["version_ids"]), item["is_complete"])
