"""The programs that a measurement runs in processes of their own. They end with the measurement."""

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
METERDROP, BASELINE = "meterdrop.handlers.ingest", "bench.baseline_lambda"


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of an invocation: seconds of wall time and of processor time, and the process's peak memory in bytes."""

    wall: float
    cpu: float
    peak: int
    units: Mapping[str, float] = field(default_factory=dict)
    """The consumed capacity units by table and direction, if the function requests them."""


@dataclass(frozen=True, slots=True)
class Function:
    """A warm Lambda process."""

    process: subprocess.Popen[str]

    def run(self, *shapes: Shape) -> Cost:
        """Process files of a responder, one after the other."""
        return self.process_objects(*((shape.key, "1") for shape in shapes))

    def process_objects(self, *objects: tuple[str, str]) -> Cost:
        """Process objects, by key and version, one after the other."""
        return Cost(**json.loads(exchange(self.process, json.dumps(objects))))


@contextmanager
def responder(*arguments: str, module: str = "bench.responder") -> Iterator[str]:
    """Run a program that serves HTTP; yield its port. Raises RuntimeError if it doesn't start."""
    with program(module, *arguments) as process:
        port = process.stdout.readline().strip() if process.stdout else ""
        if not port:
            raise RuntimeError(f"{module} didn't start. Its output is above.")
        yield port


def prepare(port: str, *shapes: Shape) -> None:
    """Let a responder make files before the measurement."""
    for shape in shapes:
        urllib3.request("HEAD", f"http://127.0.0.1:{port}/{BUCKET}/{quote(shape.key)}")


@contextmanager
def function(port: str, module: str) -> Iterator[Function]:
    """Run a Lambda process against a responder."""
    with function_in(environment(port), module) as running:
        yield running


@contextmanager
def function_in(environment_: Mapping[str, str], module: str) -> Iterator[Function]:
    """Run a Lambda process with these environment variables."""
    with program("bench.function_process", module) as process:
        if process.stdin is not None:
            process.stdin.write(json.dumps(dict(environment_)) + "\n")
        yield Function(process)


def exchange(process: subprocess.Popen[str], line: str) -> str:
    """Send a line to a process, and return the line that it prints; raise RuntimeError if there is none."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("The process was started without pipes.")
    process.stdin.write(line + "\n")
    process.stdin.flush()
    printed = process.stdout.readline()
    if not printed:
        raise RuntimeError("A measured process has ended. Its output is above.")
    return printed


def output_of(command: Sequence[str | Path], environment: dict[str, str] | None = None) -> str:
    """Run a program to its end; return its standard output."""
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


@contextmanager
def program(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program of the measurements until the block ends."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            # The program ends when its standard input ends. Otherwise, it is killed.
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
