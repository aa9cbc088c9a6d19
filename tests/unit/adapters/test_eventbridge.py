"""The event bus, as its client is called: what is sent, and what is made of a refusal."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from meterdrop.adapters.aws.eventbridge import EventBus, EventsClient
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.domain.uploads.status_event import status_event
from tests.unit.adapters.test_uploads import FULL

TOLD = status_event(FULL)
ENTRY = {
    "Source": "meterdrop",
    "DetailType": "upload.succeeded_with_errors",
    "Detail": TOLD.detail,
    "Time": datetime(2024, 9, 23, 16, 22, 27, tzinfo=UTC),
}


def test_a_bus_of_its_own_is_named() -> None:
    """The default one needs no name."""
    client = Client({"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]})
    EventBus(lambda: client, "usage").send(TOLD)
    assert [{**ENTRY, "EventBusName": "usage"}] == client.entries


class RefusedError(Exception):
    """Stands for whatever the client raises."""


class Client:
    """A client that answers as the test says."""

    def __init__(self, answer: dict[str, Any] | None) -> None:
        """Raise where there is no answer."""
        self.answer = answer
        self.entries: list[dict[str, Any]] = []

    def put_events(self, *, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Answer."""
        self.entries += Entries
        if self.answer is None:
            raise RefusedError
        return self.answer


def test_what_is_sent() -> None:
    """On the default bus, with the time at which the status became final; boto3 takes it so."""
    client = Client({"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]})
    EventBus(lambda: client).send(TOLD)
    assert [ENTRY] == client.entries
    real = boto3.client("events", region_name="eu-central-1")
    with Stubber(real) as stubber:
        stubber.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}, {"Entries": [ENTRY]})
        EventBus(lambda: real).send(TOLD)


def test_a_refused_entry() -> None:
    """It comes inside an answer that is well; the error has AWS's code and nothing of what was sent."""
    entry = {"ErrorCode": "ThrottlingException", "ErrorMessage": TOLD.detail}
    with pytest.raises(AwsError) as raised:
        EventBus(lambda: Client({"FailedEntryCount": 1, "Entries": [entry]})).send(TOLD)
    assert "PutEvents: ThrottlingException" == str(raised.value)


def test_a_refused_call() -> None:
    """What the client raises is raised."""
    with pytest.raises(RefusedError):
        EventBus(lambda: Client(None)).send(TOLD)


def test_the_client_is_made_when_there_is_something_to_send() -> None:
    """Making it is slow, and most processes send nothing at first."""
    made: list[EventsClient] = []

    def make() -> EventsClient:
        made.append(Client({"FailedEntryCount": 0, "Entries": [{}]}))
        return made[-1]

    bus = EventBus(make)
    assert [] == made
    bus.send(TOLD)
    assert 1 == len(made)
