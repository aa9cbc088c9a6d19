"""Base models, text fields and errors of all schemas."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from meterdrop.api.schemas.errors import ErrorCode, ErrorType, V2Code
from meterdrop.domain.changes import Change, change_object
from meterdrop.domain.codes import RowCode
from meterdrop.domain.customers.customer import (
    ADDRESS_LENGTH,
    DESCRIPTION_LENGTH,
    EMAIL_LENGTH,
    NAME_LENGTH,
    PHONE_LENGTH,
)
from meterdrop.domain.files.cells import LENGTH_LIMIT, content, refuse_characters, refuse_text, trim

_DISPLAY_NAME_LENGTH = 250  # Stripe's limit


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
    str, Field(min_length=1, max_length=_DISPLAY_NAME_LENGTH), BeforeValidator(_trimmed), AfterValidator(any_text)
]
"""A name for people; whitespace around it is removed."""
OptionalName = Annotated[
    Annotated[str, Field(max_length=NAME_LENGTH), AfterValidator(any_text)] | None, BeforeValidator(_or_none)
]
"""A customer's name, with Stripe's length. An empty one is None, and the same goes for the next four."""
OptionalEmail = Annotated[
    Annotated[str, Field(max_length=EMAIL_LENGTH), AfterValidator(any_text)] | None, BeforeValidator(_or_none)
]
OptionalDescription = Annotated[
    Annotated[str, Field(max_length=DESCRIPTION_LENGTH), AfterValidator(any_text)] | None, BeforeValidator(_or_none)
]
OptionalPhone = Annotated[
    Annotated[str, Field(max_length=PHONE_LENGTH), AfterValidator(any_text)] | None, BeforeValidator(_or_none)
]
OptionalAddressText = Annotated[
    Annotated[str, Field(max_length=ADDRESS_LENGTH), AfterValidator(any_text)] | None, BeforeValidator(_or_none)
]
Reference = Annotated[str, Field(min_length=1, max_length=LENGTH_LIMIT), AfterValidator(_exact_cell_text)]
"""An ID or name as a cell has it; stored exactly as sent."""
PayloadKey = Reference
"""The part of a column's name after `payload_`. A file's column can have at most 92 of its 100 characters."""
Timestamp = Annotated[int, Field(description="Epoch seconds.")]
HasMore = Annotated[bool, Field(description="Whether more items follow in the requested direction.")]


PartnerName = Annotated[str, Field(min_length=1, max_length=40, pattern="^[A-Za-z0-9][A-Za-z0-9_-]*$")]
"""The name of a partner, whether the setting `partners` has it now or had it earlier."""


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


class AuthorModel(ApiModel):
    """The author of a change."""

    id: Annotated[
        str, Field(description="The ID of an API key, or of the upload that registered a customer, or `meterdrop`.")
    ]
    name: Annotated[
        str | None, Field(description="The name of the API key, or the part of Meterdrop. Null if there is none.")
    ]


class ChangeModel(ApiModel):
    """A change: what was done, when, and by whom."""

    action: str
    at: Annotated[int | None, Field(description="Epoch seconds; null if unknown.")]
    by: Annotated[AuthorModel | None, Field(description="Null if unknown.")]
    request_id: Annotated[
        str | None, Field(description="The Request-Id of the response to the request that made it. Null without one.")
    ]

    @classmethod
    def from_change(cls, change: Change | None) -> "ChangeModel | None":
        """Return the model of a change, None for none."""
        return None if change is None else cls.model_validate(change_object(change))


LastChange = Annotated[
    ChangeModel | None, Field(description="The last change by a known author; null if there is none.")
]


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
    param: Annotated[
        str | SkipJsonSchema[None],
        Field(
            description="The parameter that caused the error. Absent if there is none.",
            json_schema_extra=lambda schema: schema.pop("default"),
        ),
    ] = None


class V2ErrorModel(ApiModel):
    """An error of version 2 of Stripe's API."""

    type: ErrorType
    code: ErrorCode | RowCode | V2Code
    message: str


class V2ErrorResponse(ApiModel):
    """The response to a request of version 2 that fails."""

    error: V2ErrorModel


class ErrorResponse(ApiModel):
    """The response to a request that fails."""

    error: ErrorModel
