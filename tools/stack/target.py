"""Which deployed stack a command is about: the running local one or that of the current AWS profile."""

import json
import os
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError

from tools.emulator.synth import LOCAL_STAGE
from tools.setup.places import ROOT
from tools.setup.trouble import Trouble
from tools.stack.clients import Clients, of_the_profile
from tools.stack.outputs import Outputs, read_outputs, stack_name
from tools.stack.stack_file import read_stack_file


def is_local() -> bool:
    """Say whether STACK names the running local stack; raises Trouble where it names anything else."""
    stack = os.environ.get("STACK", "")
    if stack not in {"", "local"}:
        raise Trouble(f"STACK is {stack!r}; it takes local, or nothing for the stack of the current AWS profile.")
    return stack == "local"


def deployed_stage() -> str:
    """Read from cdk.json which stage make deploy deploys."""
    stage: str = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]["stage"]
    return stage


def find() -> tuple[Clients, Outputs]:
    """Find the stack that STACK names; raises Trouble where there is none."""
    clients, stage = (read_stack_file().clients(), LOCAL_STAGE) if is_local() else (of_the_profile(), deployed_stage())
    return clients, read_outputs(clients.cloudformation(), stage)


def explained(command: Callable[[], None]) -> None:
    """Run a command that talks to AWS; raises Trouble where AWS cannot be asked or says no."""
    try:
        command()
    except NoCredentialsError as error:
        raise Trouble("There are no AWS credentials here; set AWS_PROFILE, or log in with aws configure.") from error
    except NoRegionError as error:
        raise Trouble("There is no AWS region here; set AWS_REGION, or choose one with aws configure.") from error
    except EndpointConnectionError as error:
        if is_local():
            raise Trouble("The local stack does not answer; start it again with make run.") from error
        raise Trouble(f"AWS cannot be reached: {error}") from error
    except ClientError as error:
        if "does not exist" in str(error) and error.operation_name == "DescribeStacks":
            name = stack_name(deployed_stage())
            raise Trouble(f"There is no stack {name} in this account and region; make deploy makes it.") from error
        raise Trouble(f"AWS refused: {error}") from error
    except BotoCoreError as error:
        raise Trouble(f"AWS cannot be asked: {error}") from error
    except KeyError as error:
        raise Trouble(f"The stack has no output {error}; bring it up to date with make deploy.") from error
