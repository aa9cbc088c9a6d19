"""The API of the deployed stack: through the gateway, under its own role, with URLs that really lead to files."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import urllib3
from boto3.dynamodb.types import TypeSerializer

from meterdrop.adapters.uploads.upload_items import to_item
from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.files.decoding import SIZE_LIMIT
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import ErrorFile, Upload
from tools.stack.api_keys import KeyRequest, make_key, revoke_key
from tools.stack.local_stack import LocalStack

CSV = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n"
_http = urllib3.PoolManager(retries=False)
_serialize = TypeSerializer().serialize


@dataclass(frozen=True)
class Client:
    """Talks to the API as any program would."""

    stack: LocalStack

    def call(self, method: str, path: str, *, key: str | None = None, **request: Any) -> urllib3.BaseHTTPResponse:
        """Send a request with the read key, or another; redirects are not followed."""
        headers = {"Authorization": f"Bearer {self.stack.read_key if key is None else key}"}
        return _http.request(method, self.stack.api_url + path, headers=headers, redirect=False, **request)

    def form(self, **fields: object) -> dict[str, Any]:
        """Ask for a form to upload with."""
        answer = self.call("POST", "/v1/uploads", key=self.stack.secret_key, json=fields)
        assert answer.status == 200, answer.data
        form: dict[str, Any] = answer.json()
        return form

    def put_upload(self, key: str, version_id: str, *, error_file: ErrorFile | None = None) -> Upload:
        """Write an upload as ingest would; its id is of its own, so that ingest is not disturbed."""
        upload = Upload(
            id=ObjectVersion("elsewhere", key, secrets.token_hex(8)).upload_id,
            kind=Kind.USAGE,
            status=Status.REVERTED,
            dry_run=False,
            key=key,
            version_id=version_id,
            created=1_600_000_000,
            error_file=error_file,
        )
        table, dynamodb = self.stack.outputs.uploads_table, self.stack.clients.dynamodb()
        dynamodb.update_item(
            TableName=table,
            Key={"id": {"S": "#months"}},
            UpdateExpression="SET form = :form ADD months :month",
            ExpressionAttributeValues={":form": {"N": "1"}, ":month": {"SS": [upload.month]}},
        )
        item = {name: _serialize(value) for name, value in to_item(upload).items()}
        dynamodb.put_item(TableName=table, Item=item)
        return upload

    def put_object(self, key: str, body: bytes) -> str:
        """Put an object and return its version."""
        s3 = self.stack.clients.s3()
        version: str = s3.put_object(Bucket=self.stack.outputs.bucket, Key=key, Body=body)["VersionId"]
        return version


@pytest.fixture
def client(stack: LocalStack) -> Client:
    """Make a client of the deployed API."""
    return Client(stack)


def post(form: Mapping[str, Any], body: bytes) -> urllib3.BaseHTTPResponse:
    """Send a file by a form, as a browser does: the fields first, the file last."""
    fields = [*form["fields"].items(), ("file", ("anything.csv", body))]
    return _http.request("POST", form["url"], fields=fields)


@pytest.mark.parametrize("name", ["2024-09.csv", "März + 使用量 & 100%.csv", "../${filename}"])
def test_a_form_really_uploads(client: Client, name: str) -> None:
    """A file posted by the form lies under the key that was promised, and only the API key marks it."""
    form = client.form(file_name=name)
    assert post(form, CSV).status in {200, 204}
    found = client.stack.clients.s3().get_object(Bucket=client.stack.outputs.bucket, Key=form["key"])
    assert (found["Body"].read(), list(found["Metadata"])) == (CSV, ["uploaded-by"])


@pytest.mark.parametrize(
    ("fields", "prefix"), [({"dry_run": True}, "validate/"), ({"kind": "customers"}, "customers/")]
)
def test_a_form_of_each_kind_uploads(client: Client, fields: dict[str, object], prefix: str) -> None:
    """The role that signs may put under every prefix."""
    form = client.form(file_name="a.csv", **fields)
    assert form["key"].startswith(prefix)
    assert post(form, CSV).status in {200, 204}


def test_a_form_marks_what_may_be_a_duplicate(client: Client) -> None:
    """The mark becomes the object's metadata, and a form cannot be sent without it."""
    form = client.form(file_name="again.csv", allow_duplicate=True)
    unmarked = {**form["fields"]}
    del unmarked["x-amz-meta-allow-duplicate"]
    assert post({**form, "fields": unmarked}, CSV).status == 403
    assert post(form, CSV).status in {200, 204}
    found = client.stack.clients.s3().head_object(Bucket=client.stack.outputs.bucket, Key=form["key"])
    assert (found["Metadata"]["allow-duplicate"], len(found["Metadata"])) == ("true", 2)


