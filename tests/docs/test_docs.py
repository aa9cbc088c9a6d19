"""The documentation names all that a user meets, and leads nowhere that is not there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.settings import NAMES
from meterdrop.api.app import openapi_document
from meterdrop.domain.codes import FileCode, RowCode
from meterdrop.domain.customers.header import ATTRIBUTES, ID
from meterdrop.domain.files.header import ERROR_COLUMNS
from meterdrop.domain.metering.meter import DEFAULT_CUSTOMER_KEY, DEFAULT_VALUE_KEY, PAYLOAD_PREFIX
from meterdrop.domain.validation.usage_header import EVENT_NAME, IDENTIFIER, TIMESTAMP

ROOT = Path(__file__).parents[2]
GUIDES = [*ROOT.glob("README.md"), *sorted((ROOT / "docs").rglob("*.md"))]
DOCUMENTS = [*GUIDES, *sorted(set(ROOT.glob("*.md")) - set(GUIDES)), *sorted((ROOT / "tests").rglob("*.md"))]
EVENTS = sorted(path for path in (ROOT / "events").iterdir() if path.is_file())

# What only the stack on this machine, or the CDK itself, is concerned with.
INTERNAL_SETTINGS = {"local", "publicS3Endpoint", "cli-telemetry"}
COLUMNS = [
    *(TIMESTAMP, EVENT_NAME, IDENTIFIER, ID, *ATTRIBUTES, *ERROR_COLUMNS),
    *(PAYLOAD_PREFIX + key for key in (DEFAULT_CUSTOMER_KEY, DEFAULT_VALUE_KEY)),
]

_FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z][a-z+.-]*:")


def routes() -> Iterator[str]:
    """Give method and path of every route, each parameter of a path as `{id}`."""
    for path, operations in json.loads(openapi_document())["paths"].items():
        for method in operations:
            yield f"{method.upper()} {re.sub(r'{[^}]*}', '{id}', path)}"


def make_targets() -> list[str]:
    """Give the targets of the Makefile that are commands."""
    found = re.findall(r"^\.PHONY:(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return " ".join(found).split()


@pytest.fixture(scope="module")
def guides() -> str:
    """Read the README and all of docs/."""
    return "\n".join(path.read_text() for path in GUIDES)


@pytest.fixture(scope="module")
def spans(guides: str) -> set[str]:
    """Give what stands between backticks in running text and tables; blocks of code explain nothing."""
    return set(_SPAN.findall(_FENCED.sub("", guides)))


@pytest.mark.parametrize("code", [code.value for code in (*RowCode, *FileCode)])
def test_every_code_is_explained(code: str, spans: set[str]) -> None:
    """Whoever meets a code in an error file finds it."""
    assert code in spans


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_explained(column: str, spans: set[str]) -> None:
    """Whoever writes a file finds each column that it may have."""
    assert column in spans


def test_every_route_is_explained(spans: set[str]) -> None:
    """Whoever calls the API finds each route by method and path."""
    assert sorted(set(routes()) - spans) == []


@pytest.mark.parametrize("name", sorted(NAMES - INTERNAL_SETTINGS))
def test_every_setting_is_explained(name: str, spans: set[str]) -> None:
    """Whoever deploys finds each setting that cdk.json may hold."""
    assert name in spans


@pytest.mark.parametrize("target", make_targets())
def test_every_make_target_is_explained(target: str, guides: str) -> None:
    """Each command stands in backticks, or on a line of its own in a block of code."""
    assert re.search(rf"(?:`|^\s*)make {re.escape(target)}(?![\w-])", guides, re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    """A relative link leads to a file or folder, and to a heading where it names one."""
    text = _FENCED.sub("", document.read_text())
    for link in _LINK.findall(text):
        if _ELSEWHERE.match(link):
            continue
        path, _, heading = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not heading or heading in headings(target), link


def headings(document: Path) -> set[str]:
    """Give the anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", _FENCED.sub("", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("sample", EVENTS, ids=lambda path: path.name)
def test_every_sample_event_is_named_and_used(sample: Path, spans: set[str]) -> None:
    """A sample that nobody finds, or that no test reads, would go stale unseen."""
    names = [f'"{name}"' for name in (sample.name, sample.stem.removeprefix("api-"))]
    tests = (path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert f"events/{sample.name}" in spans
    assert any(name in text for text in tests for name in names)
