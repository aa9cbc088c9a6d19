"""The stack in this process, and in it the world of each form."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.forms.world import FOLDER, Saved, make_again, stack
from tests.support.aws.queues import Queues

if TYPE_CHECKING:
    from pathlib import Path

WORLDS = sorted(FOLDER.glob("*.json"), key=lambda path: int(path.stem))


@pytest.fixture(scope="module")
def deployed_stack() -> Iterator[Queues]:
    """Deploy the stack once."""
    with stack() as queues:
        yield queues


@pytest.fixture
def queues(deployed_stack: Queues) -> Iterator[Queues]:
    """Leave the stack as empty as it was."""
    account = deployed_stack.functions.account
    before = account.save()
    yield deployed_stack
    account.restore(before)


@pytest.fixture(params=WORLDS, ids=lambda path: f"form {path.stem}")
def world(request: pytest.FixtureRequest, queues: Queues) -> Saved:
    """Make the world of a form again."""
    path: Path = request.param
    loaded: Saved = json.loads(path.read_text(encoding="utf-8"))
    make_again(queues.functions, loaded)
    return loaded
