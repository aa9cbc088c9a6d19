"""What a message of the queue asks for: to take a stored object, of which S3 tells, or to go on with an upload."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote_plus

from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.uploads.objects import ObjectVersion


class Notification(NamedTuple):
    """One stored object version, and when S3 says it was stored (epoch seconds)."""

    version: ObjectVersion
    at: int


class Resumption(NamedTuple):
    """An upload that is known and on its way, and is to go on."""

    upload_id: str


class UnreadableError(Exception):
    """A message is neither S3's nor ours."""


def asked_by(body: str) -> list[Notification | Resumption]:
    """Read a whole message, as `read_message`; raises UnreadableError, which says nothing of what the body holds."""
    try:
        return list(read_message(body))
    except Exception:  # noqa: BLE001 (whatever is wrong with it, it is no message that could ever be read)
        raise UnreadableError from None


def read_message(body: str) -> Iterator[Notification | Resumption]:
    """Read a message; keys that end in `/` and hold nothing are folders of the S3 console and left out.

    The test message that S3 sends when notifications are set up holds no records. Raises ValueError or KeyError for a
    body that is neither S3's nor ours.
    """
    message = json.loads(body)
    if "upload" in message:
        upload_id = str(message["upload"])
        # Other items lie in the same table.
        if not UPLOAD_ID.fullmatch(upload_id):
            raise ValueError("a message names what is no upload")
        yield Resumption(upload_id)
    for record in message.get("Records", ()):
        stored = record["s3"]["object"]
        # Encoded like a form: a space is a plus sign.
        key = unquote_plus(stored["key"])
        if not record["eventName"].startswith("ObjectCreated:") or (key.endswith("/") and not stored.get("size")):
            continue
        version = ObjectVersion(record["s3"]["bucket"]["name"], key, stored["versionId"], stored.get("sequencer", ""))
        yield Notification(version, int(datetime.fromisoformat(record["eventTime"]).timestamp()))
