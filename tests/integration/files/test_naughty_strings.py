"""Naughty strings on the deployed stack: as cells and as object keys, through S3, queue, API and signed URLs."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from meterdrop.domain.codes import Status
from meterdrop.domain.files.cells import content, refuse_text
from meterdrop.domain.uploads.keys import error_file_key
from meterdrop.domain.uploads.upload import Counts
from meterdrop.domain.validation.field_parsers import refuse_identifier
from tests.naughty.strings import NAUGHTY
from tests.support.integration.dropping import Dropping
from tests.support.integration.lists import read_list
from tests.support.strategies import written
from tools.emulator.web import HttpResponse, get, post
from tools.stack.local_stack import LocalStack

GOODS = sorted({content(text) for text in NAUGHTY if content(text) and refuse_text(content(text)) is None})
"""Those that a stored text may be, each once."""
NAMES = [text for text in GOODS if refuse_identifier(text) is None]
"""Those that an id may be too."""
_ALSO = (
    "../../../../../../../../../../../etc/passwd%00",
    "/dev/null; touch /tmp/blns.fail ; echo",
    "${filename}",
    "a//b//",
    "+%2B %20&=?#",
)
KEYS = (*sorted({text for text in NAUGHTY if text and len(text) <= 200})[::12], *_ALSO)
GOOD_AND_BAD = (
    b"timestamp,event_name,payload_stripe_customer_id,payload_value,identifier\n"
    b"2024-09-25,cpu_usage,cus_QMJJtcu70R1x46,1,%d-a\n2024,cpu_usage,cus_QMJJtcu70R1x46,1,%d-b\n"
)


class Api:
    """Calls the stack's API; every answer is looked at."""

    def __init__(self, stack: LocalStack) -> None:
        """Call with the secret key."""
        self._stack = stack

    def call_service(self, path: str, **query: object) -> HttpResponse:
        """Get a path."""
        return get(f"{self._stack.api_url}{path}?{urlencode(query)}", bearer=self._stack.secret_key)

    def get(self, path: str, **query: object) -> Any:
        """Get a thing that is there."""
        answer = self.call_service(path, **query)
        assert answer.status == 200, (path, query, answer.body)
        return json.loads(answer.body)

    def post(self, path: str, **fields: str) -> HttpResponse:
        """Make a thing."""
        return post(f"{self._stack.api_url}{path}", fields, bearer=self._stack.secret_key)

    def meters(self) -> Iterator[dict[str, Any]]:
        """List all meters."""
        return read_list(self.get, "/v1/billing/meters")

    def follow(self, path: str) -> bytes:
        """Fetch what a redirect leads to, without a word more than the address."""
        location = self.call_service(path).headers["Location"]
        with urllib.request.urlopen(location) as answer:
            data: bytes = answer.read()
            return data


def id_of(text: str) -> str:
    """Return a customer's id of a text: as it is, but for what no id has."""
    return text.replace("?", "\N{INVERTED QUESTION MARK}")


@pytest.fixture
def api(stack: LocalStack) -> Api:
    """Call the deployed API."""
    return Api(stack)


def test_in_cells(stack: LocalStack, api: Api) -> None:
    """Customers and events hold what was written, after the way through an error file, and the API shows it."""
    dropping = Dropping(stack)
    customers = dropping.drop(
        "customers/naughty.csv", written([["id", "name", "email"], *([id_of(text), text, text] for text in NAMES)])
    )
    assert (Status.SUCCEEDED, len(NAMES)) == (customers.status, customers.counts.row)
    header = ["timestamp", "event_name", "payload_stripe_customer_id", "payload_value", "identifier", "payload_note"]
    rows = [
        ["2024-09-25", "ai_search_api", id_of(text), "not a number", f"{text[:90]} naughty", text] for text in NAMES
    ]
    first = dropping.drop("uploads/naughty/first.csv", written([header, *rows]))
    assert Counts(len(NAMES), 0, 0, len(NAMES)) == first.counts
    corrected = dropping.error_file(first).replace(b"not a number,", b"1,")
    second = dropping.drop("uploads/naughty/second.csv", corrected)
    assert (first.id, len(NAMES)) == (second.parent, second.counts.success + second.counts.duplicate)

    (meter,) = [each["id"] for each in api.meters() if each["event_name"] == "ai_search_api"]
    for text in NAMES[::15]:
        id_ = id_of(text)
        customer = api.get(f"/v1/customers/{quote(id_, safe='')}")
        assert (id_, text, text) == (customer["id"], customer["name"], customer["email"])
        assert id_ in [each["id"] for each in api.get("/v1/customers", email=text)["data"]]
        (event,) = api.get(f"/v1/billing/meters/{meter}/events", customer=id_)["data"]
        assert (id_, text, f"{text[:90]} naughty") == (
            event["customer"],
            event["payload"]["note"],
            event["identifier"],
        )


def test_in_event_names(stack: LocalStack, api: Api) -> None:
    """A meter of such a name is made, or refused with words; one that is made counts."""
    dropping = Dropping(stack)
    for text in GOODS[5::40]:
        made = api.post(
            "/v1/billing/meters",
            **{"event_name": text, "display_name": text, "default_aggregation[formula]": "sum"},
        )
        assert made.status == 200, made.body
        header = ["timestamp", "event_name", "payload_stripe_customer_id", "payload_value"]
        rows = [["2024-09-25", text, "cus_QMJJtcu70R1x46", "1.5"]]
        upload = dropping.drop(
            f"uploads/naughty/{len(text)}-{json.loads(made.body)['id']}.csv", written([header, *rows])
        )
        assert [(text, 1, "1.5")] == [(each.event_name, each.event_count, each.value_sum) for each in upload.totals]


def test_in_keys(stack: LocalStack, api: Api) -> None:
    """The upload has the very key; its error file lies beside it; list, redirects and bucket lead to the same bytes."""
    dropping = Dropping(stack)
    keys = [f"uploads/naughty/{number}/{text}" for number, text in enumerate(KEYS)]
    bodies = [GOOD_AND_BAD % (number, number) for number in range(len(KEYS))]
    versions = [dropping.put(key, body) for key, body in zip(keys, bodies, strict=True)]
    objects: list[tuple[str, ...]] = [(version.key, version.version_id) for version in versions]
    try:
        for key, body, version in zip(keys, bodies, versions, strict=True):
            upload = dropping.final(version)
            assert (key, Counts(2, 1, 0, 1)) == (upload.key, upload.counts)
            assert upload.error_file is not None
            assert error_file_key(key, upload.id) == upload.error_file.key
            objects.append((upload.error_file.key, *upload.error_file.version_ids))
            for query in (
                {"key": key},
                {"key_prefix": key},
                {"key_prefix": key[:-1], "status": "succeeded_with_errors"},
            ):
                (found,) = api.get("/v1/uploads", **query)["data"]
                assert (upload.id, key, key.rsplit("/", 1)[1]) == (found["id"], found["key"], found["file_name"])
            assert body == api.follow(f"/v1/uploads/{upload.id}/file")
            assert dropping.error_file(upload) == api.follow(f"/v1/uploads/{upload.id}/error_file")
    finally:
        # The emulator cannot list versions of keys that XML cannot hold, as the sweep does; AWS lists them encoded.
        for key, *version_ids in objects:
            for version_id in version_ids:
                stack.clients.s3().delete_object(Bucket=stack.outputs.bucket, Key=key, VersionId=version_id)
