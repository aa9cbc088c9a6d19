"""`make export`: write all that the stack keeps of a customer as one JSON document. It only reads."""

import json
import os
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from meterdrop.adapters.catalog.customer_items import to_item
from meterdrop.adapters.dynamodb.items import decode
from meterdrop.adapters.metering.event_items import stored_events
from meterdrop.adapters.uploads.upload_items import from_item
from meterdrop.domain.ids import UPLOAD_ID
from tools.privacy.customer_data import CustomerData, messages_about
from tools.privacy.erase import customer_of_environment
from tools.privacy.person import Person
from tools.setup.trouble import Trouble
from tools.stack import target
from tools.stack.outputs import Outputs

_FOR_OWNER_ONLY = 0o600


class Export:
    """The data of one customer in one stack, by the places of docs/privacy.md."""

    def __init__(self, outputs: Outputs, customer_id: str) -> None:
        """Take the names of the stack's resources, and the customer's ID."""
        self._outputs = outputs
        self._data = CustomerData(outputs)
        self._person = Person(customer_id)

    def document(self, now: int) -> dict[str, Any]:
        """Return everything. `now` is in epoch seconds."""
        found = self._data.search(self._person)
        unsearched = dict[str, str]()
        return {
            "customer": self._person.id,
            "created": now,
            "catalog": None if found.customer is None else to_item(found.customer),
            "idempotency": [json.loads(response.data) for response in found.responses],
            "uploads": list(self._messages()),
            "events": list(self._events()),
            "usage": list(self._usage()),
            "files": list(self._files(unsearched)),
            "unsearched_files": unsearched,
        }

    def _messages(self) -> Iterator[dict[str, Any]]:
        """Yield the messages in the statuses of uploads."""
        for item in self._data.scan(self._outputs.uploads_table):
            if UPLOAD_ID.fullmatch(item["id"]["S"]):
                upload = from_item(decode(item))
                for message in messages_about(self._person, upload):
                    yield {"upload": upload.id, "key": upload.key, "message": message}

    def _events(self) -> Iterator[dict[str, Any]]:
        for item in self._data.scan(self._outputs.events_table):
            for event in stored_events(item):
                if event.customer == self._person.id:
                    yield event._asdict()

    def _usage(self) -> Iterator[dict[str, Any]]:
        for item in self._data.scan(self._outputs.usage_table):
            plain = decode(item)
            begin = str(plain["sk"]).partition("\t")[0]
            if plain["pk"].endswith("#entries"):
                begin = begin.partition("#")[2]
            if self._person.id in {begin, plain.get("customer")}:
                yield plain

    def _files(self, unsearched: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Yield the rows of all object versions that are about the person."""
        for version in self._data.versions(""):
            where = f"{version.key}?versionId={version.version_id}"
            file = self._data.find_in(version, where, self._person, unsearched)
            if file is not None:
                rows = None if file.rows is None else [{"row": row.number, **row.values()} for row in file.rows]
                yield {"key": version.key, "version_id": version.version_id, "rows": rows}


def export() -> None:
    """Export the customer in CUSTOMER to the file in FILE, or print the document; raise Trouble if the file exists."""
    customer_id = customer_of_environment("export")
    _, outputs = target.find_for_product()
    document = Export(outputs, customer_id).document(int(time.time()))
    text = json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n"
    if not (path := os.environ.get("FILE", "")):
        sys.stdout.write(text)
        return
    try:
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FOR_OWNER_ONLY)
    except OSError as error:
        raise Trouble(f"Couldn't create {path}: {error.strerror}. Set FILE to a new file.") from None
    with os.fdopen(file, "w", encoding="utf-8") as opened:
        opened.write(text)
    print(f"Wrote what is kept of customer {customer_id} to {path}. Only you can read the file.")


def _plain(value: object) -> object:
    """Return a value that JSON has no type for: exact numbers as text, unless they are whole."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return sorted(value) if isinstance(value, set) else str(value)


def main() -> int:
    """Run the command; return the exit code."""
    return target.run_command(export)


if __name__ == "__main__":
    sys.exit(main())
