"""A meter and a customer that no other test knows, and files of usage for them."""

import base64
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

from meterdrop.domain.uploads.upload import Upload
from tests.support.integration.dropping import Dropping
from tools.stack.local_stack import LocalStack

NIGHT = 1_727_222_400
"""2024-09-25T00:00:00Z."""
HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value"
_http = urllib3.PoolManager(retries=False)


@dataclass(frozen=True)
class Account:
    """Rows are of one meter and one customer, a second apart, from midnight UTC of 2024-09-25."""

    stack: LocalStack
    folder: Path
    name: str = field(default_factory=lambda: f"browser_{secrets.token_hex(4)}")

    @property
    def customer(self) -> str:
        """The one who is registered."""
        return f"cus_{self.name}"

    def register(self) -> "Account":
        """Make meter and customer; return this."""
        self.post("/v1/customers", id=self.customer, name=f"Customer of {self.name}")
        self.post(
            "/v1/billing/meters",
            display_name=f"Meter {self.name}",
            event_name=self.name,
            default_aggregation={"formula": "sum"},
        )
        return self

    def rows(self, *values: object, event_name: str = "") -> str:
        """Write a file's text with a row for each value."""
        rows = [
            f"{NIGHT + second},{event_name or self.name},{self.customer},{value}" for second, value in enumerate(values)
        ]
        return "\n".join([HEADER, *rows, ""])

    def file(self, name: str, text: str) -> Path:
        """Put a file on this person's desktop."""
        path = self.folder / name
        path.write_text(text)
        return path

    def drop(self, name: str, text: str) -> Upload:
        """Drop a file in this account's folder of the bucket, as a partner does, and see it through."""
        return Dropping(self.stack).drop(f"uploads/{self.name}/{name}", text.encode())

    def copies(self, upload: Upload, count: int) -> list[str]:
        """Store uploads like one that was dropped, each a second older than the one before; return their names."""
        dynamodb, table = self.stack.clients.dynamodb(), self.stack.outputs.uploads_table
        item = dynamodb.get_item(TableName=table, Key={"id": {"S": upload.id}})["Item"]
        names = [f"copy-{number:03}.csv" for number in range(1, count + 1)]
        for number, name in enumerate(names, 1):
            id_, created = (
                f"upl_{base64.b32encode(secrets.token_bytes(16)).decode().lower().rstrip('=')}",
                int(upload.created) - number,
            )
            changes = {
                "id": {"S": id_},
                "key": {"S": f"uploads/{self.name}/{name}"},
                "file_name": {"S": name},
                "created": {"N": str(created)},
                "created_id": {"S": f"{created}#{id_}"},
            }
            dynamodb.put_item(TableName=table, Item={**item, **changes})
        return names

    def status(self, upload_id: str) -> str:
        """Ask for an upload's status."""
        return str(self.get(f"/v1/uploads/{upload_id}")["status"])

    def get(self, path: str, **query: str) -> Any:
        """Read by the API."""
        url = f"{self.stack.api_url}{path}?{urlencode(query)}"
        answer = _http.request("GET", url, headers={"Authorization": f"Bearer {self.stack.secret_key}"})
        assert answer.status == 200, answer.data
        return answer.json()

    def uploads(self, name: str) -> list[dict[str, Any]]:
        """List the uploads of files of this name, newest first."""
        url = f"{self.stack.api_url}/v1/uploads"
        answer = _http.request(
            "GET",
            url,
            fields={"file_name": name, "limit": "100"},
            headers={"Authorization": f"Bearer {self.stack.secret_key}"},
        )
        uploads: list[dict[str, Any]] = answer.json()["data"]
        return [upload for upload in uploads if upload["file_name"] == name]

    def post(self, path: str, **fields: object) -> Any:
        """Write by the API."""
        answer = _http.request(
            "POST",
            self.stack.api_url + path,
            headers={"Authorization": f"Bearer {self.stack.secret_key}"},
            json=fields,
        )
        assert answer.status in {200, 202}, answer.data
        return answer.json()
