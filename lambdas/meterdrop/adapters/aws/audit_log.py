"""The audit trail in CloudWatch Logs: one line for each write of the API."""

import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient


class LineRejectedError(Exception):
    """CloudWatch Logs answered with success and didn't store the line."""


class AuditLog:
    """A log group, with one stream for each process of the function."""

    def __init__(self, client: "CloudWatchLogsClient", group: str) -> None:
        """Write to the log group `group` with `client`."""
        self._client = client
        self._group = group
        self._stream = ""

    def write(self, line: Mapping[str, Any], at: float) -> None:
        """Store a line of JSON with its time (epoch seconds). Raises the exceptions of the calls, LineRejectedError.

        After a lost response, the client repeats the call, so a line can be stored twice.
        """
        if not self._stream:
            name = secrets.token_hex(16)
            self._client.create_log_stream(logGroupName=self._group, logStreamName=name)
            self._stream = name
        response = self._client.put_log_events(
            logGroupName=self._group,
            logStreamName=self._stream,
            logEvents=[{"timestamp": int(at * 1000), "message": json.dumps(line, separators=(",", ":"))}],
        )
        if response.get("rejectedLogEventsInfo"):
            raise LineRejectedError
