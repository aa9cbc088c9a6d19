"""No call of Stripe's clients takes a key to a host that isn't ours, by each set-up that the documents show."""

import io
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.support.integration.front import Front, refuse, serving
from tests.support.integration.node_client import PROGRAMS, RUN_API, SETUPS, run_node
from tools.setup.places import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXT = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
CLIENTS = re.findall(r"(?:^ *addresses = .*\n)?.*\bstripe\.StripeClient\(.*\)$", TEXT, re.MULTILINE)
MODULE = re.findall(r"^(?:stripe\.\w+ = )+.*\n(?:(?:stripe\.\w+ = )+.*\n)*", TEXT, re.MULTILINE)
PATHS = {"/v1/customers", "/v1/files", "/oauth/token", "/v2/billing/meter_event_stream"}
"""A path of each of Stripe's hosts: api, files, connect and meter-events."""
SETTINGS = ("api_key", "api_base", "upload_api_base", "connect_api_base", "meter_events_api_base")


def test_every_set_up_is_found() -> None:
    """In README and guide: two clients and one line, the module, and three for Node."""
    assert (3, 1, 3) == (len(CLIENTS), len(MODULE), len(SETUPS))
    assert TEXT.count("StripeClient(") == len(CLIENTS)
    assert TEXT.count("new Stripe(") == len(SETUPS)


def paths(front: Front) -> set[str]:
    """Return the paths that were asked for, each with the key."""
    assert {"Bearer sk_1"} == {received.headers["authorization"] for received in front.received}
    return {received.path.partition("?")[0] for received in front.received}


@pytest.mark.parametrize("code", CLIENTS)
def test_a_client_for_python_sends_to_no_other_host(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests refuse every other host: a call that goes there doesn't arrive."""
    with serving(refuse) as front:
        monkeypatch.setenv("API", front.url)
        monkeypatch.setenv("KEY", "sk_1")
        lines = re.sub(r"^ +", "", code, flags=re.MULTILINE).replace(", http_client=http_client", "")
        *before, expression = lines.splitlines()
        names: dict[str, Any] = {"os": os, "stripe": stripe, "API": front.url, "KEY": "sk_1"}
        exec("\n".join(before), names)
        client: stripe.StripeClient = eval(expression.removeprefix("client = "), names)
        calls = (
            client.v1.customers.list,
            lambda: client.v1.files.create({"purpose": "dispute_evidence", "file": io.BytesIO(b"a")}),
            lambda: client.oauth.token({"grant_type": "authorization_code", "code": "ac_1"}),
            lambda: client.v2.billing.meter_event_stream.create({"events": []}),
        )
        for call in calls:
            with suppress(stripe.StripeError):
                call()
        assert paths(front) == PATHS


@pytest.mark.parametrize("code", MODULE)
def test_the_module_for_python_sends_to_no_other_host(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As code has it that is older than the client."""
    for name in SETTINGS:
        monkeypatch.setattr(stripe, name, getattr(stripe, name))
    with serving(refuse) as front:
        monkeypatch.setenv("API", front.url)
        monkeypatch.setenv("KEY", "sk_1")
        exec(code, {"os": os, "stripe": stripe})
        calls = (
            stripe.Customer.list,
            lambda: stripe.File.create(purpose="dispute_evidence", file=io.BytesIO(b"a")),
            lambda: stripe.OAuth.token(grant_type="authorization_code", code="ac_1"),
        )
        for call in calls:
            with suppress(stripe.StripeError):
                call()
        assert paths(front) == PATHS - {"/v2/billing/meter_event_stream"}
        assert stripe.meter_events_api_base == front.url


@pytest.mark.parametrize("name", SETUPS)
def test_a_client_for_node_sends_to_no_other_host(tmp_path: Path, name: str) -> None:
    """What the process connects to is recorded, and refused if it isn't ours."""
    with serving(refuse) as front:
        (tmp_path / "setup.mjs").write_text(SETUPS[name] + "export { stripe };\n", encoding="utf-8")
        environment = {"API": f"http://meterdrop.example:{front.port}", "KEY": "sk_1"}
        environment["SETUP"] = str(tmp_path / "setup.mjs")
        ports = {"meterdrop.example": front.port}
        done = run_node(tmp_path, (PROGRAMS / "hosts.mjs").read_text(encoding="utf-8"), environment, ports)
        assert done.code == 0, done.output
        assert done.hosts == {RUN_API if name == "agent" else "meterdrop.example"}
        if name != "host":  # it speaks TLS, as AWS does
            assert paths(front) == PATHS
