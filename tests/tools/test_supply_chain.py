"""What deploys is listed with its licenses, and compared with advisories, of the page too."""

import gzip
import json
import threading
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest

from infra.packaging.layer import build_layer, lambda_arm64
from tools.setup.places import NODE_MODULES, ROOT
from tools.supply_chain import advisories
from tools.supply_chain.sbom import DECLARED, bill_of_materials, stated_license

PERMISSIVE = {"MIT", "Apache-2.0", "PSF-2.0", "Apache-2.0 OR BSD-3-Clause"}
ACCEPTED = {
    # The MPL asks for the source of changed files of the package only. The layer has the wheel as it was published.
    "orjson": "MPL-2.0 AND (Apache-2.0 OR MIT)"
}
PAGE = {
    "@github/combobox-nav",
    "@preact/signals",
    "@preact/signals-core",
    "@tanstack/query-core",
    "fflate",
    "papaparse",
    "preact",
    "saxen",
    "uplot",
}


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    """Give the bill of materials."""
    return bill_of_materials()


def components(bill: Mapping[str, Any], type_: str) -> dict[str, dict[str, Any]]:
    """Give the components of a kind of package URL, by their names there."""
    begin = f"pkg:{type_}/"
    found = {each["purl"].removeprefix(begin): each for each in bill["components"] if each["purl"].startswith(begin)}
    return {name.rpartition("@")[0].replace("%40", "@"): component for name, component in found.items()}


