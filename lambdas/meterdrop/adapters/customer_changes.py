"""Makes and changes single customers; to delete one is a change too."""

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer

from meterdrop.adapters.customer_item import to_item
from meterdrop.adapters.customer_list import CustomerList
from meterdrop.domain.customers.customer import StoredCustomer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_serialize = TypeSerializer().serialize


class CustomerChanges:
    """The customers of the catalog, to be written."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Write to `table` with `client`."""
        self._client = client
        self._table = table
        self._customers = CustomerList(client, table)

    def create(self, new: StoredCustomer) -> StoredCustomer:
        """Store a new customer and return it, or the one that is stored under its id.

        One of that id that was deleted is so no more.
        """
        while True:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=_item(new),
                    ConditionExpression="attribute_not_exists(pk) OR attribute_exists(deleted)",
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                # Deleted since then, it makes room.
                stored = self._customers.find(new.customer.id)
                if stored is not None and stored.deleted is None:
                    return stored
            else:
                return new

    def save(self, changed: StoredCustomer) -> bool:
        """Store a customer again; returns False where another write came in between, so that it must be read anew.

        `changed.revision` is by one higher than what was read.
        """
        read = changed.revision - 1
        condition: Any = {
            "ConditionExpression": "revision = :read",
            "ExpressionAttributeValues": {":read": {"N": str(read)}},
        }
        if read == 0:  # written by hand, without a revision
            condition = {"ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(revision)"}
        try:
            self._client.put_item(TableName=self._table, Item=_item(changed), **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            # The client repeats a call whose answer was lost, and then meets its own write.
            return self._customers.find(changed.customer.id) == changed
        return True


def _item(stored: StoredCustomer) -> "dict[str, AttributeValueTypeDef]":
    return {name: _serialize(value) for name, value in to_item(stored).items()}
