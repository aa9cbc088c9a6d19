"""Uploads: list, retrieve, upload form, files, revert, reprocess."""

import secrets
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from meterdrop.adapters.uploads.upload_list import TooManyExaminedError
from meterdrop.api.http import dependencies
from meterdrop.api.http.auth import Caller
from meterdrop.api.http.file_links import FILE_LINK, redirect_to_file
from meterdrop.api.http.pagination import PageCursor, read_page
from meterdrop.api.http.routing import Routes, json_response, redirect_response
from meterdrop.api.schemas import query
from meterdrop.api.schemas.common import FileLinkModel, NoBody
from meterdrop.api.schemas.errors import ErrorCode, bad_parameter, resource_missing
from meterdrop.api.schemas.query import TimeRange
from meterdrop.api.schemas.uploads import (
    MAX_CHILDREN,
    MAX_DUPLICATES,
    NewUpload,
    RevertModel,
    RevertParameters,
    UploadFormModel,
    UploadHistoryModel,
    UploadModel,
    UploadPage,
)
from meterdrop.domain.access.permissions import Resource
from meterdrop.domain.changes import Change
from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.control.declaration import METADATA_LIMIT, to_metadata
from meterdrop.domain.uploads.keys import error_file_key, updated_key, upload_key
from meterdrop.domain.uploads.objects import UPLOADED_BY, ObjectGoneError, ObjectUnreadableError
from meterdrop.domain.uploads.transitions import REPROCESS, REVERT, UnexpectedStateError, to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Upload, UploadFilter
from meterdrop.pipeline.open_uploads import open_error_count, versions_of

routes = Routes()


@routes.get("/v1/uploads", Resource.UPLOADS.read, json_response(UploadPage, "A page of uploads."))
def list_uploads(  # noqa: PLR0913  one argument for each query parameter
    *,
    limit: query.Limit = 10,
    starting_after: query.StartingAfterUpload = None,
    ending_before: query.EndingBeforeUpload = None,
    status: query.UploadStatus = None,
    key: query.ObjectKey = None,
    key_prefix: query.ObjectKeyPrefix = None,
    key_contains: query.ObjectKeyPart = None,
    file_name: query.FileNamePart = None,
    kind: query.UploadKind = None,
    dry_run: query.DryRun = None,
    parent: query.ParentId = None,
    partner: query.PartnerFilter = None,
    created_gt: query.CreatedGt = None,
    created_gte: query.CreatedGte = None,
    created_lt: query.CreatedLt = None,
    created_lte: query.CreatedLte = None,
) -> UploadPage:
    """List uploads, newest first.

    You can combine filters. If Meterdrop would have to read thousands of uploads for one page, the request fails with
    filter_too_broad. Narrow the list with bounds of created.
    """
    created = TimeRange.between(gt=created_gt, gte=created_gte, lt=created_lt, lte=created_lte)
    upload_filter = UploadFilter(
        status=status,
        key=key,
        key_prefix=key_prefix,
        key_contains=key_contains,
        file_name=file_name,
        kind=kind,
        dry_run=dry_run,
        parent=parent,
        partner=partner,
        created_from=created.first,
        created_until=created.last,
        scope=routes.caller.scope,
    )
    uploads = dependencies.uploads()
    try:
        page = read_page(
            partial(uploads.walk, upload_filter),
            partial(find_visible, routes.caller),
            PageCursor(starting_after, ending_before),
            limit,
            noun="upload",
        )
    except TooManyExaminedError as error:
        if error.filter_name == "scope":
            param, reason = "created", "The list is too broad for this API key, which sees only some uploads"
        else:
            param, reason = error.filter_name, f"The filter {error.filter_name} is too broad"
        raise bad_parameter(
            param,
            f"{reason}: too few of {error.examined:,} uploads match to fill the page. Narrow the list with "
            "created[gte] and created[lt].",
            ErrorCode.FILTER_TOO_BROAD,
        ) from None
    return UploadPage(
        object="list",
        data=[UploadModel.from_upload(upload) for upload in page.items],
        has_more=page.has_more,
        url="/v1/uploads",
    )


@routes.get("/v1/uploads/<upload_id>", Resource.UPLOADS.read, json_response(UploadModel, "The upload."), not_found=True)
def get_upload(upload_id: str) -> UploadModel:
    """Get an upload."""
    return UploadModel.from_upload(_find_upload(upload_id))


