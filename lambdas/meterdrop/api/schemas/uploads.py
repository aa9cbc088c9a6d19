"""Uploads as requests and responses."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from meterdrop.adapters.uploads.duplicates import MAX_RECORDED_DUPLICATES
from meterdrop.api.schemas.common import ApiModel
from meterdrop.domain.codes import FileCode, Kind, RowCode, Status
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.uploads.keys import CUSTOMER_PREFIX, DRY_RUN_PREFIX, NAME_LIMIT, UPLOAD_PREFIX
from meterdrop.domain.uploads.resource import upload_object
from meterdrop.domain.uploads.upload import Upload

UploadId = Annotated[str, Field(pattern=f"^{UPLOAD_ID.pattern}$", examples=["upl_4x6kq2m7c3v5b2n4j6h7g5f3d2"])]
Seconds = Annotated[int, Field(description="Epoch seconds.")]


class TotalModel(ApiModel):
    """What the successes of one meter add up to."""

    event_name: str
    event_count: int
    value_sum: Annotated[str | None, Field(description="A plain decimal; null where no row had a value.")]
    first_timestamp: Annotated[int | None, Field(description="Epoch seconds; null in uploads of earlier versions.")]
    last_timestamp: Annotated[int | None, Field(description="Epoch seconds; null in uploads of earlier versions.")]


class SampleModel(ApiModel):
    """One of an upload's first row errors."""

    row_number: int
    code: RowCode
    field: str
    message: str


class ErrorGroupModel(ApiModel):
    """How many refused rows have the same first error."""

    code: RowCode
    field: str
    count: int


class FailureModel(ApiModel):
    """Why a whole file was refused."""

    code: FileCode
    message: str


class ErrorFileModel(ApiModel):
    """Where the refused rows are: the key of the first part in the bucket, and the route that leads to each part."""

    key: str
    row_count: Annotated[int, Field(description="How many refused rows all parts list.")]
    part_count: Annotated[int, Field(description="How many files there are; fetch each with ?part=.")]
    is_complete: Annotated[bool, Field(description="Whether every refused row is listed.")]
    url: str


class UploadModel(ApiModel):
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


class UploadPage(ApiModel):
    """One page of uploads, newest first."""

    object: Literal["list"]
    data: list[UploadModel]
    has_more: Annotated[bool, Field(description="Whether there are more in the direction that was asked for.")]
    url: Literal["/v1/uploads"]


class FileLinkModel(ApiModel):
    """Where a file can be had, by whoever has the URL."""

    object: Literal["file_link"]
    url: str
    expires_at: int


class UploadFormModel(ApiModel):
    """Where to post the file: as multipart/form-data, these fields first, the file last, in a field named `file`."""

    url: str
    fields: dict[str, str]
    key: Annotated[str, Field(description="The object's key; `GET /v1/uploads?key=` finds the upload by it.")]


def _only_true_or_false(value: object) -> object:
    # Forms have no booleans; `1`, `yes` and `on` are nobody's guess here.
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true or false")


Switch = Annotated[bool, BeforeValidator(_only_true_or_false)]


class NewUpload(BaseModel):
    """A file that is about to be uploaded."""

    model_config = ConfigDict(extra="forbid")

    file_name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=NAME_LIMIT,
            description="Only the last part of a path counts.",
            examples=["2024-09.csv"],
        ),
    ]
    kind: Annotated[Kind, Field(description="What its rows are.")] = Kind.USAGE
    dry_run: Annotated[Switch, Field(description="Judge the file and store no event.")] = False
    updates: Annotated[
        UploadId | None,
        Field(
            description="An earlier upload under `uploads/`: the form has its key, so that rows that it had count once."
        ),
    ] = None
    allow_duplicate: Annotated[
        Switch,
        Field(description="Take the file even where the same bytes are counted already; identifiers still count once."),
    ] = False

    @property
    def prefix(self) -> str:
        """Name where it is to lie, which decides what becomes of it."""
        if self.kind is Kind.CUSTOMERS:
            return CUSTOMER_PREFIX
        return DRY_RUN_PREFIX if self.dry_run else UPLOAD_PREFIX


MAX_CHILDREN = 100


class RevertModel(UploadModel):
    """An upload, and those that its revert leaves something to do with."""

    children: Annotated[
        list[UploadId],
        Field(
            description="The uploads whose parent it is, newest first. They keep what is counted.",
            max_length=MAX_CHILDREN,
        ),
    ]
    duplicates: Annotated[
        list[UploadId],
        Field(
            description="The uploads with rows that were duplicates of its rows. Reprocess them to have those counted.",
            max_length=MAX_RECORDED_DUPLICATES,
        ),
    ]

    @classmethod
    def with_relatives(cls, upload: Upload, *, children: list[str], duplicates: list[str]) -> Self:
        """Show an upload with the ids of the others."""
        return cls.model_validate({**upload_object(upload), "children": children, "duplicates": duplicates})
