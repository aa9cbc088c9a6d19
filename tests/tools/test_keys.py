"""API keys in the catalog table."""

import hashlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from meterdrop.adapters.catalog.api_keys import ApiKeyTable
from tools.setup.trouble import Trouble
from tools.stack.api_keys import Role, list_keys, make_key, revoke_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "catalog"


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Give a client of an account that has the catalog table."""
    with mock_aws():
        client: DynamoDBClient = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@pytest.mark.parametrize(("role", "form"), [(Role.ADMIN, r"sk_[\w-]{43}"), (Role.READ, r"rk_[\w-]{43}")])
def test_only_the_hash_of_a_key_is_stored(dynamodb: "DynamoDBClient", role: Role, form: str) -> None:
    """The item is found by the key's SHA-256 and holds nothing of the key."""
    key, secret = make_key(dynamodb, TABLE, role)

    digest = hashlib.sha256(secret.encode()).hexdigest()
    item = dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": "keys"}, "sk": {"S": digest}})["Item"]
    assert re.fullmatch(form, secret)
    assert item == {
        "pk": {"S": "keys"},
        "form": {"N": "1"},
        "sk": {"S": digest},
        "id": {"S": key.id},
        "role": {"S": role.value},
        "created": {"N": str(key.created)},
    }
    assert secret not in str(item)


@pytest.mark.parametrize("role", Role)
def test_the_api_takes_the_keys_that_are_made(dynamodb: "DynamoDBClient", role: Role) -> None:
    """With the role that they were made for."""
    _, secret = make_key(dynamodb, TABLE, role)
    found = ApiKeyTable(dynamodb, TABLE).find(secret)
    assert found is not None
    assert found.role.value == role.value


def test_what_can_be_no_key_is_not_looked_up(dynamodb: "DynamoDBClient") -> None:
    """A read costs money, and anybody may ask; a key of the right form that nobody made is looked up."""
    _, secret = make_key(dynamodb, TABLE, Role.ADMIN)
    reads: list[object] = []
    dynamodb.meta.events.register("before-call.dynamodb.GetItem", lambda **call: reads.append(call))
    keys = ApiKeyTable(dynamodb, TABLE)
    bad = (
        "",
        "sk_",
        secret[:-1],
        secret + "x",
        secret + "\n",
        secret[:-1] + "ü",
        secret[:-1] + ".",
        f"pk_{secret[3:]}",
    )
    assert {keys.find(key) for key in bad} == {None}
    assert reads == []
    assert keys.find("sk_" + 43 * "x") is None
    assert len(reads) == 1


def test_keys_are_listed_and_revoked_by_id(dynamodb: "DynamoDBClient") -> None:
    """A revoked key is gone, the others stay."""
    first, _ = make_key(dynamodb, TABLE, Role.ADMIN)
    second, _ = make_key(dynamodb, TABLE, Role.READ)
    assert sorted(key.id for key in list_keys(dynamodb, TABLE)) == sorted([first.id, second.id])

    assert revoke_key(dynamodb, TABLE, first.id) == first

    assert list_keys(dynamodb, TABLE) == [second]


def test_an_unknown_key_cannot_be_revoked(dynamodb: "DynamoDBClient") -> None:
    """The sentence names the id and where to look."""
    with pytest.raises(Trouble, match="The API key key_0 doesn't exist"):
        revoke_key(dynamodb, TABLE, "key_0")
