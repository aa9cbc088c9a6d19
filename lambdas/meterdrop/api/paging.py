"""Stripe's lists: pages by cursor, newest first in either direction."""

from itertools import islice
from typing import NamedTuple

from meterdrop.adapters.upload_list import TooManyExaminedError, UploadList
from meterdrop.api.errors import ErrorCode, bad_parameter
from meterdrop.domain.upload import Upload
from meterdrop.domain.upload_filter import UploadFilter


class Page(NamedTuple):
    """Uploads, newest first, and whether there are more in the direction that was asked for."""

    uploads: list[Upload]
    has_more: bool


class Cursor(NamedTuple):
    """Where a page begins: at the newest, behind one upload, or before one."""

    starting_after: str | None = None
    ending_before: str | None = None


def read_page(uploads: UploadList, wanted: UploadFilter, cursor: Cursor, limit: int) -> Page:
    """Return one page of at most `limit` uploads. Raises ApiError 400 for a cursor or filter that cannot be."""
    if cursor.starting_after and cursor.ending_before:
        raise bad_parameter(
            "ending_before", "Give starting_after or ending_before, not both.", ErrorCode.PARAMETERS_EXCLUSIVE
        )
    newest_first = cursor.ending_before is None
    param = "starting_after" if newest_first else "ending_before"
    beyond = _find(uploads, param, cursor.starting_after or cursor.ending_before)
    walk = uploads.walk(wanted, beyond=beyond, newest_first=newest_first, expect=limit + 1)
    try:
        found = list(islice(walk, limit + 1))
    except TooManyExaminedError as error:
        raise bad_parameter(
            error.filter_name,
            f"{error.examined:,} uploads were read and {error.filter_name} matched too few of them to fill the page. "
            "Narrow the list by created[gte] and created[lt].",
            ErrorCode.FILTER_TOO_BROAD,
        ) from None
    page = found[:limit]
    return Page(page if newest_first else page[::-1], len(found) > limit)


def _find(uploads: UploadList, param: str, upload_id: str | None) -> Upload | None:
    if upload_id is None:
        return None
    upload = uploads.find(upload_id)
    if upload is None:
        raise bad_parameter(param, f"No such upload: {upload_id}.", ErrorCode.RESOURCE_MISSING)
    return upload
