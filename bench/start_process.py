"""One cold start: import a function's module, create its clients, and print milliseconds of wall and processor time.

The import path has only what a function has. The start of the interpreter is not included.
"""

import importlib
import sys
import time


def _ready(name: str) -> None:
    """Do everything that a function does before its first AWS call. `boto3` is a client alone."""
    if name == "boto3":
        importlib.import_module("boto3").client("dynamodb")
        return
    module = importlib.import_module(f"meterdrop.handlers.{name}")
    from meterdrop import settings  # noqa: PLC0415 (this measures the import)

    settings.from_environment()
    if name in {"ingest", "recover"}:
        module.ingest_dependencies()  # created at the first message
        settings.s3()
    else:
        # The first client that any request or sweep uses.
        settings.dynamodb()
    if name == "sweep":
        settings.s3()
        settings.sqs()


if __name__ == "__main__":
    wall, cpu = time.perf_counter(), time.process_time()
    _ready(sys.argv[1])
    sys.stdout.write(f"{1000 * (time.perf_counter() - wall):.1f} {1000 * (time.process_time() - cpu):.1f}\n")
