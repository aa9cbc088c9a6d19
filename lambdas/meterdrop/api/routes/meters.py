"""Meters: made, shown, listed, renamed, deactivated and reactivated."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from meterdrop.adapters.catalog.meter_writes import NameTakenError
from meterdrop.api.http import dependencies
from meterdrop.api.http.pagination import Cursor, read_page
from meterdrop.api.http.request import TOKEN_PREFIX
from meterdrop.api.http.routing import Routes, json_of
from meterdrop.api.schemas import query
from meterdrop.api.schemas.errors import ApiError, ErrorCode, bad_parameter, key_reused, missing
from meterdrop.api.schemas.meters import MeterModel, MeterPage, MeterUpdate, NewMeter, NoParameters
from meterdrop.domain.codes import MeterStatus
from meterdrop.domain.metering.meter import Meter

routes = Routes()


@routes.post("/v1/billing/meters", json_of(MeterModel, "The meter that was made."))
def create_meter(new: Annotated[NewMeter, Body(description="The meter that is to be.")]) -> MeterModel:
    """Make a meter.

    Its events are counted from the next file or event on. What it is called by events, how it adds up and which
    payload keys it reads stay as they are; for others make another meter.
    """
    customer_key = new.customer_mapping.event_payload_key
    if customer_key == new.value_settings.event_payload_key:
        raise bad_parameter(
            "value_settings[event_payload_key]",
            f"{customer_key} is the key of the customer. Choose another one for the value.",
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
    )
    try:
        stored = dependencies.meter_changes().create(meter, token)
    except NameTakenError as taken:
        raise _name_taken(meter.event_name, taken) from None
    if not stored.counts_as(meter):
        raise key_reused()
    return MeterModel.of(stored)


@routes.get("/v1/billing/meters", json_of(MeterPage, "A page of meters."))
def list_meters(
    *,
    limit: query.Limit = 10,
    starting_after: query.After = None,
    ending_before: query.Before = None,
    status: query.MeterStatusIs = None,
) -> MeterPage:
    """List meters, newest first."""
    meters = dependencies.meters().list_meters()
    page = read_page(
        partial(_walk, meters, status),
        {meter.id: meter for meter in meters}.get,
        Cursor(starting_after, ending_before),
        limit,
        noun="meter",
    )
    return MeterPage(
        object="list",
        data=[MeterModel.of(meter) for meter in page.things],
        has_more=page.has_more,
        url="/v1/billing/meters",
    )


@routes.get("/v1/billing/meters/<meter_id>", json_of(MeterModel, "The meter as it is now."), not_found=True)
def get_meter(meter_id: str) -> MeterModel:
    """Show one meter."""
    return MeterModel.of(find_meter(meter_id))


@routes.post("/v1/billing/meters/<meter_id>", json_of(MeterModel, "The meter as it is now."), not_found=True)
def update_meter(
    meter_id: str, update: Annotated[MeterUpdate, Body(description="What is to be different.")]
) -> MeterModel:
    """Give a meter another display name."""
    if update.display_name is None:
        return MeterModel.of(find_meter(meter_id))
    meter = dependencies.meter_changes().rename(meter_id, update.display_name, int(time.time()))
    if meter is None:
        raise _no_meter(meter_id)
    return MeterModel.of(meter)


@routes.post("/v1/billing/meters/<meter_id>/deactivate", json_of(MeterModel, "The inactive meter."), not_found=True)
def deactivate_meter(meter_id: str, _: Annotated[NoParameters, Body(description="Nothing.")]) -> MeterModel:
    """Deactivate a meter: from the next file or event on its events are refused; what is counted stays."""
    meter = find_meter(meter_id)
    changed = dependencies.meter_changes().deactivate(meter, int(time.time())) if meter.active else None
    if changed is None:
        raise bad_parameter("id", f"Meter {meter_id} is inactive already.", ErrorCode.METER_INACTIVE)
    return MeterModel.of(changed)


@routes.post("/v1/billing/meters/<meter_id>/reactivate", json_of(MeterModel, "The active meter."), not_found=True)
def reactivate_meter(meter_id: str, _: Annotated[NoParameters, Body(description="Nothing.")]) -> MeterModel:
    """Reactivate a meter: its events are counted again from the next file or event on."""
    meter = find_meter(meter_id)
    try:
        changed = None if meter.active else dependencies.meter_changes().reactivate(meter, int(time.time()))
    except NameTakenError as taken:
        raise _name_taken(meter.event_name, taken, param="id") from None
    if changed is None:
        raise bad_parameter("id", f"Meter {meter_id} is active already.", ErrorCode.METER_ACTIVE)
    return MeterModel.of(changed)


def find_meter(meter_id: str) -> Meter:
    """Return a meter as it is now. Raises ApiError 404."""
    meter = dependencies.meters().find(meter_id)
    if meter is None:
        raise _no_meter(meter_id)
    return meter


def _walk(
    meters: list[Meter],
    status: MeterStatus | None,
    *,
    beyond: Meter | None,
    newest_first: bool,
    expect: int,  # noqa: ARG001  all of them are read already
) -> Iterator[Meter]:
    ordered = sorted(meters, key=_place, reverse=newest_first)
    begin = 0 if beyond is None else ordered.index(beyond) + 1
    return (meter for meter in ordered[begin:] if status in {None, meter.status})


def _place(meter: Meter) -> tuple[int, str]:
    return meter.created, meter.id


def _no_meter(meter_id: str) -> ApiError:
    return missing(f"No such meter: {meter_id}.")


def _name_taken(event_name: str, taken: NameTakenError, *, param: str = "event_name") -> ApiError:
    return bad_parameter(
        param,
        f"Meter {taken.meter_id} is active and has the event name {event_name}, which one active meter can have. "
        "Deactivate that one first, or choose another event name.",
        ErrorCode.RESOURCE_ALREADY_EXISTS,
    )
