"""The bundle alone runs every function: nothing that happens to be installed here may hide a hole in it."""

import ast
import importlib.util
import marshal
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from infra.packaging.code_folder import build_code
from infra.packaging.layer import (
    LAMBDA_PYTHONS,
    SERVICES,
    PackagingError,
    add_bytecode,
    build_layer,
    lambda_arm64,
    locked_wheels,
    this_machine,
)
from tests.support.template import function

PROJECT = Path(__file__).parents[2]
CODE = PROJECT / "lambdas"

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


@pytest.fixture(scope="session")
def lambda_layer() -> Path:
    """Give the `python/` folder of Lambda's layer, which set-up has built."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_OFFLINE", "1")
        return build_layer(PROJECT, lambda_arm64()) / "python"


@pytest.fixture(scope="session")
def code() -> Path:
    """Give the folder of the code asset."""
    return build_code(PROJECT)


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


def paths_in(code: CodeType) -> Iterator[str]:
    """Yield the file names in bytecode, of every function."""
    yield code.co_filename
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from paths_in(constant)


@pytest.mark.parametrize(
    ("folder", "runs_at"), [("layer", "/opt/python"), ("lambda_layer", "/opt/python"), ("code", "/var/task")]
)
def test_every_module_has_bytecode(request: pytest.FixtureRequest, folder: str, runs_at: str) -> None:
    """Lambda can't write any. This interpreter takes it without a look at the source, and it names Lambda's paths."""
    root: Path = request.getfixturevalue(folder)
    modules = list(root.rglob("*.py"))
    assert len(modules) > 100
    for module in modules:
        bytecode = Path(importlib.util.cache_from_source(str(module)))
        content = bytecode.read_bytes()
        # The header is the magic number, the flags (1: by a hash, which is not checked), and the hash.
        assert content[:8] == importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little"), bytecode
        assert set(paths_in(marshal.loads(content[16:]))) == {f"{runs_at}/{module.relative_to(root)}"}


def test_bytecode_is_alike_on_every_machine(tmp_path: Path, code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made in another folder, by a process with other variables, it is the same."""
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    for source in code.rglob("*.py"):
        (tmp_path / source.relative_to(code)).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / source.relative_to(code)).write_bytes(source.read_bytes())
    add_bytecode(tmp_path, "/var/task")
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.pyc")}
    assert made == {path.relative_to(code): path.read_bytes() for path in code.rglob("*.pyc")}


def test_a_module_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    """The bundle is not built in silence without its bytecode."""
    (tmp_path / "broken.py").write_text("def", encoding="utf-8")
    with pytest.raises(PackagingError, match=r"^Compiling the bundle failed\..*broken\.py.*SyntaxError"):
        add_bytecode(tmp_path, "/var/task")


def test_the_functions_run_on_the_python_that_deploys(template: Template) -> None:
    """The tests ran on it, and only its bytecode is in the bundle."""
    assert function(template, "ingest")["Runtime"] == "python{}.{}".format(*sys.version_info)


def test_the_code_of_another_python_is_another_asset(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under one name, its bytecode would not be uploaded."""
    monkeypatch.setattr("infra.packaging.code_folder.PYTHON", "3.99")
    assert build_code(PROJECT).name != code.name


def test_a_python_that_lambda_lacks_is_one_sentence() -> None:
    """The message says which versions Lambda runs, and how to use one."""
    with pytest.raises(
        PackagingError, match=r"^Lambda can't run Python 3\.10\. Use Python 3\.11 to 3\.14, such as: make "
    ):
        lambda_arm64("3.10")


def test_the_pythons_of_lambda_are_those_of_the_cdk() -> None:
    """When the CDK learns another version, its wheels have to be checked here."""
    known = [name.removeprefix("PYTHON_3_") for name in dir(lambda_.Runtime) if name.startswith("PYTHON_3_")]
    assert [f"3.{minor}" for minor in sorted(map(int, known)) if minor >= 11] == list(LAMBDA_PYTHONS)


def test_the_layer_is_built_once(layer: Path) -> None:
    """A second build gives the folder that is there, for this machine as for Lambda's another."""
    before = layer.parent.stat().st_mtime_ns
    assert build_layer(PROJECT, this_machine()) == layer.parent
    assert layer.parent.stat().st_mtime_ns == before


@pytest.mark.parametrize("python", LAMBDA_PYTHONS)
def test_every_locked_package_has_a_wheel_for_lambda(python: str) -> None:
    """No package of the layer has to be compiled on arm64, whichever Python deploys."""
    assert lambda_arm64(python).options == ("--python-platform", "aarch64-manylinux2014", "--python-version", python)
    tag = f"cp{python.replace('.', '')}"
    fits = re.compile(rf"-none-any\.whl$|-{tag}-{tag}-[^/]*manylinux(2014|_2_17)_aarch64[^/]*\.whl$")
    packages = tomllib.loads(locked_wheels(PROJECT))["packages"]
    wheels = {package["name"]: [wheel["url"] for wheel in package["wheels"]] for package in packages}
    assert {"boto3", "aws-lambda-powertools", "pydantic-core", "python-dateutil"} <= wheels.keys()
    assert [name for name, urls in wheels.items() if not any(map(fits.search, urls))] == []


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
        build_layer(tmp_path, lambda_arm64())


def test_lock_that_is_out_of_date_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dependency that was added but not locked must not be left out in silence."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("PATH", str(PROJECT / ".tools" / "bin"), prepend=":")
    changed = (PROJECT / "pyproject.toml").read_text(encoding="utf-8").replace('"boto3>=', '"attrs",\n  "boto3>=', 1)
    (tmp_path / "pyproject.toml").write_text(changed, encoding="utf-8")
    (tmp_path / "uv.lock").write_bytes((PROJECT / "uv.lock").read_bytes())
    with pytest.raises(PackagingError, match="run `uv lock`"):
        build_layer(tmp_path, this_machine())
