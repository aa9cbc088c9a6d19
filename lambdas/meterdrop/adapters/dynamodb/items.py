"""Items in DynamoDB's own JSON. Each has the attribute `form`, the version of the forms, which every read checks."""

from collections.abc import Mapping
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from meterdrop.domain.changes import Change, change_object, change_of

Attributes = dict[str, dict[str, Any]]
"""An item or a key in DynamoDB's own JSON."""
FORM = 1
"""The version of the forms of all items. It increases if any of them changes.

Older code then refuses all that newer code began, and not only the kinds that it reads (decision 30).
"""
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize
_Item = TypeVar("_Item", bound=Mapping[str, Any])


class UnknownFormError(Exception):
    """An item of a form that this version of Meterdrop doesn't know."""


def check_form(item: _Item) -> _Item:
    """Return the item. Raises UnknownFormError if its form is missing or unknown."""
    found = item.get("form", {}).get("N")
    if found != str(FORM):
        names = ("pk", "sk") if "pk" in item else ("id",)
        key = " ".join(item[name]["S"] for name in names)
        raise UnknownFormError(
            f'The item "{key}" has the form {found}. This version of Meterdrop reads only form {FORM}. Deploy the '
            "version that wrote the item."
        )
    return item


def change_in(item: Mapping[str, Any]) -> Change | None:
    """Return the last change of an item in DynamoDB's JSON, or None."""
    return change_of(_deserialize(item["last_change"])) if "last_change" in item else None


def with_change(item: Attributes, change: Change | None) -> Attributes:
    """Return an item in DynamoDB's JSON with its last change, if there is one."""
    if change is None:
        return item
    value: Any = _serialize(change_object(change))
    return item | {"last_change": value}


def encode(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item with the resource API's types in DynamoDB's JSON."""
    return {name: _serialize(value) for name, value in item.items()}


def decode(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item with the resource API's types. Raises UnknownFormError."""
    return {name: _deserialize(value) for name, value in check_form(item).items()}
