"""What every answer has in common, and the shape of an error."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from meterdrop.adapters.catalog.api_keys import Role
from meterdrop.api.errors import ErrorCode, ErrorType
from meterdrop.domain.codes import RowCode


class Answer(BaseModel):
    """Anything the API answers with: nothing beside what is written down."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Health(Answer):
    """That the API is up."""

    status: Literal["ok"]


class ApiKeyModel(Answer):
    """The API key of a request."""

    object: Literal["api_key"]
    role: Annotated[Role, Field(description="admin does everything, read reads.")]


class ErrorModel(Answer):
    """What went wrong."""

    type: ErrorType
    code: Annotated[ErrorCode | RowCode, Field(description="A row's code where it is about an event's content.")]
    message: str
    param: Annotated[str | None, Field(description="The parameter at fault, null where it is none.")]


class ErrorAnswer(Answer):
    """Every error has this shape."""

    error: ErrorModel
