"""All functions close stale connections before they do anything else."""

import importlib
import time
from types import SimpleNamespace

import pytest

from meterdrop import settings
from meterdrop.handlers import connections
from tests.support.fakes.lambda_context import FakeLambdaContext


class ClosedError(Exception):
    """Raised in place of closing."""


@pytest.mark.parametrize("name", ["requests", "ingest", "recover", "sweep"])
def test_every_function_closes_stale_connections(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An invocation a day after the last one begins with it."""

    def close() -> None:
        raise ClosedError

    module = importlib.import_module(f"meterdrop.handlers.{name}")
    handler = module.respond if name == "requests" else module.handler
    monkeypatch.setattr(settings, "close_connections", close)
    now = time.time() + 86_400
    monkeypatch.setattr(connections, "time", SimpleNamespace(time=lambda: now))
    with pytest.raises(ClosedError), pytest.warns(UserWarning, match="No application metrics"):
        handler({}, FakeLambdaContext(1_000))
