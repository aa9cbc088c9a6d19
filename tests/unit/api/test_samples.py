"""The sample requests under events/ do what their names say."""

from typing import Any

import pytest

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import ErrorFile
from tests.support.api.client import EVENTS, Api, sample
from tests.support.api.store import Store, an_upload
from tests.support.api.usage import an_event, fill

_EXPECTED: dict[str, tuple[int, Any]] = {
    "list-uploads": (200, lambda body: [each["file_name"] for each in body["data"]] == ["2024-09.csv"]),
    "list-open-uploads": (200, lambda body: body["data"] == []),
    "get-upload": (200, lambda body: body["key"] == "uploads/acme/2024-09.csv"),
    "get-error-file": (302, None),
    "create-upload-by-form": (200, lambda body: body["key"].startswith("validate/")),
    "create-upload-by-json": (200, lambda body: body["fields"]["x-amz-meta-allow-duplicate"] == "true"),
    "list-event-summaries": (200, lambda body: [each["event_count"] for each in body["data"]] == [1]),
    "list-usage-report": (200, lambda body: [each["event_count"] for each in body["data"]] == [1]),
    "list-events": (200, lambda body: [each["value"] for each in body["data"]] == ["1"]),
    "create-meter-event": (200, lambda body: body["payload"]["value"] == "25"),
    "create-v2-meter-event": (200, lambda body: body["timestamp"] == "2024-09-23T16:22:25.000Z"),
    "revert-upload": (202, lambda body: (body["status"], body["duplicates"]) == ("reverting", [an_upload(1).id])),
    "reprocess-upload": (202, lambda body: (body["status"], body["run"]) == ("processing", 2)),
    "without-key": (401, lambda body: body["error"]["code"] == "api_key_invalid"),
    "health": (200, lambda body: body == {"status": "ok"}),
}


def test_every_sample_is_used() -> None:
    """A sample that no test sends would go stale unseen."""
    assert {path.stem.removeprefix("api-") for path in EVENTS.glob("api-*.json")} == set(_EXPECTED)


@pytest.mark.parametrize("name", _EXPECTED)
def test_a_sample_is_answered(name: str, api: Api, store: Store) -> None:
    """Each sample is answered with the status and the body that its name promises."""
    customer = "cus_QMJJtcu70R1x46"
    fill(store, [an_event(1, customer=customer)])
    store.put_customer(customer)
    store.put_upload(
        an_upload(
            id="upl_ivijpfhnrws4agw7gudkkc4ayu",
            version_id=store.drop("uploads/acme/2024-09.csv"),
            status=Status.SUCCEEDED_WITH_ERRORS,
            error_file=ErrorFile("errors/acme/2024-09.csv/x.csv", 1, ("v",)),
        )
    )
    store.put("uploads", {"id": "duplicates#upl_ivijpfhnrws4agw7gudkkc4ayu", "form": 1, "uploads": {an_upload(1).id}})
    status, holds = _EXPECTED[name]
    response = api.send(sample(name))
    assert response.status == status
    assert holds is None or holds(response.json)
