"""The stack: it creates the parts, connects them, and sets their permissions."""

from aws_cdk import CfnOutput, CliCredentialsStackSynthesizer, DefaultStackSynthesizer, Duration, Stack, Tags
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.access.partner_limits import to_text
from infra.access.partners import PartnerPolicies
from infra.access.permissions import allow_api, allow_ingest, allow_publish, allow_recover, allow_sweep
from infra.function import Function
from infra.http_api import HttpApi
from infra.messaging.event_bus import EventBus
from infra.messaging.notifications import Notifications
from infra.messaging.sweep_schedule import sweep_schedule
from infra.messaging.upload_queue import UploadQueue
from infra.monitoring.alarm_topic import AlarmTopic
from infra.monitoring.alarms import Alarms
from infra.monitoring.dashboard import Dashboard
from infra.monitoring.log_group import log_group
from infra.monitoring.metrics import Metrics
from infra.packaging.bundle import Bundle, BundleFolders
from infra.settings import DATA_TAG, Settings
from infra.tables import Tables
from infra.upload_bucket import BUCKET_LOGICAL_ID, UploadBucket
from infra.version import VERSION

INGEST_TIMEOUT = Duration.minutes(10)
# API Gateway times out after 30 seconds. Before that, the function must respond, or log its own timeout.
API_TIMEOUT = Duration.seconds(29)
SWEEP_TIMEOUT = Duration.minutes(5)
SWEEP_MEMORY_MB = 512
# The resources that can outlive the stack. Afterwards, `make destroy` finds them by their tag.
_DATA = ["AWS::S3::Bucket", "AWS::DynamoDB::GlobalTable", "AWS::Logs::LogGroup", "AWS::SQS::Queue"]


