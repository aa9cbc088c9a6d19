"""What the recorder of the emulator takes for a call."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.emulator import recording
from tools.emulator.iam_calls import IamCall

BODY = b'{"TableName": "events"}'
CALL = IamCall("dynamodb:GetItem", "arn:aws:dynamodb:::table/events")


def lines(monkeypatch: pytest.MonkeyPatch, file: Path, received: bytes, *, target: bool = True) -> list[str]:
    """Send a request of which the emulator receives a part; return the record."""

    def calls(*_: object) -> Iterator[tuple[str, IamCall]]:
        yield "role", CALL

    async def app(_: Any, receive: recording.Receive, send: recording.Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200})

    async def receive() -> recording.Message:
        return {"type": "http.request", "body": received}

    async def send(_: recording.Message) -> None:
        pass

    monkeypatch.setattr(recording, "_calls", calls)
    headers = [(b"content-length", str(len(BODY)).encode()), *([(b"x-amz-target", b"X.GetItem")] * target)]

    async def request() -> None:
        await recording.recording(app, file)({"type": "http", "headers": headers}, receive, send)

    asyncio.run(request())
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def test_a_whole_request_is_a_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is recorded with its role."""
    assert [f"role {CALL.to_json()}"] == lines(monkeypatch, tmp_path / "calls", BODY)


@pytest.mark.parametrize("received", [b"", BODY[:-1]])
def test_a_part_of_a_request_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, received: bytes) -> None:
    """A function was killed while it sent it. What it would have asked for is unknown."""
    assert [] == lines(monkeypatch, tmp_path / "calls", received)


def test_the_body_of_a_file_may_be_left_unread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only calls of services that speak JSON are known by their bodies."""
    assert [f"role {CALL.to_json()}"] == lines(monkeypatch, tmp_path / "calls", b"", target=False)
