"""An upgrade by the runbook's own commands, and back, on a stack with the world of the newest form.

The stack is the emulated one, so `make` gets STACK=local. What else differs from an account:

- `output` reads the outputs without the AWS command line.
- `make verify` runs one of its sections. `tests/integration/commands/test_verify.py` runs all.
- `git checkout` changes the version, and the code of the functions by one file.
- The sweep has no schedule. The test starts it.
- A deployment ends the attempts that have begun. AWS lets them end by themselves, so the test waits for them before.
- S3 gives the objects of the world other versions. Messages that name a version of a known upload therefore name the
  upload instead.
"""

import base64
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.forms.conftest import WORLDS
from tests.forms.world import Saved
from tests.support.api.store import READ_KEY, SECRET_KEY
from tests.support.integration.project_copy import PATIENCE, Project, copy_project
from tools.emulator.emulator import REGION, Emulator, free_port, running_emulator
from tools.emulator.web import get
from tools.stack.clients import Clients
from tools.stack.outputs import Outputs, read_outputs

_RUNBOOK = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
_TABLES = ("catalog", "uploads", "events", "usage", "keys", "idempotency")
_NEW_FILE = "uploads/during-the-upgrade.csv"
_STAND_INS = """
set -eu
output() {{ grep "\\"$1\\"" outputs.json | cut -d'"' -f4; }}
make() {{ command make "$@" STACK=local ARGS="--only gateway" PYTHON={python}; }}
git() {{
  test "$1" = checkout
  sed -i "s/^VERSION.*/VERSION = \\"${{2#v}}\\"/" infra/version.py
  echo "CHECKED_OUT = \\"$2\\"" > lambdas/meterdrop/checked_out.py
}}
"""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The project's folder, and the stack that its commands find."""

    project: Project
    emulator: Emulator
    clients: Clients

    @property
    def outputs(self) -> Outputs:
        """Read the stack's outputs, and write them where the stand-in of `output` reads them."""
        outputs = read_outputs(self.clients.cloudformation(), "local")
        (self.project.folder / "outputs.json").write_text(json.dumps({"Version": outputs.version}, indent=1))
        return outputs

    @property
    def api_url(self) -> str:
        """Return the URL of the API."""
        return f"{self.emulator.endpoint_url}/_aws/execute-api/{self.outputs.api_id}/$default"

    def write_stack_file(self, api_url: str = "") -> None:
        """Write what `make run` writes."""
        contents = {
            "endpoint_url": self.emulator.endpoint_url,
            "region": REGION,
            "bucket": "",
            "api_url": api_url,
            "page_url": f"{api_url}/",
            "secret_key": SECRET_KEY,
            "read_key": READ_KEY,
            "aws_access_key_id": self.emulator.access_key_id,
            "aws_secret_access_key": self.emulator.secret_access_key,
        }
        self.project.stack_file.parent.mkdir(exist_ok=True)
        self.project.stack_file.write_text(json.dumps(contents))

    def shell(self, commands: str) -> str:
        """Run a block of the runbook; returns what it prints."""
        [python] = [part[7:] for part in self.project.command() if part.startswith("PYTHON=")]
        done = subprocess.run(
            ["bash", "-c", _STAND_INS.format(python=python) + commands],
            cwd=self.project.folder,
            env=self.project.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=3 * PATIENCE,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout[-4_000:]}\n{done.stderr[-2_000:]}"
        return done.stdout

    def statuses(self) -> dict[str, str]:
        """Return the statuses of all uploads by ID, and by key."""
        found = self.clients.dynamodb().scan(TableName=self.outputs.uploads_table, ConsistentRead=True)["Items"]
        uploads = [item for item in found if "status_month" in item]
        return {item[name]["S"]: item["status"]["S"] for item in uploads for name in ("id", "key")}

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Stop the queues' triggers after the attempts that have begun. The other messages wait."""
        functions, queues = self.clients.other("lambda"), (self.outputs.queue_url, self.outputs.dead_letter_queue_url)
        triggers = [trigger["UUID"] for trigger in functions.list_event_source_mappings()["EventSourceMappings"]]
        for trigger in triggers:
            functions.update_event_source_mapping(UUID=trigger, Enabled=False)
        gives_up = time.monotonic() + PATIENCE
        while any(self._hidden(queue) for queue in queues):
            assert time.monotonic() < gives_up, self.statuses()
            time.sleep(0.2)
        yield
        for trigger in triggers:
            functions.update_event_source_mapping(UUID=trigger, Enabled=True)

    def _hidden(self, queue: str) -> int:
        name: Literal["ApproximateNumberOfMessagesNotVisible"] = "ApproximateNumberOfMessagesNotVisible"
        found = self.clients.sqs().get_queue_attributes(QueueUrl=queue, AttributeNames=[name])
        return int(found["Attributes"][name])

    def sweep(self) -> None:
        """Run the sweep once."""
        self.clients.other("lambda").invoke(FunctionName=self.outputs.sweep_function, Payload=b"{}")


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Upgraded]:
    """Deploy the version to which the runbook goes back, with today's code."""
    project = copy_project(tmp_path, installed=True)
    with running_emulator(free_port(), tmp_path / "emulator.log") as emulator:
        stack = Upgraded(project, emulator, emulator.clients())
        stack.write_stack_file()
        stack.shell(f"git checkout v{versions()[1]}\nmake deploy")
        stack.write_stack_file(stack.api_url)
        yield stack


