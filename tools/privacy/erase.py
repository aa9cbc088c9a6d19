"""`make erase`: remove what the stack keeps of a customer as a person.

Billing records stay, with the customer's ID. docs/privacy.md lists all places. Each write checks that its item is as it
was read, and what the person is found by goes last. So you can stop the command at any time and repeat it.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from meterdrop import settings
from meterdrop.adapters.catalog.customer_table import CustomerChanges, CustomerList
from meterdrop.adapters.uploads.upload_table import UploadTable
from meterdrop.domain.customers.customer import deleted
from tools.privacy.customer_data import CustomerData, Found, FoundResponse, FoundUpload
from tools.privacy.person import Person
from tools.setup.trouble import Trouble
from tools.stack import target
from tools.stack.outputs import Outputs

_AGAIN = "Run make erase again"


class Erasure:
    """The erasure of one customer. Its lines contain IDs, but no name, no email address, and no object key."""

    def __init__(self, outputs: Outputs, customer_id: str, now: int) -> None:
        """Take the names of the stack's resources, the customer's ID, and the time in epoch seconds."""
        self._now = now
        self._outputs = outputs
        self._dynamodb = settings.dynamodb()
        self._data = CustomerData(outputs)
        self._person = Person(customer_id)
        self.found = self._data.search(self._person)
        self.left = 0
        """How many things are left."""

    def plan(self) -> Iterator[str]:
        """Yield a line for each thing to remove."""
        yield from self._lines(self.found)
        yield from self._unsearched()

    def _unsearched(self) -> Iterator[str]:
        for upload_id, reason in self.found.unsearched.items():
            yield f"Upload {upload_id}: a file that can't be searched, because {reason}."

    def run(self) -> Iterator[str]:
        """Remove everything that was found. Yields what was done, and what is left with the reason."""
        for response in self.found.responses:
            yield self._response(response)
        # The customer and the files that have its ID go last: they tell by what the other places are found.
        last = [upload for upload in self.found.uploads.values() if self._has_id(upload)]
        yield from map(self._upload, [upload for upload in self.found.uploads.values() if upload not in last])
        if self.left:
            yield self._leave("The customer and its files, because they tell by what the rest is found.", _AGAIN)
            return
        yield from map(self._upload, last)
        if _is_registered(self.found):
            yield self._customer()
        for line in self._unsearched():
            yield self._leave(line, "Delete the file manually, or wait until it expires")
        if not self.left:
            for line in self._lines(self._data.search(self._person)):
                yield self._leave(f"Arrived in the meantime: {line}.", _AGAIN)

    def _lines(self, found: Found) -> Iterator[str]:
        if _is_registered(found):
            yield f"Customer {self._person.id}: all data but the ID"
        for upload in found.uploads.values():
            parts = ["the file"] * (upload.file is not None)
            parts += [f"{len(upload.error_files)} versions of its error file"] * bool(upload.error_files)
            yield f"Upload {upload.id}: {' and '.join([*parts, 'the messages of its status'])}"
        if found.responses:
            yield f"{len(found.responses)} stored responses of the API"

    def _has_id(self, upload: FoundUpload) -> bool:
        rows = () if upload.file is None else upload.file.rows or ()
        return any(row.customer == self._person.id for row in rows)

    def _response(self, response: FoundResponse) -> str:
        try:
            self._dynamodb.update_item(
                TableName=self._outputs.idempotency_table,
                Key={"id": {"S": response.id}},
                UpdateExpression="SET #data = :erased",
                ConditionExpression="#data = :read",
                ExpressionAttributeNames={"#data": "data"},
                ExpressionAttributeValues={":erased": {"S": response.erased}, ":read": {"S": response.data}},
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return "A stored response expired in the meantime."
        return "Erased a stored response of the API."

    def _upload(self, found: FoundUpload) -> str:
        upload, erased = found.upload, found.erased()
        if upload is None or erased is None or not upload.is_final:
            return self._leave(f"Upload {found.id} is in progress.", f"{_AGAIN} when its status is final")
        if found.has_retry:
            return self._leave(
                f"Upload {found.id} failed, and Meterdrop will process it again. Until then, its customers may be "
                "registered nowhere else.",
                f"Reprocess it, then {_AGAIN[0].lower()}{_AGAIN[1:]}",
            )
        uploads = UploadTable(self._dynamodb, self._outputs.uploads_table)
        if erased != upload and not uploads.save(replace(erased, revision=upload.revision + 1)):
            return self._leave(f"Upload {found.id} changed in the meantime.", _AGAIN)
        s3 = settings.s3()
        for version in (*found.error_files, *([found.file.version] if found.file else [])):
            s3.delete_object(Bucket=version.bucket, Key=version.key, VersionId=version.version_id)
        return f"Erased what upload {found.id} had of the person."

    def _customer(self) -> str:
        customers = CustomerList(self._dynamodb, settings.json_client(1), self._outputs.catalog_table)
        changes = CustomerChanges(self._dynamodb, self._outputs.catalog_table, customers)
        while (stored := customers.find(self._person.id)) is not None and stored.deleted is None:
            if changes.save(deleted(stored, self._now, None)):
                break
        return f"Deleted customer {self._person.id}. Its ID stays."

    def _leave(self, found: str, advice: str) -> str:
        self.left += 1
        return f"Left: {found} {advice}."


def _is_registered(found: Found) -> bool:
    return found.customer is not None and found.customer.deleted is None


def confirm(question: str) -> None:
    """Ask the user, if there is one; raise Trouble for any answer but y."""
    if sys.stdin.isatty() and input(f"{question} (y/n)? ").strip().lower() not in {"y", "yes"}:
        raise Trouble("Nothing was erased.")


def erase() -> int:
    """Erase the customer in CUSTOMER from the stack that STACK names. Return how many things are left."""
    customer_id, is_dry_run = customer_of_environment("erase"), target.is_dry_run()
    _, outputs = target.find_for_product()
    erasure = Erasure(outputs, customer_id, int(time.time()))
    lines = list(erasure.plan())
    if not lines:
        print(f"Nothing to erase of customer {customer_id}. docs/privacy.md lists what is kept.")
        return 0
    print(f"To erase of customer {customer_id}:")
    for line in lines:
        print(f"  {line}", flush=True)
    if is_dry_run:
        return 0
    confirm("Erase all of this. It can't be restored")
    for line in erasure.run():
        print(line, flush=True)
    return erasure.left


def customer_of_environment(command: str) -> str:
    """Return the customer's ID in CUSTOMER; raise Trouble if there is none."""
    customer_id = os.environ.get("CUSTOMER", "")
    if not customer_id:
        raise Trouble(f"CUSTOMER is missing. Set it to the customer's ID: make {command} CUSTOMER=cus_...")
    return customer_id


def main() -> int:
    """Run the command; return the exit code: 1 if something is left."""
    return target.run_command(erase, stopped="Stopped. Run make erase again to continue.")


if __name__ == "__main__":
    sys.exit(main())
