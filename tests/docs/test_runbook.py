"""The runbook's commands are real: AWS knows each operation and each option, and the stack each output."""

import re
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from tools.stack.outputs import _NAMES as OUTPUTS

RUNBOOK = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^ *```\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"\baws ([a-z][a-z0-9]+) ([a-z-]+)(?: ([a-z][a-z-]*))?((?:[^|;\n]|\\\n)*)")
_OPTION = re.compile(r"(?<=\s)--([a-z][a-z-]*)")
# Of the command line itself, for every operation.
_EVERYWHERE = {"query", "output", "max-items", "region"}
# What the command line calls other than the service does.
_RENAMED = {"s3api": "s3"}


def commands() -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """Give service, operation, the word that may follow it, and options of each command in a block."""
    for block in _BLOCK.findall(RUNBOOK):
        for service, operation, word, rest in _COMMAND.findall(block.replace("\\\n", " ")):
            yield service, operation, word, frozenset(_OPTION.findall(f" {rest}")) - _EVERYWHERE


COMMANDS = sorted(set(commands()), key=str)


def test_the_runbook_has_commands() -> None:
    """If the pattern finds none, the next test says nothing."""
    assert len(COMMANDS) > 25


@pytest.mark.parametrize(("service", "operation", "word", "options"), COMMANDS)
def test_aws_knows_every_command(service: str, operation: str, word: str, options: frozenset[str]) -> None:
    """Operation and options are those of the service's own description."""
    session = botocore.session.get_session()
    model = session.get_service_model(_RENAMED.get(service, service))
    if operation == "wait":
        waiters = session.get_waiter_model(service)
        waiter = waiters.get_waiter({xform_name(name, "-"): name for name in waiters.waiter_names}[word])
        operation = xform_name(waiter.operation, "-")
    shape = model.operation_model(
        {xform_name(name, "-"): name for name in model.operation_names}[operation]
    ).input_shape
    known = {xform_name(name, "-") for name in shape.members} if shape else set()
    assert {option.removeprefix("no-") for option in options} - known == set()


def test_the_stack_has_every_output_that_is_read() -> None:
    """A name that the stack does not give would leave a variable empty."""
    assert set(re.findall(r"\$\(output (\w+)\)", RUNBOOK)) - set(OUTPUTS.values()) == set()


def test_a_redrive_can_move_what_meterdrop_itself_sent() -> None:
    """SQS knows no source of messages that SendMessage put there, and moves only what the function has not taken."""
    moves = [options for service, operation, _, options in COMMANDS if operation == "start-message-move-task"]
    assert moves
    assert [options for options in moves if not {"source-arn", "destination-arn"} <= options] == []
    _, redrive = RUNBOOK.split("\n## Redrive dead letters\n")
    steps = re.findall(r"--function-name \"\$RECOVER\"|--no-enabled|start-message-move-task|--enabled", redrive)
    assert steps[:4] == ['--function-name "$RECOVER"', "--no-enabled", "start-message-move-task", "--enabled"]


def test_dead_letters_are_not_looked_for_where_they_are_hidden() -> None:
    """The recover function takes a message as soon as it shows: to receive it is to find none."""
    check = RUNBOOK.split("\n### Dead letters\n")[1].split("**Action.**")[0]
    assert "receive-message" not in check
    assert "ApproximateNumberOfMessagesNotVisible" in check
