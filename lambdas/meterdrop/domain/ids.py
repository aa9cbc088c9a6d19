"""The IDs of uploads, meter events, reports' files, and billing periods."""

import re


def event_id(upload_id: str, row_number: int) -> str:
    """Return the ID of an event whose row has no identifier."""
    return f"{upload_id}:{row_number}"


UPLOAD_ID = re.compile(r"upl_[a-z2-7]{26}")
"""The pattern of upload IDs."""
PERIOD_ID = re.compile(r"bp_[a-z2-7]{26}")
"""The pattern of the IDs of billing periods."""
ROW_ID = re.compile(rf"({UPLOAD_ID.pattern}):([1-9][0-9]{{0,6}})")
"""The pattern of the IDs that `event_id` returns: upload and row."""
REPORT_ID = re.compile(r"urf_[a-z2-7]{26}")
"""The pattern of the IDs of reports' files."""
LAST_SECOND = 9_999_999_999  # the last time in epoch seconds that `Upload.created_id` sorts correctly: 10 digits
