"""Starts the programs that a measurement needs beside it; none outlives it."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import urllib3

from bench.files import Shape
from bench.function_process import environment
from bench.responder import BUCKET

ROOT = Path(__file__).parents[1]
OURS, NAIVE = "meterdrop.handlers.ingest", "bench.naive_lambda"


@dataclass(frozen=True, slots=True)
class Cost:
    """What an invocation cost: seconds on the clock and of the processor, and the process's peak memory in bytes."""

    wall: float
    cpu: float
    peak: int
    units: Mapping[str, float] = field(default_factory=dict)
    """What DynamoDB says it used, where the function asks: by table and direction."""


@dataclass(frozen=True, slots=True)
class Function:
    """A warm Lambda process."""

    process: subprocess.Popen[str]

    def run(self, *shapes: Shape) -> Cost:
        """Take files of a responder, one after the other."""
        return self.take(*((shape.key, "1") for shape in shapes))

    def take(self, *objects: tuple[str, str]) -> Cost:
        """Take objects, by key and version, one after the other."""
        return Cost(**json.loads(ask(self.process, json.dumps(objects))))


@contextmanager
def responder(*arguments: str, module: str = "bench.responder") -> Iterator[str]:
    """Run a program that serves; gives its port."""
    with _running(module, *arguments) as process:
        port = process.stdout.readline().strip() if process.stdout else ""
        if not port:
            raise RuntimeError(f"{module} has not started.")
        yield port


def prepare(port: str, *shapes: Shape) -> None:
    """Let a responder make files, so that none is waited for when it is measured."""
    for shape in shapes:
        urllib3.request("HEAD", f"http://127.0.0.1:{port}/{BUCKET}/{quote(shape.key)}")


@contextmanager
def function(port: str, module: str) -> Iterator[Function]:
    """Run a Lambda process against a responder."""
    with function_in(environment(port), module) as made:
        yield made


@contextmanager
def function_in(environment_: Mapping[str, str], module: str) -> Iterator[Function]:
    """Run a Lambda process in an environment of its own."""
    with _running("bench.function_process", module) as process:
        if process.stdin is not None:
            process.stdin.write(json.dumps(dict(environment_)) + "\n")
        yield Function(process)


def ask(process: subprocess.Popen[str], line: str) -> str:
    """Send a line, return the line that comes back; raises RuntimeError where none does."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("The process was started without pipes.")
    process.stdin.write(line + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise RuntimeError("A measured process has ended; what it said stands above.")
    return answer


def output_of(command: Sequence[str | Path], environment: dict[str, str] | None = None) -> str:
    """Run a program to its end and return what it printed."""
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


@contextmanager
def _running(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            # The end of its standard input ends it; where it does not, it is ended.
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