def test_the_bill_is_valid(bill: dict[str, Any]) -> None:
    """By CycloneDX's own description, and each dependency is a component."""
    schemas = files("cyclonedx.schema") / "_res"
    own = json.loads((schemas / "bom-1.5.SNAPSHOT.schema.json").read_text(encoding="utf-8"))
    others = [
        (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", json.loads(text))
        for name in ("spdx", "jsf-0.82")
        for text in [(schemas / f"{name}.SNAPSHOT.schema.json").read_text(encoding="utf-8")]
    ]
    validator = jsonschema_rs.validator_for(own, registry=jsonschema_rs.Registry(others))
    assert [str(error) for error in validator.iter_errors(bill)] == []
    assert not validator.is_valid({**bill, "components": [{"name": "nameless type"}]})
    refs = {each["bom-ref"] for each in (*bill["components"], bill["metadata"]["component"])}
    assert refs == {each["ref"] for each in bill["dependencies"]}
    assert refs >= {ref for each in bill["dependencies"] for ref in each.get("dependsOn", ())}


def test_the_bill_has_what_is_in_the_layer(bill: dict[str, Any]) -> None:
    """Each package of Lambda's layer in its version, and no other."""
    layer = build_layer(ROOT, lambda_arm64()) / "python"
    there = {
        name.lower().replace("_", "-"): version
        for name, version in (path.stem.rsplit("-", 1) for path in layer.glob("*.dist-info"))
    }
    assert there == {name: component["version"] for name, component in components(bill, "pypi").items()}


def test_the_bill_has_what_is_in_the_page(bill: dict[str, Any]) -> None:
    """The libraries in the bundle, in their locked versions; not the programs that make or deploy it."""
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    found = components(bill, "npm")
    assert found.keys() == PAGE
    for name, component in found.items():
        assert component["version"] == lock[f"node_modules/{name}"]["version"]
        installed = json.loads((NODE_MODULES / name / "package.json").read_text(encoding="utf-8"))
        assert component["version"] == installed["version"]


def test_every_license_is_accepted(bill: dict[str, Any]) -> None:
    """Permissive ones, and others for a reason: a package that changes its license is seen here."""
    licenses = {
        name: " AND ".join(each.get("expression") or each["license"]["id"] for each in component["licenses"])
        for type_ in ("pypi", "npm")
        for name, component in components(bill, type_).items()
    }
    assert {name: license_ for name, license_ in licenses.items() if license_ not in PERMISSIVE} == ACCEPTED
    assert set(licenses.values()) == PERMISSIVE | set(ACCEPTED.values())


@pytest.mark.parametrize("name", DECLARED)
def test_no_license_is_declared_in_vain(name: str) -> None:
    """Where a package says its license in SPDX's words, ours are not needed."""
    assert stated_license(name) is None


class Registry(BaseHTTPRequestHandler):
    """An npm registry: its database of advisories, and nothing about other versions."""

    advisories: Mapping[str, list[dict[str, Any]]] | None = None
    """By package; None where the registry has no database."""
    asked: set[str]

    def do_POST(self) -> None:
        """Answer a question for all packages at once."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.update(json.loads(_unpacked(body)))
        self._send(405 if self.advisories is None else 200, self.advisories or {})

    def do_GET(self) -> None:
        """Know no package."""
        self._send(404, {})

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, status: int, document: object) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _unpacked(body: bytes) -> bytes:
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


@contextmanager
def registry(
    monkeypatch: pytest.MonkeyPatch, known: Mapping[str, list[dict[str, Any]]] | None
) -> Iterator[type[Registry]]:
    """Run a registry for npm."""
    handler = type("Handler", (Registry,), {"advisories": known, "asked": set()})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_port}")
    try:
        yield handler
    finally:
        server.shutdown()
        server.server_close()


ADVISORY = {
    "id": 1,
    "url": "https://example.com/advisory",
    "title": "Text becomes HTML",
    "severity": "high",
    "vulnerable_versions": ">=1.0.0",
    "cwe": [],
    "cvss": {"score": 0, "vectorString": None},
}


def test_an_advisory_for_the_page_is_found(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """All npm packages are compared, whatever a user's settings; one with an advisory is named.

    With these settings, npm compares nothing, and says that it found nothing.
    """
    for name, value in {"audit": "false", "offline": "true", "omit": "dev"}.items():
        monkeypatch.setenv(f"npm_config_{name}", value)
    with registry(monkeypatch, {"preact": [ADVISORY]}) as found:
        assert advisories.compare_npm_packages() == advisories.FOUND
    assert found.asked >= PAGE | {"aws-cdk", "esbuild", "typescript"}
    assert "preact >=1.0.0: high: Text becomes HTML (https://example.com/advisory)" in capfd.readouterr().out


def test_no_advisories(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """That is said with the number of packages."""
    with registry(monkeypatch, {}):
        assert advisories.compare_npm_packages() == 0
    assert "No known advisories apply to the " in capfd.readouterr().out


def test_a_registry_without_advisories_is_said(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A mirror may have packages only. Nothing was compared, and this is no success."""
    with registry(monkeypatch, None):
        assert advisories.compare_npm_packages() == advisories.NOT_COMPARED
    assert "NOT compared" in capfd.readouterr().err


def test_no_registry_is_said(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """As without a network."""
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    assert advisories.compare_npm_packages() == advisories.NOT_COMPARED
    assert "NOT compared" in capfd.readouterr().err


@pytest.mark.parametrize(("npm", "pip", "code"), [(0, 0, 0), (2, 0, 2), (0, 1, 1), (1, 1, 1), (2, 1, 2)])
def test_the_exit_code_is_the_worse_one(monkeypatch: pytest.MonkeyPatch, npm: int, pip: int, code: int) -> None:
    """Both databases are asked, whatever the first one says."""
    monkeypatch.setattr(advisories, "compare_npm_packages", lambda: npm)
    monkeypatch.setattr(advisories, "compare_python_packages", lambda: pip)
    assert advisories.main() == code


def test_make_compares_all_groups() -> None:
    """Every group of pyproject.toml is in one that is compared; the auditor's own aside."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    groups: dict[str, list[Any]] = tomllib.loads(text)["dependency-groups"]

    def included(name: str) -> set[str]:
        inner = [each["include-group"] for each in groups[name] if isinstance(each, dict)]
        return {name}.union(*map(included, inner))

    assert set().union(*map(included, advisories.GROUPS)) == groups.keys() - {"audit"}
    assert "tools.supply_chain.advisories" in (ROOT / "Makefile").read_text(encoding="utf-8")
