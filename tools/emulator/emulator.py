"""The emulated AWS: one MiniStack process on this machine's loopback address, with IAM enforced."""

import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.emulator.recording import RECORD
from tools.emulator.web import get
from tools.setup.environment import for_emulator
from tools.setup.places import EMULATOR_VENV, ROOT, shown
from tools.setup.process import end_group
from tools.setup.trouble import Trouble
from tools.stack.clients import Clients

HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT = "000000000000"
START_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator, with the credentials of its root user."""

    port: int
    folder: Path
    log: Path
    access_key_id: str
    secret_access_key: str
    process: subprocess.Popen[bytes]

    @property
    def endpoint_url(self) -> str:
        """The URL of all services."""
        return f"http://localhost:{self.port}"

    def clients(self) -> Clients:
        """Return clients with the root user's credentials."""
        return Clients(REGION, self.endpoint_url, self.access_key_id, self.secret_access_key)

    def check(self) -> None:
        """Raise Trouble if the emulator has stopped by itself."""
        if self.process.poll() is not None:
            raise Trouble(
                f"The emulated AWS stopped unexpectedly. For the cause, see {shown(self.log)}. Start it again."
            )


@contextmanager
def running_emulator(port: int, log: Path, *, calls: Path | None = None) -> Iterator[Emulator]:
    """Run an emulator; end its processes and delete its temporary folder afterwards. Raises Trouble.

    `calls`: a file for all calls of roles.
    """
    require_free_port(port)
    folder = Path(tempfile.mkdtemp(prefix="meterdrop-"))
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            emulator = _start(port, folder, output, log, calls)
        try:
            _wait_until_healthy(emulator)
            yield emulator
        except Exception:
            # If the emulator has stopped, that is the best explanation of any error.
            with suppress(subprocess.TimeoutExpired):
                emulator.process.wait(0.5)
            emulator.check()
            raise
        finally:
            end_group(emulator.process, grace=0)
            if emulator.process.stdin is not None:
                emulator.process.stdin.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def require_free_port(port: int) -> None:
    """Raise Trouble if the port isn't free on both loopback addresses."""
    for family, host in ((socket.AF_INET, HOST), (socket.AF_INET6, "::1")):
        # `localhost` can be either address. Another program on one of them would get half of the requests.
        with suppress(OSError), socket.socket(family) as probe:
            probe.settimeout(1)
            if probe.connect_ex((host, port)) == 0:
                raise _port_in_use(port)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise Trouble(
                f"Only the root user can use port {port}. Choose a port from 1024, such as: make run PORT=4567"
            ) from error
        except OSError as error:
            raise _port_in_use(port) from error


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _port_in_use(port: int) -> Trouble:
    other = 4566 if port != 4566 else 4567  # noqa: PLR2004
    return Trouble(
        f"Another program is using port {port}. Stop that program, or choose another port: make run PORT={other}"
    )


def _start(port: int, folder: Path, output: IO[bytes], log: Path, calls: Path | None) -> Emulator:
    access_key_id = "meterdrop-local"
    secret_access_key = secrets.token_urlsafe(30)
    settings = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "AUTH": "true",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret_access_key,
    }
    if calls is not None:
        settings[RECORD] = str(calls)
    process = subprocess.Popen(
        [EMULATOR_VENV / "bin" / "python", "-P", ROOT / "tools" / "emulator" / "emulator_process.py", folder],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=for_emulator(folder) | settings,
        start_new_session=True,
    )
    return Emulator(port, folder, log, access_key_id, secret_access_key, process)


def _wait_until_healthy(emulator: Emulator) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        emulator.check()
        with suppress(urllib.error.URLError, OSError):
            if get(f"http://{HOST}:{emulator.port}/_ministack/health", seconds=2).status == 200:  # noqa: PLR2004
                return
        time.sleep(0.05)
    raise Trouble(
        f"The emulated AWS didn't respond within {START_TIMEOUT_SECONDS:.0f} seconds. "
        f"For the cause, see {shown(emulator.log)}. Start it again."
    )
