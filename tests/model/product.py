"""What is compared with the reference: functions, usage and adapters, on the embedded AWS of `tests/support/aws`."""

import json
import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from meterdrop import settings
from meterdrop.adapters.catalog.period_items import period_of, statement_of
from meterdrop.adapters.dynamodb.read_limit import LimitedClient
from meterdrop.adapters.metering import event_items, rollups, single_events
from meterdrop.adapters.metering.usage_reader import UsageReader
from meterdrop.api.http import dependencies
from meterdrop.domain.changes import Change
from meterdrop.domain.codes import Formula
from meterdrop.domain.customers.customer import Customer, StoredCustomer, deleted
from meterdrop.domain.metering.summary import Scope
from meterdrop.domain.periods.period import BillingPeriod, to_closing
from meterdrop.domain.periods.statement import Statement
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import Upload
from meterdrop.domain.validation.single_event import MeterEventInput
from meterdrop.usage.cancel_event import CancelInput, cancel
from meterdrop.usage.summaries import Summaries, Wanted
from meterdrop.usage.time_periods import Equal
from tests.model.breaks import Break, How, Planned, Storm, breaking
from tests.model.files import METERS, REGISTERED, File, Row
from tests.support.aws.functions import Functions
from tests.support.aws.queues import Queues

Item = dict[str, Any]
_MADE = (
    "requeue",
    "event_creation",
    "single_events",
    "customers",
    "customer_changes",
    "dynamodb_client",
    "event_reader",
    "executor",
    "periods",
    "queue",
)
PERIOD = BillingPeriod(id="bp_" + "a" * 26, start=1_725_148_800, end=1_727_740_800, created=1)
"""September 2024, of all meters."""


def _input_of(row: Row) -> MeterEventInput:
    payload = {"stripe_customer_id": row.customer, "value": row.value}
    return MeterEventInput(timestamp=row.time, event_name=row.event_name, identifier=row.identifier, payload=payload)


def _nobody(_: How) -> None:
    """Do nothing."""