def test_a_form_leads_nowhere_else(client: Client) -> None:
    """A form whose key is changed is refused: its signature covers the key."""
    form = client.form(file_name="a.csv")
    for key in ("errors/a.csv", "uploads/a.csv", form["key"] + "x"):
        assert post({**form, "fields": {**form["fields"], "key": key}}, CSV).status == 403


def test_s3_itself_refuses_a_byte_too_many(client: Client) -> None:
    """5,242,880 bytes are taken; of one more nothing arrives."""
    taken, refused = client.form(file_name="full.csv", dry_run=True), client.form(file_name="over.csv", dry_run=True)
    assert post(taken, bytes(SIZE_LIMIT)).status in {200, 204}
    answer = post(refused, bytes(SIZE_LIMIT + 1))
    assert (answer.status, b"EntityTooLarge" in answer.data) == (400, True)
    listed = client.stack.clients.s3().list_object_versions(Bucket=client.stack.outputs.bucket, Prefix=refused["key"])
    assert "Versions" not in listed


@pytest.mark.parametrize("prefix", ["uploads", "validate", "customers"])
def test_the_file_is_fetched_as_it_was_dropped(client: Client, prefix: str) -> None:
    """The redirect leads to the dropped version, under the file's own name, even when a newer one lies on its key."""
    key = f"{prefix}/{secrets.token_hex(4)}/März, 2024.csv"
    upload = client.put_upload(key, client.put_object(key, b"first"))
    client.put_object(key, b"second")
    answer = client.call("GET", f"/v1/uploads/{upload.id}/file")
    file = _http.request("GET", answer.headers["Location"])
    assert (answer.status, file.status, file.data) == (302, 200, b"first")
    assert file.headers["Content-Disposition"].startswith("attachment; ")
    assert file.headers["Content-Disposition"].endswith(f"filename*=UTF-8''{quote('März, 2024.csv', safe='')}")


