"""The common parts of every function: the bundle, a log group, and a role of its own."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.access.own_key import use_of_own_key
from infra.monitoring.log_group import log_group
from infra.packaging.bundle import ARCHITECTURE, RUNTIME, Bundle
from infra.settings import Settings


class Function(Construct):
    """A Lambda function. Its role can write its own log, and do what `allow` adds."""

    def __init__(  # noqa: PLR0913 - keyword arguments: the differences between functions
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        bundle: Bundle,
        settings: Settings,
        memory_mb: int,
        timeout: Duration,
        environment: Mapping[str, str],
        reserved_concurrency: int | None = None,
    ) -> None:
        """Create the function. `handler` is a function in the code asset, such as `meterdrop.handlers.api.handler`."""
        super().__init__(scope, construct_id)
        self._is_emulated = settings.local
        logs = log_group(self, "Logs", settings)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logs.log_group_arn])
        for statement in use_of_own_key(settings):
            self.role.add_to_policy(statement)
        if settings.tracing:
            # X-Ray supports no resource ARNs.
            self.allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"])
        self.function = lambda_.Function(
            self,
            "Function",
            handler=handler,
            code=bundle.code,
            layers=[bundle.layer],
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            memory_size=memory_mb,
            timeout=timeout,
            reserved_concurrent_executions=reserved_concurrency,
            environment={
                **environment,
                "POWERTOOLS_SERVICE_NAME": construct_id.lower(),
                "POWERTOOLS_METRICS_NAMESPACE": settings.name,
                "POWERTOOLS_LOG_LEVEL": "INFO",
            },
            log_group=logs,
            role=self.role,
        )
        resource = self.function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)
        # Set on the resource, because the CDK's property adds the two permissions above again.
        resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(
            mode="Active" if settings.tracing else "PassThrough"
        )

    def allow(self, actions: Sequence[str], resources: Sequence[str], *, leading_keys: Sequence[str] = ()) -> None:
        """Allow the role only these actions on these resources (ARNs).

        `leading_keys`: patterns for the partition keys of the items. Every key in a call must match one of them.
        """
        conditions: dict[str, dict[str, object]] | None = None
        if leading_keys:
            conditions = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(leading_keys)}}
            if not self._is_emulated:
                # Otherwise, the first condition also holds for a call without keys. The emulator sees none in a
                # transaction.
                conditions["Null"] = {"dynamodb:LeadingKeys": "false"}
        self.role.add_to_policy(
            iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=conditions)
        )
