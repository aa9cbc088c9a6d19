"""The upload object, for API responses and status events."""

from typing import Any

from meterdrop.domain.changes import change_object
from meterdrop.domain.control.totals import control_object
from meterdrop.domain.uploads.transitions import last_change
from meterdrop.domain.uploads.upload import Counts, HistoryEntry, Upload


def upload_object(upload: Upload) -> dict[str, Any]:
    """Return the upload as a JSON object. Missing fields are null or []."""
    failure, error_file = upload.failure, upload.error_file
    return {
        "id": upload.id,
        "object": "upload",
        "kind": upload.kind.value,
        "status": upload.status.value,
        "dry_run": upload.dry_run,
        "run": upload.run,
        "parent": upload.parent,
        "updates": upload.updates,
        "partner": upload.partner,
        "key": upload.key,
        "file_name": upload.file_name,
        "version_id": upload.version_id,
        "size": upload.size,
        "created": upload.created,
        "started_at": upload.started_at,
        "finished_at": upload.finished_at,
        "reverted_at": upload.reverted_at,
        **_counts_object(upload.counts),
        "totals": [
            {
                "event_name": total.event_name,
                "event_count": total.event_count,
                "value_sum": total.value_sum,
                "first_timestamp": total.first_timestamp,
                "last_timestamp": total.last_timestamp,
            }
            for total in upload.totals
        ],
        "samples": [
            {
                "row_number": sample.row_number,
                "code": sample.code.value,
                "field": sample.field,
                "message": sample.message,
            }
            for sample in upload.samples
        ],
        "errors": [{"code": group.code.value, "field": group.field, "count": group.count} for group in upload.errors],
        "control": None if upload.control is None else control_object(upload.control),
        "failure": None if failure is None else {"code": failure.code.value, "message": failure.message},
        "error_file": None
        if error_file is None
        else {
            "key": error_file.key,
            "row_count": error_file.row_count,
            "part_count": error_file.part_count,
            "is_complete": error_file.is_complete,
            "url": f"/v1/uploads/{upload.id}/error_file",
        },
        "last_change": change_object(last_change(upload)),
    }


def history_object(entry: HistoryEntry) -> dict[str, Any]:
    """Return an entry of an upload's history as a JSON object, the same in responses and in items."""
    return {
        "number": entry.number,
        "change": change_object(entry.change),
        "status": entry.status.value,
        "run": entry.run,
        "counts": None if entry.counts is None else _counts_object(entry.counts),
    }


def _counts_object(counts: Counts) -> dict[str, Any]:
    return {
        "row_count": counts.row,
        "success_count": counts.success,
        "duplicate_count": counts.duplicate,
        "error_count": counts.error,
    }
