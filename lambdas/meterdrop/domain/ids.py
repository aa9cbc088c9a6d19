"""The IDs of uploads and meter events."""

import re


def event_id(upload_id: str, row_number: int) -> str:
    """Return the ID of an event whose row has no identifier."""
    return f"{upload_id}:{row_number}"


UPLOAD_ID = re.compile(r"upl_[a-z2-7]{26}")
"""The pattern of upload IDs."""
LAST_SECOND = 9_999_999_999  # the last time in epoch seconds that `Upload.created_id` sorts correctly: 10 digits
