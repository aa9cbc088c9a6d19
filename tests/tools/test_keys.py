"""API keys: how they are made, listed and revoked."""

import hashlib
import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from meterdrop.adapters.access.api_keys import ApiKeyTable
from meterdrop.adapters.access.key_uses import KeyUseTable
from meterdrop.domain.access.key_text import KEY_TEXT, new_key_text, with_checksum
from meterdrop.domain.access.permissions import PRESETS, Resource
from meterdrop.domain.uploads.keys import NAME_LIMIT, error_file_key, upload_key
from tools.commands import key_commands
from tools.setup.trouble import Trouble
from tools.stack import target
from tools.stack.api_keys import MAX_PREFIX_BYTES, KeyRequest, list_keys, make_key, parse_role, revoke_key, role_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE, USES = "keys", "idempotency"
HOUR = 3_600


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    """Give a client of an account that has the two tables."""
    with mock_aws():
        client: DynamoDBClient = boto3.client("dynamodb", region_name="us-east-1")
        for table in (TABLE, USES):
            client.create_table(
                TableName=table,
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        yield client


def test_only_the_hash_of_a_key_is_stored(dynamodb: "DynamoDBClient") -> None:
    """The item has all that was wanted, is found by a part of the key's SHA-256, and holds nothing of the key."""
    request = KeyRequest(role="files:write,uploads:read", name="ACME (robot)", days="90", prefix="uploads/acme/")
    key, secret = make_key(dynamodb, TABLE, request)

    item = dynamodb.get_item(TableName=TABLE, Key={"id": {"S": key.id}})["Item"]
    assert re.fullmatch(r"key_[a-z2-7]{26}", key.id)
    assert item == {
        "id": {"S": key.id},
        "form": {"N": "1"},
        "sha256": {"S": hashlib.sha256(secret.encode()).hexdigest()},
        "type": {"S": "restricted"},
        "permissions": {"M": {"uploads": {"S": "read"}, "files": {"S": "write"}}},
        "prefix": {"S": "uploads/acme/"},
        "name": {"S": "ACME (robot)"},
        "created": {"N": str(key.created)},
        "expires": {"N": str(key.created + 90 * 24 * HOUR)},
    }
    assert secret not in str(item)
    assert abs(key.created - time.time()) < 60


@pytest.mark.parametrize("role", [*PRESETS, "customers:write", "uploads:read, files:write,periods:read"])
def test_the_api_takes_the_keys_that_are_made(dynamodb: "DynamoDBClient", role: str) -> None:
    """With the permissions that they were made for. Only an admin key begins with sk_."""
    key, secret = make_key(dynamodb, TABLE, KeyRequest(role=role))
    assert key == ApiKeyTable(dynamodb, TABLE).find(secret)
    assert (role == "admin", "sk_" if role == "admin" else "rk_") == (key.is_admin, secret[:3])


def test_all_permissions_are_not_an_admin_key(dynamodb: "DynamoDBClient") -> None:
    """It can't list API keys, and the list of keys shows the difference."""
    every = ",".join(f"{resource.value}:write" for resource in Resource)
    key, secret = make_key(dynamodb, TABLE, KeyRequest(role=every))
    assert (False, "rk_") == (key.is_admin, secret[:3])
    assert ",".join(sorted(every.split(","))) == role_of(key)


def test_the_text_of_a_key() -> None:
    """Its checksum is known to other programs: CRC32 of all before it, in base 62 with the digits 0-9, A-Z, a-z."""
    text = "rk_mdr1_" + 43 * "0"
    assert text + "1agPqC" == with_checksum(text)
    made = {new_key_text(is_admin=bool(number % 2)) for number in range(100)}
    assert 100 == len(made)
    assert all(KEY_TEXT.fullmatch(each) and with_checksum(each[:-6]) == each for each in made)


def test_what_can_be_no_key_is_not_looked_up(dynamodb: "DynamoDBClient") -> None:
    """A read costs money, and anybody may ask; a key with a right checksum that nobody made is looked up."""
    _, secret = make_key(dynamodb, TABLE, KeyRequest(role="admin"))
    reads: list[object] = []
    dynamodb.meta.events.register("before-call.dynamodb.GetItem", lambda **call: reads.append(call))
    keys = ApiKeyTable(dynamodb, TABLE)
    other = "b" if secret[20] == "a" else "a"
    bad = (
        "",
        "sk_",
        secret[:-1],
        secret + "x",
        secret + "\n",
        secret[:-1] + "ü",
        secret[:-1] + ".",
        f"rk_{secret[3:]}",
        f"{secret[:20]}{other}{secret[21:]}",
        secret.swapcase(),
        with_checksum(f"pk_{secret[3:-6]}"),
        with_checksum(f"sk_mdr2_{secret[8:-6]}"),
        with_checksum(secret[:-7]),
    )
    assert {keys.find(key) for key in bad} == {None}
    assert reads == []
    assert keys.find(new_key_text(is_admin=True)) is None
    assert len(reads) == 1


def test_keys_are_listed_and_revoked_by_id(dynamodb: "DynamoDBClient") -> None:
    """Each with its last use. A revoked key is gone, the others stay."""
    first, _ = make_key(dynamodb, TABLE, KeyRequest(role="admin"))
    second, _ = make_key(dynamodb, TABLE, KeyRequest(role="read"))
    KeyUseTable(dynamodb, USES).note(second.id, 7 * HOUR + 1)
    listed = {key.id: (key, used) for key, used in list_keys(dynamodb, TABLE, USES)}
    assert {first.id: (first, None), second.id: (second, 7 * HOUR)} == listed

    revoke_key(dynamodb, TABLE, first.id)

    assert list_keys(dynamodb, TABLE, USES) == [(second, 7 * HOUR)]


def test_an_unknown_key_cannot_be_revoked(dynamodb: "DynamoDBClient") -> None:
    """The sentence names the id and where to look."""
    with pytest.raises(Trouble, match="The API key key_0 doesn't exist"):
        revoke_key(dynamodb, TABLE, "key_0")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"role": "owner"}, "ROLE is 'owner'. It must be admin, read, upload, meter, or permissions such as"),
        ({"role": "uploads"}, "ROLE is 'uploads'"),
        ({"role": "uploads:all"}, "ROLE is 'uploads:all'"),
        ({"role": "Uploads:read"}, "ROLE is 'Uploads:read'"),
        ({"role": "uploads:read,"}, "ROLE is 'uploads:read,'"),
        ({"role": "uploads:read,uploads:write"}, "It must name each resource once"),
        ({"days": "0"}, "DAYS is '0'. It must be a whole number from 1 to 3650"),
        ({"days": "3651"}, "DAYS is '3651'"),
        ({"days": "-1"}, "DAYS is '-1'"),
        ({"days": "\u0661"}, "DAYS is"),
        ({"days": "1.5"}, "DAYS is"),
        ({"name": " x"}, "NAME is ' x'. It must be up to 100 printable characters"),
        ({"name": "a\nb"}, "NAME is"),
        ({"name": "x" * 101}, "NAME is"),
        ({"role": "admin", "prefix": "uploads/acme/"}, "PREFIX can't limit an admin key"),
        (
            {"role": "read", "prefix": "uploads/acme/"},
            "PREFIX can't limit the permissions for customers, meter_events, meters, periods, usage",
        ),
        ({"role": "upload,usage:read", "prefix": "uploads/acme/"}, "ROLE is 'upload,usage:read'"),
        *(
            ({"prefix": prefix}, f"PREFIX is {prefix!r}. It must be a folder under uploads/")
            for prefix in (
                *("uploads/", "uploads//", "uploads/acme", "acme/", "/uploads/acme/", "Uploads/acme/"),
                *("validate/acme/", "customers/acme/", "errors/acme/", "uploads/../", "uploads/acme/../", "uploads/./"),
                *("uploads/acme//", "uploads/2026-11-28/", "uploads/a\x00/", "uploads/ acme/", "uploads/a\\b/"),
                *("uploads/ma\u0308rz/", "uploads/a\u202eb/"),
            )
        ),
        ({"prefix": f"uploads/{'x' * 100}/"}, "It can have at most 100 bytes after uploads/"),
    ],
)
def test_what_no_key_can_be_made_of(dynamodb: "DynamoDBClient", wanted: dict[str, str], message: str) -> None:
    """The sentence names the value, and says what it must be. No key is made."""
    with pytest.raises(Trouble, match=re.escape(message)):
        make_key(dynamodb, TABLE, KeyRequest(**{"role": "upload", **wanted}))
    assert list_keys(dynamodb, TABLE, USES) == []


