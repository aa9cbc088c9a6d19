"""Uploads on the wire. The order of the fields is the order in the JSON; what there is none of is null or []."""

from typing import Annotated, Literal

from pydantic import Field

from meterdrop.api.models import Answer
from meterdrop.domain.codes import FileCode, Kind, RowCode, Status
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.uploads.resource import upload_object
from meterdrop.domain.uploads.upload import Upload

UploadId = Annotated[str, Field(pattern=f"^{UPLOAD_ID.pattern}$", examples=["upl_4x6kq2m7c3v5b2n4j6h7g5f3d2"])]
Seconds = Annotated[int, Field(description="Epoch seconds.")]


class TotalModel(Answer):
    """What the successes of one meter add up to."""

    event_name: str
    event_count: int
    value_sum: Annotated[str | None, Field(description="A plain decimal; null where no row had a value.")]
    first_timestamp: Annotated[int | None, Field(description="Epoch seconds; null in uploads of earlier versions.")]
    last_timestamp: Annotated[int | None, Field(description="Epoch seconds; null in uploads of earlier versions.")]


class SampleModel(Answer):
    """One of an upload's first row errors."""

    row_number: int
    code: RowCode
    field: str
    message: str


class ErrorGroupModel(Answer):
    """How many refused rows have the same first error."""

    code: RowCode
    field: str
    count: int


class FailureModel(Answer):
    """Why a whole file was refused."""

    code: FileCode
    message: str


class ErrorFileModel(Answer):
    """Where the refused rows are: the key of the first part in the bucket, and the route that leads to each part."""

    key: str
    row_count: Annotated[int, Field(description="How many refused rows all parts list.")]
    part_count: Annotated[int, Field(description="How many files there are; fetch each with ?part=.")]
    is_complete: Annotated[bool, Field(description="Whether every refused row is listed.")]
    url: str


class UploadModel(Answer):
    """The status of one upload."""

    id: UploadId
    object: Literal["upload"]
    kind: Kind
    status: Status
    dry_run: bool
    run: int
    parent: UploadId | None
    updates: UploadId | None
    key: str
    file_name: str
    version_id: str
    size: int | None
    created: Seconds
    started_at: Seconds | None
    finished_at: Seconds | None
    reverted_at: Seconds | None
    row_count: int
    success_count: int
    duplicate_count: int
    error_count: int
    totals: list[TotalModel]
    samples: list[SampleModel]
    errors: list[ErrorGroupModel]
    failure: FailureModel | None
    error_file: ErrorFileModel | None

    @classmethod
    def of(cls, upload: Upload) -> "UploadModel":
        """Show an upload."""
        return cls.model_validate(upload_object(upload))


class UploadPage(Answer):
    """One page of uploads, newest first."""

    object: Literal["list"]
    data: list[UploadModel]
    has_more: Annotated[bool, Field(description="Whether there are more in the direction that was asked for.")]
    url: Literal["/v1/uploads"]


class FileLinkModel(Answer):
    """Where a file can be had, by whoever has the URL."""

    object: Literal["file_link"]
    url: str
    expires_at: int
