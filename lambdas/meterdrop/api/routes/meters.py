"""Meters: create, retrieve, list, rename, deactivate, reactivate."""

import time
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from meterdrop.adapters.catalog.meter_writes import NameTakenError
from meterdrop.api.http import dependencies
from meterdrop.api.http.pagination import PageCursor, read_sorted_page
from meterdrop.api.http.request import TOKEN_PREFIX
from meterdrop.api.http.routing import Routes, json_response
from meterdrop.api.schemas import query
from meterdrop.api.schemas.common import NoBody
from meterdrop.api.schemas.errors import ApiError, ErrorCode, bad_parameter, idempotency_key_reused, resource_missing
from meterdrop.api.schemas.meters import MeterModel, MeterPage, MeterUpdate, NewMeter
from meterdrop.domain.access.permissions import Resource
from meterdrop.domain.metering.meter import Meter

routes = Routes()


@routes.post("/v1/billing/meters", Resource.METERS.write, json_response(MeterModel, "The new meter."))
def create_meter(new: Annotated[NewMeter, Body(description="The new meter.")]) -> MeterModel:
    """Create a meter.

    Meterdrop counts its events from the next file or event on. You can't change its event name, formula or payload
    keys. To use others, create another meter.
    """
    customer_key = new.customer_mapping.event_payload_key
    if customer_key == new.value_settings.event_payload_key:
        raise bad_parameter(
            "value_settings[event_payload_key]",
            f"Invalid value_settings[event_payload_key]: {customer_key} is the customer key. Choose another key for "
            "the value.",
        )
    token, now = routes.request_token, int(time.time())
    meter = Meter(
        id=f"mtr_{token.removeprefix(TOKEN_PREFIX)}",
        event_name=new.event_name,
        display_name=new.display_name,
        formula=new.default_aggregation.formula,
        customer_key=customer_key,
        value_key=new.value_settings.event_payload_key,
        created=now,
        updated=now,
        last_change=routes.change("create"),
    )
    try:
        stored = dependencies.meter_changes().create(meter, token)
    except NameTakenError as taken:
        raise _name_taken(meter.event_name, taken) from None
    if not stored.counts_as(meter):
        raise idempotency_key_reused()
    return MeterModel.from_meter(stored)


@routes.get("/v1/billing/meters", Resource.METERS.read, json_response(MeterPage, "A page of meters."))
def list_meters(
    *,
    limit: query.Limit = 10,
    starting_after: query.StartingAfter = None,
    ending_before: query.EndingBefore = None,
    status: query.MeterStatusFilter = None,
) -> MeterPage:
    """List meters, newest first."""
    page = read_sorted_page(
        sorted(dependencies.meters().list_meters(), key=_list_order),
        PageCursor(starting_after, ending_before),
        limit,
        noun="meter",
        is_listed=lambda meter: status in {None, meter.status},
    )
    return MeterPage(
        object="list",
        data=[MeterModel.from_meter(meter) for meter in page.items],
        has_more=page.has_more,
        url="/v1/billing/meters",
    )


@routes.get(
    "/v1/billing/meters/<meter_id>", Resource.METERS.read, json_response(MeterModel, "The meter."), not_found=True
)
def get_meter(meter_id: str) -> MeterModel:
    """Get a meter."""
    return MeterModel.from_meter(find_meter(meter_id))


@routes.post(
    "/v1/billing/meters/<meter_id>",
    Resource.METERS.write,
    json_response(MeterModel, "The updated meter."),
    not_found=True,
)
def update_meter(
    meter_id: str, update: Annotated[MeterUpdate, Body(description="The fields to change.")]
) -> MeterModel:
    """Change a meter's display name."""
    if update.display_name is None:
        return MeterModel.from_meter(find_meter(meter_id))
    meter = dependencies.meter_changes().rename(
        meter_id, update.display_name, int(time.time()), routes.change("update")
    )
    if meter is None:
        raise _meter_missing(meter_id)
    return MeterModel.from_meter(meter)


@routes.post(
    "/v1/billing/meters/<meter_id>/deactivate",
    Resource.METERS.write,
    json_response(MeterModel, "The inactive meter."),
    not_found=True,
)
def deactivate_meter(meter_id: str, _: NoBody) -> MeterModel:
    """Deactivate a meter.

    Meterdrop refuses its events from the next file or event on. Usage that is already counted stays.
    """
    meter = find_meter(meter_id)
    change, now = routes.change("deactivate"), int(time.time())
    changed = dependencies.meter_changes().deactivate(meter, now, change) if meter.active else None
    if changed is None:
        raise bad_parameter(
            "id",
            f"Meter {meter_id} is already inactive. Only an active meter can be deactivated.",
            ErrorCode.METER_INACTIVE,
        )
    return MeterModel.from_meter(changed)


@routes.post(
    "/v1/billing/meters/<meter_id>/reactivate",
    Resource.METERS.write,
    json_response(MeterModel, "The active meter."),
    not_found=True,
)
def reactivate_meter(meter_id: str, _: NoBody) -> MeterModel:
    """Reactivate a meter.

    Meterdrop counts its events again from the next file or event on.
    """
    meter, change, now = find_meter(meter_id), routes.change("reactivate"), int(time.time())
    try:
        changed = None if meter.active else dependencies.meter_changes().reactivate(meter, now, change)
    except NameTakenError as taken:
        raise _name_taken(meter.event_name, taken, param="id") from None
    if changed is None:
        raise bad_parameter(
            "id",
            f"Meter {meter_id} is already active. Only an inactive meter can be reactivated.",
            ErrorCode.METER_ACTIVE,
        )
    return MeterModel.from_meter(changed)


def find_meter(meter_id: str) -> Meter:
    """Return a meter. Raises ApiError 404."""
    meter = dependencies.meters().find(meter_id)
    if meter is None:
        raise _meter_missing(meter_id)
    return meter


def _list_order(meter: Meter) -> tuple[int, str]:
    return meter.created, meter.id


def _meter_missing(meter_id: str) -> ApiError:
    return resource_missing(f"No such meter: {meter_id}. Nothing exists at /v1/billing/meters/{meter_id}.")


def _name_taken(event_name: str, taken: NameTakenError, *, param: str = "event_name") -> ApiError:
    return bad_parameter(
        param,
        f"An active meter already has the event name {event_name}: {taken.meter_id}. Deactivate that meter first, or "
        "choose another event name.",
        ErrorCode.RESOURCE_ALREADY_EXISTS,
    )
