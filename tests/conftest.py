"""What holds for every test: nobody talks to anything but this machine; and the one stack that some stand on."""

import ipaddress
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.policies import records

# Before other folders import them.
pytest.register_assert_rewrite("tests.repair.script", "tests.repair.restoring")

if TYPE_CHECKING:
    from tools.stack.local_stack import LocalStack

# Read when a handler is imported, which may be before any fixture.
os.environ |= {"POWERTOOLS_METRICS_NAMESPACE": "meterdrop-test", "POWERTOOLS_SERVICE_NAME": "meterdrop"}

_guarding = False
_PROBLEMS = pytest.StashKey[list[str]]()
"""What is wrong with the policies of the template, by the calls of this run."""
# Programs that tests start have hooks of their own to nobody: give them a proxy that refuses, and offline modes.
_OFFLINE = {
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "localhost,127.0.0.1,::1",
    "UV_OFFLINE": "1",
    "PIP_NO_INDEX": "1",
    "npm_config_offline": "true",
}
# No test may reach, by accident, the account of the person who runs it.
_NO_ACCOUNT = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class NetworkRefusedError(RuntimeError):
    """A test tried to reach another machine."""


def _refuse_others(event: str, arguments: tuple[object, ...]) -> None:
    if not _guarding:
        return
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            raise NetworkRefusedError(f"a test tried to reach {address}")
    elif event == "socket.getaddrinfo" and not _is_loopback(_text(arguments[0])):
        raise NetworkRefusedError(f"a test tried to look up {arguments[0]!r}")


def _text(host: object) -> str:
    return host.decode() if isinstance(host, bytes) else str(host)


def _is_loopback(host: str) -> bool:
    if host in {"localhost", "None", ""} or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


sys.addaudithook(_refuse_others)


@pytest.fixture(scope="session", autouse=True)
def _only_loopback() -> Iterator[None]:
    """Refuse every connection that leaves this machine while tests run."""
    global _guarding  # noqa: PLW0603 - an audit hook can be switched off, but not removed
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in (_OFFLINE | _NO_ACCOUNT).items():
            patch.setenv(name, value)
            patch.delenv(name.lower() if name.isupper() else name.upper(), raising=False)
        _guarding = True
        yield
        _guarding = False


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[LocalStack]":
    """Deploy the stack, IAM enforced, with the sample meters, customers and two keys; nothing of it outlives the run.

    `stack.outputs` names bucket, tables, queues and functions; `stack.clients` makes clients with root credentials.
    """
    from tools.emulator.emulator import free_port  # noqa: PLC0415  most tests need none of it
    from tools.stack.local_stack import running_stack  # noqa: PLC0415

    record = records.new_record()
    with running_stack(free_port(), tmp_path_factory.mktemp("stack"), print, calls=record) as running:
        records.keep_names(record, running.logical_ids())
        yield running


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin the records of calls, for this process and its workers, which start later."""
    if not _is_worker(session.config):
        records.begin()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Evaluate the recorded calls by the policies of the template."""
    if _is_worker(session.config):
        return
    with records.ended() as folder:
        if any(folder.iterdir()):
            from tests.policies.session import problems  # noqa: PLC0415  as above

            session.config.stash[_PROBLEMS] = problems(folder, session.config, has_passed=exitstatus == 0)
            if session.config.stash[_PROBLEMS]:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what is wrong with the policies."""
    if found := config.stash.get(_PROBLEMS, []):
        terminalreporter.section("policies", red=True)
        terminalreporter.line("\n".join(found))


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
