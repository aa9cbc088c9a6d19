"""The bundle alone runs every function: nothing that happens to be installed here may hide a hole in it."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from infra.packaging.layer import LAMBDA, SERVICES, PackagingError, build_layer, locked_wheels, this_machine

PROJECT = Path(__file__).parents[2]
CODE = PROJECT / "lambdas"
RUNS_ON_LAMBDA = re.compile(r"-none-any\.whl$|-cp313-cp313-[^/]*manylinux(2014|_2_17)_aarch64[^/]*\.whl$")

IMPORT_EVERY_MODULE = """
import importlib, pkgutil, sys
sys.path += sys.argv[1:]
import meterdrop
for module in pkgutil.walk_packages(meterdrop.__path__, "meterdrop."):
    if hasattr(importlib.import_module(module.name), "handler"):
        print(module.name)
"""
MAKE_EVERY_CLIENT = """
import sys
sys.path += [sys.argv[1]]
import boto3
for service in sys.argv[2:]:
    print(boto3.client(service, region_name="us-east-1").meta.service_model.service_name)
"""


@pytest.fixture(scope="session")
def layer() -> Path:
    """Give the `python/` folder of the layer for this machine, without network: its wheels were fetched by set-up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_OFFLINE", "1")
        return build_layer(PROJECT, this_machine()) / "python"


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script by this interpreter, without its packages, its variables or the folder it stands in."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", script, *map(str, arguments)],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_module_imports_from_the_bundle_alone(layer: Path) -> None:
    """Each module imports, without any variable set, and those that the stack names have their `handler`."""
    ended = run(IMPORT_EVERY_MODULE, CODE, layer)
    assert ended.stderr == ""
    names = ("api", "ingest", "recover", "sweep")
    assert {f"meterdrop.handlers.{name}" for name in names} <= set(ended.stdout.split())


@pytest.mark.parametrize("package", ["pytest", "aws_cdk", "hypothesis"])
def test_a_package_that_is_only_installed_here_is_missed(layer: Path, tmp_path: Path, package: str) -> None:
    """A handler that needs what is not in the bundle fails this test, though it runs on this machine."""
    code = tmp_path / "meterdrop"
    code.mkdir()
    (code / "__init__.py").touch()
    (code / "careless.py").write_text(f"import {package}\n\ndef handler(event, context): ...\n", encoding="utf-8")
    ended = run(IMPORT_EVERY_MODULE, tmp_path, layer)
    assert ended.returncode == 1
    assert f"No module named '{package}'" in ended.stderr


def test_the_layer_is_what_provides_the_packages(layer: Path) -> None:
    """With the layer the runtime packages import, compiled ones too; without it none does."""
    script = "import sys; sys.path += sys.argv[1:]; import aws_lambda_powertools, boto3, dateutil, pydantic_core"
    assert (run(script, layer).returncode, run(script).returncode) == (0, 1)


def test_every_service_that_is_called_is_described_in_the_layer(layer: Path) -> None:
    """The layer leaves out the descriptions of other services; a client for one of these must still be made."""
    ended = run(MAKE_EVERY_CLIENT, layer, *SERVICES)
    assert ended.stderr == ""
    assert ended.stdout.split() == list(SERVICES)


def test_the_code_calls_no_other_service() -> None:
    """Every `client("…")` and `resource("…")` in the code names a service that the layer describes."""
    called = {
        call.args[0].value
        for path in CODE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("client", "resource", "create_client")
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert called - set(SERVICES) == set()


def test_the_layer_is_alike_on_every_machine(layer: Path) -> None:
    """No scripts, no path of this machine, and everybody may read it."""
    files = [path for path in layer.rglob("*") if path.is_file()]
    assert [path for path in files if path.parent.name == "bin"] == []
    assert [path for path in files if str(PROJECT).encode() in path.read_bytes()] == []
    assert {path.stat().st_mode & 0o777 for path in files} == {0o644}


def test_the_layer_is_compiled_for_its_own_interpreter_alone(layer: Path) -> None:
    """The layer for this machine has bytecode; Lambda runs another version of Python, whose bytecode is not made."""
    compiled = {path.name for path in (layer / "boto3").rglob("*.pyc")}
    assert f"session.{sys.implementation.cache_tag}.pyc" in compiled
    assert not LAMBDA.compiles


def test_the_layer_is_built_once(layer: Path) -> None:
    """A second build gives the folder that is there, for this machine as for Lambda's another."""
    before = layer.parent.stat().st_mtime_ns
    assert build_layer(PROJECT, this_machine()) == layer.parent
    assert layer.parent.stat().st_mtime_ns == before


def test_every_locked_package_has_a_wheel_for_lambda() -> None:
    """No package of the layer has to be compiled for Python 3.13 on arm64."""
    assert LAMBDA.options == ("--python-platform", "aarch64-manylinux2014", "--python-version", "3.13")
    packages = tomllib.loads(locked_wheels(PROJECT))["packages"]
    wheels = {package["name"]: [wheel["url"] for wheel in package["wheels"]] for package in packages}
    assert {"boto3", "aws-lambda-powertools", "pydantic-core", "python-dateutil"} <= wheels.keys()
    assert [name for name, urls in wheels.items() if not any(map(RUNS_ON_LAMBDA.search, urls))] == []


def test_every_file_of_the_layer_is_locked_by_its_hash() -> None:
    """No package comes by its name alone."""
    packages = tomllib.loads(locked_wheels(PROJECT))["packages"]
    hashes = [wheel["hashes"]["sha256"] for package in packages for wheel in package["wheels"]]
    assert [found for found in hashes if re.fullmatch("[0-9a-f]{64}", found) is None] == []


def test_a_file_of_another_hash_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the registry gives, or was fetched before: only what was locked gets into the layer."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("PATH", str(PROJECT / ".tools" / "bin"), prepend=":")
    lock = (PROJECT / "uv.lock").read_text(encoding="utf-8")
    before, six, after = lock.partition('[[package]]\nname = "six"')
    (tmp_path / "pyproject.toml").write_bytes((PROJECT / "pyproject.toml").read_bytes())
    (tmp_path / "uv.lock").write_text(before + six + re.sub("sha256:.{8}", "sha256:00000000", after), encoding="utf-8")
    with pytest.raises(PackagingError, match=r"Hash mismatch for `[a-z0-9-]+=="):
        build_layer(tmp_path, this_machine())


def test_missing_uv_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without uv in the checkout or on the PATH the message says how to get it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PackagingError, match=r"uv isn't installed\. Run `make"):
        build_layer(tmp_path, LAMBDA)


def test_lock_that_is_out_of_date_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dependency that was added but not locked must not be left out in silence."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("PATH", str(PROJECT / ".tools" / "bin"), prepend=":")
    changed = (PROJECT / "pyproject.toml").read_text(encoding="utf-8").replace('"boto3>=', '"attrs",\n  "boto3>=', 1)
    (tmp_path / "pyproject.toml").write_text(changed, encoding="utf-8")
    (tmp_path / "uv.lock").write_bytes((PROJECT / "uv.lock").read_bytes())
    with pytest.raises(PackagingError, match="run `uv lock`"):
        build_layer(tmp_path, this_machine())
