"""The HTTP API: one way in, throttled and logged."""

import json

from aws_cdk.assertions import Match, Template

from tests.support.template import properties, resources, text


def test_every_request_goes_to_the_api_function(template: Template) -> None:
    """There is one route, for what no other matches: the function judges the key before any path."""
    assert properties(template, "AWS::ApiGatewayV2::Route")["RouteKey"] == "$default"
    integration = properties(template, "AWS::ApiGatewayV2::Integration")
    assert (integration["IntegrationType"], integration["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")
    assert text(integration["IntegrationUri"]).startswith("ApiFunction")


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


def test_requests_are_throttled(template: Template) -> None:
    """Nobody without a key can run up the bill."""
    stage = properties(template, "AWS::ApiGatewayV2::Stage")
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 100, "ThrottlingRateLimit": 50}


def test_requests_are_logged_as_json_without_keys(template: Template) -> None:
    """The access log goes to a log group of this stack and holds neither headers nor query strings."""
    log = properties(template, "AWS::ApiGatewayV2::Stage")["AccessLogSettings"]
    assert text(log["DestinationArn"]) in resources(template, "AWS::Logs::LogGroup")
    line = json.loads(log["Format"])
    assert {"requestId", "time", "ip", "method", "path", "status", "latencyMs"} <= line.keys()
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
        "BucketName",
        "CatalogTableName",
        "DeadLetterQueueUrl",
        "EventsTableName",
        "IdempotencyTableName",
        "IngestFunctionName",
        "QueueUrl",
        "RecoverFunctionName",
        "SweepFunctionName",
        "UploadsTableName",
        "UsageTableName",
        "Version",
    ]