def load(stack: Upgraded, world: Saved) -> Callable[[], None]:
    """Store the world, with all leases ended; returns what sends its messages."""
    clients, outputs = stack.clients, stack.outputs
    s3, text, bucket = clients.s3(), json.dumps([world["items"], world["messages"]]), outputs.bucket
    told: Any = s3.get_bucket_notification_configuration(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    for each in world["objects"]:
        stored = s3.put_object(Bucket=bucket, Key=each["key"], Body=base64.b64decode(each["data"]))
        text = text.replace(each["version_id"], stored["VersionId"])
    queues = {"QueueConfigurations": told["QueueConfigurations"]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=queues)  # type: ignore[arg-type]
    items, messages = json.loads(text.replace("meterdrop-uploads", bucket))
    known = {item["version_id"]["S"]: item["id"]["S"] for item in items["uploads"] if "version_id" in item}
    for table in _TABLES:
        for item in items[table]:
            ended = {"lease_until": {"N": "0"}} if "lease_until" in item else {}
            clients.dynamodb().put_item(TableName=getattr(outputs, f"{table}_table"), Item={**item, **ended})
    return lambda: _send(stack, messages, known)


def _send(stack: Upgraded, messages: dict[str, list[str]], known: dict[str, str]) -> None:
    outputs = stack.outputs
    for name, url in {"ingest": outputs.queue_url, "recover": outputs.dead_letter_queue_url}.items():
        for body in messages[name]:
            version_id = re.search('"versionId": "([^"]+)"', body)
            id_ = known.get(version_id[1]) if version_id else None
            stack.clients.sqs().send_message(QueueUrl=url, MessageBody=json.dumps({"upload": id_}) if id_ else body)


def wait(stack: Upgraded, expected: dict[str, str]) -> None:
    """Wait until uploads, by ID or key, have their statuses. Runs the sweep whenever no upload is in progress."""
    gives_up = time.monotonic() + 2 * PATIENCE
    while (found := {id_: status for id_, status in stack.statuses().items() if id_ in expected}) != expected:
        assert time.monotonic() < gives_up, found.items() ^ expected.items()
        if not {"processing", "reverting"} & set(found.values()):
            stack.sweep()
        time.sleep(0.5)


def counted(stack: Upgraded) -> float:
    """Return the usage of all customers in a month that no interrupted upload changes."""
    url = f"{stack.api_url}/v1/billing/meters/mtr_search/event_summaries?start_time=1725148800&end_time=1727740800"
    gives_up = time.monotonic() + PATIENCE
    while time.monotonic() < gives_up:
        with suppress(TimeoutError):  # the first response waits for a cold function on a busy machine
            response = get(url, bearer=SECRET_KEY, seconds=30)
            assert response.status == 200, response.body
            return float(json.loads(response.body)["data"][0]["aggregated_value"])
    raise AssertionError("the API doesn't respond")


def _section() -> str:
    return _RUNBOOK.partition("\n## Upgrade\n")[2].partition("\n## Restore the tables\n")[0]


def blocks() -> list[str]:
    """Return the commands of the runbook's section, block by block."""
    return re.findall(r"^```\n(.*?)^```$", _section(), flags=re.DOTALL | re.MULTILINE)


def versions() -> list[str]:
    """Return the versions that the section's commands deploy: first the new one, then the old one."""
    return re.findall(r"^git checkout v(\S+)$", _section(), flags=re.MULTILINE)


def test_an_upgrade_by_the_runbook_and_back(upgraded: Upgraded) -> None:
    """Usage is the same before and after; interrupted uploads and a new file come to their end on the way."""
    world: Saved = json.loads(WORLDS[-1].read_text(encoding="utf-8"))
    before, upgrade, after, back = blocks()
    new, old = versions()
    send_messages = load(upgraded, world)
    used = counted(upgraded)
    assert upgraded.outputs.version == old
    assert old in upgraded.shell(before)
    send_messages()  # some are processed by the old version, and some by the new one
    with upgraded.quiet():
        upgraded.shell(upgrade)
    assert upgraded.outputs.version == new
    assert new in upgraded.shell(after)
    file = b"timestamp,event_name,payload_stripe_customer_id\n2024-08-28,logins,@acme\n"
    upgraded.clients.s3().put_object(Bucket=upgraded.outputs.bucket, Key=_NEW_FILE, Body=file)
    with upgraded.quiet():
        upgraded.shell(back)
    assert upgraded.outputs.version == old
    wait(upgraded, _ends(world) | {_NEW_FILE: "succeeded"})
    upgraded.shell("make audit")
    assert counted(upgraded) == used


def _ends(world: Saved) -> dict[str, str]:
    """Return the final statuses of all uploads but those that the world knows by a notification alone.

    The versions of those have other IDs here. The automatic runs that the world plans are due here.
    """
    known = {item["id"]["S"] for item in world["items"]["uploads"]}
    ends = {id_: end.split()[0] for id_, end in world["ends"].items() if id_ in known}
    return ends | {id_.split("#")[1]: "succeeded_with_errors" for id_ in known if id_.startswith("retry#")}
