"""What is about no resource: whether the API is up, what a key may do, and a file to begin with."""

import time
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from meterdrop.api.http import dependencies
from meterdrop.api.http.routing import Routes, json_of, text_of
from meterdrop.api.schemas import query
from meterdrop.api.schemas.common import ApiKeyModel, Health
from meterdrop.api.schemas.errors import ErrorCode, bad_parameter
from meterdrop.domain.metering.meter import Meter, by_event_name
from meterdrop.domain.validation.template import template

routes = Routes()
_CSV = "text/csv; charset=utf-8"


@routes.get("/health", json_of(Health, "It is up."))
def get_health() -> Health:
    """Tell whether the API is up. No key is needed."""
    return Health(status="ok")


@routes.get("/v1/api_key", json_of(ApiKeyModel, "What the key may do."))
def get_api_key() -> ApiKeyModel:
    """Tell what the key may do that this request is made with."""
    return ApiKeyModel(object="api_key", role=routes.role)


@routes.get("/v1/template.csv", text_of("text/csv", "A CSV file with a header and example rows."))
def get_template(meter: query.MeterNamed = None) -> Response[str]:
    """Download a file to begin with.

    It has the columns of the active meters, or of the one named by `meter`. The customers in its rows are made up.
    """
    meters = dependencies.meters().list_meters()
    shown = [_find(meters, meter)] if meter else sorted((each for each in meters if each.active), key=_by_name)
    return Response(
        status_code=HTTPStatus.OK.value,
        content_type=_CSV,
        headers={"Content-Disposition": 'attachment; filename="template.csv"'},
        body=template(shown, int(time.time())),
    )


def _by_name(meter: Meter) -> str:
    return meter.event_name


def _find(meters: list[Meter], name: str) -> Meter:
    found = next((meter for meter in meters if meter.id == name), None) or by_event_name(meters).get(name)
    if found is None:
        raise bad_parameter("meter", f"No such meter: {name}.", ErrorCode.RESOURCE_MISSING)
    if not found.active:
        raise bad_parameter("meter", f"Meter {name} is inactive; its rows would be refused.", ErrorCode.METER_INACTIVE)
    return found
