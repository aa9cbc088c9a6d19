"""The contents of the tables by owner: the upload, or the API request, that stored events and their usage."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from meterdrop.adapters.dynamodb.items import Attributes, decode
from meterdrop.adapters.metering.event_items import stored_events
from meterdrop.adapters.metering.usage_items import COUNTERS, UPLOADS, known
from meterdrop.adapters.uploads.upload_items import from_item
from meterdrop.domain.ids import UPLOAD_ID, event_id
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.uploads.upload import Upload
from tools.stack.outputs import Outputs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = tuple[str, str]
"""Partition and sort key of an item of the usage table."""


@dataclass(slots=True)
class Owner:
    """An upload or an API request, with everything that the tables have of it."""

    id: str
    upload: Upload | None = None
    count: int = 0
    """How many events it has."""
    arrivals: set[int] = field(default_factory=set)
    """The arrivals that its events name, in epoch seconds."""
    items: dict[str, None] = field(default_factory=dict)
    """The keys of the items that hold its events."""
    contributions: Contributions = field(default_factory=Contributions)
    events: dict[str, StoredEvent] = field(default_factory=dict)
    """Its cancelled events by ID. For a request, all events."""
    usage: dict[Key, Attributes] = field(default_factory=dict)
    """Its items in the usage table, apart from counters and stamps."""
    cancels: dict[str, list[Attributes]] = field(default_factory=dict)
    """Those of them that cancel an event, by the event's ID."""

    @property
    def is_upload(self) -> bool:
        """Whether it is an upload."""
        return UPLOAD_ID.fullmatch(self.id) is not None

    @property
    def partner(self) -> str | None:
        """The partner of an upload, None for the owner."""
        return None if self.upload is None else self.upload.partner

    @property
    def received(self) -> int:
        """The arrival by which its usage is stored, in epoch seconds."""
        return min(self.arrivals, default=0) if self.upload is None else self.upload.created

    def add_event(self, event: StoredEvent) -> None:
        """Add an event."""
        self.count += 1
        self.arrivals.add(event.received)
        self.items[event.item] = None
        if not self.is_upload or event.id in self.cancels:
            self.events[event.id] = event
        if self.is_upload:
            identifier = None if event.id == event_id(event.upload, event.row) else event.identifier
            self.contributions.add(event.meter, event.customer, event.timestamp, event.value, event.row, identifier)

    def __str__(self) -> str:
        """Name the owner."""
        return self.id if self.upload is None else f"{self.id} ({self.upload.status}, {self.upload.key})"


@dataclass(slots=True)
class Stored:
    """The contents of the tables."""

    owners: dict[str, Owner] = field(default_factory=dict)
    counters: dict[Key, Attributes] = field(default_factory=dict)
    stamps: set[Key] = field(default_factory=set)
    rollups: list[Attributes] = field(default_factory=list)
    """The keys of all roll-ups."""

    def owner(self, id_: str) -> Owner:
        """Return the owner with an ID."""
        return self.owners.setdefault(id_, Owner(id_))

    def add_usage(self, item: Attributes) -> None:
        """Add an item of the usage table."""
        pk, sk = key = known(item)["pk"]["S"], item["sk"]["S"]
        name = sk.rpartition("\t")[2]
        match pk.split("#")[1:]:
            case ["stamps"]:
                self.stamps.add(key)
                return
            case [*_, "rollup"]:
                self.rollups.append({"pk": item["pk"], "sk": item["sk"]})
                return
            case [*_, "entries"]:
                owner = self.owner(name)
            case [*_, "events"]:
                owner = self.owner(name.split("#")[1])
            case ["feed"]:
                owner = self.owner(name.rpartition("#")[2])
            case _ if name.startswith(COUNTERS):
                self.counters[key] = item
                return
            case _ if name.startswith(UPLOADS):
                owner = self.owner(name.rpartition("#")[2])
            case _:
                _, id_, event = name.split("#", 2)
                owner = self.owner(id_)
                owner.cancels.setdefault(event, []).append(item)
        owner.usage[key] = item


def read_tables(dynamodb: "DynamoDBClient", outputs: Outputs) -> Stored:
    """Read a stack's tables. Raises UnknownFormError.

    Reads an upload before its usage, and usage before events. So a later write finds another revision of the upload, or
    of the counter, if anything that was read after it has changed.
    """
    stored = Stored()
    for item in _scan(dynamodb, outputs.uploads_table):
        if UPLOAD_ID.fullmatch(item["id"]["S"]):
            upload = from_item(decode(item))
            stored.owner(upload.id).upload = upload
    for item in _scan(dynamodb, outputs.usage_table):
        stored.add_usage(item)
    for item in _scan(dynamodb, outputs.events_table):
        for event in stored_events(item):
            stored.owner(event.upload).add_event(event)
    return stored


def _scan(dynamodb: "DynamoDBClient", table: str) -> Iterator[dict[str, Any]]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]
