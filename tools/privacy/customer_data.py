"""The data that a stack keeps of a person as a customer: the customer, responses, files, and statuses of uploads."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from meterdrop import settings
from meterdrop.adapters.aws.s3_objects import ObjectStore
from meterdrop.adapters.catalog.customer_table import CustomerList
from meterdrop.adapters.dynamodb.items import UnknownFormError, decode
from meterdrop.adapters.uploads.retries import RETRY_PREFIX
from meterdrop.adapters.uploads.upload_items import from_item
from meterdrop.api.schemas.customers import DeletedCustomerModel
from meterdrop.domain.codes import FileCode, Kind
from meterdrop.domain.customers.customer import StoredCustomer
from meterdrop.domain.files.decoding import SIZE_LIMIT
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.uploads.keys import CUSTOMER_PREFIX, ERROR_PREFIX, INPUT_PREFIXES
from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectUnreadableError, ObjectVersion
from meterdrop.domain.uploads.upload import Upload
from tools.privacy.person import Person, Row, is_binary, read_rows, texts_of
from tools.setup.trouble import Trouble
from tools.stack.outputs import Outputs

_ERROR_FILE = re.compile(rf"/({UPLOAD_ID.pattern})(?:\.[0-9]+)?\.csv")
_LIMITED = (*INPUT_PREFIXES, ERROR_PREFIX)
_ERASED = "This message was erased."


@dataclass(frozen=True, slots=True)
class FoundFile:
    """An object version that names the person: in these rows, or anywhere if it isn't CSV."""

    version: ObjectVersion
    rows: tuple[Row, ...] | None


@dataclass(slots=True)
class FoundUpload:
    """An upload of customers whose file, error file or status names the person."""

    id: str
    upload: Upload | None
    """None if the upload isn't processed yet."""
    has_retry: bool
    """Whether the sweep will process the upload again."""
    file: FoundFile | None = None
    error_files: dict[ObjectVersion, FoundFile] = field(default_factory=dict)

    def erased(self) -> Upload | None:
        """Return the upload without what its status says of the person."""
        if self.upload is None:
            return None
        failure = self.upload.failure
        return replace(
            self.upload,
            samples=tuple(replace(sample, message=_ERASED) for sample in self.upload.samples),
            failure=failure and replace(failure, message=_ERASED),
            error_file=None if self.error_files else self.upload.error_file,
        )


@dataclass(frozen=True, slots=True)
class FoundResponse:
    """A stored response to an API request: its key, its data, and the data without the person."""

    id: str
    data: str
    erased: str


@dataclass(slots=True)
class Found:
    """Everything found."""

    customer: StoredCustomer | None
    responses: list[FoundResponse] = field(default_factory=list)
    uploads: dict[str, FoundUpload] = field(default_factory=dict)
    unsearched: dict[str, str] = field(default_factory=dict)
    """By upload ID, why its file couldn't be searched."""


