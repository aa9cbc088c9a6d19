"""Makes, changes and deletes single customers."""

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer

from meterdrop.adapters.all_or_none import write_all
from meterdrop.adapters.customer_item import DELETED, key_of, partition, to_item
from meterdrop.adapters.customer_list import CustomerList
from meterdrop.domain.customer import Customer, StoredCustomer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

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
        writes: list[TransactWriteItemTypeDef] = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": _item(new),
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            },
            {"Delete": {"TableName": self._table, "Key": _key_of_deleted(new.customer.id)}},
        ]
        while write_all(self._client, writes):
            stored = self._customers.find(new.customer.id)
            if isinstance(stored, StoredCustomer):
                return stored
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

    def delete(self, customer: Customer) -> bool:
        """Delete a customer, but for a note that it was there; returns False where it is not there any more."""
        note: dict[str, AttributeValueTypeDef] = {
            **_key_of_deleted(customer.id),
            "id": {"S": customer.id},
            "created": {"N": str(customer.created)},
        }
        return not write_all(
            self._client,
            [
                {
                    "Delete": {
                        "TableName": self._table,
                        "Key": key_of(customer.id),
                        "ConditionExpression": "attribute_exists(pk)",
                    }
                },
                {"Put": {"TableName": self._table, "Item": note}},
            ],
        )


def _item(stored: StoredCustomer) -> "dict[str, AttributeValueTypeDef]":
    return {name: _serialize(value) for name, value in to_item(stored).items()}


def _key_of_deleted(customer_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": partition(customer_id)}, "sk": {"S": DELETED}}
