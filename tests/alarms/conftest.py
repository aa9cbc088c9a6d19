"""The stack in operation, and the alarms of the template for an account."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.alarms.cloudwatch import Alarm, alarms_of
from tests.alarms.metered import MeteredFunctions
from tests.alarms.operation import Operation
from tests.infra.conftest import Synthesize, defaults, make_stack, synthesize
from tests.support.aws import catalog
from tests.support.aws.account import Account
from tests.support.aws.functions import Functions, deployed
from tests.support.aws.queues import Queues
from tools.emulator.synth import LOCAL_STAGE

__all__ = ["defaults", "make_stack", "synthesize"]


@pytest.fixture(scope="session")
def account_resources(synthesize: Synthesize) -> dict[str, Any]:
    """Return the resources of the template for an account, with all that the settings can add to it.

    The stage is that of the emulator: the functions' environment has its name.
    """
    template = synthesize(stage=LOCAL_STAGE, notifyEmail="billing@example.com").to_json()
    resources: dict[str, Any] = template["Resources"]
    return resources


@pytest.fixture(scope="session")
def alarms(account_resources: dict[str, Any]) -> dict[str, Alarm]:
    """Return the alarms by name."""
    return alarms_of(account_resources)


@pytest.fixture(scope="module")
def functions() -> Iterator[Functions]:
    """Deploy the stack once for all tests of a module."""
    with deployed(Account()) as made:
        catalog.seed(made)
        made.account.lose_messages()  # S3's word that it will notify
        yield made


@pytest.fixture(scope="module")
def world(functions: Functions) -> Any:
    """Return the account as it begins."""
    return functions.account.save()


@pytest.fixture
def operation(functions: Functions, world: Any, account_resources: dict[str, Any]) -> Operation:
    """Return the stack in operation, from its beginning."""
    functions.account.restore(world)
    metered = MeteredFunctions(functions.account, functions.stack, resources=account_resources)
    return Operation(Queues(metered), metered)
