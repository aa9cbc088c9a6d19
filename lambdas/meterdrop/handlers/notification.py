"""What S3 says of a stored object, from the body of an SQS message."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote_plus

from meterdrop.domain.dropped_object import ObjectVersion


class Notification(NamedTuple):
    """One stored object version, and when S3 says it was stored (epoch seconds)."""

    version: ObjectVersion
    at: int


def notifications(body: str) -> Iterator[Notification]:
    """Read a message; keys that end in `/` and hold nothing are folders of the S3 console and left out.

    The test message that S3 sends when notifications are set up holds no records. Raises ValueError or KeyError for a
    body that is no S3 notification.
    """
    for record in json.loads(body).get("Records", ()):
        stored = record["s3"]["object"]
        # Encoded like a form: a space is a plus sign.
        key = unquote_plus(stored["key"])
        if not record["eventName"].startswith("ObjectCreated:") or (key.endswith("/") and not stored.get("size")):
            continue
        version = ObjectVersion(record["s3"]["bucket"]["name"], key, stored["versionId"])
        yield Notification(version, int(datetime.fromisoformat(record["eventTime"]).timestamp()))
