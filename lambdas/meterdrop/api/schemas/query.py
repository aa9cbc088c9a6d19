"""Query parameters of the routes."""

import re
from typing import Annotated, Literal, NamedTuple

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, BeforeValidator, Field, JsonValue
from pydantic_core import PydanticCustomError

from meterdrop.api.schemas.common import PartnerName
from meterdrop.api.schemas.uploads import Switch, UploadId
from meterdrop.domain.codes import Kind, MeterStatus, Status
from meterdrop.domain.customers.customer import EMAIL_LENGTH
from meterdrop.domain.files.cells import LENGTH_LIMIT
from meterdrop.domain.ids import LAST_SECOND

_DIGITS = re.compile(r"[0-9]{1,20}")
_KEY_BYTES = 1_024
_QUERY_LENGTH = 5_000  # Stripe's limit


def _digits(value: object) -> object:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return value
    raise PydanticCustomError("int_parsing", "must be a whole number")


def _fits_a_key(value: str) -> str:
    if len(value.encode()) > _KEY_BYTES:
        raise ValueError(f"must have at most {_KEY_BYTES} bytes, as every object key")
    return value


# The order matters: OpenAPI names a constraint only beside its type, and the digits are checked before both.
_Limit = Annotated[int, Field(ge=1, le=100), BeforeValidator(_digits)]
_Part = Annotated[int, Field(ge=1), BeforeValidator(_digits)]
_Second = Annotated[int, Field(ge=0, le=LAST_SECOND), BeforeValidator(_digits)]
_Key = Annotated[str, Field(min_length=1, max_length=_KEY_BYTES), AfterValidator(_fits_a_key)]
# A cursor of usage may be any text: if it names nothing, it is missing, not malformed.
_Id = Annotated[str, Field(min_length=1, max_length=LENGTH_LIMIT)]
_AFTER = Query(description="The ID of the previous page's last item. Returns the items after it.")
_BEFORE = Query(description="The ID of the next page's first item. Returns the items before it.")
_FROM = "The first second of the window, in epoch seconds."
_UNTIL = "The end of the window, in epoch seconds. The window doesn't include it."
# Only for the OpenAPI document: the route rejects other times with a message that explains why.
_AT_MINUTES: dict[str, JsonValue] = {"multipleOf": 60}

Limit = Annotated[_Limit, Query(description="The maximum number of items to return.")]
StartingAfter = Annotated[Annotated[str, Field(min_length=1)] | None, _AFTER]
EndingBefore = Annotated[Annotated[str, Field(min_length=1)] | None, _BEFORE]
StartingAfterUpload = Annotated[UploadId | None, _AFTER]
EndingBeforeUpload = Annotated[UploadId | None, _BEFORE]
StartingAfterUsage = Annotated[_Id | None, _AFTER]
EndingBeforeUsage = Annotated[_Id | None, _BEFORE]
UploadStatus = Annotated[Status | None, Query(description="The upload's status.")]
ObjectKey = Annotated[_Key | None, Query(description="The whole object key.")]
ObjectKeyPrefix = Annotated[_Key | None, Query(description="The beginning of the object key.")]
ObjectKeyPart = Annotated[_Key | None, Query(description="A part of the object key, in upper or lower case.")]
FileNamePart = Annotated[_Key | None, Query(description="A part of the file's name, in upper or lower case.")]
UploadKind = Annotated[Kind | None, Query(description="The kind of the file's rows.")]
DryRun = Annotated[Switch | None, Query(description="Whether the file is a dry run.")]
ErrorFilePart = Annotated[_Part, Query(description="The part of the error file, from 1 to part_count.")]
ParentId = Annotated[UploadId | None, Query(description="The upload that had the file as its error file.")]
PartnerFilter = Annotated[
    PartnerName | None, Query(description="A partner, or `owner` for all that isn't from a partner's file.")
]
MeterStatusFilter = Annotated[MeterStatus | None, Query(alias="status", description="The meter's status.")]
Email = Annotated[
    str | None, Query(min_length=1, max_length=EMAIL_LENGTH, description="The whole email address, exactly as stored.")
]
CreatedAt = Annotated[_Second | None, Query(alias="created", description="Created at this second.")]
CreatedGt = Annotated[_Second | None, Query(alias="created[gt]", description="Created after this second.")]
CreatedGte = Annotated[_Second | None, Query(alias="created[gte]", description="Created at this second or later.")]
CreatedLt = Annotated[_Second | None, Query(alias="created[lt]", description="Created before this second.")]
CreatedLte = Annotated[_Second | None, Query(alias="created[lte]", description="Created at this second or earlier.")]
SearchQuery = Annotated[
    str,
    Query(
        alias="query",
        min_length=1,
        max_length=_QUERY_LENGTH,
        description="Clauses in Stripe's query language, such as `name~'ada' AND metadata['plan']:'pro'`.",
    ),
]
SearchCursor = Annotated[
    Annotated[str, Field(min_length=1)] | None,
    Query(alias="page", description="The `next_page` of the previous page. Returns the page after it."),
]
MeterReference = Annotated[str | None, Query(min_length=1, description="A meter's ID or event name.")]
TemplateKind = Annotated[Kind, Query(description="The kind of file.")]
CustomerId = Annotated[_Id | None, Query(description="A customer's ID. Without it, all customers together.")]
Identifier = Annotated[
    _Id | None, Query(description="An identifier. Returns the event that has it, for each partner that has one.")
]
WindowStart = Annotated[_Second | None, Query(description=_FROM)]
WindowEnd = Annotated[_Second | None, Query(description=_UNTIL)]
MinuteStart = Annotated[_Second | None, Query(description=_FROM, json_schema_extra=_AT_MINUTES)]
MinuteEnd = Annotated[_Second | None, Query(description=_UNTIL, json_schema_extra=_AT_MINUTES)]
PeriodStart = Annotated[
    _Second | None,
    Query(
        description=f"{_FROM} With `period`: any second of the billing period; without it, the current one.",
        json_schema_extra=_AT_MINUTES,
    ),
]
ReportPeriod = Annotated[Literal["month"] | None, Query(description="Reports one billing period.")]
ReportCustomer = Annotated[_Id | None, Query(description="A customer's ID. Without it, every customer.")]
GroupingWindow = Annotated[
    Literal["hour", "day"] | None, Query(description="Returns one summary for each hour or day in UTC.")
]
PeriodUnit = Annotated[Literal["month"] | None, Query(description="Returns one summary for each billing period.")]
Anchor = Annotated[
    _Second | None,
    Query(description="When billing periods begin: a subscription's billing cycle anchor, in epoch seconds."),
]


class TimeRange(NamedTuple):
    """A range of epoch seconds, both ends included; empty if `first` is greater."""

    first: int
    last: int

    @classmethod
    def between(cls, *, gt: int | None, gte: int | None, lt: int | None, lte: int | None) -> "TimeRange":
        """Return the range within these bounds; None means no bound."""
        lower = (gte, None if gt is None else gt + 1)
        upper = (lte, None if lt is None else lt - 1)
        return cls(
            max(bound for bound in (0, *lower) if bound is not None),
            min(bound for bound in (LAST_SECOND, *upper) if bound is not None),
        )
