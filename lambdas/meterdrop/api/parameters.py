"""Query parameters, as strict as their description: Python reads more as a number than the description allows."""

import re
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, BeforeValidator, Field

from meterdrop.api.upload_models import UploadId
from meterdrop.domain.codes import Status
from meterdrop.domain.upload_filter import LAST_SECOND

_DIGITS = re.compile(r"[0-9]{1,20}")
_KEY_BYTES = 1_024


def _digits(value: object) -> object:
    # A text that is no number goes on as it is: pydantic then says so in its own words.
    return value if isinstance(value, str) and _DIGITS.fullmatch(value) else None


def _fits_a_key(value: str) -> str:
    if len(value.encode()) > _KEY_BYTES:
        raise ValueError(f"must have at most {_KEY_BYTES} bytes, as every object key")
    return value


# The order counts: a constraint beside its type is described as JSON Schema names it, and judged after the text was.
_Limit = Annotated[int, Field(ge=1, le=100), BeforeValidator(_digits)]
_Moment = Annotated[int, Field(ge=0, le=LAST_SECOND), BeforeValidator(_digits)]
_Key = Annotated[str, Field(min_length=1, max_length=_KEY_BYTES), AfterValidator(_fits_a_key)]

Limit = Annotated[_Limit, Query(description="How many to return at most.")]
StartingAfter = Annotated[
    UploadId | None, Query(description="The id of the last upload of the page before: what follows it is returned.")
]
EndingBefore = Annotated[
    UploadId | None, Query(description="The id of the first upload of the page after: what precedes it is returned.")
]
StatusIs = Annotated[Status | None, Query(description="Where the upload is on its way.")]
KeyIs = Annotated[_Key | None, Query(description="The whole object key.")]
KeyBegins = Annotated[_Key | None, Query(description="What the object key begins with.")]
ParentIs = Annotated[UploadId | None, Query(description="The upload whose error file was dropped back.")]
CreatedAfter = Annotated[_Moment | None, Query(alias="created[gt]", description="Later than this, in epoch seconds.")]
CreatedFrom = Annotated[_Moment | None, Query(alias="created[gte]", description="At this second or later.")]
CreatedBefore = Annotated[
    _Moment | None, Query(alias="created[lt]", description="Earlier than this, in epoch seconds.")
]
CreatedUntil = Annotated[_Moment | None, Query(alias="created[lte]", description="At this second or earlier.")]
MeterNamed = Annotated[str | None, Query(min_length=1, description="A meter's id or event name.")]
