"""Uploads as requests and responses."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from meterdrop.adapters.uploads.duplicates import PAGE
from meterdrop.api.schemas.common import ApiModel, ChangeModel, HasMore, LastChange, Reference, RequestModel, Timestamp
from meterdrop.domain.codes import FileCode, Kind, RowCode, Status
from meterdrop.domain.control.declaration import parse_row_count, parse_sum
from meterdrop.domain.control.totals import Totals
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.uploads.keys import CUSTOMER_PREFIX, DRY_RUN_PREFIX, NAME_LIMIT, UPLOAD_PREFIX
from meterdrop.domain.uploads.resource import history_object, upload_object
from meterdrop.domain.uploads.transitions import HISTORY_LIMIT
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.open_uploads import OpenUpload, Reason

UploadId = Annotated[str, Field(pattern=f"^{UPLOAD_ID.pattern}$", examples=["upl_4x6kq2m7c3v5b2n4j6h7g5f3d2"])]


class TotalModel(ApiModel):
    """The totals of one event name's successful rows."""

    event_name: str
    event_count: int
    value_sum: Annotated[str | None, Field(description="A plain decimal; null if no row has a value.")]
    first_timestamp: Annotated[int | None, Field(description="Epoch seconds; null in uploads of earlier versions.")]
    last_timestamp: Annotated[int | None, Field(description="Epoch seconds; null in uploads of earlier versions.")]


class SampleModel(ApiModel):
    """A row error."""

    row_number: int
    code: RowCode
    field: str
    message: str


class ErrorGroupModel(ApiModel):
    """The number of refused rows with the same first error."""

    code: RowCode
    field: str
    count: int


class FailureModel(ApiModel):
    """The reason why Meterdrop refused a whole file."""

    code: FileCode
    message: str


class ErrorFileModel(ApiModel):
    """The file of refused rows: the key of its first part in the bucket, and the route to its parts."""

    key: str
    row_count: Annotated[int, Field(description="The number of rows in all parts.")]
    part_count: Annotated[int, Field(description="The number of parts. Download each with ?part=.")]
    is_complete: Annotated[bool, Field(description="Whether the error file lists every refused row.")]
    url: str


class TotalsModel(ApiModel):
    """The totals of a file that are compared."""

    row_count: Annotated[int | None, Field(description="Null if no number of rows is declared.")]
    sums: Annotated[dict[str, str], Field(description="Plain decimals, by event name.")]


class ControlModel(ApiModel):
    """The comparison of a file with its declared totals."""

    declared: TotalsModel
    found: TotalsModel
    matches: bool


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
    partner: Annotated[
        str | None, Field(description="The partner whose folder the file was uploaded to; null for the owner.")
    ]
    key: str
    file_name: str
    version_id: str
    size: int | None
    created: Timestamp
    started_at: Timestamp | None
    finished_at: Timestamp | None
    reverted_at: Timestamp | None
    row_count: int
    success_count: int
    duplicate_count: int
    error_count: int
    totals: list[TotalModel]
    samples: list[SampleModel]
    errors: list[ErrorGroupModel]
    control: ControlModel | None
    failure: FailureModel | None
    error_file: ErrorFileModel | None
    last_change: LastChange

    @classmethod
    def from_upload(cls, upload: Upload) -> "UploadModel":
        """Return the model of an upload."""
        return cls.model_validate(upload_object(upload))


class CountsModel(ApiModel):
    """The counts of a run."""

    row_count: int
    success_count: int
    duplicate_count: int
    error_count: int


class HistoryEntryModel(ApiModel):
    """One entry of an upload's history, with the status and the run right after it."""

    number: Annotated[int, Field(description="The position in the whole history, from 1.")]
    change: Annotated[
        ChangeModel,
        Field(
            description="The action is `upload`, `process` (a run ended), `revert` or `reprocess` (requested), "
            "`reverted`, or `give_up`."
        ),
    ]
    status: Status
    run: int
    counts: Annotated[CountsModel | None, Field(description="The counts of the run that ended; null otherwise.")]


class UploadHistoryModel(ApiModel):
    """The history of an upload."""

    object: Literal["upload_history"]
    upload: UploadId
    data: Annotated[list[HistoryEntryModel], Field(max_length=HISTORY_LIMIT)]
    open_error_count: Annotated[
        int | None,
        Field(
            description="The refused rows that no later file has counted; null for a dry run, and if the upload hasn't "
            "succeeded."
        ),
    ]

    @classmethod
    def from_upload(cls, upload: Upload, *, open_error_count: int | None) -> "UploadHistoryModel":
        """Return the model of an upload's history."""
        entries = [HistoryEntryModel.model_validate(history_object(entry)) for entry in upload.history]
        return cls(object="upload_history", upload=upload.id, data=entries, open_error_count=open_error_count)


class UploadPage(ApiModel):
    """One page of uploads, newest first."""

    object: Literal["list"]
    data: list[UploadModel]
    has_more: HasMore
    url: Literal["/v1/uploads"]


