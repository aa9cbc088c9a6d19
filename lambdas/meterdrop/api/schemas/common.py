"""Base models, text fields and errors of all schemas."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from meterdrop.adapters.catalog.api_keys import Role
from meterdrop.api.schemas.errors import ErrorCode, ErrorType
from meterdrop.domain.codes import RowCode
from meterdrop.domain.customers.customer import EMAIL_LENGTH, NAME_LENGTH
from meterdrop.domain.files.cells import LENGTH_LIMIT, content, refuse_characters, refuse_text, trim
from meterdrop.domain.metering.meter import PAYLOAD_PREFIX

_KEY_LIMIT = LENGTH_LIMIT - len(PAYLOAD_PREFIX)  # a column's name has at most 100 characters


def _trimmed(value: object) -> object:
    return trim(value) if isinstance(value, str) else value


def _or_none(value: object) -> object:
    return None if _trimmed(value) == "" else _trimmed(value)


def _cell_text(text: str) -> str:
    if cell_error := refuse_text(text):
        raise ValueError(cell_error.message)
    return text


def _exact_cell_text(text: str) -> str:
    if content(text) != text:
        raise ValueError("must not begin or end with whitespace, or begin with an apostrophe before a formula")
    return _cell_text(text)


def any_text(text: str) -> str:
    """Return a text that is in no file. Raises ValueError for a control character or a line break."""
    if cell_error := refuse_characters(text):
        raise ValueError(cell_error.message)
    return text


Name = Annotated[
    str, Field(min_length=1, max_length=LENGTH_LIMIT), BeforeValidator(_trimmed), AfterValidator(_cell_text)
]
"""A name for people; whitespace around it is removed."""
OptionalText = Annotated[
    Annotated[str, Field(max_length=LENGTH_LIMIT), AfterValidator(_cell_text)] | None, BeforeValidator(_or_none)
]
"""An optional text; an empty one is None."""
OptionalName = Annotated[
    Annotated[str, Field(max_length=NAME_LENGTH), AfterValidator(any_text)] | None, BeforeValidator(_or_none)
]
OptionalEmail = Annotated[
    Annotated[str, Field(max_length=EMAIL_LENGTH), AfterValidator(any_text)] | None, BeforeValidator(_or_none)
]
"""A customer's email address, with Stripe's length."""
Reference = Annotated[str, Field(min_length=1, max_length=LENGTH_LIMIT), AfterValidator(_exact_cell_text)]
"""An ID or name as a cell has it; stored exactly as sent."""
PayloadKey = Annotated[str, Field(min_length=1, max_length=_KEY_LIMIT), AfterValidator(_exact_cell_text)]
"""The part of a column's name after `payload_`."""
Timestamp = Annotated[int, Field(description="Epoch seconds.")]
HasMore = Annotated[bool, Field(description="Whether more items follow in the requested direction.")]


class RequestModel(BaseModel):
    """The parameters of a write; unknown names are invalid."""

    model_config = ConfigDict(extra="forbid")


class NoParameters(RequestModel):
    """The body of a request without parameters."""


NoBody = Annotated[NoParameters, Body(description="This request has no parameters.")]


class ApiModel(BaseModel):
    """An object in a response; it has no undeclared fields."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Health(ApiModel):
    """The status of the API."""

    status: Literal["ok"]


class ApiKeyModel(ApiModel):
    """The API key of a request."""

    object: Literal["api_key"]
    role: Annotated[Role, Field(description="`admin` allows all requests. `read` allows requests that read.")]


class FileLinkModel(ApiModel):
    """A presigned URL. Anyone who has it can download the file."""

    object: Literal["file_link"]
    url: str
    expires_at: int


class ErrorModel(ApiModel):
    """An error."""

    type: ErrorType
    code: Annotated[
        ErrorCode | RowCode,
        Field(description="A code of the API, or a row's code if the error concerns an event's content."),
    ]
    message: str
    param: Annotated[str | None, Field(description="The parameter that caused the error; null if there is none.")]


class ErrorResponse(ApiModel):
    """The response to a request that fails."""

    error: ErrorModel
