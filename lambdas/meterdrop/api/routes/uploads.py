"""Uploads: new ones, one, a list, related ones, revert, reprocess and error files."""

import secrets
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import Annotated, TypeVar

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from meterdrop.adapters.aws.s3_presigned import LIFETIME
from meterdrop.adapters.uploads.upload_list import TooManyExaminedError
from meterdrop.api.http import dependencies
from meterdrop.api.http.pagination import Cursor, read_page
from meterdrop.api.http.routing import Routes, json_of, redirect
from meterdrop.api.schemas import query
from meterdrop.api.schemas.errors import ErrorCode, bad_parameter, missing
from meterdrop.api.schemas.meters import NoParameters
from meterdrop.api.schemas.query import Seconds
from meterdrop.api.schemas.uploads import (
    MAX_CHILDREN,
    FileLinkModel,
    NewUpload,
    RevertModel,
    UploadFormModel,
    UploadModel,
    UploadPage,
)
from meterdrop.domain.codes import Kind
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.uploads.keys import error_file_key, updated_key, upload_key
from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectUnreadableError
from meterdrop.domain.uploads.transitions import UnexpectedStateError, to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Upload, UploadFilter

routes = Routes()
_LINK = {200: json_of(FileLinkModel, "Where the file is, for 15 minutes.")}


@routes.get("/v1/uploads", json_of(UploadPage, "A page of uploads."))
def list_uploads(  # noqa: PLR0913  one argument for each query parameter
    *,
    limit: query.Limit = 10,
    starting_after: query.StartingAfter = None,
    ending_before: query.EndingBefore = None,
    status: query.StatusIs = None,
    key: query.KeyIs = None,
    key_prefix: query.KeyBegins = None,
    file_name: query.FileNameHolds = None,
    parent: query.ParentIs = None,
    created_gt: query.CreatedAfter = None,
    created_gte: query.CreatedFrom = None,
    created_lt: query.CreatedBefore = None,
    created_lte: query.CreatedUntil = None,
) -> UploadPage:
    """List uploads, newest first.

    Filters combine. A filter that matches so few that thousands of uploads would be read for one page is refused
    with the code filter_too_broad; bounds of created narrow it.
    """
    created = Seconds.between(gt=created_gt, gte=created_gte, lt=created_lt, lte=created_lte)
    wanted = UploadFilter(
        status=status,
        key=key,
        key_prefix=key_prefix,
        file_name=file_name,
        parent=parent,
        created_from=created.first,
        created_until=created.last,
    )
    uploads = dependencies.uploads()
    try:
        page = read_page(
            partial(uploads.walk, wanted), uploads.find, Cursor(starting_after, ending_before), limit, noun="upload"
        )
    except TooManyExaminedError as error:
        raise bad_parameter(
            error.filter_name,
            f"{error.examined:,} uploads were read and {error.filter_name} matched too few of them to fill the page. "
            "Narrow the list by created[gte] and created[lt].",
            ErrorCode.FILTER_TOO_BROAD,
        ) from None
    return UploadPage(
        object="list",
        data=[UploadModel.of(upload) for upload in page.things],
        has_more=page.has_more,
        url="/v1/uploads",
    )


@routes.get("/v1/uploads/<upload_id>", json_of(UploadModel, "The upload as it is now."), not_found=True)
def get_upload(upload_id: str) -> UploadModel:
    """Show one upload."""
    return UploadModel.of(_find(upload_id))


@routes.get(
    "/v1/uploads/<upload_id>/error_file",
    redirect("Leads to the error file for 15 minutes."),
    status=302,
    also=_LINK,
    not_found=True,
)
def get_error_file(upload_id: str, *, part: query.ErrorFilePart = 1) -> Response[FileLinkModel | None]:
    """Download the rows that were refused, with their reasons. A large error file has several parts.

    To a request that takes only JSON (Accept: application/json) the answer is the URL.
    """
    upload = _find(upload_id)
    found, name = upload.error_file, upload.file_name.removesuffix(".csv")
    if found is None:
        raise missing(f"Upload {upload_id} has no error file.")
    if part > found.part_count:
        raise missing(
            f"The error file of upload {upload_id} has no part {part}. Its last part is {found.part_count}.",
            param="part",
        )
    if part == 1:
        return _lead_to(found.key, found.version_ids[0], f"{name}.errors.csv")
    key = error_file_key(upload.key, upload.id, part)
    return _lead_to(key, found.version_ids[part - 1], f"{name}.errors.{part}.csv")


@routes.get(
    "/v1/uploads/<upload_id>/file",
    redirect("Leads to the file for 15 minutes."),
    status=302,
    also=_LINK,
    not_found=True,
)
def get_file(upload_id: str) -> Response[FileLinkModel | None]:
    """Download the file as it was dropped.

    To a request that takes only JSON (Accept: application/json) the answer is the URL.
    """
    upload = _find(upload_id)
    return _lead_to(upload.key, upload.version_id, upload.file_name)


@routes.post("/v1/uploads", json_of(UploadFormModel, "A form that is good for 15 minutes and files of up to 5 MB."))
def create_upload_form(new: Annotated[NewUpload, Body(description="The file that is to come.")]) -> UploadFormModel:
    """Get a form to upload a file with.

    Post the file to `url` as multipart/form-data with all `fields` before it. The upload exists once the file is
    there; find it by `GET /v1/uploads?key=`. Each form has a key of its own, so equal names do not meet; with `updates`
    it has the key of that upload, so that the file is that one updated.
    """
    if new.dry_run and new.kind is Kind.CUSTOMERS:
        raise bad_parameter("dry_run", "There is no dry run for a file of customers.")
    key = _key_of(new)
    form = dependencies.bucket().upload_form(key, allow_duplicate=new.allow_duplicate)
    return UploadFormModel(url=form.url, fields=dict(form.fields), key=form.key)