class MeterdropStack(Stack):
    """All of Meterdrop's resources for one stage."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, folders: BundleFolders) -> None:
        """Create all resources; `folders` has the code and the layer."""
        super().__init__(
            scope,
            construct_id,
            stack_name=settings.name,
            description="Meterdrop: upload a CSV of usage, get billable meter events",
            # `make destroy` turns it off first. Nobody else removes the stack by mistake.
            termination_protection=settings.retain and not settings.local,
            # The emulator doesn't have the roles of `cdk bootstrap`, so the caller's own keys deploy there.
            synthesizer=CliCredentialsStackSynthesizer() if settings.local else DefaultStackSynthesizer(),
        )
        Tags.of(self).add(DATA_TAG, settings.name, include_resource_types=_DATA)
        tables = Tables(self, "Tables", settings)
        incoming = UploadQueue(self, "UploadQueue", handled_within=INGEST_TIMEOUT, settings=settings)
        incoming.accept_notifications(BUCKET_LOGICAL_ID)
        uploads = UploadBucket(self, "Uploads", notify=incoming.queue, settings=settings)
        bucket = uploads.bucket
        bus = EventBus(self, "EventBus", settings)
        bundle = Bundle(self, "Bundle", folders)

        environment = {
            "UPLOAD_BUCKET": bucket.bucket_name,
            "EVENTS_TABLE": tables.events.table_name,
            "UPLOADS_TABLE": tables.uploads.table_name,
            "USAGE_TABLE": tables.usage.table_name,
            "CATALOG_TABLE": tables.catalog.table_name,
            "IDEMPOTENCY_TABLE": tables.idempotency.table_name,
            "MAX_EVENT_AGE_DAYS": str(settings.max_event_age_days or ""),
            "EVENT_BUS": bus.name,
        }
        ingest = Function(
            self,
            "Ingest",
            handler="meterdrop.handlers.ingest.handler",
            bundle=bundle,
            settings=settings,
            memory_mb=settings.ingest_memory_mb,
            timeout=INGEST_TIMEOUT,
            environment={
                **environment,
                "REQUIRE_CONTROL": ",".join(settings.require_control),
                "PARTNERS": to_text(settings.partners),
                "QUEUE_URL": incoming.queue.queue_url,
                "DEAD_LETTER_QUEUE_URL": incoming.dead_letters.queue_url,
            },
        )
        allow_ingest(ingest, bucket=bucket, queues=incoming, tables=tables, emulated=settings.local)
        lambda_.EventSourceMapping(
            self,
            "IngestFromQueue",
            target=ingest.function,
            event_source_arn=incoming.queue.queue_arn,
            batch_size=1,
            max_concurrency=settings.ingest_max_concurrency,
            report_batch_item_failures=True,
        )

        recover = Function(
            self,
            "Recover",
            handler="meterdrop.handlers.recover.handler",
            bundle=bundle,
            settings=settings,
            memory_mb=settings.ingest_memory_mb,
            timeout=INGEST_TIMEOUT,
            environment={
                **environment,
                "PARTNERS": to_text(settings.partners),
                "QUEUE_URL": incoming.dead_letters.queue_url,
                "UPLOAD_QUEUE_URL": incoming.queue.queue_url,
            },
        )
        allow_recover(recover, bucket=bucket, queues=incoming, tables=tables, emulated=settings.local)
        lambda_.EventSourceMapping(
            self,
            "RecoverFromDeadLetters",
            target=recover.function,
            event_source_arn=incoming.dead_letters.queue_arn,
            batch_size=1,
            max_concurrency=2,
            report_batch_item_failures=True,
        )

        sweep = Function(
            self,
            "Sweep",
            handler="meterdrop.handlers.sweep.handler",
            bundle=bundle,
            settings=settings,
            memory_mb=SWEEP_MEMORY_MB,
            timeout=SWEEP_TIMEOUT,
            environment={**environment, "QUEUE_URL": incoming.queue.queue_url},
        )
        allow_sweep(sweep, bucket=bucket, queue=incoming.queue, tables=tables)
        sweep_schedule(self, "SweepSchedule", function=sweep.function, settings=settings)

        publishers = (ingest, recover, sweep)
        for each in publishers:
            allow_publish(each, tables=tables, bus=bus)
        bus.accept_only([each.role.role_arn for each in publishers])

        audit_log = log_group(self, "AuditTrail", settings, days=settings.audit_retention_days)
        api = Function(
            self,
            "Api",
            handler="meterdrop.handlers.api.handler",
            bundle=bundle,
            settings=settings,
            memory_mb=settings.api_memory_mb,
            timeout=API_TIMEOUT,
            reserved_concurrency=settings.api_reserved_concurrency,
            environment={
                **environment,
                "KEYS_TABLE": tables.keys.table_name,
                "PARTNERS": to_text(settings.partners),
                "ORIGIN_SECRET_HASHES": ",".join(settings.origin_secret_hashes),
                "QUEUE_URL": incoming.queue.queue_url,
                "PUBLIC_S3_ENDPOINT": settings.public_s3_endpoint,
                "BUCKET_ORIGIN": uploads.origin,
                "AUDIT_LOG_GROUP": audit_log.log_group_name,
            },
        )
        allow_api(api, bucket=bucket, queue=incoming.queue, tables=tables, audit_log=audit_log, emulated=settings.local)
        http = HttpApi(self, "HttpApi", function=api.function, settings=settings)
        uploads.allow_origins(http.origins)
        PartnerPolicies(self, "Partners", bucket=bucket, settings=settings)

        email_rules: dict[str, str] = {}
        if settings.notify_email:
            notifications = Notifications(self, "Notifications", bus=bus, settings=settings)
            email_rules = notifications.rule_names
        if not settings.local:  # the emulator has no alarms on expressions
            metrics = Metrics(
                namespace=settings.name,
                queue=incoming.queue,
                dead_letters=incoming.dead_letters,
                api=http.api,
                functions={"ingest": ingest, "api": api, "recover": recover, "sweep": sweep},
                tables=tables.by_name(),
                is_sweeping=settings.sweep,
                email_rules=email_rules,
                event_bus=bus.name,
            )
            topic = AlarmTopic(self, "AlarmTopic", settings).topic if settings.alarm_email else None
            alarms = Alarms(self, "Alarms", metrics=metrics, topic=topic).alarms
            Dashboard(self, "Dashboard", metrics=metrics, alarms=alarms)

        outputs = {
            "BucketName": bucket.bucket_name,
            "ApiUrl": http.api.api_endpoint,
            "ApiId": http.api.api_id,
            "QueueUrl": incoming.queue.queue_url,
            "DeadLetterQueueUrl": incoming.dead_letters.queue_url,
            "EventsTableName": tables.events.table_name,
            "UploadsTableName": tables.uploads.table_name,
            "UsageTableName": tables.usage.table_name,
            "CatalogTableName": tables.catalog.table_name,
            "KeysTableName": tables.keys.table_name,
            "IdempotencyTableName": tables.idempotency.table_name,
            "AuditLogGroupName": audit_log.log_group_name,
            "IngestFunctionName": ingest.function.function_name,
            "ApiFunctionName": api.function.function_name,
            "RecoverFunctionName": recover.function.function_name,
            "SweepFunctionName": sweep.function.function_name,
            "Version": VERSION,
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
