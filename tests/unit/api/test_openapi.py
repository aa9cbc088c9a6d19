"""The description says what the API does, no more and no less."""

import re
from typing import Any

import pytest

from meterdrop.api.schemas.uploads import UploadModel
from meterdrop.domain.codes import Status
from tests.support.api.client import Api
from tests.support.api.store import an_upload

PARAMETER = re.compile(r"{[^}]*}")


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    """Read the description."""
    error_fields: dict[str, Any] = api.get("/openapi.json").json
    return error_fields


def test_the_description_names_every_route(document: dict[str, Any]) -> None:
    """All routes of the contract so far are there."""
    assert {
        (method.upper(), PARAMETER.sub("{id}", path)) for path, each in document["paths"].items() for method in each
    } == {
        ("GET", "/health"),
        ("GET", "/openapi.json"),
        ("GET", "/v1/api_key"),
        ("GET", "/v1/api_keys"),
        ("GET", "/v1/template.csv"),
        ("GET", "/v1/uploads"),
        ("POST", "/v1/uploads"),
        ("GET", "/v1/uploads/{id}"),
        ("GET", "/v1/uploads/{id}/error_file"),
        ("GET", "/v1/uploads/{id}/file"),
        ("GET", "/v1/uploads/{id}/history"),
        ("GET", "/v1/uploads/{id}/revert"),
        ("GET", "/v1/billing_periods"),
        ("POST", "/v1/billing_periods"),
        ("GET", "/v1/billing_periods/{id}"),
        ("POST", "/v1/billing_periods/{id}/close"),
        ("GET", "/v1/billing_periods/{id}/reconciliation"),
        ("GET", "/v1/billing_periods/{id}/statements"),
        ("GET", "/v1/billing_periods/{id}/statements/{id}"),
        ("GET", "/v1/billing_periods/{id}/statements/{id}/lines"),
        ("GET", "/v1/billing_periods/{id}/statements/{id}/file"),
        ("GET", "/v1/usage_reports"),
        ("GET", "/v1/usage_reports/{id}"),
        ("GET", "/v1/usage_reports/{id}/file"),
        ("POST", "/v1/uploads/{id}/revert"),
        ("GET", "/v1/open_uploads"),
        ("POST", "/v1/uploads/{id}/reprocess"),
        ("GET", "/v1/billing/meters"),
        ("POST", "/v1/billing/meters"),
        ("GET", "/v1/billing/meters/{id}"),
        ("POST", "/v1/billing/meters/{id}"),
        ("POST", "/v1/billing/meters/{id}/deactivate"),
        ("POST", "/v1/billing/meters/{id}/reactivate"),
        ("GET", "/v1/billing/meters/{id}/event_summaries"),
        ("GET", "/v1/billing/meters/{id}/events"),
        ("POST", "/v1/billing/meter_events"),
        ("POST", "/v1/billing/meter_event_adjustments"),
        ("POST", "/v2/billing/meter_events"),
        ("POST", "/v2/billing/meter_event_adjustments"),
        ("POST", "/v2/billing/meter_event_session"),
        ("POST", "/v2/billing/meter_event_stream"),
        ("GET", "/v1/customers"),
        ("GET", "/v1/customers/search"),
        ("POST", "/v1/customers"),
        ("GET", "/v1/customers/{id}"),
        ("POST", "/v1/customers/{id}"),
        ("DELETE", "/v1/customers/{id}"),
    }


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("get", "/health", {"200", "304", "500"}),
        ("get", "/openapi.json", {"200", "304", "400", "401", "500"}),
        ("get", "/v1/template.csv", {"200", "400", "401", "403", "500"}),
        ("get", "/v1/uploads", {"200", "304", "400", "401", "403", "500"}),
        ("post", "/v1/uploads", {"200", "400", "401", "403", "409", "500"}),
        ("get", "/v1/uploads/{upload_id}", {"200", "304", "400", "401", "403", "404", "500"}),
        ("get", "/v1/uploads/{upload_id}/file", {"200", "304", "302", "400", "401", "403", "404", "500"}),
    ],
)
def test_every_status_is_described(document: dict[str, Any], method: str, path: str, statuses: set[str]) -> None:
    """Each route names the statuses it can answer, and every error has Stripe's shape."""
    responses = document["paths"][path][method]["responses"]
    assert set(responses) == statuses
    for status, response in responses.items():
        if int(status) >= 400:
            assert response["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ErrorResponse"}


def test_parameters_are_described_as_they_are_judged(document: dict[str, Any]) -> None:
    """Every filter is there with its limits, none is required, and none may be null."""
    parameters = {each["name"]: each for each in document["paths"]["/v1/uploads"]["get"]["parameters"]}
    assert set(parameters) == {
        *("limit", "starting_after", "ending_before", "status", "key", "key_prefix", "file_name", "parent", "partner"),
        *("key_contains", "kind", "dry_run"),
        *("created[gt]", "created[gte]", "created[lt]", "created[lte]", "If-None-Match"),
    }
    assert not any(each["required"] for each in parameters.values())
    assert "null" not in str([each["schema"] for each in parameters.values()])
    assert all(each["description"] for each in parameters.values())
    limit = parameters["limit"]["schema"]
    assert (limit["type"], limit["minimum"], limit["maximum"], limit["default"]) == ("integer", 1, 100, 10)
    assert parameters["created[gt]"]["schema"]["maximum"] == 9_999_999_999
    assert document["components"]["schemas"]["Status"]["enum"] == [status.value for status in Status]


def test_writes_are_described_in_both_forms(document: dict[str, Any]) -> None:
    """A form and JSON have one schema."""
    content = document["paths"]["/v1/uploads"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "application/x-www-form-urlencoded"}
    assert content["application/json"] == content["application/x-www-form-urlencoded"]


def test_a_key_is_described_where_it_is_wanted(document: dict[str, Any]) -> None:
    """All routes want a key but the open one."""
    assert document["security"] == [{"key": []}]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    open_ = {path for path, each in document["paths"].items() if each.get("get", {}).get("security") == []}
    assert open_ == {"/health"}


def test_the_idempotency_key_is_described_where_it_works(document: dict[str, Any]) -> None:
    """Every write takes one and none wants it; where nothing is written it means nothing."""
    takes = {
        (method, each["required"])
        for operations in document["paths"].values()
        for method, operation in operations.items()
        for each in operation.get("parameters", [])
        if (each["in"], each["name"]) == ("header", "Idempotency-Key")
    }
    methods = {method for operations in document["paths"].values() for method in operations}
    assert {(method, False) for method in methods - {"get"}} == takes


def test_a_redirect_is_described(document: dict[str, Any]) -> None:
    """Where a route leads elsewhere, the description names the header that says where."""
    found = document["paths"]["/v1/uploads/{upload_id}/error_file"]["get"]["responses"]["302"]
    assert list(found["headers"]) == ["Location"]


def test_an_upload_is_described_field_by_field(document: dict[str, Any]) -> None:
    """Every field of an upload is always there: none is optional, and nothing else may appear."""
    schema = document["components"]["schemas"]["UploadModel"]
    assert schema["required"] == list(schema["properties"]) == list(UploadModel.from_upload(an_upload()).model_dump())
    assert schema["additionalProperties"] is False


def test_nothing_is_described_that_is_never_answered(document: dict[str, Any]) -> None:
    """The generator's own error shapes are gone, and every reference leads somewhere."""
    text = str(document)
    assert "422" not in {
        status for each in document["paths"].values() for op in each.values() for status in op["responses"]
    }
    for name in ("HTTPValidationError", "ResponseValidationError"):
        assert name not in text
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}'" in text
