"""Stripe's client for Node against the deployed stack, by each set-up of the guide, and in the form of AWS."""

import re
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import trustme

from tests.support.integration.front import HOST_ON_AWS, forwarding_to, serving
from tests.support.integration.node_client import EXAMPLE, FETCH, PROGRAMS, RUN_API, SETUPS, run_node
from tests.support.integration.stripe_calls import unique
from tools.stack.local_stack import LocalStack

FLOWS = sorted(path for path in (PROGRAMS / "flows").glob("*.mjs") if path.name != "shared.mjs")
LOCAL = {"fetch": "localhost", "agent": RUN_API}
ON_AWS = ("fetch", "host")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Make a certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="module")
def port_on_aws(stack: LocalStack, authority: trustme.CA) -> Iterator[int]:
    """Run what stands for API Gateway: TLS, the host's own certificate, no path before the API's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST_ON_AWS).configure_cert(context)
    with serving(forwarding_to(stack.api_url), context) as front:
        yield front.port


def test_every_set_up_of_the_guide_is_run() -> None:
    """On this machine, on AWS, or both."""
    assert SETUPS.keys() == {*LOCAL, *ON_AWS}


def _program(flows: Sequence[Path]) -> str:
    return "".join(f"await import({str(path)!r});\n" for path in flows)


def _assert_pass(flows: Sequence[Path], code: int, output: str) -> None:
    counts = dict(re.findall(r"^\S+ (tests|pass|fail|skipped|todo) (\d+)$", output, re.MULTILINE))
    written = sum(path.read_text(encoding="utf-8").count("\ntest(") for path in flows)
    assert (code, counts) == (
        0,
        {"tests": str(written), "pass": str(written), "fail": "0", "skipped": "0", "todo": "0"},
    ), output


@pytest.mark.parametrize("name", ["agent"])
def test_all_flows_on_this_machine(stack: LocalStack, tmp_path: Path, name: str) -> None:
    """Against the API as `make run` has it. The sample below takes the other set-up."""
    (tmp_path / "setup.mjs").write_text(SETUPS[name] + "export { stripe };\n", encoding="utf-8")
    environment = {
        "API": stack.api_url,
        "KEY": stack.secret_key,
        "READ_KEY": stack.read_key,
        "SETUP": str(tmp_path / "setup.mjs"),
    }
    done = run_node(tmp_path, _program(FLOWS), environment)
    _assert_pass(FLOWS, done.code, done.output)
    assert done.hosts == {LOCAL[name]}


@pytest.mark.parametrize("name", ON_AWS)
def test_flows_on_aws(stack: LocalStack, authority: trustme.CA, port_on_aws: int, tmp_path: Path, name: str) -> None:
    """By the host of an API on AWS, with TLS and its port: all of them, or one by the set-up that has no fetch."""
    flows = FLOWS if name == "fetch" else FLOWS[:1]
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "setup.mjs").write_text(SETUPS[name] + "export { stripe };\n", encoding="utf-8")
    environment = {
        "API": f"https://{HOST_ON_AWS}",
        "KEY": stack.secret_key,
        "READ_KEY": stack.read_key,
        "SETUP": str(tmp_path / "setup.mjs"),
        "NODE_EXTRA_CA_CERTS": str(tmp_path / "ca.pem"),
    }
    done = run_node(tmp_path, _program(flows), environment, {HOST_ON_AWS: port_on_aws})
    _assert_pass(flows, done.code, done.output)
    assert done.hosts == {HOST_ON_AWS}


@pytest.mark.parametrize("name", LOCAL)
def test_stripes_usage_based_sample_records_usage(stack: LocalStack, tmp_path: Path, name: str) -> None:
    """By its own calls, with nothing but address and key changed."""
    (tmp_path / "setup.mjs").write_text(SETUPS[name] + "export { stripe };\n", encoding="utf-8")
    environment = {"API": stack.api_url, "KEY": stack.secret_key, "SETUP": str(tmp_path / "setup.mjs")}
    environment["EVENT_NAME"] = unique("api_calls")
    done = run_node(tmp_path, (PROGRAMS / "sample.mjs").read_text(encoding="utf-8"), environment)
    assert (done.code, done.output) == (0, "42\n")


def test_the_example_prints_what_is_printed_beneath_it(stack: LocalStack, tmp_path: Path) -> None:
    """As the guide has it: the set-up, and the example after it."""
    done = run_node(tmp_path, FETCH + EXAMPLE, {"API": stack.api_url, "KEY": stack.secret_key})
    assert (done.code, done.output) == (0, "Grace Graphs 42.5\n")