def test_a_dropped_web_page_is_fetched_as_text(client: Client) -> None:
    """A partner chose its content type; a browser on this machine would show it in the page's own origin."""
    key = f"uploads/{secrets.token_hex(4)}/a.html"
    s3, bucket = client.stack.clients.s3(), client.stack.outputs.bucket
    put = s3.put_object(Bucket=bucket, Key=key, Body=b"<script>alert(1)</script>", ContentType="text/html")
    upload = client.put_upload(key, put["VersionId"])
    file = _http.request("GET", client.call("GET", f"/v1/uploads/{upload.id}/file").headers["Location"])
    assert (file.status, file.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert file.headers["Content-Disposition"].startswith("attachment; ")


def test_the_error_file_is_fetched(client: Client) -> None:
    """The redirect leads to the error file under the API's own role."""
    key = f"errors/{secrets.token_hex(4)}.csv"
    error_file = ErrorFile(key, 1, (client.put_object(key, b"refused rows"),))
    upload = client.put_upload("uploads/a.csv", "v", error_file=error_file)
    answer = client.call("GET", f"/v1/uploads/{upload.id}/error_file")
    assert answer.headers["Location"].startswith(client.stack.endpoint_url)
    assert _http.request("GET", answer.headers["Location"]).data == b"refused rows"


def test_a_url_that_was_tampered_with_leads_nowhere(client: Client) -> None:
    """The signature covers the version and the key."""
    key = f"uploads/{secrets.token_hex(4)}.csv"
    upload = client.put_upload(key, client.put_object(key, b"mine"))
    url = client.call("GET", f"/v1/uploads/{upload.id}/file").headers["Location"]
    assert _http.request("GET", url.replace(quote(key), "uploads/other.csv")).status == 403


def test_filters_survive_the_gateway(client: Client) -> None:
    """Brackets, commas, blanks and other letters of a query arrive as they were sent."""
    key = f"uploads/{secrets.token_hex(4)}/a, b+ü&%.csv"
    upload = client.put_upload(key, "v")
    queries: list[dict[str, object]] = [
        {"key": key},
        {"key_prefix": key[:-3], "created[lte]": upload.created},
        {"key": key, "status": "reverted", "created[gte]": upload.created, "created[lt]": upload.created + 1},
    ]
    for query in queries:
        found = client.call("GET", "/v1/uploads?" + urlencode(query)).json()
        assert [each["id"] for each in found["data"]] == [upload.id]
    plain = client.call("GET", f"/v1/uploads?key={quote(key, safe='')}&created[gt]={upload.created}")
    assert (plain.status, plain.json()["data"]) == (200, [])
    assert client.call("GET", f"/v1/uploads/{upload.id}").json()["key"] == key


def test_every_answer_of_the_gateway_has_the_headers(client: Client) -> None:
    """Errors and redirects leave the gateway as the function made them, but for the one header that it renames."""
    upload = client.put_upload("uploads/a.csv", "v")
    answers = [
        client.call("GET", "/health", key=""),
        client.call("GET", "/v1/uploads"),
        client.call("HEAD", "/v1/uploads"),
        client.call("GET", f"/v1/uploads/{upload.id}/file"),
        client.call("GET", "/v1/uploads?limit=0"),
        client.call("GET", "/v1/nothing", key="sk_wrong"),
        client.call("POST", "/v1/uploads", body=b"file_name=a.csv"),
        client.call("GET", "/v1/nothing"),
        client.call("DELETE", "/v1/uploads", key=client.stack.secret_key),
    ]
    assert [answer.status for answer in answers] == [200, 200, 200, 302, 400, 401, 403, 404, 405]
    assert [401] == [answer.status for answer in answers if "x-amzn-remapped-www-authenticate" in answer.headers]
    assert not any("www-authenticate" in answer.headers for answer in answers)
    for answer in answers:
        assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
        assert answer.status < 400 or list(json.loads(answer.data)["error"])[:3] == ["type", "code", "message"]


def test_a_revoked_key_fails_on_the_next_request(client: Client) -> None:
    """A key works until it is revoked, and not once more."""
    dynamodb, table = client.stack.clients.dynamodb(), client.stack.outputs.keys_table
    key, secret = make_key(dynamodb, table, KeyRequest(role="read"))
    assert client.call("GET", "/v1/uploads", key=secret).status == 200
    revoke_key(dynamodb, table, key.id)
    assert client.call("GET", "/v1/uploads", key=secret).status == 401


def test_the_template_has_the_meters_of_the_stack(client: Client) -> None:
    """The template knows the meters that are there, each with its own value column."""
    header, *rows = client.call("GET", "/v1/template.csv?meter=llm_tokens").data.decode().splitlines()
    assert header == "timestamp,event_name,payload_stripe_customer_id,payload_tokens"
    assert {row.split(",")[1] for row in rows} == {"llm_tokens"}


def test_the_description_is_served(client: Client) -> None:
    """The bundle holds all that generating the description takes."""
    assert client.call("GET", "/openapi.json").json()["info"]["title"] == "Meterdrop"
