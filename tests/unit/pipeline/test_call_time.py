"""No call lasts longer than the margin that attempts keep at their end: so none goes on under the next one's lease."""

from typing import Any

import pytest

from meterdrop import settings
from meterdrop.pipeline.attempt import MARGIN


@pytest.mark.parametrize("make", [settings.dynamodb, settings.s3, settings.sqs, settings.events])
def test_the_longest_call_of_a_client(make: Any) -> None:
    """Time-outs times tries, as the client itself has them."""
    config = make.__wrapped__().meta.config
    assert 0 < (config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"] < MARGIN


def test_the_longest_call_by_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks at the time before each try, so that one of them is what lasts."""
    monkeypatch.setattr(settings, "dynamodb", settings.dynamodb.__wrapped__)
    timeout = settings._dynamodb_endpoint().timeout  # noqa: SLF001
    assert (settings.CONNECT_TIMEOUT, settings.READ_TIMEOUT) == (timeout.connect_timeout, timeout.read_timeout)
    assert settings.CONNECT_TIMEOUT + settings.READ_TIMEOUT < MARGIN
