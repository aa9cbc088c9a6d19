"""One cold start: imports a function's module and makes its clients; prints milliseconds, clock's and processor's.

Started with nothing on the path but what a function has. Of the interpreter's own start nothing is counted.
"""

import importlib
import sys
import time


def _ready(name: str) -> None:
    """Do what comes before a function's first call of AWS."""
    module = importlib.import_module(f"meterdrop.handlers.{name}")
    from meterdrop import settings  # noqa: PLC0415 (what it takes is measured here)

    settings.from_environment()
    if name in {"ingest", "recover"}:
        module.ingest_dependencies()  # created at the first message
        settings.s3()
    else:
        # What any request reads first, and what any sweep does.
        settings.dynamodb()
    if name == "sweep":
        settings.s3()
        settings.sqs()


if __name__ == "__main__":
    wall, cpu = time.perf_counter(), time.process_time()
    _ready(sys.argv[1])
    sys.stdout.write(f"{1000 * (time.perf_counter() - wall):.1f} {1000 * (time.process_time() - cpu):.1f}\n")
