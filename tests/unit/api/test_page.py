"""The page: open to everyone, sealed by its headers, kept by browsers, and nothing but what was packed."""

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.packaging.page_files import page_files
from meterdrop import settings
from meterdrop.api.http import static_files
from meterdrop.handlers.api import handler
from tests.support.api.client import Api, sample
from tests.support.fakes.lambda_context import FakeLambdaContext

PROJECT = Path(__file__).parents[3]
BUCKET = "https://meterdrop-uploads.s3.eu-central-1.amazonaws.com"


@dataclass(frozen=True)
class PageResponse:
    """What API Gateway hands to a browser."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as a browser reads it."""
        return gzip.decompress(self.body).decode()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pack the page as a deployment does."""
    folder = tmp_path_factory.mktemp("page")
    for path, content in page_files(PROJECT).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder.parent / "secret.js.gz").write_bytes(gzip.compress(b"not of the page"))
    return folder


@pytest.fixture(autouse=True)
def _packed(api: Api, made: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    assert api
    monkeypatch.setattr(settings, "page_folder", lambda: made)
    static_files.static_page.cache_clear()
    yield
    static_files.static_page.cache_clear()


def get(path: str, *, method: str = "GET", **headers: str) -> PageResponse:
    """Send a browser's request, without a key."""
    event: dict[str, Any] = sample("without-key")
    event |= {"rawPath": path, "rawQueryString": ""}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    lambda_response = handler(event, FakeLambdaContext(29_000))
    body = lambda_response["body"]
    return PageResponse(
        lambda_response["statusCode"],
        lambda_response["headers"],
        base64.b64decode(body) if lambda_response["isBase64Encoded"] else body.encode(),
    )


def assets() -> list[str]:
    """Name what the shell asks for, from the API's root."""
    return [f"/{path}" for path in re.findall(r'"(?:\./)?(assets/[^"]+)"', get("/").text)]


def test_the_shell_leads_to_assets_that_are_there() -> None:
    """All that the shell names is served, as what it is: one script, one style sheet, an icon, and licences."""
    kinds = {path.rpartition(".")[2]: get(path) for path in assets()}
    assert len(kinds) == len(assets())
    assert {
        "css": (200, "text/css; charset=utf-8"),
        "js": (200, "text/javascript; charset=utf-8"),
        "svg": (200, "image/svg+xml; charset=utf-8"),
        "txt": (200, "text/plain; charset=utf-8"),
    } == {kind: (response.status, response.headers["Content-Type"]) for kind, response in kinds.items()}


def test_the_shell_is_sealed() -> None:
    """Scripts and styles come from here alone, inline ones by their hash; data goes to the API and the bucket alone."""
    headers = get("/").headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert ["script-src", "'self'"] == ["script-src", policy["script-src"].split()[0]]
    assert all(re.fullmatch(r"'sha256-[A-Za-z0-9+/=]{44}'", each) for each in policy.pop("script-src").split()[1:])
    assert {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": f"'self' {BUCKET}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    } == policy
    assert ("nosniff", "no-referrer", "same-origin") == (
        headers["X-Content-Type-Options"],
        headers["Referrer-Policy"],
        headers["Cross-Origin-Opener-Policy"],
    )


def test_the_shell_is_asked_for_again_and_assets_never() -> None:
    """The shell costs a 304 where nothing has changed; an asset's address changes with its content."""
    shell = get("/")
    assert "no-cache" == shell.headers["Cache-Control"]
    tag = shell.headers["ETag"]
    again = get("/", if_none_match=f'"other", {tag}')
    assert (304, b"", tag) == (again.status, again.body, again.headers["ETag"])
    assert shell.headers["Content-Security-Policy"] == again.headers["Content-Security-Policy"]
    assert 200 == get("/", if_none_match='W/"other"').status
    assert {"public, max-age=31536000, immutable"} == {get(path).headers["Cache-Control"] for path in assets()}


@pytest.mark.parametrize("accepted", ["gzip, deflate, br", "br", "identity", "gzip;q=0", ""])
def test_no_client_gets_more_bytes_than_others(accepted: str) -> None:
    """These paths need no key. A header can't make a response cost more: it is as it was packed."""
    for path in ("/", assets()[-1]):
        response = get(path, accept_encoding=accepted)
        assert "gzip" == response.headers["Content-Encoding"]
        assert get(path).body == response.body
        assert len(response.text) > len(response.body)


@pytest.mark.parametrize("tried", ["GET", "HEAD"])
def test_only_what_was_packed_is_found(tried: str, made: Path) -> None:
    """Whatever a path tries, it is looked up and never becomes a file name."""
    script = next(path for path in assets() if path.endswith(".js"))
    name = script.removeprefix("/assets/")
    paths = [
        *("/assets/", "/assets", "/assets/index.html", "/assets/page.json", "/assets/app/main.js", f"{script}/"),
        *("/assets/../secret.js", f"/assets/x/../{name}", f"/assets//{name}", f"/assets/./{name}", f"{script}.gz"),
        *(
            "/assets/%2e%2e/secret.js",
            "/assets/..\\secret.js",
            f"/assets/{made}/{name}",
            f"{script}\0",
            f"/assets{script}",
        ),
        "/assets/main-00000000.js",
    ]
    assert 200 == get(script, method=tried).status
    statuses = {path: get(path, method=tried).status for path in paths}
    # What does not lie below /assets/ wants a key, as everything does.
    assert {path: 404 if path.startswith("/assets/") else 401 for path in paths} == statuses


def test_head_answers_without_a_body() -> None:
    """HEAD has the same headers and nothing below them."""
    for path in ("/", assets()[0]):
        headers = {name: value for name, value in get(path).headers.items() if name != "Request-Id"}
        response = get(path, method="HEAD")
        assert (200, b"") == (response.status, response.body)
        assert headers == {name: value for name, value in response.headers.items() if name != "Request-Id"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nobody_writes_to_the_page(method: str) -> None:
    """Without a key it can only be read."""
    assert {401} == {get(path, method=method).status for path in ("/", assets()[0])}


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/assets/main-<b>.js", 404, "No such path: /assets/main-&lt;b&gt;.js."),
        ("/v1/uploads/upl_1/file", 401, "API key"),
        ("/v2/billing/meter_event_stream", 401, "API key"),
    ],
)
def test_a_person_reads_an_error_as_a_page(path: str, status: int, words: str) -> None:
    """A browser that opens an address asks for HTML. Scripts don't, and get JSON."""
    opened = get(path, accept=BROWSER)
    assert (status, "text/html; charset=utf-8") == (opened.status, opened.headers["Content-Type"])
    assert "default-src 'none'" == opened.headers["Content-Security-Policy"]
    text = opened.body.decode()
    assert words in text
    assert "<b>" not in text
    head = get(path, method="HEAD", accept=BROWSER)
    assert (status, b"") == (head.status, head.body)
    by_script = get(path, accept="*/*")
    assert (status, "application/json") == (by_script.status, by_script.headers["Content-Type"])
    assert "error" in json.loads(by_script.body)


def test_licences_of_the_libraries_are_served_beside_them() -> None:
    """Who gets a library gets its licence."""
    licenses = next(get(path).text for path in assets() if path.endswith(".txt"))
    for name in ("preact", "uplot"):
        assert f"{name}\n\n" in licenses
    assert "Permission is hereby granted" in licenses
