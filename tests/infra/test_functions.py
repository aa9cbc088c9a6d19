"""The functions: what they run, what they are told, where they log."""

from collections.abc import Callable

import pytest
from aws_cdk.assertions import Template

from infra.packaging.layer import PYTHON
from tests.infra.conftest import Synthesize
from tests.infra.test_permissions import dead_letters, queue
from tests.support.template import function, logical_id, resources, text

TABLES = {
    "UPLOAD_BUCKET": "UploadBucket",
    "EVENTS_TABLE": "EventsTable",
    "UPLOADS_TABLE": "UploadsTable",
    "USAGE_TABLE": "UsageTable",
    "CATALOG_TABLE": "CatalogTable",
    "IDEMPOTENCY_TABLE": "IdempotencyTable",
}


def environment(template: Template, handler: str) -> dict[str, str]:
    """Give a function's environment, with references as logical ids."""
    return {name: text(value) for name, value in function(template, handler)["Environment"]["Variables"].items()}


HANDLERS = ("api", "ingest", "recover", "sweep")


def test_there_are_four_functions_and_no_fifth(template: Template) -> None:
    """No function comes in unseen, such as those that the CDK adds for custom resources."""
    handlers = [found["Properties"]["Handler"] for found in resources(template, "AWS::Lambda::Function").values()]
    assert sorted(handlers) == [f"meterdrop.handlers.{name}.handler" for name in HANDLERS]


def test_functions_share_one_asset_and_one_layer(template: Template) -> None:
    """All run the same code on the same packages, built for the same machine."""
    functions = [function(template, name) for name in HANDLERS]
    (layer,) = resources(template, "AWS::Lambda::LayerVersion").values()
    for one in functions:
        assert one["Code"] == functions[0]["Code"]
        assert one["Layers"] == functions[0]["Layers"]
        assert [one["Runtime"]] == layer["Properties"]["CompatibleRuntimes"] == [f"python{PYTHON}"]
        assert one["Architectures"] == layer["Properties"]["CompatibleArchitectures"] == ["arm64"]


