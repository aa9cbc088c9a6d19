"""The dependencies of the functions that process uploads: settings, clients, adapters, pipeline."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

from meterdrop import settings
from meterdrop.adapters.aws.eventbridge import EventBus
from meterdrop.adapters.aws.report_files import ReportFileStore
from meterdrop.adapters.aws.s3_objects import ObjectStore
from meterdrop.adapters.aws.s3_statements import StatementStore
from meterdrop.adapters.aws.sqs_queue import Queue
from meterdrop.adapters.batching import (
    THREADS,
    BatchedCustomers,
    BatchedDuplicates,
    BatchedEvents,
    BatchedRegistry,
    BatchedUsage,
    Threads,
)
from meterdrop.adapters.catalog.customer_bulk import CustomerRegistry, CustomerTable
from meterdrop.adapters.catalog.meter_table import MeterTable
from meterdrop.adapters.catalog.period_table import PeriodTable
from meterdrop.adapters.deadline import deadline
from meterdrop.adapters.metering.event_table import EventReader, EventStore
from meterdrop.adapters.metering.partner_events import PartnerEvents
from meterdrop.adapters.metering.usage_reader import UsageReader
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.adapters.uploads.claims import CustomersClaimTable, SharedClaimTable
from meterdrop.adapters.uploads.duplicates import Duplicates
from meterdrop.adapters.uploads.matched_rows import MatchedRowsTable
from meterdrop.adapters.uploads.outbox import OutboxTable
from meterdrop.adapters.uploads.upload_list import KnownUploads
from meterdrop.adapters.uploads.upload_table import UploadTable
from meterdrop.handlers.observability import error_fields, logger
from meterdrop.pipeline.ingest.run import Ingest
from meterdrop.pipeline.ports import Ports
from meterdrop.pipeline.statements.close import PeriodClosing
from meterdrop.usage.period_usage import PeriodUsage
from meterdrop.usage.report_file import ReportJob
from meterdrop.usage.usage_report import UsageReport


class IngestDependencies:
    """The ingest pipeline, its adapters and its queues, shared by all invocations of a process to keep connections."""

    def __init__(self, config: settings.Settings) -> None:
        """Create clients and adapters; raises ConfigurationError."""
        self._config = config
        dynamodb = settings.dynamodb()
        json_client = settings.json_client(THREADS)
        uploads, threads = UploadTable(dynamodb, config.uploads_table), Threads()
        self.queue = Queue(settings.sqs(), settings.queue_url(config))
        self.closing = PeriodClosing(
            periods=PeriodTable(dynamodb, config.catalog_table, config.uploads_table),
            uploads=KnownUploads(dynamodb, json_client, config.uploads_table),
            meters=MeterTable(dynamodb, config.catalog_table),
            usage=PeriodUsage(self._report),
            objects=StatementStore(settings.s3(), config.upload_bucket),
            outbox=OutboxTable(dynamodb, config.uploads_table),
            publisher=EventBus(settings.events, config.event_bus),
            on_release_failed=lambda error: logger.warning("lease not released", **error_fields(error)),
            on_publish_failed=lambda error: logger.warning("statement event published later", **error_fields(error)),
        )
        self.ingest = Ingest(
            Ports(
                threads=threads,
                uploads=uploads,
                outbox=OutboxTable(dynamodb, config.uploads_table),
                publisher=EventBus(settings.events, config.event_bus),
                claims=SharedClaimTable(dynamodb, config.uploads_table),
                matched=MatchedRowsTable(dynamodb, config.uploads_table),
                customers_claims=CustomersClaimTable(dynamodb, config.uploads_table),
                duplicates=BatchedDuplicates(Duplicates(dynamodb, config.uploads_table), uploads, threads),
                objects=ObjectStore(settings.s3(), config.upload_bucket),
                messages=Queue(settings.sqs(), config.upload_queue_url or settings.queue_url(config)),
                meters=MeterTable(dynamodb, config.catalog_table),
                periods=PeriodTable(dynamodb, config.catalog_table),
                customers=BatchedCustomers(CustomerTable(json_client, config.catalog_table), threads),
                registry=BatchedRegistry(CustomerRegistry(json_client, config.catalog_table), threads),
                events=lambda upload: PartnerEvents(
                    BatchedEvents(
                        EventStore(
                            json_client,
                            config.events_table,
                            upload.id,
                            upload.created,
                            writes_blocks=not upload.has_ended,
                            partner=upload.partner,
                        ),
                        threads,
                    ),
                    upload.partner,
                ),
                usage=lambda upload: BatchedUsage(
                    UsageTable(json_client, config.usage_table, upload.id, upload.created, upload.partner), threads
                ),
            ),
            config.upload_bucket,
            config.max_event_age_days,
            lambda error: logger.warning("lease not released", **error_fields(error)),
            lambda error: logger.warning("status event published later", **error_fields(error)),
            lambda: logger.warning("notification of another bucket ignored"),
            partners=config.partners,
            on_not_reprocessed=lambda upload_id, error: logger.warning(
                "duplicate not reprocessed", upload=upload_id, **error_fields(error)
            ),
            control_prefixes=config.control_prefixes,
        )

    def report_job(self) -> ReportJob:
        """Return the job that writes the files of reports."""
        return ReportJob(
            files=ReportFileStore(settings.s3(), self._config.upload_bucket),
            meters=MeterTable(settings.dynamodb(), self._config.catalog_table),
            report=self._report,
            until_check=deadline,
        )

    @contextmanager
    def _report(self) -> Iterator[UsageReport]:
        json_client = settings.json_client(THREADS)
        with ThreadPoolExecutor(THREADS) as executor:
            yield UsageReport(
                UsageReader(json_client, self._config.usage_table, executor),
                EventReader(json_client, self._config.events_table),
                executor,
            )

    def send_to_dead_letters(self, body: str) -> None:
        """Send a message to the dead-letter queue; raises ConfigurationError."""
        Queue(settings.sqs(), settings.dead_letter_queue_url(self._config)).pass_on(body)


@cache
def ingest_dependencies() -> IngestDependencies:
    """Return the process's dependencies; raises ConfigurationError."""
    return IngestDependencies(settings.from_environment())
