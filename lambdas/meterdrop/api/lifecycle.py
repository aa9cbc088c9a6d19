"""What final uploads may be brought to again: reverted, or processed once more."""

from collections.abc import Callable
from http import HTTPStatus
from itertools import islice
from typing import Annotated, TypeVar

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from meterdrop.api import stores
from meterdrop.api.errors import ErrorCode, bad_parameter, missing
from meterdrop.api.meter_models import NoParameters
from meterdrop.api.revert_models import CHILDREN_AT_MOST, RevertModel
from meterdrop.api.routing import Routes, json_of
from meterdrop.api.upload_models import UploadModel
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectUnreadableError
from meterdrop.domain.uploads.transitions import UnexpectedStateError, to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Upload, UploadFilter

_Model = TypeVar("_Model", bound=UploadModel)
routes = Routes()


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
    upload = stores.uploads().find(upload_id) if UPLOAD_ID.fullmatch(upload_id) else None
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
        upload = stores.lifecycle().begin(upload_id, change) if UPLOAD_ID.fullmatch(upload_id) else None
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
    duplicates = stores.relations().duplicates(upload.id)
    children = stores.uploads().walk(UploadFilter(parent=upload.id), expect=CHILDREN_AT_MOST)
    found = [child.id for child in islice(children, CHILDREN_AT_MOST)]
    return RevertModel.with_relatives(upload, children=found, duplicates=duplicates)


def _accepted(model: _Model) -> Response[_Model]:
    return Response(status_code=HTTPStatus.ACCEPTED.value, content_type="application/json", body=model)
