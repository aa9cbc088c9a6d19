"""The HTTP API: one way in, throttled and logged."""

import json

from aws_cdk.assertions import Match, Template

from meterdrop.api.app import all_access
from meterdrop.api.http.auth import Needs
from meterdrop.api.http.static_files import ASSETS_PREFIX
from tests.infra.conftest import Synthesize
from tests.support.template import properties, resources, text

WITHOUT_KEY = {"ANY /", "ANY /health", "ANY /assets/{proxy+}"}


def test_every_request_goes_to_the_api_function(template: Template) -> None:
    """The function judges the key before any path: each route leads to it, and one takes what no other matches."""
    routes = [each["Properties"] for each in resources(template, "AWS::ApiGatewayV2::Route").values()]
    assert {route["RouteKey"] for route in routes} == {"$default", *WITHOUT_KEY}
    assert 1 == len({json.dumps(route["Target"]) for route in routes})
    integration = properties(template, "AWS::ApiGatewayV2::Integration")
    assert (integration["IntegrationType"], integration["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")
    assert text(integration["IntegrationUri"]).startswith("ApiFunction")


def test_each_path_that_needs_no_key_has_a_route() -> None:
    """By the function's own list: without a route, a path would share the budget of the requests that have a key."""
    open_paths = {path for (path, _), access in all_access().items() if access is Needs.NO_KEY}
    assert WITHOUT_KEY == {f"ANY {path}" for path in (open_paths | {"/", f"{ASSETS_PREFIX}{{proxy+}}"})}


def test_only_this_api_may_call_the_function(template: Template) -> None:
    """The function's own policy names API Gateway and this API."""
    (permission,) = [
        found["Properties"]
        for found in resources(template, "AWS::Lambda::Permission").values()
        if text(found["Properties"]["FunctionName"]).startswith("Api")
    ]
    assert (permission["Action"], permission["Principal"]) == ("lambda:InvokeFunction", "apigateway.amazonaws.com")
    (api,) = resources(template, "AWS::ApiGatewayV2::Api")
    assert text(permission["SourceArn"]).endswith(f"{api}/*/*")


def test_requests_are_throttled(template: Template, synthesize: Synthesize) -> None:
    """By the settings; as fast by default as Stripe takes meter events."""
    stage = properties(template, "AWS::ApiGatewayV2::Stage")
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 2000, "ThrottlingRateLimit": 1000}
    slow = properties(synthesize(requestsPerSecond="300", requestBurst=400), "AWS::ApiGatewayV2::Stage")
    assert slow["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 400, "ThrottlingRateLimit": 300}


def test_paths_without_a_key_have_small_budgets_of_their_own(template: Template, synthesize: Synthesize) -> None:
    """Whoever loads the page in a loop takes nothing from programs with a key, and never more than they have."""
    stage = properties(template, "AWS::ApiGatewayV2::Stage")
    small = {"ThrottlingBurstLimit": 40, "ThrottlingRateLimit": 20}
    assert stage["RouteSettings"] == dict.fromkeys(WITHOUT_KEY, small)
    tiny = properties(synthesize(requestsPerSecond=10, requestBurst=10), "AWS::ApiGatewayV2::Stage")
    smaller = {"ThrottlingBurstLimit": 10, "ThrottlingRateLimit": 10}
    assert tiny["RouteSettings"] == dict.fromkeys(WITHOUT_KEY, smaller)


def test_the_stage_comes_after_the_routes_that_it_names(template: Template) -> None:
    """API Gateway refuses settings of a route that is not there yet, and the deployment fails."""
    (stage,) = resources(template, "AWS::ApiGatewayV2::Stage").values()
    routes = resources(template, "AWS::ApiGatewayV2::Route")
    named = {id_ for id_, route in routes.items() if route["Properties"]["RouteKey"] != "$default"}
    assert len(named) == len(WITHOUT_KEY)
    assert named <= set(stage["DependsOn"])


def test_requests_are_logged_as_json_without_keys(template: Template) -> None:
    """The access log goes to a log group of this stack and holds neither headers nor query strings."""
    log = properties(template, "AWS::ApiGatewayV2::Stage")["AccessLogSettings"]
    assert text(log["DestinationArn"]) in resources(template, "AWS::Logs::LogGroup")
    line = json.loads(log["Format"])
    assert {"requestId", "time", "ip", "method", "routeKey", "status", "latencyMs"} <= line.keys()
    assert [value for value in line.values() if "header" in value or "query" in value.lower()] == []


def test_the_log_of_requests_needs_no_entry_in_the_accounts_policy(template: Template) -> None:
    """AWS lets API Gateway write to names that begin so. Each new stack has one of its own: logs outlive stacks."""
    stage = properties(template, "AWS::ApiGatewayV2::Stage")
    log = resources(template, "AWS::Logs::LogGroup")[text(stage["AccessLogSettings"]["DestinationArn"])]
    _, (prefix, id_) = log["Properties"]["LogGroupName"]["Fn::Join"]
    assert prefix == "/aws/vendedlogs/meterdrop-prod/"
    assert id_ == {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}


def test_the_emulator_gives_the_api_the_same_id_every_time(template: Template, local_template: Template) -> None:
    """Only the local stack carries the tag that fixes it."""
    assert properties(local_template, "AWS::ApiGatewayV2::Api")["Tags"] == {"ms-custom-id": "feed5eed"}
    assert "Tags" not in properties(template, "AWS::ApiGatewayV2::Api")


def test_outputs_name_what_commands_need(template: Template) -> None:
    """`make run`, `make deploy` and `make key` read these."""
    assert sorted(template.find_outputs("*", Match.object_like({}))) == [
        "ApiFunctionName",
        "ApiId",
        "ApiUrl",
        "AuditLogGroupName",
        "BucketName",
        "CatalogTableName",
        "DeadLetterQueueUrl",
        "EventsTableName",
        "IdempotencyTableName",
        "IngestFunctionName",
        "KeysTableName",
        "QueueUrl",
        "RecoverFunctionName",
        "SweepFunctionName",
        "UploadsTableName",
        "UsageTableName",
        "Version",
    ]
