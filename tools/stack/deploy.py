"""Deploy the stack to an emulator with the CDK command line, as to a real account."""

import re
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.emulator.emulator import ACCOUNT, REGION
from tools.emulator.synth import LOCAL_STAGE, synthesize_for_emulator
from tools.setup.environment import for_emulator
from tools.setup.install import node
from tools.setup.places import NODE_MODULES, ROOT, shown
from tools.setup.process import run_logged
from tools.setup.trouble import Trouble
from tools.stack.clients import Clients
from tools.stack.outputs import Outputs, read_outputs

# The only part of `cdk bootstrap` that a deployment with the caller's own credentials needs.
_ASSETS = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
CDK_ENVIRONMENT = {"CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_DISABLE_VERSION_CHECK": "true"}


def cdk(*arguments: str | Path) -> list[str | Path]:
    """Return a command of the locked CDK command line."""
    return [node(), NODE_MODULES / "aws-cdk" / "bin" / "cdk", *arguments, "--no-notices"]


def deploy_into(clients: Clients, log: Path, folder: Path | None = None) -> Outputs:
    """Deploy the real stack with its roles; return its outputs. `folder` is for temporary files. Raises Trouble."""
    log.unlink(missing_ok=True)
    with TemporaryDirectory(prefix="meterdrop-deploy-", dir=folder) as home:
        assembly = Path(home) / "cdk.out"
        assembly.mkdir()
        synthesize_for_emulator(str(clients.endpoint_url), assembly)
        s3 = clients.s3()
        with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
            s3.create_bucket(Bucket=_ASSETS)
        code = run_logged(
            cdk("deploy", "--all", "--app", assembly, "--method=direct", "--require-approval=never"),
            log=log,
            environment=for_emulator(Path(home)) | clients.environment() | CDK_ENVIRONMENT | {"NO_COLOR": "1"},
            folder=ROOT,
        )
    if code != 0:
        failed = re.search(r"\| CREATE_FAILED +\| (\S+) +\| (\S+)", log.read_text(errors="replace"))
        resource = f" at {failed[2]} ({failed[1]})" if failed else ""
        raise Trouble(f"Deploying the stack failed{resource}. For the cause, see {shown(log)}.")
    return read_outputs(clients.cloudformation(), LOCAL_STAGE)
