"""What a new upload is asked for with, and the form that answers it."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from meterdrop.api.models import Answer
from meterdrop.api.upload_models import UploadId
from meterdrop.domain.codes import Kind
from meterdrop.domain.uploads.keys import CUSTOMER_PREFIX, DRY_RUN_PREFIX, NAME_LIMIT, UPLOAD_PREFIX


class UploadFormModel(Answer):
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
