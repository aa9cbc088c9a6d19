"""`.local/stack.json`, where other programs find the running local stack."""

import json
import os
from dataclasses import dataclass

from tools.setup.places import STACK_FILE
from tools.setup.trouble import Trouble
from tools.stack.clients import Clients
from tools.stack.local_stack import LocalStack


@dataclass(frozen=True, slots=True)
class StackFile:
    """The contents under these names. The AWS keys belong to the emulator's root user."""

    endpoint_url: str
    region: str
    bucket: str
    api_url: str
    page_url: str
    secret_key: str
    read_key: str
    aws_access_key_id: str
    aws_secret_access_key: str

    def clients(self) -> Clients:
        """Return clients of the emulator."""
        return Clients(self.region, self.endpoint_url, self.aws_access_key_id, self.aws_secret_access_key)


def write_stack_file(stack: LocalStack) -> None:
    """Write the file in one step, readable only for this user."""
    contents = {
        "endpoint_url": stack.endpoint_url,
        "region": stack.region,
        "bucket": stack.outputs.bucket,
        "api_url": stack.api_url,
        "page_url": stack.page_url,
        "secret_key": stack.secret_key,
        "read_key": stack.read_key,
        "aws_access_key_id": stack.emulator.access_key_id,
        "aws_secret_access_key": stack.emulator.secret_access_key,
    }
    unfinished = STACK_FILE.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(contents, file, indent=2)
        file.write("\n")
    unfinished.replace(STACK_FILE)


def read_stack_file() -> StackFile:
    """Read the file of the running stack; raise Trouble if none is running."""
    try:
        return StackFile(**json.loads(STACK_FILE.read_text()))
    except FileNotFoundError:
        raise Trouble("No local stack is running. Start one in another terminal: make run") from None


def remove_stack_file() -> None:
    """Delete the file, also an unfinished one."""
    STACK_FILE.unlink(missing_ok=True)
    STACK_FILE.with_suffix(".unfinished").unlink(missing_ok=True)
