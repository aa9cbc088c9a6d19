"""Requests through API Gateway: access, bodies, paths, and compressed assets."""

import gzip
import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import quote

from tools.verify.http import HttpResponse
from tools.verify.outcome import Outcome, expect, expect_equal
from tools.verify.verification import Verification

_ODD_IDS = ("a#b", "a%b", "a+b", "ü", "a b", "a/b", "a%2Fb")
_ASSET = re.compile(r'(?:src|href)="(?:\./)?(assets/[^"]+\.(?:js|css))"')


def check(run: Verification) -> Iterator[Outcome]:
    """Check access, bodies, compressed assets, paths with odd characters, and queries."""
    yield from _access(run)
    yield from _page(run)
    yield from _bodies(run)
    yield from _paths(run)


def _access(run: Verification) -> Iterator[Outcome]:
    api = run.api
    yield expect_equal("GET /health needs no key", HTTPStatus.OK, api.send("GET", "/health", key="").status)
    for path in ("/v1/uploads", f"/{run.run}"):
        for key in ("", f"sk_{run.run}"):
            response = api.send("GET", path, key=key)
            error = (response.json or {}).get("error", {})
            is_refused = (response.status, error.get("type")) == (HTTPStatus.UNAUTHORIZED, "invalid_request_error")
            yield expect(f"GET {path} with {'a wrong' if key else 'no'} key is 401", is_refused, response)
    response = api.send("GET", "/v1/uploads", key="")
    named = {"www-authenticate", "x-amzn-remapped-www-authenticate"} & response.headers.keys()
    yield expect("the answer without a valid key says how to authenticate", bool(named), response)
    unknown = api.get(f"/v1/{run.run}")
    code = (unknown.json or {}).get("error", {}).get("code")
    yield expect_equal("an unknown path is 404", (404, "resource_missing"), (unknown.status, code))
    head = api.send("HEAD", "/v1/uploads")
    yield expect_equal("HEAD has the status of GET and no body", (HTTPStatus.OK, b""), (head.status, head.body))


def _page(run: Verification) -> Iterator[Outcome]:
    page = run.api.send("GET", "/", key="")
    asset = _ASSET.search(_text(page))
    yield expect("GET / is the page", page.status == HTTPStatus.OK and asset is not None, page)
    if asset is None:
        return
    script = run.api.send("GET", f"/{asset[1]}", key="")
    yield expect("an asset arrives compressed and whole", _text(script) != "", script)


def _text(response: HttpResponse) -> str:
    """Return the text of a compressed response, empty if it isn't compressed or not whole."""
    try:
        return gzip.decompress(response.body).decode() if response.headers.get("content-encoding") == "gzip" else ""
    except (EOFError, OSError, UnicodeDecodeError):
        return ""


def _bodies(run: Verification) -> Iterator[Outcome]:
    form, document = run.make_customer("form+ü&="), f"{run.run}-json"
    yield expect_equal(
        "a form arrives as it was sent",
        form,
        run.must(run.api.get(f"/v1/customers/{quote(form, safe='')}"))["id"],
    )
    body = json.dumps({"id": document, "name": "ü 😀"}).encode()
    response = run.api.send("POST", "/v1/customers", headers={"Content-Type": "application/json"}, body=body)
    run.delete_at_end(document)
    yield expect_equal("JSON arrives as it was sent", "ü 😀", run.must(response)["name"])
    listed = run.api.get("/v1/uploads", {"key": "uploads/a,b c+d%2C.csv"})
    yield expect("a query with commas and percent signs stays whole", listed.json.get("data") == [], listed)


def _paths(run: Verification) -> Iterator[Outcome]:
    for odd in _ODD_IDS:
        id_ = run.make_customer(odd)
        response = run.api.get(f"/v1/customers/{quote(id_, safe='')}")
        yield expect_equal(f"a path with {odd!r} reaches the function", id_, (response.json or {}).get("id"))
    known = run.customers[0]
    cut = run.api.get(f"/v1/customers/{quote(known + '?x', safe='')}")
    yield expect_equal("a path is cut at an encoded question mark, so no ID has one", known, (cut.json or {}).get("id"))
    folded = run.api.get(f"/v1/customers/x%2F..%2F{known}")
    yield expect("encoded dot segments lead nowhere", folded.status == HTTPStatus.NOT_FOUND, folded)
