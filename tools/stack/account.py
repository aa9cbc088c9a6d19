"""`make deploy` and `make destroy`: the stack on the account of the current AWS profile."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from botocore.exceptions import ClientError

from infra.settings import INGEST_MAX_CONCURRENCY
from tools.emulator.synth import synthesize
from tools.setup.places import ROOT, STATE
from tools.setup.trouble import Trouble
from tools.stack import target
from tools.stack.clients import Clients, profile_clients
from tools.stack.deploy import CDK_ENVIRONMENT, cdk, deploy_into
from tools.stack.outputs import read_outputs, stack_name
from tools.stack.retained import Resource, delete, empty_bucket, list_data, list_tagged
from tools.stack.stack_file import read_stack_file

_UNRESERVED = 100
"""Concurrent executions that Lambda lets nobody reserve."""
_BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"


def deploy() -> None:
    """Deploy to the account, and bootstrap it first if needed. With STACK=local, deploy to the running local stack."""
    if target.is_local():
        outputs = deploy_into(read_stack_file().clients(), STATE / "deploy.log")
        print(f"Updated the running local stack to Meterdrop {outputs.version}.")
        return
    clients = profile_clients()
    account = _account(clients)
    print(f"Deploying {stack_name(target.deployed_stage())} to account {account}, {clients.region}", flush=True)
    if not _is_bootstrapped(clients):
        print("Preparing this account and region for the CDK (cdk bootstrap)", flush=True)
        _run_cdk(clients, "bootstrap", f"aws://{account}/{clients.region}")
    assembly = synthesize(_fitting_concurrency(clients))
    _run_cdk(
        clients, "deploy", "--all", "--app", assembly, *([] if sys.stdin.isatty() else ["--require-approval=never"])
    )
    outputs = read_outputs(clients.cloudformation(), target.deployed_stage())
    print(
        f"\nMeterdrop {outputs.version}\nbucket  {outputs.bucket}\nAPI     {outputs.api_url}\n\n"
        "Next: make key ROLE=admin"
    )


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
    where = f"account {account}, {clients.region}"
    if not exists(clients, name):
        _delete_left(clients, name, where, delete_data == "yes")
        return
    data = list_data(clients.cloudformation(), name)
    kept = [one for one in data if one.kept]
    # CloudFormation deletes only empty buckets. Before it fails at one, it can have deleted tables.
    doomed = [one for one in data if one.service == "s3" and not one.kept]
    if doomed and delete_data != "yes":
        raise Trouble(
            f"The removalPolicy of {name} is destroy, so its data would be deleted. To delete the data too, set "
            "DELETE_DATA to yes. To keep it, set removalPolicy to retain and run make deploy first."
        )
    _confirm(f"Remove {name} from {where}{', and delete all of its data' if delete_data else ''}")
    for bucket in doomed:
        empty_bucket(clients, bucket.name)
    print(f"Removing {name} from {where}", flush=True)
    clients.cloudformation().update_termination_protection(StackName=name, EnableTerminationProtection=False)
    _run_cdk(clients, "destroy", "--all", "--force", "--app", synthesize({}))
    if exists(clients, name):
        raise Trouble(f"CloudFormation didn't remove {name}. Fix the cause above, then run it again.")
    if delete_data == "yes":
        delete(clients, kept)
        print("Removed the stack and its data.")
    else:
        print("Removed the stack. Its data is kept:")
        _print(kept)


def _delete_left(clients: Clients, name: str, where: str, delete_data: bool) -> None:
    """Delete what an earlier removal or a failed deployment left; raise Trouble if nothing is left or asked for."""
    left = list_tagged(clients, name) if delete_data else []
    if not left:
        raise Trouble(
            f"The stack {name} doesn't exist in {where}"
            + (", and none of its data is left. " if delete_data else ". ")
            + "Check AWS_PROFILE and AWS_REGION."
            + ("" if delete_data else " To delete data that an earlier stack left, set DELETE_DATA to yes.")
        )
    print(f"The stack {name} doesn't exist in {where}. Earlier stacks of this name left:")
    _print(left)
    _confirm("Delete all of this")
    delete(clients, left)
    print("Deleted the data.")


def _print(resources: Iterable[Resource]) -> None:
    for resource in resources:
        print(f"  {resource.service}  {resource.name}", flush=True)


def _confirm(what: str) -> None:
    """Ask the user, if there is one; raise Trouble for any answer but y."""
    if sys.stdin.isatty() and input(f"{what} (y/n)? ").strip().lower() not in {"y", "yes"}:
        raise Trouble("Nothing was removed.")


def _fitting_concurrency(clients: Clients) -> dict[str, str]:
    """Return the setting ingestMaxConcurrency if the account's quota is low and cdk.json leaves the choice; say so."""
    limit = clients.other("lambda").get_account_settings()["AccountLimit"]
    _check_reservation(limit["ConcurrentExecutions"])
    if target.setting("ingestMaxConcurrency") not in (None, ""):
        return {}
    quota = limit["UnreservedConcurrentExecutions"]
    # The other two thirds are for the API, which must respond while files are processed.
    chosen = max(2, quota // 3)
    if chosen >= INGEST_MAX_CONCURRENCY:
        return {}
    print(
        f"All functions of this account share {quota} concurrent executions, so Meterdrop will process only {chosen} "
        "files at once. To process more, request a higher quota in Service Quotas (AWS Lambda, Concurrent executions), "
        "then run make deploy again.",
        flush=True,
    )
    return {"ingestMaxConcurrency": str(chosen)}


def _check_reservation(quota: int) -> None:
    """Raise Trouble if Lambda would refuse the setting apiReservedConcurrency, minutes after the deployment began."""
    reserved = target.setting("apiReservedConcurrency")
    if reserved in (None, "") or int(str(reserved)) <= quota - _UNRESERVED:
        return
    raise Trouble(
        f"The setting apiReservedConcurrency is {reserved}, but this account has {quota} concurrent executions, and "
        f"Lambda keeps {_UNRESERVED} of them for functions without a reservation. Remove the setting, or request a "
        "higher quota in Service Quotas (AWS Lambda, Concurrent executions)."
    )


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


def exists(clients: Clients, name: str) -> bool:
    """Return whether the account has the stack."""
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
    stopped = "\nStopped. CloudFormation can still finish the change that it started."
    return target.run_command({"deploy": deploy, "destroy": destroy}[name], stopped=stopped)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
