"""Every way that `make run` and the other commands can fail ends in one sentence and leaves nothing."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.support.integration.make_run import assert_nothing_is_left, make_run, processes_below
from tests.support.integration.project_copy import Project, copy_project, sentence_of
from tools.emulator.emulator import HOST, free_port


def test_being_ended_on_the_way_up_leaves_nothing(project: Project) -> None:
    """SIGTERM to make while the stack is being deployed ends everything."""
    with make_run(project) as run:
        run.wait_for("started the emulated AWS on port")
        time.sleep(1)
        processes = processes_below(run.process.pid)
        run.process.terminate()
        run.wait_for_end()

        assert "Stopped. Nothing is left running." in run.output
        assert "Traceback" not in run.output
        assert_nothing_is_left(project, run, processes)


def test_a_dead_emulator_ends_the_run_in_one_sentence(project: Project) -> None:
    """Where the emulator dies the run says so and cleans up."""
    with make_run(project) as run:
        run.wait_for("created 2 API keys")
        processes = processes_below(run.process.pid)
        os.kill(next(pid for pid, args in processes.items() if "emulator_process" in args), signal.SIGKILL)
        code = run.wait_for_end()

        assert code != 0
        assert "The emulated AWS stopped unexpectedly. For the cause, see .local/emulator.log." in run.output
        assert "Traceback" not in run.output
        assert_nothing_is_left(project, run, processes)


def test_a_killed_run_takes_its_emulator_with_it(project: Project) -> None:
    """Even `kill -9` of all of make leaves nothing behind but, where it was written, a stale stack.json."""
    with make_run(project) as run:
        run.wait_for("created 2 API keys")
        processes = processes_below(run.process.pid)
        os.killpg(run.process.pid, signal.SIGKILL)
        run.process.wait(10)
        project.stack_file.unlink(missing_ok=True)
        assert_nothing_is_left(project, run, processes)


def test_a_taken_port_is_said_in_one_sentence(project: Project) -> None:
    """The sentence names the port and the way out, nothing was started, and a stack.json of the dead is removed."""
    project.stack_file.parent.mkdir(exist_ok=True)
    project.stack_file.write_text("{}")
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]

        said = sentence_of(project.make("run", f"PORT={port}"))

    assert said == (
        f"Another program is using port {port}. Stop that program, or choose another port: make run PORT=4566"
    )
    assert not project.stack_file.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "PORT=many"), "PORT is 'many'. It must be a number from 1 to 65535, such as:"),
        (
            ("key", "ROLE=owner", "STACK=local"),
            "ROLE is 'owner'. It must be admin, read, upload, meter, or",
        ),
        (("key", "ROLE=read", "DAYS=soon", "STACK=local"), "DAYS is 'soon'. It must be a whole number"),
        (("key", "ROLE=admin", "STACK=local"), "No local stack is running."),
        (("keys", "STACK=elsewhere"), "STACK is 'elsewhere'. For the local stack, set it to local."),
        (("revoke", "STACK=local"), "ID is ''. It must be the ID of an API key."),
        (("destroy", "DELETE_DATA=maybe"), "DELETE_DATA is 'maybe'. To delete the data, set it to yes."),
        (("destroy", "STACK=local"), "The local stack ends with its make run."),
    ],
)
def test_bad_input_is_said_in_one_sentence(project: Project, arguments: tuple[str, ...], said: str) -> None:
    """Whatever is wrong with what was asked for is named, with what to do."""
    assert sentence_of(project.make(*arguments)).startswith(said)


def test_a_registry_out_of_reach_is_said_in_one_sentence(tmp_path: Path) -> None:
    """A fresh clone without a network says what it could not install and what to look at."""
    project = copy_project(tmp_path, installed=False)

    said = sentence_of(project.make("run", f"PORT={free_port()}"))

    assert said.startswith(
        "Installing the package installer (uv) failed: couldn't connect to the package registry. "
        "Check the network connection",
    )
    assert not (project.folder / ".venv").exists()
