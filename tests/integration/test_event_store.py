"""The contracts of events and contributions on the emulator's DynamoDB."""

import pytest

from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.metering.event_table import EventStore
from meterdrop.adapters.metering.usage_table import UsageTable
from tests.support.contracts.event_store import EventStoreContract, Store
from tests.support.contracts.usage import Stores, UsageContract
from tests.support.dynamodb.usage_items import shares
from tools.stack.local_stack import LocalStack

RECEIVED = 1_727_524_800


class TestEvents(EventStoreContract):
    """The real adapter on the real key schema."""

    @pytest.fixture
    def store(self, json_client: JsonClient, stack: LocalStack) -> Store:
        """Make it."""

        def make(upload: str, *, writes_blocks: bool = False) -> EventStore:
            return EventStore(json_client, stack.outputs.events_table, upload, RECEIVED, writes_blocks=writes_blocks)

        return make


class TestUsage(UsageContract):
    """The real adapter on the real key schema."""

    @pytest.fixture
    def usage(self, json_client: JsonClient, stack: LocalStack) -> Stores:
        """Make it."""
        table = stack.outputs.usage_table
        pages = stack.clients.dynamodb().get_paginator("scan")
        return Stores(
            lambda upload: UsageTable(json_client, table, upload, RECEIVED),
            lambda upload: shares(
                (item for page in pages.paginate(TableName=table, ConsistentRead=True) for item in page["Items"]),
                upload,
            ),
        )
