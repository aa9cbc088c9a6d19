"""The CDK app: read the settings, build the bundle, and synthesize the stack."""

import json
import sys
from pathlib import Path

from aws_cdk import App

from infra.packaging.bundle import BundleFolders
from infra.packaging.code_folder import build_code
from infra.packaging.layer import PackagingError, build_layer, lambda_arm64, this_machine
from infra.settings import SettingError, Settings
from infra.stack import MeterdropStack

PROJECT = Path(__file__).parents[1]


def main() -> None:
    """Synthesize the stack. For a bad setting or a failed build, print one line and exit with status 1."""
    defaults = json.loads((PROJECT / "cdk.json").read_text(encoding="utf-8"))["context"]
    # The context of the CDK command, including `--context`, overrides these.
    app = App(context=defaults)
    try:
        settings = Settings.from_context(app.node.get_all_context())
        code = build_code(PROJECT)
        layer = build_layer(PROJECT, this_machine() if settings.local else lambda_arm64())
    except (SettingError, PackagingError) as error:
        sys.exit(f"meterdrop: {error}")
    MeterdropStack(app, "Meterdrop", settings=settings, folders=BundleFolders(code=code, layer=layer))
    app.synth()