def test_the_longest_prefix_leaves_room_for_the_longest_name(dynamodb: "DynamoDBClient") -> None:
    """Of a file and of its error file: S3's keys have at most 1,024 bytes."""
    prefix = f"uploads/{'ä' * (MAX_PREFIX_BYTES // 2 - 1)}x/"
    key, _ = make_key(dynamodb, TABLE, KeyRequest(role="upload", prefix=prefix))
    name = upload_key("\U0001f600" * NAME_LIMIT, prefix=key.limited("validate/"), now=1, token="0" * 16)
    assert name.startswith(f"validate/{prefix.removeprefix('uploads/')}")
    assert len(name.encode()) <= 1_024
    assert "ä" in error_file_key(name, f"upl_{'a' * 26}", 999)


def test_the_list_of_keys(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make keys` shows what a person must know to revoke a key."""

    class Outputs:
        keys_table, idempotency_table = TABLE, USES

    class Clients:
        def dynamodb(self) -> "DynamoDBClient":
            return dynamodb

    monkeypatch.setattr(target, "find", lambda: (Clients(), Outputs()))
    key_commands.show()
    assert "There are no API keys" in capsys.readouterr().err
    for name, value in (("ROLE", "upload"), ("NAME", "ACME"), ("DAYS", "1"), ("PREFIX", "uploads/acme/")):
        monkeypatch.setenv(name, value)
    key_commands.make()
    made = capsys.readouterr()
    key = ApiKeyTable(dynamodb, TABLE).find(made.out.strip())
    assert key is not None
    assert made.err == f"This is the secret of {key.id} (upload). Store it safely: it isn't shown again.\n"
    KeyUseTable(dynamodb, USES).note(key.id, 1_800_000_000)
    key_commands.show()
    head, row = capsys.readouterr().out.splitlines()
    assert ["ID", "NAME", "ROLE", "PREFIX", "CREATED", "EXPIRES", "LAST USED"] == re.split("  +", head)
    created, expires = (time.strftime("%Y-%m-%d %H:%M", time.gmtime(each)) for each in (key.created, key.expires or 0))
    assert [key.id, "ACME", "upload", "uploads/acme/", created, expires, "2027-01-15 08h"] == re.split("  +", row)
    monkeypatch.setattr(key_commands, "time", lambda: float(key.created + 24 * HOUR))
    key_commands.show()
    assert f"{expires} (expired)" in capsys.readouterr().out


def test_roles() -> None:
    """The presets are those of the contract."""
    assert {"uploads": "read", "files": "write"} == parse_role("upload")
    assert {"meter_events": "write"} == parse_role("meter")
    assert dict.fromkeys(Resource, "read") == parse_role("read")
