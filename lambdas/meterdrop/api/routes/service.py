"""The service itself: health check, and the template for files."""

import time
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from meterdrop.api.http import dependencies
from meterdrop.api.http.auth import Needs
from meterdrop.api.http.routing import Routes, json_response, text_response
from meterdrop.api.schemas import query
from meterdrop.api.schemas.common import Health
from meterdrop.api.schemas.errors import ErrorCode, bad_parameter
from meterdrop.domain.access.permissions import Resource
from meterdrop.domain.codes import Kind
from meterdrop.domain.customers.header import customer_template
from meterdrop.domain.metering.meter import Meter, by_event_name
from meterdrop.domain.validation.template import fits_files, template

routes = Routes()
_CSV = "text/csv; charset=utf-8"


@routes.get("/health", Needs.NO_KEY, json_response(Health, "The API is up."))
def get_health() -> Health:
    """Check whether the API is up.

    This request needs no key.
    """
    return Health(status="ok")


@routes.get(
    "/v1/template.csv", Resource.METERS.read, text_response("text/csv", "A CSV file with a header and example rows.")
)
def get_template(meter: query.MeterReference = None, kind: query.TemplateKind = Kind.USAGE) -> Response[str]:
    """Download a template for files of usage or of customers.

    For usage, it has the columns of all active meters, or of the meter that you name. The customers in its rows are
    examples.
    """
    if kind is Kind.CUSTOMERS:
        if meter is not None:
            raise bad_parameter(
                "meter",
                "Received both meter and kind=customers. A customer file has no meter. Send only one of them.",
                ErrorCode.PARAMETERS_EXCLUSIVE,
            )
        return _csv_file("customers.csv", customer_template())
    meters = dependencies.meters().list_meters()
    template_meters = (
        [_find_active_meter(meters, meter)]
        if meter
        else sorted((each for each in meters if each.active and fits_files(each)), key=_by_name)
    )
    return _csv_file("template.csv", template(template_meters, int(time.time())))


def _csv_file(name: str, text: str) -> Response[str]:
    return Response(
        status_code=HTTPStatus.OK.value,
        content_type=_CSV,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
        body=text,
    )


def _by_name(meter: Meter) -> str:
    return meter.event_name


def _find_active_meter(meters: list[Meter], name: str) -> Meter:
    stored = next((meter for meter in meters if meter.id == name), None) or by_event_name(meters).get(name)
    if stored is None:
        raise bad_parameter(
            "meter", f"No such meter: {name}. Send the ID or event name of an active meter.", ErrorCode.RESOURCE_MISSING
        )
    if not stored.active:
        raise bad_parameter(
            "meter",
            f"Meter {name} is inactive, so Meterdrop would refuse its rows. Reactivate it, or name an active meter.",
            ErrorCode.METER_INACTIVE,
        )
    if not fits_files(stored):
        raise bad_parameter(
            "meter",
            f"A payload key of meter {name} is too long for a file's column name. Create its events with the API.",
        )
    return stored
