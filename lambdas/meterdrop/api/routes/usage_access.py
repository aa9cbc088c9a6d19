"""What the routes that read usage have in common: whose it is, and what may go wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from meterdrop.api.http import dependencies
from meterdrop.api.schemas.errors import ApiError, ErrorCode, bad_parameter
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.metering.summary import Scope, SumNotExactError
from meterdrop.usage.hour_events import MAX_EVENTS, TooManyEventsError, UsageChangingError


def find_scope(meter: Meter, customer: str | None) -> Scope:
    """Return whose usage is asked for; what a deleted customer used stays readable. Raises ApiError 400."""
    if customer is not None and dependencies.customers().find(customer) is None:
        raise bad_parameter("customer", f"No such customer: {customer}.", ErrorCode.RESOURCE_MISSING)
    return Scope(meter.id, customer)


@contextmanager
def reading_usage() -> Iterator[None]:
    """Say in words what keeps usage from being told."""
    try:
        yield
    except UsageChangingError:
        raise ApiError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            ErrorCode.USAGE_CHANGING,
            "An upload is changing this usage right now. Send the same request again in a moment.",
            headers={"Retry-After": "1"},
        ) from None
    except TooManyEventsError:
        raise bad_parameter(
            "start_time",
            f"More than {MAX_EVENTS:,} events would have to be read one by one: those of an hour that the window "
            "cuts, and for max, min and last those of hours with a cancelled event. Begin and end at whole hours, or "
            "narrow the window.",
            ErrorCode.FILTER_TOO_BROAD,
        ) from None
    except SumNotExactError:
        raise ApiError(
            HTTPStatus.BAD_REQUEST,
            ErrorCode.SUM_NOT_EXACT,
            "The sum has more than 38 digits and cannot be told exactly. Narrow the window.",
        ) from None
