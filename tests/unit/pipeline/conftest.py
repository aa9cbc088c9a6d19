"""Blocks of two rows, so that a short file has several."""

from collections.abc import Iterator

import pytest

from meterdrop.adapters.metering import event_items


@pytest.fixture(autouse=True, scope="module")
def _short_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_items, "BLOCK_ROWS", 2)
        yield
