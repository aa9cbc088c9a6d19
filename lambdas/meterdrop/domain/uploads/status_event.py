"""What the outside is told of a final status: one announcement for each that an upload comes to."""

import json
from dataclasses import dataclass
from typing import Any

from meterdrop.domain.uploads.resource import upload_object
from meterdrop.domain.uploads.upload import Upload

DETAIL_LIMIT = 240_000
"""UTF-8 bytes of a detail. EventBridge takes 262,144 with its own fields, of which a queue gets more beside it."""


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """One final status, told as often as it takes."""

    upload_id: str
    revision: int
    """The upload's at this final status: no two of them share one, and a repeat has the same."""
    ended_at: int
    """When the status became final, in epoch seconds."""
    type: str
    """`upload.<status>`."""
    detail: str
    """The upload object as JSON, with `event_id` and `trimmed`."""

    @property
    def sort_key(self) -> str:
        """Sorts announcements by time."""
        return f"{self.ended_at:010d}#{self.upload_id}#{self.revision}"


def status_event(upload: Upload) -> StatusEvent:
    """Return what is told of an upload that is final; the same every time for the same revision of it."""
    if not upload.is_final or upload.ended_at is None:
        raise ValueError("only a final status is announced")
    return StatusEvent(
        upload_id=upload.id,
        revision=upload.revision,
        ended_at=upload.ended_at,
        type=f"upload.{upload.status.value}",
        detail=_detail(
            {**upload_object(upload), "event_id": f"evt_{upload.id.removeprefix('upl_')}_{upload.revision}"}
        ),
    )


def _detail(fields: dict[str, Any]) -> str:
    """Write it as JSON, with as many totals as there is room for; `trimmed` names what is not whole."""
    fields["trimmed"] = []
    surplus = len(_json(fields)) - DETAIL_LIMIT
    if surplus > 0:
        # Everything else of an upload has a limit of its own: together they take a third of this.
        fields["trimmed"] = ["totals"]
        surplus += len('"totals"')
        totals = fields["totals"]
        while totals and surplus > 0:
            surplus -= len(_json(totals.pop())) + len(",")
    return _json(fields).decode()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
