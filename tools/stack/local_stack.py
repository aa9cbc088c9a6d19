"""The whole product on this machine: emulator, deployed stack, sample data. What `make run` and the tests start."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools.emulator.emulator import REGION, Emulator, running_emulator
from tools.emulator.synth import is_kept_for_emulator
from tools.emulator.web import get
from tools.setup.places import shown
from tools.setup.trouble import Trouble
from tools.stack.api_keys import Role, make_key
from tools.stack.clients import Clients
from tools.stack.deploy import deploy_into
from tools.stack.outputs import Outputs
from tools.stack.seed import seed

_OK = 200
_WAKINGS = 3


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A running stack with an admin key and a read key."""

    emulator: Emulator
    outputs: Outputs
    clients: Clients
    secret_key: str = field(repr=False)
    read_key: str = field(repr=False)
    function_logs: Path
    region: str = REGION

    @property
    def endpoint_url(self) -> str:
        """Give the address of every AWS service."""
        return self.emulator.endpoint_url

    @property
    def api_url(self) -> str:
        """Give the address of the API without a slash at its end, in the form that every client resolves."""
        return f"{self.endpoint_url}/_aws/execute-api/{self.outputs.api_id}/$default"

    @property
    def page_url(self) -> str:
        """Give the address of the page."""
        return f"{self.api_url}/"

    def save_function_logs(self) -> None:
        """Write what the functions have logged so far, which ends with the emulator, to `function_logs`."""
        logs = self.clients.logs()
        with self.function_logs.open("w") as file:
            for group in logs.describe_log_groups()["logGroups"]:
                file.write(f"== {group['logGroupName']}\n")
                for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                    file.writelines(f"{event['message'].rstrip()}\n" for event in page["events"])


@contextmanager
def running_stack(port: int, logs: Path, say: Callable[[str], None]) -> Iterator[LocalStack]:
    """Start everything, and leave nothing of it behind; `say` gets a line for each step. Raises Trouble."""
    logs.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with running_emulator(port, logs / "emulator.log") as emulator:
        say(f"emulated AWS on port {port} ({time.monotonic() - began:.1f} s)")
        if not is_kept_for_emulator():
            say("synthesizing the stack: the first time, and after a change, this takes a while ...")
        began = time.monotonic()
        clients = emulator.clients()
        outputs = deploy_into(clients, logs / "deploy.log", emulator.folder)
        say(f"stack deployed, its IAM roles enforced ({time.monotonic() - began:.1f} s)")
        dynamodb = clients.dynamodb()
        _, secret_key = make_key(dynamodb, outputs.catalog_table, Role.ADMIN)
        _, read_key = make_key(dynamodb, outputs.catalog_table, Role.READ)
        say("2 API keys made")
        stack = LocalStack(emulator, outputs, clients, secret_key, read_key, logs / "functions.log")
        began = time.monotonic()
        _wake(stack)
        say(f"API answers ({time.monotonic() - began:.1f} s)")
        _fill(stack)
        say("3 meters and 3 customers made")
        yield stack


def _wake(stack: LocalStack) -> None:
    """Let the API function start: what comes next is then shown as it happens."""
    said = "nothing"
    for _ in range(_WAKINGS):
        try:
            answer = get(f"{stack.api_url}/health")
        except TimeoutError:  # a busy machine: what has been started so far makes the next start shorter
            continue
        if answer.status == _OK:
            return
        said = str(answer.status)
    stack.save_function_logs()
    raise Trouble(f"The API does not work: it answers {said}; {shown(stack.function_logs)} says why.")


def _fill(stack: LocalStack) -> None:
    try:
        seed(stack.api_url, stack.secret_key)
    except Trouble:
        stack.save_function_logs()
        raise
