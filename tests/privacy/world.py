"""A stack that keeps a person in every place that can have one, and the search for the person in all of it."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meterdrop import settings
from meterdrop.domain.periods.period import BillingPeriod
from tests.support.aws import catalog
from tests.support.aws.account import Saved
from tests.support.aws.functions import Functions
from tests.support.aws.queues import Queues
from tests.support.aws.requests import post
from tools.privacy.erase import Erasure
from tools.privacy.export import Export
from tools.stack.outputs import Outputs

ID, NAME, EMAIL, PHONE = "cus_erika_1", "Erika Mustermann", "erika@muster.example", "+49 30 1234567"
NEW_EMAIL = "erika@new.example"
TABLES = ("events", "uploads", "usage", "catalog", "idempotency")
PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
LISTED = f"id,name,email\n{ID},{NAME},{EMAIL}\ncus_other,Other,other@other.example\n".encode()
CUSTOMER_FILES = {
    "customers/list.csv": LISTED,
    "customers/without-id.csv": f"id,name\n,{NAME}\n{ID}0,Somebody\n{ID} ,{NAME},{EMAIL},more\n".encode(),
    "customers/zz-column.csv": f"id,{EMAIL}\ncus_other,\n".encode(),
    "customers/zz-phone.csv": f"id,name\n,{PHONE}\n".encode(),
    "customers/latin.csv": f"id,name\n{ID},Erika Müßtermann\n".encode("cp1252"),
}
"""Each names the person in another way: by a row, by refused rows, by names of columns, and in no valid encoding.

Only files with the ID tell the old address, and only the customer tells the phone number. Files that have no ID but one
of these come last.
"""
OTHERS = {
    "customers/others.csv": b"id,name\ncus_erika_10,Erika Other\ncus_other,Other\n",
    "customers/same-name.csv": f"id,name,email\ncus_namesake,{NAME},{EMAIL}\n".encode(),
}
"""Files that aren't about the person: the ID is part of another, and another customer has the same name."""
HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value\n"
USAGE = (
    HEADER + f"2024-09-25,cpu_usage,{ID},5\n2024-09-25,cpu_usage,{ID},x\n2024-09-25,cpu_usage,cus_other,7\n"
).encode()
PERIOD = BillingPeriod(id="bp_" + "a" * 26, start=1_725_148_800, end=1_727_740_800, created=1, meters=("mtr_cpu",))


@dataclass(slots=True)
class World:
    """The account."""

    functions: Functions
    queues: Queues = field(init=False)
    uploads: dict[str, str] = field(default_factory=dict)
    """The ID of the upload of each key."""
    state: Saved = field(init=False)

    def __post_init__(self) -> None:
        """Bring the person everywhere."""
        self.queues = Queues(self.functions)
        self.queues.drain()
        catalog.seed(self.functions)
        post(self.functions, "/v1/customers", {"id": ID, "name": NAME, "email": EMAIL}, key="create")
        for key, data in {**CUSTOMER_FILES, **OTHERS, "uploads/usage.csv": USAGE, "validate/usage.csv": USAGE}.items():
            self.drop(key, data)
        self.drop("uploads/unknown.csv", (HEADER + f"2024-09-25,cpu_usage,{ID}x,1\n").encode())
        event = {"event_name": "cpu_usage", "payload": {"stripe_customer_id": ID, "value": "3"}}
        post(self.functions, "/v1/billing/meter_events", event | {"timestamp": self.now}, key="event")
        post(self.functions, f"/v1/customers/{ID}", {"phone": PHONE, "email": NEW_EMAIL}, key="update")
        post(self.functions, f"/v1/uploads/{self.uploads['customers/without-id.csv']}/reprocess", {}, key="reprocess")
        self.queues.drain()
        catalog.put_period(self.functions, PERIOD)
        post(self.functions, f"/v1/billing_periods/{PERIOD.id}/close", {}, key="close")
        self.queues.drain()
        self.state = self.functions.account.save()

    @property
    def now(self) -> int:
        """Epoch seconds."""
        return int(self.functions.account.clock.now)

    def drop(self, key: str, data: bytes) -> str:
        """Put a file and let it be processed; returns the ID of its upload."""
        self.uploads[key] = self.queues.put(key, data).upload_id
        self.queues.drain()
        return self.uploads[key]

    def outputs(self) -> Outputs:
        """Name the resources as `make deploy` does."""
        stack = self.functions.stack
        names = {f"{table}_table": table for table in TABLES} | {"bucket": stack.bucket, "queue_url": stack.queue_url}
        return Outputs(**(dict.fromkeys(Outputs.__dataclass_fields__, "") | names))

    def erasure(self) -> Erasure:
        """Search for the person, to erase it."""
        return Erasure(self.outputs(), ID, self.now)

    def export(self) -> dict[str, Any]:
        """Export the person."""
        return Export(self.outputs(), ID).document(self.now)

    def objects(self) -> dict[tuple[str, str], bytes]:
        """Return the bytes of all object versions, by key and version."""
        s3, bucket = settings.s3(), self.functions.stack.bucket
        listed = s3.list_object_versions(Bucket=bucket)
        assert not listed["IsTruncated"]
        return {
            (one["Key"], one["VersionId"]): s3.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])[
                "Body"
            ].read()
            for one in listed.get("Versions", [])
        }

    def everything(self) -> Iterator[tuple[str, str]]:
        """Yield every item, object version and line of the audit trail, with the name of its place on the page."""
        for table in TABLES:
            for item in self.functions.items(table):
                yield f"table `{table}`", "\n".join(_texts(item))
        for (key, _), data in self.objects().items():
            yield f"`{key.partition('/')[0]}/`", data.decode("utf-8", errors="replace")
        yield from (("audit trail", json.dumps(line)) for line in self.functions.account.audit_lines())

    def stored(self) -> dict[str, Any]:
        """Return all that is stored, to compare."""
        tables = {table: sorted(map(repr, self.functions.items(table))) for table in TABLES}
        return {**tables, "objects": self.objects()}


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in an item, also those in JSON in it."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from _texts(each)
    elif isinstance(value, list | set | tuple):
        for each in value:
            yield from _texts(each)
    else:
        text = str(value)
        yield text
        if text[:1] in {"{", "["}:
            yield from _texts(json.loads(text))


def kept() -> dict[str, str]:
    """Return what the page says is kept after the command, by place."""
    rows = re.findall(r"^\| (.+?) \| .+? \| .+? \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"\[(.+?)\]\(.+?\)", r"\1", place): after for place, after in rows}


def left_over(
    place: str, text: str, id_: str = ID, words: Collection[str] = (NAME, EMAIL, NEW_EMAIL, PHONE)
) -> list[str]:
    """Return which of a person's ID and other words a place has, though the page doesn't say so."""
    found = [word for word in words if word in text]
    if re.search(rf"(?<!\w){id_}(?!\w)", text) and not kept()[place].startswith("the ID"):
        found.append(id_)
    return found
