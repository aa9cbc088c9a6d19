"""What all schemas share: strict models and the text fields of Stripe's API."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from meterdrop.adapters.catalog.api_keys import Role
from meterdrop.api.schemas.errors import ErrorCode, ErrorType
from meterdrop.domain.codes import RowCode
from meterdrop.domain.customers.customer import EMAIL_LENGTH, NAME_LENGTH
from meterdrop.domain.files.cells import LENGTH_LIMIT, content, refuse_characters, refuse_text, trim
from meterdrop.domain.metering.meter import PAYLOAD_PREFIX

_KEY_LIMIT = LENGTH_LIMIT - len(PAYLOAD_PREFIX)  # a key's column has a name of 100 characters at most


def _trimmed(value: object) -> object:
    return trim(value) if isinstance(value, str) else value


def _or_none(value: object) -> object:
    return None if _trimmed(value) == "" else _trimmed(value)


def _as_in_a_cell(text: str) -> str:
    if cell_error := refuse_text(text):
        raise ValueError(cell_error.message)
    return text


def _the_very_text_of_a_cell(text: str) -> str:
    if content(text) != text:
        raise ValueError("must not begin or end with white space, nor with an apostrophe before a formula")
    return _as_in_a_cell(text)


def any_text(text: str) -> str:
    """Return a text that needs no cell. Raises ValueError where it holds a control character or a line break."""
    if cell_error := refuse_characters(text):
        raise ValueError(cell_error.message)
    return text


Name = Annotated[
    str, Field(min_length=1, max_length=LENGTH_LIMIT), BeforeValidator(_trimmed), AfterValidator(_as_in_a_cell)
]
"""What people call a thing; white space around it is taken off."""
OptionalText = Annotated[
    Annotated[str, Field(max_length=LENGTH_LIMIT), AfterValidator(_as_in_a_cell)] | None, BeforeValidator(_or_none)
]
"""The same where there may be none, which empty text says too."""
OptionalName = Annotated[
    Annotated[str, Field(max_length=NAME_LENGTH), AfterValidator(any_text)] | None, BeforeValidator(_or_none)
]
OptionalEmail = Annotated[
    Annotated[str, Field(max_length=EMAIL_LENGTH), AfterValidator(any_text)] | None, BeforeValidator(_or_none)
]
"""As long as Stripe's, a customer's alone."""
Reference = Annotated[str, Field(min_length=1, max_length=LENGTH_LIMIT), AfterValidator(_the_very_text_of_a_cell)]
"""What a cell names a thing by; taken as it is, for what is stored must be what was sent."""
PayloadKey = Annotated[str, Field(min_length=1, max_length=_KEY_LIMIT), AfterValidator(_the_very_text_of_a_cell)]
"""What follows `payload_` in the name of a column."""


class ApiModel(BaseModel):
    """Anything the API answers with: nothing beside what is written down."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Health(ApiModel):
    """That the API is up."""

    status: Literal["ok"]


class ApiKeyModel(ApiModel):
    """The API key of a request."""

    object: Literal["api_key"]
    role: Annotated[Role, Field(description="admin does everything, read reads.")]


class ErrorModel(ApiModel):
    """What went wrong."""

    type: ErrorType
    code: Annotated[ErrorCode | RowCode, Field(description="A row's code where it is about an event's content.")]
    message: str
    param: Annotated[str | None, Field(description="The parameter at fault, null where it is none.")]


class ErrorResponse(ApiModel):
    """Every error has this shape."""

    error: ErrorModel