@routes.get(
    "/v1/uploads/<upload_id>/error_file",
    Resource.FILES.read,
    redirect_response("A redirect to the error file, valid for 15 minutes."),
    status=302,
    other_responses=FILE_LINK,
    not_found=True,
)
def get_error_file(upload_id: str, *, part: query.ErrorFilePart = 1) -> Response[FileLinkModel | None]:
    """Download an upload's error file.

    It contains the refused rows with their errors. A large error file has several parts. If you accept only JSON
    (Accept: application/json), you get the URL instead of a redirect.
    """
    upload = _find_upload(upload_id)
    error_file, name = upload.error_file, upload.file_name.removesuffix(".csv")
    if error_file is None:
        raise resource_missing(
            f"Upload {upload_id} has no error file. Only an upload with refused rows or a failed upload has one."
        )
    if part > error_file.part_count:
        raise resource_missing(
            f"The error file of upload {upload_id} has no part {part}. Its last part is {error_file.part_count}.",
            param="part",
        )
    if part == 1:
        return redirect_to_file(routes, error_file.key, error_file.version_ids[0], f"{name}.errors.csv")
    key = error_file_key(upload.key, upload.id, part, hidden=upload.hides_errors)
    return redirect_to_file(routes, key, error_file.version_ids[part - 1], f"{name}.errors.{part}.csv")


@routes.get(
    "/v1/uploads/<upload_id>/file",
    Resource.FILES.read,
    redirect_response("A redirect to the file, valid for 15 minutes."),
    status=302,
    other_responses=FILE_LINK,
    not_found=True,
)
def get_file(upload_id: str) -> Response[FileLinkModel | None]:
    """Download an upload's file.

    If you accept only JSON (Accept: application/json), you get the URL instead of a redirect.
    """
    upload = _find_upload(upload_id)
    return redirect_to_file(routes, upload.key, upload.version_id, upload.file_name)


@routes.get(
    "/v1/uploads/<upload_id>/history",
    Resource.UPLOADS.read,
    json_response(UploadHistoryModel, "The upload's history."),
    not_found=True,
)
def get_upload_history(upload_id: str) -> UploadHistoryModel:
    """Get an upload's history, oldest entry first.

    It has the arrival, the end of each run, and each revert and reprocess. If it is long, it keeps the arrival and the
    newest entries. Then the numbers of the entries have a gap. open_error_count tells whether later files have counted
    its refused rows.
    """
    upload = _find_upload(upload_id)
    return UploadHistoryModel.from_upload(upload, open_error_count=_open_error_count(upload))


def _open_error_count(upload: Upload) -> int | None:
    if upload.dry_run or upload.status not in {Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS}:
        return None
    uploads = dependencies.uploads()
    return open_error_count(upload, versions_of(upload, uploads), uploads)


@routes.post(
    "/v1/uploads",
    Resource.FILES.write,
    json_response(UploadFormModel, "A form that is valid for 15 minutes and for files up to 5 MB."),
)
def create_upload_form(new: Annotated[NewUpload, Body(description="The file to upload.")]) -> UploadFormModel:
    """Create an upload form.

    Post all `fields` and then the file to `url` as multipart/form-data. The upload exists after Meterdrop receives the
    file. To find it, use `GET /v1/uploads?key=`. Each form has a unique key, so equal file names don't collide. With
    `updates`, the form has the key of that upload. If that upload is a dry run, the form has the key that it checked.
    """
    if new.dry_run and new.kind is Kind.CUSTOMERS:
        raise bad_parameter(
            "dry_run", "Invalid dry_run: a customer file has no dry run. Remove dry_run, or set kind to usage."
        )
    if new.kind is Kind.CUSTOMERS:  # the file can change every customer
        routes.caller.require(Resource.CUSTOMERS.write)
    metadata = _metadata(new)
    form = dependencies.presigned_bucket().upload_form(_object_key(new), metadata)
    return UploadFormModel(url=form.url, fields=dict(form.fields), key=form.key)


def _metadata(new: NewUpload) -> dict[str, str]:
    if new.kind is Kind.CUSTOMERS and new.control is not None and new.control.sums:
        raise bad_parameter(
            "control[sums]", "Invalid control[sums]: a customer file has no sums. Remove it, or set kind to usage."
        )
    metadata = {} if new.control is None else to_metadata(new.control.totals)
    metadata[UPLOADED_BY] = routes.caller.id
    if new.allow_duplicate:
        metadata["allow-duplicate"] = "true"
    size = sum(len(name) + len(value) for name, value in metadata.items())
    if size > METADATA_LIMIT:
        raise bad_parameter(
            "control[sums]",
            f"Invalid control[sums]: the object metadata would have {size:,} bytes, and S3 stores at most "
            f"{METADATA_LIMIT:,}. Send fewer sums. A character that isn't ASCII takes 6 bytes or more.",
        )
    return metadata


def _object_key(new: NewUpload) -> str:
    if new.updates is None:
        prefix, token = routes.caller.limited(new.prefix), secrets.token_hex(8)
        return upload_key(new.file_name, prefix=prefix, now=int(time.time()), token=token)
    earlier = find_visible(routes.caller, new.updates)
    if earlier is None:
        raise bad_parameter("updates", _no_such_upload(new.updates), ErrorCode.RESOURCE_MISSING)
    key = updated_key(earlier.key, prefix=new.prefix)
    if key is None:
        raise bad_parameter(
            "updates",
            "Invalid updates: a customer file can't be updated. Send the ID of an upload of usage or of its dry run, "
            "or remove updates.",
        )
    return key


