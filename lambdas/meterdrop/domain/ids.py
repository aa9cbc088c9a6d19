"""The ids of uploads and meter events."""

from __future__ import annotations

import re


def event_id(upload_id: str, row_number: int) -> str:
    """Return the id of an event whose row has no identifier."""
    return f"{upload_id}:{row_number}"


UPLOAD_ID = re.compile(r"upl_[a-z2-7]{26}")
"""What every upload's id looks like, and nothing else does."""
LAST_SECOND = 9_999_999_999  # ten digits: what `Upload.created_id` sorts rightly
