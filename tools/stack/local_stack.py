"""The whole product on this machine, for `make run` and the tests: emulator, deployed stack, and sample data."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools.emulator.emulator import REGION, Emulator, running_emulator
from tools.emulator.synth import LOCAL_STAGE, is_synthesized_for_emulator
from tools.emulator.web import get
from tools.setup.places import shown
from tools.setup.trouble import Trouble
from tools.stack.api_keys import KeyRequest, make_key
from tools.stack.clients import Clients
from tools.stack.deploy import deploy_into
from tools.stack.outputs import Outputs, stack_name
from tools.stack.seed import seed

_OK = 200
_START_ATTEMPTS = 3


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
        """The URL of all AWS services."""
        return self.emulator.endpoint_url

    @property
    def api_url(self) -> str:
        """The URL of the API, without a slash at its end, in the form that every client resolves."""
        return f"{self.endpoint_url}/_aws/execute-api/{self.outputs.api_id}/$default"

    @property
    def page_url(self) -> str:
        """The URL of the page."""
        return f"{self.api_url}/"

    def logical_ids(self) -> dict[str, str]:
        """Return the logical IDs of the stack's resources by their names."""
        found = self.clients.cloudformation().describe_stack_resources(StackName=stack_name(LOCAL_STAGE))
        return {
            each["PhysicalResourceId"].rpartition("/")[2]: each["LogicalResourceId"] for each in found["StackResources"]
        }

    def save_function_logs(self) -> None:
        """Write the functions' logs to the file `function_logs`, because they are lost when the emulator stops."""
        logs = self.clients.logs()
        with self.function_logs.open("w") as file:
            for group in logs.describe_log_groups()["logGroups"]:
                file.write(f"== {group['logGroupName']}\n")
                for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                    file.writelines(f"{event['message'].rstrip()}\n" for event in page["events"])


@contextmanager
def running_stack(
    port: int, logs: Path, say: Callable[[str], None], *, calls: Path | None = None
) -> Iterator[LocalStack]:
    """Start everything, and remove it afterwards; `say` gets a line for each step. Raises Trouble.

    `calls`: a file for all calls of the functions.
    """
    logs.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with running_emulator(port, logs / "emulator.log", calls=calls) as emulator:
        say(f"started the emulated AWS on port {port} ({time.monotonic() - began:.1f} s)")
        if not is_synthesized_for_emulator():
            say("synthesizing the stack; after a change, this takes about half a minute ...")
        began = time.monotonic()
        clients = emulator.clients()
        outputs = deploy_into(clients, logs / "deploy.log", emulator.folder)
        say(f"deployed the stack, with IAM enforced ({time.monotonic() - began:.1f} s)")
        dynamodb = clients.dynamodb()
        _, secret_key = make_key(dynamodb, outputs.keys_table, KeyRequest(role="admin"))
        _, read_key = make_key(dynamodb, outputs.keys_table, KeyRequest(role="read"))
        say("created 2 API keys")
        stack = LocalStack(emulator, outputs, clients, secret_key, read_key, logs / "functions.log")
        began = time.monotonic()
        _start_api(stack)
        say(f"started the API ({time.monotonic() - began:.1f} s)")
        _seed(stack)
        say("created 3 meters and 3 customers")
        yield stack


def _start_api(stack: LocalStack) -> None:
    """Wait until the API function has started; raise Trouble if it doesn't respond with 200."""
    result = "no response"
    for _ in range(_START_ATTEMPTS):
        try:
            response = get(f"{stack.api_url}/health")
        except TimeoutError:  # on a busy machine; the next attempt starts faster
            continue
        if response.status == _OK:
            return
        result = str(response.status)
    stack.save_function_logs()
    raise Trouble(
        f"The API failed its health check: {result} instead of 200. For the cause, see {shown(stack.function_logs)}."
    )


def _seed(stack: LocalStack) -> None:
    try:
        seed(stack.api_url, stack.secret_key)
    except Trouble:
        stack.save_function_logs()
        raise