class CustomerData:
    """The data of one stack."""

    def __init__(self, outputs: Outputs) -> None:
        """Take the names of the stack's resources."""
        self._outputs = outputs
        self._dynamodb = settings.dynamodb()
        self._s3 = settings.s3()
        self._objects = ObjectStore(self._s3, outputs.bucket)

    def search(self, person: Person) -> Found:
        """Search for a person, and learn the texts that are stored with the ID. Raises Trouble for an unknown form."""
        try:
            return self._search(person)
        except UnknownFormError as error:
            raise Trouble(str(error)) from None

    def _search(self, person: Person) -> Found:
        customers = CustomerList(self._dynamodb, settings.json_client(1), self._outputs.catalog_table)
        found = Found(customers.find(person.id))
        if found.customer is not None:
            person.learn(found.customer.customer.name, found.customer.customer.email, found.customer.customer.phone)
        self._learn_from_files(person)
        uploads, retries = self._uploads()
        error_files = list(self._error_files(uploads))
        of_customers = [(version, version.upload_id) for version in self.versions(CUSTOMER_PREFIX)]
        for version, upload_id in [*of_customers, *error_files]:
            if file := self.find_in(version, upload_id, person, found.unsearched):
                of_upload = _upload_of(found, upload_id, uploads, retries)
                if version.key.startswith(CUSTOMER_PREFIX):
                    of_upload.file = file
                else:
                    of_upload.error_files[version] = file
        for upload in uploads.values():
            if messages_about(person, upload):
                _upload_of(found, upload.id, uploads, retries)
        for version, upload_id in error_files:
            # If one part of an error file goes, the upload returns none, so all go.
            if upload_id in found.uploads and found.uploads[upload_id].error_files:
                found.uploads[upload_id].error_files.setdefault(version, FoundFile(version, ()))
        found.responses += self._responses(person)
        return found

    def versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Yield all object versions below a prefix, without folders of the S3 console."""
        for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=self._outputs.bucket, Prefix=prefix):
            for one in page.get("Versions", []):
                if one["Size"] or not one["Key"].endswith("/"):
                    yield ObjectVersion(self._outputs.bucket, one["Key"], one["VersionId"])

    def read(self, version: ObjectVersion) -> bytes:
        """Return an object, of files at most one byte past the limit.

        Raises ObjectGoneError and ObjectUnreadableError for files.
        """
        if version.key.startswith(_LIMITED):
            return self._objects.read(version).data
        response = self._s3.get_object(Bucket=version.bucket, Key=version.key, VersionId=version.version_id)
        return response["Body"].read()

    def scan(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield all items of a table, in DynamoDB's JSON."""
        for page in self._dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            yield from page["Items"]

    def _learn_from_files(self, person: Person) -> None:
        """Learn the names and addresses that files have beside the ID. Other rows may have them without an ID."""
        for version in self.versions(CUSTOMER_PREFIX):
            try:
                for row in read_rows(self.read(version)):
                    if row.customer == person.id:
                        person.learn(*row.texts())
            except (FileError, ObjectGoneError, ObjectUnreadableError):
                continue

    def _uploads(self) -> tuple[dict[str, Upload], set[str]]:
        """Return all uploads of customers, and the IDs of the uploads that the sweep will process again."""
        uploads, retries = dict[str, Upload](), set[str]()
        for item in self.scan(self._outputs.uploads_table):
            id_ = item["id"]["S"]
            if id_.startswith(RETRY_PREFIX):
                retries.add(id_.split("#")[1])
            elif item.get("kind", {}).get("S") == Kind.CUSTOMERS.value:
                uploads[id_] = from_item(decode(item))
        return uploads, retries

    def _error_files(self, uploads: Mapping[str, Upload]) -> Iterator[tuple[ObjectVersion, str]]:
        for version in self.versions(ERROR_PREFIX):
            name = _ERROR_FILE.search(f"/{version.key}")
            if name is not None and name[1] in uploads:
                yield version, name[1]

    def find_in(
        self, version: ObjectVersion, upload_id: str, person: Person, unsearched: dict[str, str]
    ) -> FoundFile | None:
        """Return an object version if it names the person. If it can't be searched, adds the reason to `unsearched`."""
        try:
            data = self.read(version)
        except ObjectGoneError:
            return None
        except ObjectUnreadableError as error:
            unsearched[upload_id] = error.reason.value
            return None
        if version.key.startswith(_LIMITED) and len(data) > SIZE_LIMIT:
            unsearched[upload_id] = f"it has more than {SIZE_LIMIT:,} bytes"
            return None
        try:
            rows = tuple(row for row in read_rows(data) if person.is_in_row(row))
        except FileError as error:
            if any(person.is_in_text(text) for text in texts_of(data)):
                return FoundFile(version, None)
            if error.code is FileCode.UNSUPPORTED_TYPE and is_binary(data):
                unsearched[upload_id] = "it isn't a text file"
            return None
        return FoundFile(version, rows) if rows else None

    def _responses(self, person: Person) -> Iterator[FoundResponse]:
        for item in self.scan(self._outputs.idempotency_table):
            data = item.get("data", {}).get("S", "")
            if not data.startswith("{"):
                continue
            response = json.loads(data)
            body = json.loads(response.get("body") or "null")
            if isinstance(body, dict) and body.get("object") == "customer" and body.get("id") == person.id:
                erased = DeletedCustomerModel.from_id(person.id).model_dump_json()
                if response["body"] != erased:
                    yield FoundResponse(item["id"]["S"], data, json.dumps({**response, "body": erased}))


def _upload_of(found: Found, upload_id: str, uploads: Mapping[str, Upload], retries: Collection[str]) -> FoundUpload:
    new = FoundUpload(upload_id, uploads.get(upload_id), upload_id in retries)
    return found.uploads.setdefault(upload_id, new)


def messages_about(person: Person, upload: Upload) -> list[str]:
    """Return the messages of an upload's status that name the person."""
    messages = [sample.message for sample in upload.samples]
    messages += [upload.failure.message] if upload.failure else []
    return [message for message in messages if person.is_in_message(message)]
