"""One synthesis for all tests: starting node and loading the CDK takes seconds, synthesizing once more does not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import infra  # noqa: F401  # isort: skip - chooses the node that `aws_cdk` starts when it is imported
from aws_cdk import App
from aws_cdk.assertions import Template

from infra.packaging.bundle import BundleFolders
from infra.settings import Settings
from infra.stack import MeterdropStack

PROJECT = Path(__file__).parents[2]
LOCAL = {
    "stage": "local",
    "local": "true",
    "removalPolicy": "destroy",
    "publicS3Endpoint": "http://localhost:4566",
}

MakeStack = Callable[..., MeterdropStack]
Synthesize = Callable[..., Template]


@pytest.fixture(scope="session")
def defaults() -> dict[str, object]:
    """Give the context of `cdk.json`."""
    context: dict[str, object] = json.loads((PROJECT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return context


@pytest.fixture(scope="session")
def make_stack(defaults: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> MakeStack:
    """Give the stack by the defaults and what is said beside them; code and layer are stand-ins."""
    folders = BundleFolders(code=tmp_path_factory.mktemp("code"), layer=tmp_path_factory.mktemp("layer"))
    for folder in (folders.code, folders.layer):
        (folder / "python").mkdir()

    def made(**context: object) -> MeterdropStack:
        app = App(outdir=str(tmp_path_factory.mktemp("out")))
        settings = Settings.from_context({**defaults, **context})
        return MeterdropStack(app, "Meterdrop", settings=settings, folders=folders)

    return made


@pytest.fixture(scope="session")
def synthesize(make_stack: MakeStack) -> Synthesize:
    """Give the template of the stack by the defaults and what is said beside them."""
    return lambda **context: Template.from_stack(make_stack(**context))


@pytest.fixture(scope="session")
def template(synthesize: Synthesize) -> Template:
    """Give the stack as `cdk.json` has it."""
    return synthesize()


@pytest.fixture(scope="session")
def local_template(synthesize: Synthesize) -> Template:
    """Give the stack for the emulator."""
    return synthesize(**LOCAL)
