"""What integration tests stand on: one emulator with the real stack, and a copy of the project to run make in."""

from collections.abc import Iterator

import pytest

from local.emulator import free_port
from local.local_stack import LocalStack, running_stack
from tests.integration.project_copy import Project, copy_project


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """Deploy the stack, IAM enforced, with the sample meters, customers and two keys; nothing of it outlives the run.

    `stack.outputs` names bucket, tables, queues and functions; `stack.clients` makes clients with root credentials.
    """
    with running_stack(free_port(), tmp_path_factory.mktemp("stack"), print) as running:
        yield running


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Copy the project, with what is installed."""
    return copy_project(tmp_path_factory.mktemp("project"), installed=True)
