"""A person on the deployed stack: erased from its tables, its bucket and, but for the ID, never in its logs."""

import json
import re
import secrets
import time
from collections.abc import Iterator

import boto3
import pytest
import urllib3

from meterdrop import settings
from meterdrop.domain.codes import Status
from tests.privacy.world import left_over
from tests.support.integration.dropping import Dropping
from tools.privacy.erase import Erasure
from tools.stack.local_stack import LocalStack

_http = urllib3.PoolManager(retries=False)
_CLIENTS = (settings.dynamodb, settings.s3, settings.json_client)
_TABLES = ("events", "uploads", "usage", "catalog", "idempotency")


@pytest.fixture
def led_to_the_stack(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lead the product's clients to the stack, as the command does."""
    for name, value in stack.clients.environment().items():
        monkeypatch.setenv(name, value)
    # boto3's default session keeps the credentials that an earlier test on this worker had.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for made in _CLIENTS:
        made.cache_clear()
    yield
    for made in _CLIENTS:
        made.cache_clear()


def _request(stack: LocalStack, method: str, path: str, **fields: object) -> int:
    headers = {"Authorization": f"Bearer {stack.secret_key}", "Content-Type": "application/json"}
    if method == "POST":
        headers["Idempotency-Key"] = secrets.token_hex(8)
    body = json.dumps(fields).encode() if fields else None
    return _http.request(method, stack.api_url + path, headers=headers, body=body).status


def _everything(stack: LocalStack) -> Iterator[tuple[str, str]]:
    """Yield all that the stack has, with the name of its place on the page."""
    dynamodb, s3, bucket = stack.clients.dynamodb(), stack.clients.s3(), stack.outputs.bucket
    for name in _TABLES:
        table = getattr(stack.outputs, f"{name}_table")
        for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            for item in page["Items"]:
                yield f"table `{name}`", json.dumps(item, ensure_ascii=False, default=str)
    for versions in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for one in versions.get("Versions", []):
            body = s3.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read()
            yield f"`{one['Key'].partition('/')[0]}/`", body.decode(errors="replace")
    stack.save_function_logs()
    for log in re.split("^== ", stack.function_logs.read_text(), flags=re.MULTILINE)[1:]:
        group = log.partition("\n")[0]
        names = {stack.outputs.audit_log_group: "audit trail"}
        yield names.get(group, "access log" if "vendedlogs" in group else "logs of the functions"), log


@pytest.mark.usefixtures("led_to_the_stack")
def test_a_person_is_erased(stack: LocalStack) -> None:
    """Registered, billed, refused and shown: then the search finds the ID alone, where it may."""
    token = secrets.token_hex(6)
    id_, name, email = f"cus_{token}", f"Erika {token.upper()}", f"{token}@muster.example"
    dropping = Dropping(stack)
    assert _request(stack, "POST", "/v1/customers", id=id_, name=name, email=email) == 200
    listed = f"id,name,email\n{id_},{name},{email}\n,{name},{email}\n".encode()
    uploads = [dropping.drop(f"customers/{secrets.token_hex(4)}/{number}.csv", listed) for number in range(2)]
    usage = f"timestamp,event_name,payload_stripe_customer_id,payload_value\n2024-09-25,cpu_usage,{id_},5\n".encode()
    assert dropping.drop(f"uploads/{token[::-1]}.csv", usage).status is Status.SUCCEEDED
    for path in (f"/v1/customers/{id_}", f"/v1/customers?email={email}", f"/v1/customers/{id_}/tax_ids"):
        _request(stack, "GET", path)
    before = {place for place, text in _everything(stack) if name in text}
    assert "audit trail" in {place for place, text in _everything(stack) if id_ in text}
    assert before >= {"table `catalog`", "table `idempotency`", "`customers/`", "`errors/`"}

    erasure = Erasure(stack.outputs, id_, int(time.time()))
    lines = list(erasure.run())

    assert erasure.left == 0, lines
    found = {(place, word) for place, text in _everything(stack) for word in left_over(place, text, id_, (name, email))}
    assert found == set()
    assert _request(stack, "POST", f"/v1/uploads/{uploads[0].id}/reprocess") == 400
    listed_first = dropping.upload(dropping.version(uploads[0].key, uploads[0].version_id))
    assert listed_first is not None
    assert listed_first.error_file is None
