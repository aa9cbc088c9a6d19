"""Query parameters that several routes take."""

import re
from typing import Annotated, Literal, NamedTuple

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, BeforeValidator, Field, JsonValue

from meterdrop.api.schemas.uploads import UploadId
from meterdrop.domain.codes import MeterStatus, Status
from meterdrop.domain.customers.customer import EMAIL_LENGTH
from meterdrop.domain.files.cells import LENGTH_LIMIT
from meterdrop.domain.ids import LAST_SECOND

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
_Part = Annotated[int, Field(ge=1), BeforeValidator(_digits)]
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
FileNameHolds = Annotated[
    str | None,
    Query(min_length=1, max_length=_KEY_BYTES, description="What the file's name holds, whatever its case."),
]
ErrorFilePart = Annotated[_Part, Query(description="Which part of the error file, from 1 to part_count.")]
ParentIs = Annotated[UploadId | None, Query(description="The upload whose error file was dropped back.")]
After = Annotated[
    str | None, Query(min_length=1, description="The id of the last one of the page before: what follows is returned.")
]
Before = Annotated[
    str | None,
    Query(min_length=1, description="The id of the first one of the page after: what precedes it is returned."),
]
MeterStatusIs = Annotated[MeterStatus | None, Query(alias="status", description="Whether the meter takes events.")]
EmailIs = Annotated[
    str | None, Query(min_length=1, max_length=EMAIL_LENGTH, description="The whole e-mail address, as it was given.")
]
CreatedAt = Annotated[_Moment | None, Query(alias="created", description="At this very second.")]
CreatedAfter = Annotated[_Moment | None, Query(alias="created[gt]", description="Later than this, in epoch seconds.")]
CreatedFrom = Annotated[_Moment | None, Query(alias="created[gte]", description="At this second or later.")]
CreatedBefore = Annotated[
    _Moment | None, Query(alias="created[lt]", description="Earlier than this, in epoch seconds.")
]
CreatedUntil = Annotated[_Moment | None, Query(alias="created[lte]", description="At this second or earlier.")]
MeterNamed = Annotated[str | None, Query(min_length=1, description="A meter's id or event name.")]
# Of usage. A cursor may be any text: what it does not name is missing, not malformed.
_Customer = Annotated[str, Field(min_length=1, max_length=LENGTH_LIMIT)]
_Identifier = Annotated[str, Field(min_length=1, max_length=LENGTH_LIMIT)]
CustomerIs = Annotated[_Customer | None, Query(description="The id of a customer; without one, all of them together.")]
_FROM = "From this second on, in epoch seconds."
_UP_TO = "Up to but without this second, in epoch seconds."
WindowStart = Annotated[_Moment | None, Query(description=_FROM)]
WindowEnd = Annotated[_Moment | None, Query(description=_UP_TO)]
# The description alone says it: what is refused is told in our own words, which say why.
_AT_MINUTES: dict[str, JsonValue] = {"multipleOf": 60}
MinuteStart = Annotated[_Moment | None, Query(description=_FROM, json_schema_extra=_AT_MINUTES)]
MinuteEnd = Annotated[_Moment | None, Query(description=_UP_TO, json_schema_extra=_AT_MINUTES)]
GroupedBy = Annotated[Literal["hour", "day"] | None, Query(description="One summary for each hour, or day in UTC.")]
PeriodIs = Annotated[Literal["month"] | None, Query(description="One summary for each billing period.")]
AnchorIs = Annotated[
    _Moment | None, Query(description="When billing periods begin: a subscription's billing cycle anchor.")
]
SummaryAfter = Annotated[_Identifier | None, Query(description="The id of the last summary of the page before.")]
SummaryBefore = Annotated[_Identifier | None, Query(description="The id of the first summary of the page after.")]
EventAfter = Annotated[_Identifier | None, Query(description="The identifier of the last event of the page before.")]
EventBefore = Annotated[_Identifier | None, Query(description="The identifier of the first event of the page after.")]


class Seconds(NamedTuple):
    """From the first to the last of these epoch seconds, both included; none where the first is the greater."""

    first: int
    last: int

    @classmethod
    def between(cls, *, gt: int | None, gte: int | None, lt: int | None, lte: int | None) -> "Seconds":
        """Read bounds, each of which may be absent."""
        lower = (gte, None if gt is None else gt + 1)
        upper = (lte, None if lt is None else lt - 1)
        return cls(
            max(bound for bound in (0, *lower) if bound is not None),
            min(bound for bound in (LAST_SECOND, *upper) if bound is not None),
        )
