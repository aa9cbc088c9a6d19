"""The billing periods of the catalog, and their statements. Every read is consistent."""

from typing import TYPE_CHECKING

from meterdrop.adapters.catalog.period_items import (
    PARTITIONS,
    period_item,
    period_key,
    period_of,
    statement_item,
    statement_of,
    statement_sort_key,
    statements_partition,
)
from meterdrop.adapters.dynamodb.items import decode, encode
from meterdrop.adapters.dynamodb.transactions import transact_write
from meterdrop.adapters.uploads.outbox import outbox_item
from meterdrop.domain.ids import PERIOD_ID
from meterdrop.domain.periods.closed_periods import ClosedPeriods
from meterdrop.domain.periods.period import BillingPeriod, LatePolicy
from meterdrop.domain.periods.statement import Statement
from meterdrop.domain.uploads.status_event import StatusEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


class PeriodTable:
    """The billing periods. They share two partitions, since an owner has tens of periods a year."""

    def __init__(self, client: "DynamoDBClient", table: str, uploads_table: str | None = None) -> None:
        """Read from and write to `table`. `finish` also needs the table with the outbox."""
        self._client = client
        self._table = table
        self._uploads_table = uploads_table

    def get(self, period_id: str) -> BillingPeriod | None:
        """Return the current period, or None. The ID can be any text of a request."""
        item = self._find(period_id)
        return period_of(item) if item else None

    def list_periods(self) -> list[BillingPeriod]:
        """Return all periods, in any order."""
        return [period_of(item) for policy in LatePolicy for item in self._query(PARTITIONS[policy])]

    def closed_periods(self) -> ClosedPeriods:
        """Return the periods that refuse late rows."""
        return ClosedPeriods.among(map(period_of, self._query(PARTITIONS[LatePolicy.REFUSE])))

    def create(self, period: BillingPeriod) -> BillingPeriod:
        """Store a new period. If there is one with its ID, changes nothing. Returns the period that is stored then."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=encode(period_item(period)),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self.get(period.id) or period
        return period

    def save(self, period: BillingPeriod) -> bool:
        """Store the next revision of a period. Returns False if it changed since it was read.

        `period.revision` is the revision that was read, plus one.
        """
        try:
            self._client.put_item(**self._next(period))
        except self._client.exceptions.ConditionalCheckFailedException:
            # After a lost response, the client retries the call and may find its own write.
            return self.get(period.id) == period
        return True

    def finish(self, period: BillingPeriod, statement: Statement, status_event: StatusEvent) -> bool:
        """Store the next revision, a statement and its event in one transaction. Returns the same as `save`."""
        if self._uploads_table is None:
            raise ValueError("the table with the outbox isn't known here")
        failed = transact_write(
            self._client,
            [
                {"Put": self._next(period)},
                {
                    "Put": {
                        "TableName": self._table,
                        "Item": encode(statement_item(statement)),
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                },
                {"Put": {"TableName": self._uploads_table, "Item": outbox_item(status_event)}},
            ],
        )
        # The token detects a repeated call for ten minutes only, so compare with the stored period.
        return not failed or self.get(period.id) == period

    def statements(self, period_id: str) -> list[Statement]:
        """Return all statements of a period, oldest first."""
        return [statement_of(item) for item in self._query(statements_partition(period_id))]

    def statement(self, period_id: str, number: int) -> Statement | None:
        """Return a statement, or None."""
        key: dict[str, AttributeValueTypeDef] = {
            "pk": {"S": statements_partition(period_id)},
            "sk": {"S": statement_sort_key(number)},
        }
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return statement_of(decode(item)) if item else None

    def _find(self, period_id: str) -> "dict[str, Any] | None":
        if not PERIOD_ID.fullmatch(period_id):
            return None
        for policy in LatePolicy:  # the ID does not tell the policy
            key = period_key(policy, period_id)
            item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
            if item:
                return decode(item)
        return None

    def _next(self, period: BillingPeriod) -> "Any":  # noqa: ANN401  the type stubs name calls and transactions apart
        """Return the write of the next revision, for a call or a transaction."""
        return {
            "TableName": self._table,
            "Item": encode(period_item(period)),
            "ConditionExpression": "revision = :expected",
            "ExpressionAttributeValues": {":expected": {"N": str(period.revision - 1)}},
        }

    def _query(self, partition: str) -> "Iterator[dict[str, Any]]":
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
            ConsistentRead=True,
        )
        return (decode(item) for page in pages for item in page["Items"])
