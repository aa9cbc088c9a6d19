"""The scope and the errors of routes that read usage."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from meterdrop.adapters.dynamodb.read_limit import MAX_READ_BYTES, TooMuchReadError
from meterdrop.api.http import dependencies
from meterdrop.api.schemas.errors import ApiError, ErrorCode, bad_parameter
from meterdrop.domain.metering.figures import SumNotExactError
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.metering.summary import Scope, UsageChangingError
from meterdrop.usage.hour_events import MAX_EVENTS, TooManyEventsError


def find_scope(meter: Meter, customer: str | None) -> Scope:
    """Return the scope to read. Raises ApiError 400."""
    return Scope(meter.id, None if customer is None else check_customer(customer))


def check_customer(customer: str) -> str:
    """Return the ID of a customer; usage of a deleted one stays readable. Raises ApiError 400."""
    if dependencies.customers().find(customer) is None:
        raise bad_parameter(
            "customer",
            f"No such customer: {customer}. Send the ID of a customer, deleted or not.",
            ErrorCode.RESOURCE_MISSING,
        )
    return customer


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn errors of reading usage into ApiError 400 or 503."""
    try:
        yield
    except UsageChangingError:
        raise ApiError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            ErrorCode.USAGE_CHANGING,
            "An upload is changing this usage at this moment. Send the same request again in a few seconds.",
            headers={"Retry-After": "1"},
        ) from None
    except TooManyEventsError:
        raise bad_parameter(
            "start_time",
            f"The window is too broad: Meterdrop would have to read more than {MAX_EVENTS:,} single events. Send a "
            "start_time and end_time at whole hours, or a shorter window.",
            ErrorCode.FILTER_TOO_BROAD,
        ) from None
    except TooMuchReadError:
        raise bad_parameter(
            "start_time",
            f"The request is too broad: Meterdrop would have to read more than {MAX_READ_BYTES // 1024**2} MB of "
            "usage. Send a shorter window with start_time and end_time, name a customer or a meter, or send a smaller "
            "limit.",
            ErrorCode.FILTER_TOO_BROAD,
        ) from None
    except SumNotExactError:
        raise ApiError(
            HTTPStatus.BAD_REQUEST,
            ErrorCode.SUM_NOT_EXACT,
            "The sum has more than 38 digits, the most that Meterdrop can represent exactly. Send a shorter window.",
        ) from None
