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
from tools.stack.clients import Clients, profile_clients
from tools.stack.deploy import CDK_ENVIRONMENT, cdk, deploy_into
from tools.stack.outputs import read_outputs, stack_name
from tools.stack.retained import delete_retained, list_retained
from tools.stack.stack_file import read_stack_file

_BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"


def deploy() -> None:
    """Deploy to the account, and bootstrap it first if needed. With STACK=local, deploy to the running local stack."""
    if target.is_local():
        deploy_into(read_stack_file().clients(), STATE / "deploy.log")
        print("Updated the running local stack.")
        return
    clients = profile_clients()
    account = _account(clients)
    print(f"Deploying {stack_name(target.deployed_stage())} to account {account}, {clients.region}", flush=True)
    if not _is_bootstrapped(clients):
        print("Preparing this account and region for the CDK (cdk bootstrap)", flush=True)
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
    """Remove the stack, and its data only if DELETE_DATA is yes; raise Trouble if that fails."""
    if target.is_local():
        raise Trouble("The local stack ends with its make run. To stop it, press Ctrl-C in that terminal.")
    delete_data = os.environ.get("DELETE_DATA", "")
    if delete_data not in {"", "yes"}:
        raise Trouble(
            f"DELETE_DATA is {delete_data!r}. To delete the data, set it to yes. To keep the data, leave it out."
        )
    clients = profile_clients()
    account = _account(clients)
    name = stack_name(target.deployed_stage())
    if not _exists(clients, name):
        raise Trouble(
            f"The stack {name} doesn't exist in this account and region. Check AWS_PROFILE and AWS_REGION. "
            "An earlier make destroy doesn't delete the data that it kept."
        )
    retained = list_retained(clients.cloudformation(), name)
    print(f"Removing {name} from account {account}, {clients.region}", flush=True)
    _run_cdk(clients, "destroy", "--all", "--app", synthesize(), *([] if sys.stdin.isatty() else ["--force"]))
    if _exists(clients, name):
        raise Trouble(
            f"CloudFormation didn't remove {name}. Its data is unchanged. Fix the cause above, then run it again."
        )
    if delete_data == "yes":
        delete_retained(clients, retained)
        print("Removed the stack and its data.")
    else:
        print("Removed the stack. Its data is kept:")
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
    environment = os.environ | CDK_ENVIRONMENT | {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    # In the foreground, because cdk can ask the user.
    done = subprocess.run([str(part) for part in cdk(*arguments)], cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        raise Trouble(f"cdk {arguments[0]} failed. Fix the cause above, then run the same make again.")


def main(name: str) -> int:
    """Run one of the commands; return the exit code."""
    try:
        signals.listen()
        target.run_command({"deploy": deploy, "destroy": destroy}[name])
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except signals.Stopped:
        print("\nStopped. CloudFormation can still finish the change that it started.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
