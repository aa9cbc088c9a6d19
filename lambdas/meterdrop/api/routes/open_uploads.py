"""Uploads that need somebody."""

import time
from functools import partial

from meterdrop.adapters.uploads.upload_list import TooManyExaminedError
from meterdrop.api.http import dependencies
from meterdrop.api.http.pagination import PageCursor, read_page
from meterdrop.api.http.routing import Routes, json_response
from meterdrop.api.routes.uploads import find_visible
from meterdrop.api.schemas import query
from meterdrop.api.schemas.errors import ErrorCode, bad_parameter
from meterdrop.api.schemas.query import TimeRange
from meterdrop.api.schemas.uploads import OpenUploadModel, OpenUploadPage
from meterdrop.domain.access.permissions import Resource
from meterdrop.domain.uploads.upload import UploadFilter
from meterdrop.pipeline.open_uploads import TooManyCandidatesError

routes = Routes()


@routes.get(
    "/v1/open_uploads", Resource.UPLOADS.read, json_response(OpenUploadPage, "A page of uploads that need somebody.")
)
def list_open_uploads(  # noqa: PLR0913  one argument for each query parameter
    *,
    limit: query.Limit = 10,
    starting_after: query.StartingAfterUpload = None,
    ending_before: query.EndingBeforeUpload = None,
    kind: query.UploadKind = None,
    partner: query.PartnerFilter = None,
    created_gt: query.CreatedGt = None,
    created_gte: query.CreatedGte = None,
    created_lt: query.CreatedLt = None,
    created_lte: query.CreatedLte = None,
) -> OpenUploadPage:
    """List the uploads that need somebody, newest first.

    These are failed uploads, uploads with refused rows that no later file has counted, and uploads that are in progress
    for 30 minutes or more. Dry runs and reverted uploads are never in this list.
    """
    created = TimeRange.between(gt=created_gt, gte=created_gte, lt=created_lt, lte=created_lte)
    wanted = UploadFilter(
        kind=kind,
        partner=partner,
        created_from=created.first,
        created_until=created.last,
        scope=routes.caller.scope,
    )
    found = dependencies.open_uploads(int(time.time()))
    try:
        page = read_page(
            partial(found.walk, wanted),
            partial(find_visible, routes.caller),
            PageCursor(starting_after, ending_before),
            limit,
            noun="upload",
        )
    except (TooManyExaminedError, TooManyCandidatesError):
        raise bad_parameter(
            "created",
            "The list is too broad: too few of the uploads that Meterdrop checked need somebody. Narrow the list with "
            "created[gte] and created[lt].",
            ErrorCode.FILTER_TOO_BROAD,
        ) from None
    return OpenUploadPage(
        object="list",
        data=[OpenUploadModel.from_open_upload(each) for each in page.items],
        has_more=page.has_more,
        url="/v1/open_uploads",
    )