class OpenUploadModel(ApiModel):
    """An upload that needs somebody."""

    id: Annotated[UploadId, Field(description="The upload's ID.")]
    object: Literal["open_upload"]
    reason: Annotated[
        Reason,
        Field(
            description="`failed`: the whole file was refused, and no later file with its key counts. `refused_rows`: "
            "no later file has counted some of its refused rows. `in_progress`: it isn't final after 30 minutes."
        ),
    ]
    open_error_count: Annotated[int, Field(description="The refused rows that no later file has counted.")]
    upload: UploadModel

    @classmethod
    def from_open_upload(cls, found: OpenUpload) -> "OpenUploadModel":
        """Return the model of an upload that needs somebody."""
        return cls(
            id=found.upload.id,
            object="open_upload",
            reason=found.reason,
            open_error_count=found.open_errors,
            upload=UploadModel.from_upload(found.upload),
        )


class OpenUploadPage(ApiModel):
    """One page of uploads that need somebody, newest first."""

    object: Literal["list"]
    data: list[OpenUploadModel]
    has_more: HasMore
    url: Literal["/v1/open_uploads"]


class UploadFormModel(ApiModel):
    """A form for uploading a file: post it as multipart/form-data, with `file` as the last field."""

    url: str
    fields: dict[str, str]
    key: Annotated[str, Field(description="The object's key. To find the upload, use `GET /v1/uploads?key=`.")]


def _parse_switch(value: object) -> object:
    # Forms have no Booleans; `1`, `yes` and `on` are ambiguous.
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true or false")


Switch = Annotated[bool, BeforeValidator(_parse_switch)]


def _parse_rows(value: object) -> object:
    return parse_row_count(value) if isinstance(value, str) else value


def _parse_sum(value: object) -> object:
    # JSON's whole numbers; the request's parser leaves fractions as text.
    text = str(value) if type(value) is int else value
    if isinstance(text, str):
        parse_sum(text)
    return text


class NewControl(RequestModel):
    """The control totals of a file, at least one."""

    row_count: Annotated[
        Annotated[int, Field(ge=0, le=999_999_999, strict=True), BeforeValidator(_parse_rows)] | None,
        Field(description="The number of rows in the file."),
    ] = None
    sums: Annotated[
        dict[Reference, Annotated[str, BeforeValidator(_parse_sum)]] | None,
        Field(
            min_length=1,
            description="The sum of all values of each event name, as a plain decimal.",
            examples=[{"ai_search_api": "400.5"}],
        ),
    ] = None

    @model_validator(mode="after")
    def _has_totals(self) -> Self:
        if self.row_count is None and self.sums is None:
            raise ValueError("must have row_count or sums")
        return self

    @property
    def totals(self) -> Totals:
        """The totals as numbers."""
        return Totals(self.row_count, {name: parse_sum(text) for name, text in (self.sums or {}).items()})


class NewUpload(RequestModel):
    """The parameters of an upload form."""

    file_name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=NAME_LIMIT,
            description="The file's name. Of a path, only the last part is used.",
            examples=["2024-09.csv"],
        ),
    ]
    kind: Annotated[Kind, Field(description="The kind of the file's rows.")] = Kind.USAGE
    dry_run: Annotated[Switch, Field(description="Validate the file and store no events.")] = False
    updates: Annotated[
        UploadId | None,
        Field(
            description="An earlier upload that this file updates, or its dry run. The form has the same key below "
            "the prefix, so rows of both files count once."
        ),
    ] = None
    allow_duplicate: Annotated[
        Switch,
        Field(description="Process the file even if the same bytes are already counted. Identifiers still count once."),
    ] = False

    control: Annotated[
        NewControl | None,
        Field(description="The control totals of the file. If the file has others, it fails and nothing is stored."),
    ] = None

    @property
    def prefix(self) -> str:
        """The prefix of the object key, which decides how the file is processed."""
        if self.kind is Kind.CUSTOMERS:
            return CUSTOMER_PREFIX
        return DRY_RUN_PREFIX if self.dry_run else UPLOAD_PREFIX


class RevertParameters(RequestModel):
    """The parameters of a revert."""

    reprocess_duplicates: Annotated[
        Switch, Field(description="Reprocess all uploads with rows that were duplicates of its rows.")
    ] = False


MAX_CHILDREN, MAX_DUPLICATES = 100, PAGE


class RevertModel(UploadModel):
    """An upload and the uploads that its revert affects."""

    children: Annotated[
        list[UploadId],
        Field(
            description="The uploads that were its error file, newest first. They keep their events.",
            max_length=MAX_CHILDREN,
        ),
    ]
    duplicates: Annotated[
        list[UploadId],
        Field(
            description="The uploads with rows that were duplicates of its rows, or the first 1,000 of them. To count "
            "those rows, reprocess them, or send `reprocess_duplicates`.",
            max_length=MAX_DUPLICATES,
        ),
    ]

    @classmethod
    def with_relatives(cls, upload: Upload, *, children: list[str], duplicates: list[str]) -> Self:
        """Return the model of an upload, with the IDs of the others."""
        return cls.model_validate({**upload_object(upload), "children": children, "duplicates": duplicates})
