"""Usage that is added, and taken back, event by event."""

import time
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from meterdrop.api import stores
from meterdrop.api.errors import ApiError, ErrorCode, bad_parameter, key_reused, missing
from meterdrop.api.meter_event_models import (
    MeterEventAdjustmentModel,
    MeterEventModel,
    NewMeterEvent,
    NewMeterEventAdjustment,
)
from meterdrop.api.routing import Routes, json_of
from meterdrop.domain.files.cells import excerpt, trim
from meterdrop.domain.metering.meter import PAYLOAD_PREFIX
from meterdrop.domain.validation.field_parsers import given_identifier
from meterdrop.domain.validation.results import Refused
from meterdrop.domain.validation.single_event import HandEntry
from meterdrop.ledger.add import EntryRefusedError, IdentifierTakenError, RequestReusedError
from meterdrop.ledger.cancel import NoSuchEventError, NotFinalError, cancel

routes = Routes()


@routes.post("/v1/billing/meter_events", json_of(MeterEventModel, "The event, stored."))
def create_meter_event(new: Annotated[NewMeterEvent, Body(description="The event.")]) -> MeterEventModel:
    """Add usage by hand.

    The same rules hold as for a row of a file, and their codes come back as the error's `code`. When the answer comes,
    usage has the event.
    """
    entry = HandEntry(
        timestamp=new.timestamp, event_name=new.event_name, identifier=new.identifier, payload=new.payload
    )
    try:
        stored = stores.adding().add(entry, routes.request_token, int(time.time()))
    except EntryRefusedError as error:
        raise _refused(error.refused) from None
    except IdentifierTakenError as error:
        raise bad_parameter(
            "identifier",
            f"An event already exists with identifier {error.stored.id}.",
            ErrorCode.DUPLICATE_METER_EVENT,
        ) from None
    except RequestReusedError:
        raise key_reused() from None
    return MeterEventModel.of(stored, {key: trim(value) for key, value in new.payload.items()})


@routes.post(
    "/v1/billing/meter_event_adjustments", json_of(MeterEventAdjustmentModel, "The event is cancelled."), not_found=True
)
def create_meter_event_adjustment(
    new: Annotated[NewMeterEventAdjustment, Body(description="Which event, and what to do to it.")],
) -> MeterEventAdjustmentModel:
    """Cancel an event, however it came and whenever.

    Usage is without it at once. Its identifier stays taken: the same event again is a duplicate, not a comeback.
    """
    identifier = given_identifier(new.cancel.identifier)
    try:
        event = cancel(stores.hand_entries(), trim(new.event_name), identifier, int(time.time()))
    except NoSuchEventError:
        raise missing(
            f"No event has the identifier {excerpt(identifier)} and the event name {excerpt(new.event_name)}.",
            param="cancel[identifier]",
        ) from None
    except NotFinalError as error:
        raise ApiError(
            HTTPStatus.CONFLICT,
            ErrorCode.LOCK_TIMEOUT,
            f"Upload {error.upload}, which has this event, is still under way; try again when its status is final.",
            param="cancel[identifier]",
        ) from None
    return MeterEventAdjustmentModel(
        object="billing.meter_event_adjustment",
        cancel=new.cancel,
        event_name=event.event_name,
        livemode=True,
        status="complete",
        type="cancel",
    )


def _refused(refused: Refused) -> ApiError:
    first = refused.errors[0]
    field = first.field
    param = f"payload[{field.removeprefix(PAYLOAD_PREFIX)}]" if field.startswith(PAYLOAD_PREFIX) else field
    return bad_parameter(param, " ".join(map(str, refused.errors)), first.code)
