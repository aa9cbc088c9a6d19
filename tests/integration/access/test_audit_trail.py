"""The audit trail of the deployed stack: the API's role can add lines to its log group, and nothing else."""

import json
import secrets
from typing import Any

import urllib3

from tools.stack.api_keys import KeyRequest, make_key, revoke_key
from tools.stack.local_stack import LocalStack

_http = urllib3.PoolManager(retries=False)


def lines_of(stack: LocalStack, key_id: str) -> list[dict[str, Any]]:
    """Return the lines of a key."""
    pages = stack.clients.logs().get_paginator("filter_log_events").paginate(logGroupName=stack.outputs.audit_log_group)
    lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
    return [line for line in lines if line["key_id"] == key_id]


def test_a_key_leaves_a_line_for_each_write(stack: LocalStack) -> None:
    """Through the gateway, with the permissions of the function: a success, a replay, a refusal, and no read."""
    dynamodb, table = stack.clients.dynamodb(), stack.outputs.keys_table
    made, key = make_key(dynamodb, table, KeyRequest(role="admin", name="auditor"))
    customer, name = f"cus_{secrets.token_hex(8)}", secrets.token_hex(8)
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": secrets.token_hex(8)}

    def send(method: str, path: str, body: str = "") -> urllib3.BaseHTTPResponse:
        sent = headers if body else {"Authorization": headers["Authorization"]}
        return _http.request(method, stack.api_url + path, headers=sent, body=body)

    responses = [
        send("POST", "/v1/customers", f"id={customer}&name={name}"),
        send("POST", "/v1/customers", f"id={customer}&name={name}"),
        send("DELETE", f"/v1/customers/{secrets.token_hex(8)}"),
        send("GET", f"/v1/customers/{customer}"),
    ]
    revoke_key(dynamodb, table, made.id)

    assert [response.status for response in responses] == [200, 200, 404, 200]
    lines = lines_of(stack, made.id)
    assert [(line["method"], line["status"], line["target"], line["idempotent_replay"]) for line in lines] == [
        ("POST", 200, customer, False),
        ("POST", 200, customer, True),
        ("DELETE", 404, None, False),
    ]
    assert [line["request_id"] for line in lines] == [each.headers["Request-Id"] for each in responses[:3]]
    assert all(line["ip"] for line in lines)
    assert {line["key_name"] for line in lines} == {"auditor"}
    assert name not in json.dumps(lines)
    assert key not in json.dumps(lines)
