"""Kills and suspends processes of the functions, and suspends the emulated AWS, while clients are at work."""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread

from tools.stack.local_stack import LocalStack

_MOST_CALLS = 60
"""Calls from one fault to the next."""
_LONGEST_PAUSE_SECONDS = 1.0
_CALLS_END_SECONDS = 1.0
"""Seconds after which the emulator has handled every call of a process that was killed."""


@dataclass(slots=True)
class Nemesis:
    """The faults of one stack. It touches only the emulator's process and the child processes of this one."""

    stack: LocalStack
    random: Random
    number_of_calls: Callable[[], int]
    """Return how many calls the clients have sent. Faults come after so many of them, however fast the machine is."""
    counts: Counter[str] = field(default_factory=Counter)
    _ended: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def begin(self) -> None:
        """Go on until `end`."""
        self._thread = Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        """Stop."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def expire_leases(self) -> None:
        """Kill all attempts, and end the leases that they held: as if their time had passed.

        A lease that a process takes in the meantime stays: it may be alive.
        """
        dynamodb, table = self.stack.clients.dynamodb(), self.stack.outputs.uploads_table
        held = [
            item
            for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
            for item in page["Items"]
            if float(item.get("lease_until", {"N": "0"})["N"]) > time.time()
        ]
        for process in self._functions(self.stack.outputs.ingest_function):
            _signal(process, signal.SIGKILL)
        time.sleep(_CALLS_END_SECONDS)
        for item in held:
            with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
                dynamodb.update_item(
                    TableName=table,
                    Key={"id": item["id"]},
                    UpdateExpression="SET lease_until = :now",
                    ConditionExpression="lease_token = :token",
                    ExpressionAttributeValues={":now": {"N": str(int(time.time()))}, ":token": item["lease_token"]},
                )

    def sweep(self) -> None:
        """Send a message for every upload that nobody holds, and for every file that no message is under way for."""
        functions, function = self.stack.clients.other("lambda"), self.stack.outputs.sweep_function
        answer = functions.invoke(FunctionName=function, Payload=json.dumps({"quiet_seconds": 0}).encode())
        assert "FunctionError" not in answer, answer["Payload"].read()

    def _run(self) -> None:
        due = 0
        while not self._ended.wait(0.05):
            if self.number_of_calls() >= due:
                due = self.number_of_calls() + self.random.randrange(_MOST_CALLS)
                self.random.choice([self._kill, self._kill, self._suspend, self._suspend_emulator])()

    def _kill(self) -> None:
        if processes := self._functions():
            _signal(self.random.choice(processes), signal.SIGKILL)
            self.counts["killed functions"] += 1

    def _suspend(self) -> None:
        if processes := self._functions():
            self._pause(self.random.choice(processes))
            self.counts["suspended functions"] += 1

    def _suspend_emulator(self) -> None:
        self._pause(self.stack.emulator.process.pid)
        self.counts["suspensions of the emulator"] += 1

    def _pause(self, process: int) -> None:
        _signal(process, signal.SIGSTOP)
        time.sleep(self.random.uniform(0, _LONGEST_PAUSE_SECONDS))
        _signal(process, signal.SIGCONT)

    def _functions(self, name: str = "") -> list[int]:
        """Return the processes of all functions or of one: the children of the emulator, by their environment."""
        pairs = [tuple(map(int, line.split())) for line in _ps("-A", "-o", "pid=,ppid=")]
        children = [str(pid) for pid, parent in pairs if parent == self.stack.emulator.process.pid]
        shown = _ps("eww", "-o", "pid=,command=", "-p", ",".join(children)) if children else []
        return [int(line.split()[0]) for line in shown if f" AWS_LAMBDA_FUNCTION_NAME={name}" in line]


def _ps(*arguments: str) -> list[str]:
    return subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False).stdout.splitlines()


def _signal(process: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, number)