@contextmanager
def small_limits() -> Iterator[pytest.MonkeyPatch]:
    """Lower limits so far that a few rows have what large files have, and draw IDs from what Hypothesis seeds.

    There are full and partial blocks, rows that don't fit, and roll-ups of customers.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=random.getrandbits(128), version=4))
        patch.setattr(event_items, "BLOCK_ROWS", 2)
        patch.setattr(event_items, "MAX_TEXT", 70)  # two short rows of one meter fit, most others don't
        patch.setattr(rollups, "FEW", 1)
        patch.setattr(single_events, "_MAX_WRITES", 6)  # a request with several events needs several transactions
        yield patch


@dataclass(slots=True)
class Product:
    """One account with the whole stack, as users and operators come to it."""

    functions: Functions
    storm: Storm = lambda: None
    """What happens to calls beside what is planned."""
    queues: Queues = field(init=False)
    _tables: dict[str, str] = field(init=False)
    _api: SimpleNamespace = field(default_factory=SimpleNamespace)
    """What `api.http.dependencies` makes, by its names there."""

    def __post_init__(self) -> None:
        """Make meters and customers, and what the API works with."""
        self.queues = Queues(self.functions)
        api = self.functions.stack.functions["api"]
        self._tables = {name: api.environment[f"{name}_TABLE"] for name in ("EVENTS", "UPLOADS", "USAGE", "CATALOG")}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in api.environment.items():
                patch.setenv(name, value)
            for name in _MADE:
                setattr(self._api, name, getattr(dependencies, name)())
        for name in METERS:
            self.toggle_meter(name, is_active=True)
        for customer in REGISTERED:
            self.create_customer(customer)
        self._api.periods.create(PERIOD)
        self.queues.drain()  # what S3 sends when notifications are set up

    def process(
        self, planned: Break | None, meanwhile: Callable[[How], None] = _nobody
    ) -> AbstractContextManager[Planned]:
        """Return what a process runs in to which something happens."""
        return breaking(self.functions.account, planned, meanwhile, self.storm)

    def drop(self, key: str, file: File) -> ObjectVersion:
        """Put a file into the bucket."""
        return self.queues.put(key, file.data, allow_duplicate=file.allow_duplicate)

    def hand_over(self, function: str, message: Item) -> bool:
        """Hand over one message of a queue, by `visible`; says whether it was acknowledged."""
        return self.queues.hand_over(function, self._url(function), message)

    def visible(self, function: str) -> list[Item]:
        """Receive every message that shows in front of a function; all of them show again at once."""
        url, found = self._url(function), list[Item]()
        sqs = settings.sqs()
        while got := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["ApproximateReceiveCount"]
        ).get("Messages"):
            found += got  # type: ignore[arg-type]
        for message in found:
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        return found

    def forget(self, message: Item) -> None:
        """Lose a message of the queue."""
        settings.sqs().delete_message(QueueUrl=self._url("ingest"), ReceiptHandle=message["ReceiptHandle"])

    def send(self, body: Item) -> None:
        """Send a message to the queue."""
        settings.sqs().send_message(QueueUrl=self._url("ingest"), MessageBody=json.dumps(body))

    def set_aside(self, message: Item) -> None:
        """Move a message to the dead letters, as SQS does after many deliveries."""
        settings.sqs().send_message(QueueUrl=self._url("recover"), MessageBody=message["Body"])
        self.forget(message)

    def sweep(self) -> None:
        """Run the sweep."""
        self.functions.call("sweep", {})

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.functions.account.clock.now += seconds

    @property
    def now(self) -> int:
        """Epoch seconds."""
        return int(self.functions.account.clock.now)

    def begin(self, upload_id: str, change: Callable[[Upload], Upload]) -> None:
        """Bring an upload on its way again, as the API does."""
        self._api.requeue.begin(upload_id, change, Change("test"))

    def request_close(self) -> None:
        """Request a close of the period, as the API does."""
        period = self._api.periods.get(PERIOD.id)
        closing = to_closing(period, self.now)
        if closing is period or self._api.periods.save(closing):
            self._api.queue.send_period(PERIOD.id)

    def period(self) -> BillingPeriod:
        """Return the period."""
        [item] = [item for item in self.items("CATALOG") if item["sk"] == PERIOD.id]
        return period_of(item)

    def statements(self) -> list[Statement]:
        """Return the statements of the period."""
        items = [item for item in self.items("CATALOG") if item["pk"] == f"statements#{PERIOD.id}"]
        return [statement_of(item) for item in sorted(items, key=lambda item: str(item["sk"]))]

    def add(self, row: Row, owner: str) -> str:
        """Add an event by hand; returns its id."""
        return str(self._api.event_creation.add(_input_of(row), owner, self.now).id)

    def stream(self, rows: Sequence[Row], owner: str) -> None:
        """Add several events by one request."""
        self._api.event_creation.add_all([_input_of(row) for row in rows], owner, self.now)

    def cancel(self, event_name: str, id_: str) -> None:
        """Cancel an event."""
        partner, _, identifier = id_[1:].partition("/") if id_.startswith(" ") else (None, "", id_)
        cancel(self._api.single_events, CancelInput(event_name, identifier, partner), self.now, Change("test"))

    def create_customer(self, id_: str) -> None:
        """Register a customer."""
        self._api.customer_changes.create(StoredCustomer(customer=Customer(id=id_, created=self.now)))

    def delete_customer(self, id_: str) -> None:
        """Remove a customer."""
        assert self._api.customer_changes.save(deleted(self._api.customers.find(id_), self.now, None))

    def summary(self, event_name: str, customer: str | None, start: int, end: int) -> tuple[Any, int]:
        """Return value and number of events of a window."""
        usage = UsageReader(LimitedClient(self._api.dynamodb_client), self._tables["USAGE"], self._api.executor)
        summaries = Summaries(usage, self._api.event_reader, self._api.executor, pause=lambda _: None)
        wanted = Wanted(
            scope=Scope(f"mtr_{event_name}", customer),
            formula=Formula(METERS[event_name]),
            periods=Equal(end - start, start),
            start=start,
            end=end,
            only_used=False,
        )
        [summary] = summaries.walk(wanted, now=self.now)
        return summary.value, summary.event_count

    def items(self, table: str) -> list[Item]:
        """Return all items of a table: `EVENTS`, `UPLOADS`, `USAGE`, `CATALOG`."""
        return self.functions.items(self._tables[table])

    def rollups(self) -> list[Item]:
        """Return all roll-ups and their parts, in DynamoDB's JSON."""
        items = self.functions.scan(self._tables["USAGE"])
        return [item for item in items if item["pk"]["S"].endswith("#rollup")]

    def delete_rollup(self, rollup: Item) -> None:
        """Delete a roll-up or a part."""
        key = {name: rollup[name] for name in ("pk", "sk")}
        self.functions.call_service("dynamodb", "DeleteItem", {"TableName": self._tables["USAGE"], "Key": key})

    def put_rollup(self, rollup: Item) -> None:
        """Put a roll-up or a part, such as an older one."""
        self.functions.call_service("dynamodb", "PutItem", {"TableName": self._tables["USAGE"], "Item": rollup})

    def error_file(self, upload: Item) -> bytes:
        """Return the error file that an upload names."""
        named = upload["error_file"]
        answer = settings.s3().get_object(
            Bucket=self.functions.stack.bucket, Key=named["key"], VersionId=named["version_ids"][0]
        )
        with answer["Body"] as body:
            return body.read()

    def told(self) -> list[Item]:
        """Return the details of all that the event bus accepted."""
        return [json.loads(entry["Detail"]) for entry in self.functions.account.told]

    def _url(self, function: str) -> str:
        stack = self.functions.stack
        return stack.queue_url if function == "ingest" else stack.dead_letter_queue_url

    def toggle_meter(self, name: str, *, is_active: bool) -> None:
        """Make a meter, or deactivate it."""
        texts = {"pk": "meters", "sk": f"mtr_{name}", "id": f"mtr_{name}", "event_name": name}
        texts |= {"status": "active" if is_active else "inactive", "formula": METERS[name]}
        item: Any = {"form": {"N": "1"}, **{key: {"S": text} for key, text in texts.items()}}
        settings.dynamodb().put_item(TableName=self._tables["CATALOG"], Item=item)
