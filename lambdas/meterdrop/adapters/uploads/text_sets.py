"""Items of the uploads table with a set of texts, to which several uploads add."""

from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.items import FORM, check_form

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class TextSets:
    """Items that have one attribute with a set of texts."""

    def __init__(self, client: "DynamoDBClient", table: str, attribute: str) -> None:
        """Read from and write to `table`. `attribute` is the name of the attribute."""
        self._client = client
        self._table = table
        self._attribute = attribute

    def texts(self, id_: str) -> frozenset[str]:
        """Return the current texts of an item, none if it doesn't exist. Raises UnknownFormError."""
        item = self._client.get_item(TableName=self._table, Key={"id": {"S": id_}}, ConsistentRead=True).get("Item")
        return frozenset(check_form(item)[self._attribute]["SS"]) if item else frozenset()

    def add(self, id_: str, text: str, *, limit: int = 100_000) -> bool:
        """Add a text, unless the item already has `limit` texts. Returns whether it has the text then.

        Raises UnknownFormError.
        """
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": id_}},
                UpdateExpression="SET form = :form ADD #texts :texts",
                ConditionExpression="attribute_not_exists(id) OR (form = :form AND size(#texts) < :limit)",
                ExpressionAttributeNames={"#texts": self._attribute},
                ExpressionAttributeValues={
                    ":form": {"N": str(FORM)},
                    ":texts": {"SS": [text]},
                    ":limit": {"N": str(limit)},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return text in self.texts(id_)  # The item is full, or its form is unknown.
        return True