def test_ingest_is_told_what_it_needs(template: Template) -> None:
    """The environment of the ingest function, in full."""
    found = environment(template, "ingest")
    assert (found.pop("QUEUE_URL"), found.pop("DEAD_LETTER_QUEUE_URL")) == (queue(template), dead_letters(template))
    assert found == {
        **TABLES,
        "MAX_EVENT_AGE_DAYS": "",
        "EVENT_BUS": "",
        "REQUIRE_CONTROL": "",
        "PARTNERS": "{}",
        "POWERTOOLS_SERVICE_NAME": "ingest",
        "POWERTOOLS_METRICS_NAMESPACE": "meterdrop-prod",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


@pytest.mark.parametrize(("handler", "its_queue"), [("recover", dead_letters), ("sweep", queue)])
def test_recover_and_sweep_are_told_what_they_need(
    template: Template, handler: str, its_queue: Callable[[Template], str]
) -> None:
    """Their environment, in full: one takes the dead letters, the other sends to the queue."""
    found = environment(template, handler)
    assert found.pop("QUEUE_URL") == its_queue(template)
    if handler == "recover":  # it can complete a revert that reprocesses duplicates
        assert (found.pop("UPLOAD_QUEUE_URL"), found.pop("PARTNERS")) == (queue(template), "{}")
    assert found == {
        **TABLES,
        "MAX_EVENT_AGE_DAYS": "",
        "EVENT_BUS": "",
        "POWERTOOLS_SERVICE_NAME": handler,
        "POWERTOOLS_METRICS_NAMESPACE": "meterdrop-prod",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def test_the_api_is_told_what_it_needs(template: Template) -> None:
    """The environment of the API function, in full; on AWS the address of S3 is AWS's own."""
    found = environment(template, "api")
    assert found.pop("QUEUE_URL") == environment(template, "ingest")["QUEUE_URL"]
    assert found == {
        **TABLES,
        "KEYS_TABLE": "KeysTable",
        "MAX_EVENT_AGE_DAYS": "",
        "EVENT_BUS": "",
        "PUBLIC_S3_ENDPOINT": "",
        "PARTNERS": "{}",
        "ORIGIN_SECRET_HASHES": "",
        "BUCKET_ORIGIN": "https://UploadBucket.s3.AWS::Region.AWS::URLSuffix",
        "AUDIT_LOG_GROUP": logical_id(resources(template, "AWS::Logs::LogGroup"), "AuditTrail"),
        "POWERTOOLS_SERVICE_NAME": "api",
        "POWERTOOLS_METRICS_NAMESPACE": "meterdrop-prod",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def test_the_owners_choices_reach_the_functions(synthesize: Synthesize) -> None:
    """Each setting is found where it works."""
    changed = synthesize(
        maxEventAgeDays=35,
        ingestMemoryMb="3008",
        apiMemoryMb=2048,
        publicS3Endpoint="http://localhost:4566",
        requireControl=["uploads/acme/", "uploads/März 2024/"],
    )
    assert environment(changed, "ingest")["REQUIRE_CONTROL"] == "uploads/acme/,uploads/März 2024/"
    assert environment(changed, "ingest")["MAX_EVENT_AGE_DAYS"] == "35"
    api = environment(changed, "api")
    assert (api["PUBLIC_S3_ENDPOINT"], api["BUCKET_ORIGIN"]) == ("http://localhost:4566", "http://localhost:4566")
    assert function(changed, "ingest")["MemorySize"] == 3008
    assert function(changed, "api")["MemorySize"] == 2048


@pytest.mark.parametrize(("setting", "mode"), [({}, "Active"), ({"tracing": "false"}, "PassThrough")])
def test_functions_are_traced_as_the_settings_say(
    synthesize: Synthesize, setting: dict[str, object], mode: str
) -> None:
    """By default X-Ray sees how long each invocation waited, started and ran."""
    found = synthesize(**setting)
    assert [function(found, handler)["TracingConfig"] for handler in ("ingest", "api")] == [{"Mode": mode}] * 2


def test_the_api_answers_before_the_gateway_gives_up(template: Template) -> None:
    """API Gateway waits 30 seconds."""
    assert function(template, "api")["Timeout"] == 29


@pytest.mark.parametrize("days", [7, 365, 3653])
def test_every_log_has_the_retention_of_the_settings(synthesize: Synthesize, days: int) -> None:
    """Four functions and the access log: none is kept for ever by default. The audit trail has its own retention."""
    groups = resources(synthesize(logRetentionDays=days, auditRetentionDays=545), "AWS::Logs::LogGroup")
    audit = groups.pop(logical_id(groups, "AuditTrail"))
    assert [group["Properties"]["RetentionInDays"] for group in groups.values()] == [days] * 5
    assert audit["Properties"]["RetentionInDays"] == 545


def test_the_audit_trail_is_kept_for_more_than_a_year(template: Template) -> None:
    """By default a change can be traced after the year in which it was made, and after the stack is gone."""
    groups = resources(template, "AWS::Logs::LogGroup")
    audit = groups[logical_id(groups, "AuditTrail")]
    assert audit["Properties"]["RetentionInDays"] >= 400
    assert str(audit["DeletionPolicy"]).startswith("Retain")


def test_functions_write_to_these_logs(template: Template) -> None:
    """A function without a log group of its own makes one that is kept for ever."""
    groups = resources(template, "AWS::Logs::LogGroup")
    used = [text(function(template, handler)["LoggingConfig"]["LogGroup"]) for handler in HANDLERS]
    assert len(set(used)) == 4
    assert set(used) <= set(groups)


def test_the_api_has_a_share_of_concurrency_if_the_owner_says_so(template: Template, synthesize: Synthesize) -> None:
    """None by default: new accounts have 10 executions, and Lambda refuses to reserve any of them."""
    reserved = "ReservedConcurrentExecutions"
    functions = [each["Properties"] for each in resources(template, "AWS::Lambda::Function").values()]
    assert [] == [each for each in functions if reserved in each]
    with_share = resources(synthesize(apiReservedConcurrency="50"), "AWS::Lambda::Function").values()
    [api] = [each["Properties"] for each in with_share if reserved in each["Properties"]]
    assert ("meterdrop.handlers.api.handler", 50) == (api["Handler"], api[reserved])


def test_only_the_hash_of_an_origins_secret_is_deployed(synthesize: Synthesize) -> None:
    """The function has what the settings have."""
    found = resources(synthesize(originSecretHashes=["a" * 64, "b" * 64]), "AWS::Lambda::Function").values()
    values = [each["Properties"]["Environment"]["Variables"].get("ORIGIN_SECRET_HASHES") for each in found]
    assert ["a" * 64 + "," + "b" * 64] == [value for value in values if value is not None]
