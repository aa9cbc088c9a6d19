"""What must never be read by who looks after the stack: API keys, and what is in a file's cells."""

import base64
import hashlib
import json
import secrets

import urllib3

from meterdrop.domain.access.key_text import new_key_text
from tests.support.integration.dropping import Dropping
from tools.stack.api_keys import KeyRequest, make_key, revoke_key
from tools.stack.local_stack import LocalStack

_http = urllib3.PoolManager(retries=False)
_HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value,payload_note\n"


def _stored(stack: LocalStack) -> str:
    """Give all items of all tables as one text."""
    outputs, text = stack.outputs, []
    for table in (
        *(outputs.events_table, outputs.uploads_table, outputs.usage_table),
        *(outputs.catalog_table, outputs.keys_table, outputs.idempotency_table),
    ):
        for page in stack.clients.dynamodb().get_paginator("scan").paginate(TableName=table):
            text += [repr(item) for item in page["Items"]]
    return "\n".join(text)


def _logged(stack: LocalStack, *, besides: str = "no group") -> str:
    """Give all that the functions and the gateway have logged, but for one log group."""
    stack.save_function_logs()
    sections = stack.function_logs.read_text().split("== ")
    return "".join(each for each in sections if not each.startswith(f"{besides}\n"))


def test_a_key_is_never_logged_or_stored_in_the_clear(stack: LocalStack) -> None:
    """However it is sent, right or wrong, with what succeeds, fails or breaks: only its SHA-256 is anywhere."""
    dynamodb, table = stack.clients.dynamodb(), stack.outputs.keys_table
    made, key = make_key(dynamodb, table, KeyRequest(role="admin"))
    wrong = new_key_text(is_admin=True)
    for sent in (key, wrong):
        bearer, basic = f"Bearer {sent}", "Basic " + base64.b64encode(f"{sent}:".encode()).decode()
        for authorization in (bearer, basic, sent):
            headers = {"Authorization": authorization, "Idempotency-Key": secrets.token_hex(8)}
            for method, path, body in (
                ("GET", "/v1/uploads", None),
                ("GET", f"/v1/uploads?key={sent}", None),
                ("GET", "/v1/uploads?limit=x", None),
                ("GET", "/nowhere", None),
                ("POST", "/v1/uploads", b'{"file_name": "a.csv"}'),
                ("POST", "/v1/uploads", b"\xff{"),
                ("POST", "/v1/customers", json.dumps({"id": secrets.token_hex(8)}).encode()),
            ):
                _http.request(method, stack.api_url + path, headers=headers, body=body, redirect=False)
    revoke_key(dynamodb, table, made.id)

    logged, stored = _logged(stack), _stored(stack)
    assert '"RequestsWithoutKey"' in logged
    digest = hashlib.sha256(stack.secret_key.encode()).hexdigest()
    assert digest in stored
    for secret in (key, wrong, stack.secret_key, stack.read_key):
        for form in (secret, base64.b64encode(f"{secret}:".encode()).decode()):
            assert form not in logged
            assert form not in stored


def test_no_cell_of_a_file_is_logged(stack: LocalStack) -> None:
    """Good rows, bad rows, a malformed file, customers: the log names uploads and figures."""
    canary = f"canary{secrets.token_hex(8)}"
    day, folder = "2024-09-25", f"uploads/{secrets.token_hex(4)}"
    rows = [
        f"{day},cpu_usage,cus_QMJJtcu70R1x46,8642.25,{canary}\n",
        f"{canary},cpu_usage,cus_QMJJtcu70R1x46,8642.25,\n",
        f"{day},{canary},cus_QMJJtcu70R1x46,8642.25,\n",
        f"{day},cpu_usage,{canary},{canary},{canary}\n",
        f"{day},{canary}\n",
    ]
    dropping = Dropping(stack)
    for name, body in {
        f"{folder}/rows.csv": _HEADER + "".join(rows),
        f"{folder}/malformed.csv": _HEADER + f'{day},cpu_usage,"{canary}\n',
        f"{folder}/unknown.csv": f"timestamp,event_name,payload_stripe_customer_id,{canary}\n" + rows[0],
        f"customers/{folder}.csv": f"id,name,email\n{canary},{canary},{canary}@example.com\n,{canary},\n",
    }.items():
        dropping.drop(name, body.encode())

    logged = _logged(stack)
    assert '"RowsRefused"' in logged
    assert canary not in logged
    assert "8642.25" not in logged
    # The audit trail names the customers that requests created, such as this one of the sample data.
    assert "cus_QMJJtcu70R1x46" not in _logged(stack, besides=stack.outputs.audit_log_group)
