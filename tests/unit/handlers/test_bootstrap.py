"""The dependencies of the functions that process uploads, as they are put together."""

import pytest

from meterdrop import settings
from meterdrop.domain.ids import event_id
from meterdrop.domain.metering.event import Event
from meterdrop.domain.metering.meter import Meter
from meterdrop.handlers import bootstrap
from tests.support.api.store import an_upload
from tests.support.dynamodb.direct import DirectClient
from tests.support.dynamodb.small_dynamodb import SmallDynamoDb

ENVIRONMENT = {
    "UPLOAD_BUCKET": "uploads",
    "EVENTS_TABLE": "events",
    "UPLOADS_TABLE": "uploads",
    "USAGE_TABLE": "usage",
    "CATALOG_TABLE": "catalog",
    "IDEMPOTENCY_TABLE": "idempotency",
    "QUEUE_URL": "http://127.0.0.1:9/queue",
}


@pytest.mark.parametrize(("has_ended", "key"), [(False, "/0"), (True, ":1")])
def test_only_a_first_run_writes_blocks(has_ended: bool, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upload has had a final status, a row without identifier is a single event.

    An error file may have been accepted by then, on the condition that no block has its row.
    """
    database = SmallDynamoDb()
    monkeypatch.setattr(settings, "json_client", lambda _: DirectClient(database))
    ports = bootstrap.IngestDependencies(settings.from_environment(ENVIRONMENT)).ingest.ports
    upload = an_upload(has_ended=has_ended)
    meter = Meter(id="mtr_calls", event_name="api_calls", display_name="")
    event = Event(event_id(upload.id, 1), 1, meter, "cus_1", upload.created, None, {})
    with ports.threads:
        assert list(ports.events(upload).insert_events([event])) == [(event, None)]
        assert [stored.item for stored in ports.events(upload).read_events([event.id])] == [upload.id + key]
    assert list(database.tables["events"]) == [upload.id + key]
