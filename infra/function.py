"""What the functions have in common: the bundle, a log group and a role that is theirs alone."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.monitoring.log_group import log_group
from infra.packaging.bundle import ARCHITECTURE, RUNTIME, Bundle
from infra.settings import Settings


class Function(Construct):
    """`function`, whose role may write its own log and, beyond that, only what `allow` adds."""

    def __init__(  # noqa: PLR0913 - all by name, and all that differs between functions
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
    ) -> None:
        """Name the handler by module and function under the code asset: `meterdrop.handlers.api.handler`."""
        super().__init__(scope, construct_id)
        logs = log_group(self, "Logs", settings)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logs.log_group_arn])
        if settings.tracing:
            # X-Ray knows no resources to name.
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
        # Written on the function itself: the CDK's own way adds the two permissions above once more.
        resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(
            mode="Active" if settings.tracing else "PassThrough"
        )

    def allow(self, actions: Sequence[str], resources: Sequence[str], *, leading_keys: Sequence[str] = ()) -> None:
        """Add to the role exactly these actions on exactly these resources (ARNs).

        `leading_keys` are patterns that the partition key of every item concerned must match.
        """
        conditions = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(leading_keys)}} if leading_keys else None
        self.role.add_to_policy(
            iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=conditions)
        )
