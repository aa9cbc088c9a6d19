"""The IDs of uploads, meter events, reports' files, and billing periods, and the owners of events from the API."""

import base64
import hashlib
import re


def event_id(upload_id: str, row_number: int) -> str:
    """Return the ID of an event whose row has no identifier."""
    return f"{upload_id}:{row_number}"


def request_owner(request: str, first_id: str) -> str:
    """Return the owner of events that a request creates in one transaction, the first of which has this ID.

    A request can be sent again after some of its transactions, so each has an owner of its own.
    """
    if first_id == event_id(request, 1):
        return request
    return f"{request}.{base64.b32encode(hashlib.sha256(first_id.encode()).digest()[:10]).decode().lower()}"


def request_of(owner: str) -> str:
    """Return the request of an owner that `request_owner` returned."""
    return owner.partition(".")[0]


def scoped_id(partner: str | None, id_: str) -> str:
    """Return the ID of a partner's event among the events of all partners, from its ID among those of its partner.

    An ID of `event_id` names its upload, so it is already unique. An identifier never begins with a space.
    """
    return id_ if partner is None or ROW_ID.fullmatch(id_) else f" {partner}/{id_}"


def unscoped_id(id_: str) -> str:
    """Return the ID of an event among those of its partner. This is the ID that people see."""
    scope, slash, own = id_.partition("/")
    return own if slash and scope.startswith(" ") else id_


UPLOAD_ID = re.compile(r"upl_[a-z2-7]{26}")
"""The pattern of upload IDs."""
PERIOD_ID = re.compile(r"bp_[a-z2-7]{26}")
"""The pattern of the IDs of billing periods."""
ROW_ID = re.compile(rf"({UPLOAD_ID.pattern}):([1-9][0-9]{{0,6}})")
"""The pattern of the IDs that `event_id` returns: upload and row."""
CURSOR = re.compile(rf"({UPLOAD_ID.pattern}):=(.+)")
"""The pattern of the cursors of partners' events with identifiers: upload and identifier."""
REPORT_ID = re.compile(r"urf_[a-z2-7]{26}")
"""The pattern of the IDs of reports' files."""
LAST_SECOND = 9_999_999_999  # the last time in epoch seconds that `Upload.created_id` sorts correctly: 10 digits
