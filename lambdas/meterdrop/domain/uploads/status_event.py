"""Status events: one EventBridge event for each final status of an upload, and for each statement."""

import json
import re
from dataclasses import dataclass
from typing import Any

from meterdrop.domain.periods.statement import Statement, statement_object
from meterdrop.domain.uploads.resource import upload_object
from meterdrop.domain.uploads.upload import Upload

DETAIL_LIMIT = 240_000
"""Maximum UTF-8 bytes of a detail. EventBridge and SQS allow 262,144 including their own fields."""

_EMAIL_NAME, _EMAIL_REASON = 100, 400  # characters
# The colon of a scheme, and each dot before a letter, full stops of other scripts included. The extension of a CSV
# file isn't a domain, so it stays readable.
_LINK = re.compile(r":(?=//)|(?:\.(?!(?:csv|tsv|txt)\b)|[\u3002\uff0e\uff61])(?=[^\W\d_])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """The event for one final status of an upload, or for one statement. It may be published more than once."""

    subject: str
    """The ID of the upload or of the billing period."""
    revision: int
    """The upload's revision at this final status, or the statement's number. Repeats of the event have the same one."""
    ended_at: int
    """When the status became final, in epoch seconds."""
    type: str
    """`upload.<status>`, or `statement.created`."""
    detail: str
    """The upload or statement object as JSON, with `event_id` and `trimmed`. An upload also has `email`."""

    @property
    def sort_key(self) -> str:
        """A text that sorts status events by time."""
        return f"{self.ended_at:010d}#{self.subject}#{self.revision}"


def status_event(upload: Upload) -> StatusEvent:
    """Return the status event of a final upload. Repeated calls for the same revision have the same result."""
    if not upload.is_final or upload.ended_at is None:
        raise ValueError("The upload has no final status. Only final statuses are published.")
    return StatusEvent(
        subject=upload.id,
        revision=upload.revision,
        ended_at=upload.ended_at,
        type=f"upload.{upload.status.value}",
        detail=_detail(
            {
                **upload_object(upload),
                "email": _email(upload),
                "event_id": _event_id(upload.id, upload.revision),
            }
        ),
    )


def statement_event(statement: Statement) -> StatusEvent:
    """Return the event of a new statement. Repeated calls have the same result."""
    detail = {**statement_object(statement), "event_id": _event_id(statement.period, statement.number), "trimmed": []}
    return StatusEvent(
        subject=statement.period,
        revision=statement.number,
        ended_at=statement.created,
        type="statement.created",
        detail=_json(detail).decode(),
    )


def _email(upload: Upload) -> dict[str, str | None]:
    """Return the texts of an email about an upload that quote what others chose, such as the name of the file."""
    return {
        "file": _email_text(upload.file_name, _EMAIL_NAME),
        "key": _email_text(upload.key, _EMAIL_NAME),
        "errors": None if upload.error_file is None else _email_text(upload.error_file.key, _EMAIL_NAME),
        "reason": None if upload.failure is None else _email_text(upload.failure.message, _EMAIL_REASON),
    }


def _email_text(text: str, limit: int) -> str:
    """Cut a text, and change addresses so that programs for email show no links: `https[:]//example[.]com`."""
    shown = "".join(character if character.isprintable() else "?" for character in text[:limit])
    return _LINK.sub(r"[\g<0>]", shown) + ("..." if len(text) > limit else "")


def _event_id(subject: str, revision: int) -> str:
    return f"evt_{subject.partition('_')[2]}_{revision}"


def _detail(fields: dict[str, Any]) -> str:
    """Encode the fields as JSON, with as many totals as fit. `trimmed` lists incomplete fields."""
    fields["trimmed"] = []
    surplus = len(_json(fields)) - DETAIL_LIMIT
    if surplus > 0:
        # All other fields have limits. Together they need at most a third of this.
        fields["trimmed"] = ["totals"]
        surplus += len('"totals"')
        totals = fields["totals"]
        while totals and surplus > 0:
            surplus -= len(_json(totals.pop())) + len(",")
    return _json(fields).decode()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
