"""The raw answers of AWS and of the API, with secrets struck out, as fixtures for tests."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_MAX_BODY = 4_000  # characters of a body that are kept
_STRUCK = "***"
_SECRETS = re.compile(
    r"""
      \b[sr]k_[\w-]{20,}                  # API keys
    | \b(?:AKIA|ASIA)[A-Z0-9]{12,}        # access key IDs
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+        # email addresses
    | (?<!\d)\d{12}(?!\d)                 # account IDs
    """,
    re.VERBOSE,
)
# Of presigned URLs and forms. The name stays.
_NAMED_SECRETS = re.compile(
    r"""((?:X-Amz-(?:Signature|Security-Token|Credential)|(?<=")policy)(?:=|"\s*:\s*"))[^"&\s]+""", re.IGNORECASE
)
_SECRET_HEADERS = frozenset({"authorization", "x-amz-security-token", "set-cookie"})


def strike_out(text: str) -> str:
    """Replace keys, signatures, account IDs and email addresses."""
    return _SECRETS.sub(_STRUCK, _NAMED_SECRETS.sub(rf"\1{_STRUCK}", text))


@dataclass(slots=True)
class Recorder:
    """Keeps answers if `file` is set, and does nothing otherwise."""

    file: Path | None = None
    check: str = ""
    """The section that is running."""
    _answers: list[dict[str, Any]] = field(default_factory=list)

    def record_http(self, method: str, url: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Keep the answer to an HTTP request."""
        self._keep({"request": f"{method} {url}"}, status, headers, body)

    def watch(self, client: Any) -> None:  # noqa: ANN401 - boto3 has no common type of clients
        """Keep every answer that a boto3 client receives."""
        if self.file is not None:
            client.meta.events.register("response-received", self._receive)

    def _receive(self, *, event_name: str, response_dict: Mapping[str, Any] | None, **_: object) -> None:
        if response_dict is None:  # no answer
            return
        body = response_dict["body"]
        text = body if isinstance(body, bytes) else b"(a stream)"
        operation = event_name.removeprefix("response-received.")
        self._keep({"operation": operation}, response_dict["status_code"], response_dict["headers"], text)

    def _keep(self, request: dict[str, str], status: int, headers: Mapping[str, str], body: bytes) -> None:
        if self.file is None:
            return
        shown = {
            name.lower(): strike_out(value) for name, value in headers.items() if name.lower() not in _SECRET_HEADERS
        }
        asked = {name: strike_out(value) for name, value in request.items()}
        text = strike_out(body[:_MAX_BODY].decode(errors="replace"))
        self._answers.append({"check": self.check, **asked, "status": status, "headers": shown, "body": text})

    def write(self) -> None:
        """Write the answers, one JSON object a line."""
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            # Only ASCII: a compressed body can have characters that end a line for some readers, like U+0085.
            lines = (json.dumps(answer) for answer in self._answers)
            self.file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
