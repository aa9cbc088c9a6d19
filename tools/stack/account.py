"""`make deploy` and `make destroy`: the stack on the account of the current AWS profile."""

import os
import subprocess
import sys
from pathlib import Path

from botocore.exceptions import ClientError

from tools.emulator.synth import synthesize
from tools.setup import signals
from tools.setup.places import ROOT, STATE
from tools.setup.trouble import Trouble
from tools.stack import target
from tools.stack.clients import Clients, of_the_profile
from tools.stack.deploy import QUIET, cdk, deploy_into
from tools.stack.outputs import read_outputs, stack_name
from tools.stack.retained import delete_retained, retained_of
from tools.stack.stack_file import read_stack_file

_BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"


def deploy() -> None:
    """Deploy, after preparing the account for the CDK where nobody has; into the running local stack on STACK=local."""
    if target.is_local():
        deploy_into(read_stack_file().clients(), STATE / "deploy.log")
        print("The running local stack is up to date.")
        return
    clients = of_the_profile()
    account = _account(clients)
    print(f"Deploying {stack_name(target.deployed_stage())} to account {account}, {clients.region}", flush=True)
    if not _is_bootstrapped(clients):
        print("This account and region are new to the CDK: preparing them first (cdk bootstrap)", flush=True)
        _run_cdk(clients, "bootstrap", f"aws://{account}/{clients.region}")
    _run_cdk(
        clients,
        "deploy",
        "--all",
        "--app",
        synthesize(),
        *([] if sys.stdin.isatty() else ["--require-approval=never"]),
    )
    outputs = read_outputs(clients.cloudformation(), target.deployed_stage())
    print(f"\nbucket  {outputs.bucket}\nAPI     {outputs.api_url}\n\nNext: make key ROLE=admin")


def destroy() -> None:
    """Remove the stack; its data stay unless DELETE_DATA is yes."""
    if target.is_local():
        raise Trouble("The local stack goes with its make run: press Ctrl-C there.")
    answer = os.environ.get("DELETE_DATA", "")
    if answer not in {"", "yes"}:
        raise Trouble(f"DELETE_DATA is {answer!r}; it takes yes, or nothing to keep the data.")
    clients = of_the_profile()
    account = _account(clients)
    name = stack_name(target.deployed_stage())
    if not _exists(clients, name):
        raise Trouble(
            f"There is no stack {name} in this account and region; what an earlier make destroy kept is yours."
        )
    retained = retained_of(clients.cloudformation(), name)
    print(f"Removing {name} from account {account}, {clients.region}", flush=True)
    _run_cdk(clients, "destroy", "--all", "--app", synthesize(), *([] if sys.stdin.isatty() else ["--force"]))
    if _exists(clients, name):
        raise Trouble(f"{name} was not removed; nothing of its data was touched.")
    if answer == "yes":
        delete_retained(clients, retained)
        print("The stack and its data are removed.")
    else:
        print("The stack is removed; its data are kept:")
        for resource in retained:
            print(f"  {resource.type}  {resource.name}")


def _account(clients: Clients) -> str:
    account: str = clients.other("sts").get_caller_identity()["Account"]
    return account


def _is_bootstrapped(clients: Clients) -> bool:
    try:
        clients.other("ssm").get_parameter(Name=_BOOTSTRAP_VERSION)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        return False
    return True


def _exists(clients: Clients, name: str) -> bool:
    try:
        clients.cloudformation().describe_stacks(StackName=name)
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return False
    return True


def _run_cdk(clients: Clients, *arguments: str | Path) -> None:
    region = str(clients.region)
    environment = os.environ | QUIET | {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    # In the foreground, as it may ask.
    done = subprocess.run([str(part) for part in cdk(*arguments)], cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        raise Trouble(f"cdk {arguments[0]} failed, for the reason above; put that right and run the same make again.")


def main(name: str) -> int:
    """Run one of the commands; returns the exit code."""
    try:
        signals.listen()
        target.explained({"deploy": deploy, "destroy": destroy}[name])
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except signals.Stopped:
        print("\nStopped; what CloudFormation has begun it may still finish.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
