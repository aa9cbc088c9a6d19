"""The deployed stack of a command: the running local stack or the stack of the current AWS profile."""

import json
import os
import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError

from tools.emulator.synth import LOCAL_STAGE
from tools.setup import signals
from tools.setup.places import ROOT
from tools.setup.trouble import Trouble
from tools.stack.clients import Clients, profile_clients
from tools.stack.outputs import Outputs, read_outputs, stack_name
from tools.stack.stack_file import read_stack_file


def is_local() -> bool:
    """Return whether STACK names the running local stack; raise Trouble for an unknown value."""
    stack = os.environ.get("STACK", "")
    if stack not in {"", "local"}:
        raise Trouble(
            f"STACK is {stack!r}. For the local stack, set it to local. For the stack of the AWS profile, leave it out."
        )
    return stack == "local"


def deployed_stage() -> str:
    """Return the stage of `make deploy`, from cdk.json."""
    return str(setting("stage"))


def setting(name: str) -> object:
    """Return a setting of `make deploy`, from cdk.json; None if it has none."""
    return json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"].get(name)


def find() -> tuple[Clients, Outputs]:
    """Return clients and outputs of the stack that STACK names; raise Trouble if no local stack is running."""
    clients, stage = (read_stack_file().clients(), LOCAL_STAGE) if is_local() else (profile_clients(), deployed_stage())
    return clients, read_outputs(clients.cloudformation(), stage)


def find_for_product() -> tuple[Clients, Outputs]:
    """Return the same, and lead the clients of the product's own code to the stack."""
    clients, outputs = find()
    if is_local():
        os.environ.update(clients.environment())
    elif clients.region:
        os.environ["AWS_DEFAULT_REGION"] = clients.region
    return clients, outputs


def is_dry_run() -> bool:
    """Return whether DRY_RUN asks to change nothing; raise Trouble for an unknown value."""
    wanted = os.environ.get("DRY_RUN", "")
    if wanted not in {"", "yes", "1"}:
        raise Trouble(f"DRY_RUN is {wanted!r}. To change nothing, set it to yes. Otherwise, leave it out.")
    return wanted != ""


def run_command(command: Callable[[], int | None], stopped: str = "") -> int:
    """Run a command that calls AWS, until a signal stops it. Return the exit code: 1 if the command returned a number.

    A stopped command prints `stopped`.
    """
    try:
        signals.listen()
        return int(bool(_call(command)))
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except signals.Stopped:
        if stopped:
            print(stopped, file=sys.stderr)
        return 130


def _call(command: Callable[[], int | None]) -> int | None:
    """Run the command; raise Trouble for AWS errors."""
    try:
        return command()
    except NoCredentialsError as error:
        raise Trouble("No AWS credentials found. Set AWS_PROFILE, or log in with aws configure.") from error
    except NoRegionError as error:
        raise Trouble("No AWS region found. Set AWS_REGION, or choose a region with aws configure.") from error
    except EndpointConnectionError as error:
        if is_local():
            raise Trouble("The local stack doesn't respond. Start it again: make run") from error
        raise Trouble(f"Couldn't connect to AWS: {error} Check the network connection, then try again.") from error
    except ClientError as error:
        if "does not exist" in str(error) and error.operation_name == "DescribeStacks":
            name = stack_name(deployed_stage())
            raise Trouble(
                f"The stack {name} doesn't exist in this account and region. "
                "Check AWS_PROFILE and AWS_REGION, or deploy it: make deploy"
            ) from error
        raise Trouble(f"AWS denied the call: {error} Fix the cause, then try again.") from error
    except BotoCoreError as error:
        raise Trouble(f"Couldn't call AWS: {error} Fix the cause, then try again.") from error
    except KeyError as error:
        raise Trouble(f"The stack has no output {error}. Update it: make deploy") from error