def _key_of(new: NewUpload) -> str:
    if new.updates is None:
        return upload_key(new.file_name, prefix=new.prefix, now=int(time.time()), token=secrets.token_hex(8))
    earlier = dependencies.uploads().find(new.updates)
    if earlier is None:
        raise bad_parameter("updates", f"No such upload: {new.updates}.", ErrorCode.RESOURCE_MISSING)
    key = updated_key(earlier.key, prefix=new.prefix)
    if key is None:
        raise bad_parameter(
            "updates",
            "Only a file of usage under uploads/ can be updated. Name the upload of such a file, or leave updates out.",
        )
    return key


def _find(upload_id: str) -> Upload:
    # Other items lie in the same table: what does not look like an upload's id is not looked up.
    upload = dependencies.uploads().find(upload_id) if UPLOAD_ID.fullmatch(upload_id) else None
    if upload is None:
        raise missing(f"No such upload: {upload_id}.")
    return upload


def _lead_to(key: str, version_id: str, file_name: str) -> Response[FileLinkModel | None]:
    expires_at = int(time.time()) + LIFETIME
    url = dependencies.bucket().download_url(key, version_id, file_name)
    if not routes.only_json:
        return Response(status_code=HTTPStatus.FOUND.value, headers={"Location": url})
    link = FileLinkModel(object="file_link", url=url, expires_at=expires_at)
    return Response(status_code=HTTPStatus.OK.value, content_type="application/json", body=link)


_Model = TypeVar("_Model", bound=UploadModel)


@routes.post(
    "/v1/uploads/<upload_id>/revert",
    json_of(RevertModel, "The upload, which is being reverted, and those that have to do with it."),
    status=202,
    not_found=True,
)
def revert_upload(upload_id: str, _: Annotated[NoParameters, Body(description="Nothing.")]) -> Response[RevertModel]:
    """Revert an upload: take back every meter event of it.

    Its identifiers are free again and usage is as if it had never been. Its status is reverted once all of that is
    done. Rows of other uploads that were duplicates of its rows do not come back by themselves: reprocess the uploads
    that `duplicates` names. `children` names those that were dropped back as its error file; they keep their events.
    """
    return _accepted(_with_relatives(_begin(upload_id, to_revert)))


@routes.get(
    "/v1/uploads/<upload_id>/revert",
    json_of(RevertModel, "The upload as it is, and those that would have to do with a revert."),
    not_found=True,
)
def get_revert(upload_id: str) -> RevertModel:
    """Show what a revert of an upload would leave to do, as of now. Nothing is changed."""
    upload = dependencies.uploads().find(upload_id) if UPLOAD_ID.fullmatch(upload_id) else None
    if upload is None:
        raise missing(f"No such upload: {upload_id}.")
    return _with_relatives(upload)


@routes.post(
    "/v1/uploads/<upload_id>/reprocess",
    json_of(UploadModel, "The upload, which is being processed again."),
    status=202,
    not_found=True,
)
def reprocess_upload(upload_id: str, _: Annotated[NoParameters, Body(description="Nothing.")]) -> Response[UploadModel]:
    """Process the file of an upload again, by the meters and customers of today.

    Rows that are counted stay counted, once; rows that were refused or were duplicates are judged anew.
    """
    return _accepted(UploadModel.of(_begin(upload_id, to_reprocess)))


def _begin(upload_id: str, change: Callable[[Upload], Upload]) -> Upload:
    try:
        # Other items lie in the same table: what does not look like an upload's id is not looked up.
        upload = dependencies.requeue().begin(upload_id, change) if UPLOAD_ID.fullmatch(upload_id) else None
    except UnexpectedStateError as error:
        raise bad_parameter("id", str(error), ErrorCode.UPLOAD_UNEXPECTED_STATE) from None
    except ObjectGoneError:
        raise bad_parameter(
            "id",
            f"The file of upload {upload_id} was deleted from the bucket for good. Without it its rows cannot be told "
            "from others, so nothing was changed.",
            ErrorCode.UPLOAD_FILE_GONE,
        ) from None
    except ObjectUnreadableError as error:
        raise bad_parameter(
            "id",
            f"S3 can't return the file of upload {upload_id}: {error.reason.value}. Both revert and reprocess "
            "need the file, so nothing was changed. Make the object readable and send the request again.",
            ErrorCode.UPLOAD_FILE_UNREADABLE,
        ) from None
    if upload is None:
        raise missing(f"No such upload: {upload_id}.")
    return upload


def _with_relatives(upload: Upload) -> RevertModel:
    # Read after the upload: what has duplicates of it either notes so before its revert begins, or waits for its end.
    duplicates = dependencies.duplicates().duplicates(upload.id)
    children = dependencies.uploads().walk(UploadFilter(parent=upload.id), expect=MAX_CHILDREN)
    found = [child.id for child in islice(children, MAX_CHILDREN)]
    return RevertModel.with_relatives(upload, children=found, duplicates=duplicates)


def _accepted(model: _Model) -> Response[_Model]:
    return Response(status_code=HTTPStatus.ACCEPTED.value, content_type="application/json", body=model)
