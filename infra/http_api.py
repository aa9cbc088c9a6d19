"""The HTTP API. One function gets every request, whatever its method and path, and checks the API key first."""

import json

from aws_cdk import Aws, Fn, Tags
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.monitoring.log_group import log_group
from infra.settings import Settings

# The paths that need no key (`Needs.NO_KEY` of `meterdrop.api`), each with the budget below. A view of the page takes
# four requests, and later views one.
_ROUTES_WITHOUT_KEY = {"Page": "/", "Assets": "/assets/{proxy+}", "Health": "/health"}
_REQUESTS_PER_SECOND_WITHOUT_KEY = 20
_BURST_WITHOUT_KEY = 40
# The emulator uses this tag's value as the ID of the API. The API's URL then stays the same from start to start.
LOCAL_ID_TAG = "ms-custom-id"
# Eight hexadecimal digits. The emulator supports <id>.execute-api.localhost only for such an ID.
LOCAL_ID = "feed5eed"
# No headers and no query string, so that the log never has an API key. No path, because it can have a customer's ID.
# The function's log and the audit trail have the route, by the request's ID.
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "functionStatus": "$context.integration.status",
    "bytes": "$context.responseLength",
    "latencyMs": "$context.responseLatency",
    "error": "$context.error.message",
    "integrationError": "$context.integrationErrorMessage",
}
GATEWAY_ERRORS = "GatewayErrors"
"""The metric of 5xx responses that the gateway made without a response of the function."""


class HttpApi(Construct):
    """The API with one throttled, access-logged stage. `origins` are the origins of the page."""

    def __init__(self, scope: Construct, construct_id: str, *, function: lambda_.IFunction, settings: Settings) -> None:
        """Route all requests to `function`, as events of payload format 2.0."""
        super().__init__(scope, construct_id)
        self.api = apigatewayv2.HttpApi(
            self,
            "Api",
            api_name=settings.name,
            create_default_stage=False,
            default_integration=HttpLambdaIntegration("Function", function),
        )
        routes = self._add_routes_without_key()
        self.origins = _origins(self.api, settings)
        if settings.local:
            Tags.of(self.api).add(LOCAL_ID_TAG, LOCAL_ID)
        self.stage = apigatewayv2.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigatewayv2.ThrottleSettings(
                rate_limit=settings.requests_per_second, burst_limit=settings.request_burst
            ),
        )
        resource = self.stage.node.default_child
        assert isinstance(resource, apigatewayv2.CfnStage)
        resource.route_settings = {
            route.route_key: {
                "ThrottlingRateLimit": min(_REQUESTS_PER_SECOND_WITHOUT_KEY, settings.requests_per_second),
                "ThrottlingBurstLimit": min(_BURST_WITHOUT_KEY, settings.request_burst),
            }
            for route in routes
        }
        for route in routes:
            # Otherwise, AWS refuses settings for routes that don't exist yet.
            resource.add_resource_dependency(route)
        access_log = log_group(self, "AccessLogs", settings, name=_access_log_name(settings))
        resource.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=access_log.log_group_arn, format=json.dumps(ACCESS_LOG)
        )
        if not settings.local:  # the emulator has no metric filters
            logs.MetricFilter(
                self,
                "GatewayErrors",
                log_group=access_log,
                # API Gateway's own metric of 5xx responses includes those of the function.
                filter_pattern=logs.FilterPattern.literal('{ ($.status = "5*") && ($.functionStatus != "5*") }'),
                metric_namespace=settings.name,
                metric_name=GATEWAY_ERRORS,
                metric_value="1",
            )

    def _add_routes_without_key(self) -> list[apigatewayv2.CfnRoute]:
        """Add the routes to the integration of the default route, whose permission to call the function covers them."""
        default = self.api.node.find_child("DefaultRoute").node.default_child
        assert isinstance(default, apigatewayv2.CfnRoute)
        return [
            apigatewayv2.CfnRoute(self, name, api_id=self.api.api_id, route_key=f"ANY {path}", target=default.target)
            for name, path in _ROUTES_WITHOUT_KEY.items()
        ]


def _access_log_name(settings: Settings) -> str:
    """Return a name under /aws/vendedlogs/, which needs no entry in the account's resource policy of logs.

    That policy has a limit of 5,120 characters for all APIs of an account. A stack that is created again has a new ID,
    so a log that the old one left behind doesn't block it.
    """
    return f"/aws/vendedlogs/{settings.name}/{Fn.select(2, Fn.split('/', Aws.STACK_ID))}"


def _origins(api: apigatewayv2.HttpApi, settings: Settings) -> tuple[str, ...]:
    """Return the origins of the page in a browser. The emulator serves it on S3's address and on one of its own."""
    if not (settings.local and settings.public_s3_endpoint):
        return (api.api_endpoint, *settings.page_origins)
    scheme, _, host = settings.public_s3_endpoint.partition("://")
    return (settings.public_s3_endpoint, f"{scheme}://{LOCAL_ID}.execute-api.{host}")