def _find_upload(upload_id: str) -> Upload:
    upload = find_visible(routes.caller, upload_id)
    if upload is None:
        raise resource_missing(_no_such_upload(upload_id))
    return upload


def find_visible(caller: Caller, upload_id: str) -> Upload | None:
    """Return an upload that exists for the caller, or None."""
    upload = dependencies.uploads().find(upload_id)
    return upload if upload is not None and caller.sees(upload.key) else None


def _no_such_upload(upload_id: str) -> str:
    return f"No such upload: {upload_id}. GET /v1/uploads lists all uploads."


@routes.post(
    "/v1/uploads/<upload_id>/revert",
    Resource.UPLOADS.write,
    json_response(RevertModel, "The upload, which is being reverted, and the uploads that its revert affects."),
    status=202,
    not_found=True,
)
def revert_upload(
    upload_id: str, parameters: Annotated[RevertParameters, Body(description="The parameters of the revert.")]
) -> RevertModel:
    """Revert an upload.

    Meterdrop removes all its meter events from usage and frees their identifiers. Then its status is reverted. Rows of
    other uploads that were duplicates of its rows stay duplicates. To count them, reprocess the uploads in
    `duplicates`, or send reprocess_duplicates. The uploads in `children` were its error file. They keep their events.
    """
    if parameters.reprocess_duplicates and routes.caller.has_prefix:
        raise bad_parameter(
            "reprocess_duplicates",
            "Invalid reprocess_duplicates: this API key has a prefix, and duplicates can be outside of it. Use a key "
            "without a prefix, or revert the upload and reprocess those that the response lists.",
        )
    change = partial(to_revert, reprocesses_duplicates=parameters.reprocess_duplicates)
    return _with_relatives(_requeue(upload_id, change, routes.change(REVERT)))


@routes.get(
    "/v1/uploads/<upload_id>/revert",
    Resource.UPLOADS.read,
    json_response(RevertModel, "The upload, and the uploads that its revert would affect."),
    not_found=True,
)
def get_revert(upload_id: str) -> RevertModel:
    """Preview a revert.

    The response lists the uploads that a revert would affect now. Nothing changes.
    """
    return _with_relatives(_find_upload(upload_id))


@routes.post(
    "/v1/uploads/<upload_id>/reprocess",
    Resource.UPLOADS.write,
    json_response(UploadModel, "The upload, which is being reprocessed."),
    status=202,
    not_found=True,
)
def reprocess_upload(upload_id: str, _: NoBody) -> UploadModel:
    """Reprocess an upload's file with the current meters and customers.

    Rows that are already counted stay counted once. Meterdrop validates refused rows and duplicates again.
    """
    return UploadModel.from_upload(_requeue(upload_id, to_reprocess, routes.change(REPROCESS)))


def _requeue(upload_id: str, change: Callable[[Upload], Upload], cause: Change) -> Upload:
    def change_visible(upload: Upload) -> Upload:
        if not routes.caller.sees(upload.key):
            raise resource_missing(_no_such_upload(upload_id))
        if upload.kind is Kind.CUSTOMERS:
            routes.caller.require(Resource.CUSTOMERS.write)
        return change(upload)

    try:
        upload = dependencies.requeue().begin(upload_id, change_visible, cause)
    except UnexpectedStateError as error:
        raise bad_parameter("id", str(error), ErrorCode.UPLOAD_UNEXPECTED_STATE) from None
    except ObjectGoneError:
        raise bad_parameter(
            "id",
            f"The file of upload {upload_id} was permanently deleted from the bucket. Both revert and reprocess need "
            "the file, so nothing was changed.",
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
        raise resource_missing(_no_such_upload(upload_id))
    return upload


def _with_relatives(upload: Upload) -> RevertModel:
    # Read after the upload: another upload records its duplicates before the revert begins, or waits for its end.
    duplicates = list(islice(dependencies.duplicates().duplicates(upload.id), MAX_DUPLICATES))
    if not routes.caller.sees_all:
        stored = dependencies.uploads().find_all(duplicates)
        visible = {each.id for each in stored if routes.caller.sees(each.key)}
        duplicates = [id_ for id_ in duplicates if id_ in visible]
    children = dependencies.uploads().walk(
        UploadFilter(parent=upload.id, scope=routes.caller.scope), expect=MAX_CHILDREN
    )
    child_ids = [child.id for child in islice(children, MAX_CHILDREN)]
    return RevertModel.with_relatives(upload, children=child_ids, duplicates=duplicates)
