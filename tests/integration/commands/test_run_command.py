"""`make run` as a person meets it: what it shows, what works with it, and Ctrl-C at the end."""

import csv
import io
import json
import re
import shlex
import stat
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from infra.version import VERSION
from meterdrop.adapters.access.api_keys import key_hash, key_id
from meterdrop.domain.access.key_text import is_key_text
from tests.support.integration.make_run import UP, Run, assert_nothing_is_left, make_run, processes_below
from tests.support.integration.project_copy import PATIENCE, Project, sentence_of
from tools.commands.sample import FINAL
from tools.emulator.emulator import free_port
from tools.emulator.web import HttpResponse, get


@pytest.fixture(scope="module")
def run(project: Project) -> Iterator[Run]:
    """One `make run` for all tests here; the last of them stops it."""
    with make_run(project) as running:
        running.wait_for(UP)
        yield running


@pytest.fixture
def settings(project: Project, run: Run) -> dict[str, str]:
    """Read the settings as another program does."""
    assert run.process.poll() is None
    loaded: dict[str, str] = json.loads(project.stack_file.read_text())
    return loaded


def client(service: str, settings: dict[str, str]) -> Any:
    """Make a boto3 client by the settings, as another program does."""
    return boto3.client(
        service,
        endpoint_url=settings["endpoint_url"],
        region_name=settings["region"],
        aws_access_key_id=settings["aws_access_key_id"],
        aws_secret_access_key=settings["aws_secret_access_key"],
    )


def test_the_settings_are_complete_and_private(project: Project, settings: dict[str, str], run: Run) -> None:
    """stack.json has the documented names and is for its owner's eyes alone."""
    assert set(settings) == {
        *("endpoint_url", "region", "bucket", "api_url", "page_url", "secret_key", "read_key"),
        *("aws_access_key_id", "aws_secret_access_key"),
    }
    assert stat.S_IMODE(project.stack_file.stat().st_mode) == 0o600
    assert settings["endpoint_url"] == f"http://localhost:{run.port}"
    assert settings["api_url"].startswith(f"http://localhost:{run.port}/")
    assert re.fullmatch(r"sk_[\w-]{32,}", settings["secret_key"])
    assert re.fullmatch(r"rk_[\w-]{32,}", settings["read_key"])


def test_the_sample_is_shown_as_a_person_reads_it(settings: dict[str, str], run: Run) -> None:
    """Progress, counts, totals per meter, every refused row with its reason, and where everything is."""
    assert "uploads/sample/2024-09.csv: succeeded with errors" in run.output
    assert re.search(r"rows +15\n +counted +6\n +duplicates +0\n +refused +9\n", run.output)
    assert re.search(r"ai_search_api +2 +1,000\n +cpu_usage +2 +550\n +llm_tokens +2 +25,551\.5\n", run.output)
    refused = re.findall(r"^ +(\d+)  (\w+) +\S", run.output.partition("Refused rows")[2], flags=re.MULTILINE)
    assert refused == [
        ("7", "timestamp_invalid"),
        ("8", "timestamp_invalid"),
        ("9", "no_meter"),
        ("10", "meter_event_customer_not_found"),
        ("11", "meter_event_no_customer_defined"),
        ("12", "meter_event_value_not_found"),
        ("13", "meter_event_invalid_value"),
        ("14", "timestamp_in_future"),
        ("15", "field_count_mismatch"),
    ]
    for name in ("bucket", "api_url", "page_url", "secret_key", "read_key", "aws_secret_access_key"):
        assert settings[name] in run.output


def test_a_dropped_file_is_read_by_the_printed_settings(settings: dict[str, str]) -> None:
    """boto3 drops it, HTTP tells its status, and the error file comes both ways."""
    s3 = client("s3", settings)
    body = (
        "timestamp,event_name,payload_stripe_customer_id,payload_value\n"
        "2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,400\n"
        "2024-09-26,ai_search_api,cus_GAXJtSu6021a6s,600\n"
        "2024-09-27,cpu_usage,cus_Qz0fwcfSysB9Z3,many\n"
    )
    s3.put_object(Bucket=settings["bucket"], Key="uploads/mine.csv", Body=body.encode())

    upload = _final_upload(settings, "uploads/mine.csv")

    assert upload["status"] == "succeeded_with_errors"
    assert [upload[name] for name in ("row_count", "success_count", "error_count")] == [3, 2, 1]
    error_file = upload["error_file"]
    assert isinstance(error_file, dict)
    by_api = get(f"{settings['api_url']}/v1/uploads/{upload['id']}/error_file", bearer=settings["read_key"])
    assert by_api.status == 302
    assert by_api.headers["Location"].startswith(f"{settings['endpoint_url']}/")
    fetched = get(by_api.headers["Location"]).body
    assert fetched == s3.get_object(Bucket=settings["bucket"], Key=error_file["key"])["Body"].read()
    rows = list(csv.DictReader(io.StringIO(fetched.decode(), newline="")))
    assert [(row["row_number"], row["error_code"]) for row in rows] == [("3", "meter_event_invalid_value")]


@pytest.mark.usefixtures("settings")
def test_the_printed_curl_commands_answer(run: Run) -> None:
    """They are words that a shell leaves as they are, and what they ask for is there."""
    printed = re.findall(r"^ +(curl .*)$", run.output, flags=re.MULTILINE)

    status, error_file = [_as_curl_would(shlex.split(command)) for command in printed]

    assert json.loads(status.body)["object"] == "list"
    assert error_file.body.splitlines()[0].endswith(b"upload,row_number,error_code,error_field,error_message")


@pytest.mark.usefixtures("settings")
def test_the_local_stack_is_verified(project: Project) -> None:
    """`make verify STACK=local` finds nothing that does not hold."""
    done = project.make("verify", "STACK=local")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d{2,} hold, 0 do not hold, \d+ were not tried\.", done.stdout, re.MULTILINE)
    assert "LEFT BEHIND" not in done.stdout


def test_keys_are_made_listed_and_revoked(project: Project, settings: dict[str, str]) -> None:
    """A new key works at once, is listed without its secret, and fails from its revocation on."""
    secret = project.make("key", "ROLE=read", "STACK=local").stdout.strip()
    made = key_id(key_hash(secret))
    uploads = f"{settings['api_url']}/v1/uploads"
    assert is_key_text(secret)
    assert get(uploads, bearer=secret).status == 200

    listed = project.make("keys", "STACK=local").stdout
    assert secret not in listed
    rows = [re.split("  +", line) for line in listed.splitlines()]
    assert sorted(row[2] for row in rows) == ["ROLE", "admin", "read", "read"]
    [row] = [row for row in rows if row[0] == made]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\dh", row[-1])  # it was used

    revoked = project.make("revoke", f"ID={made}", "STACK=local")
    assert revoked.stdout == f"Revoked {made}. Requests with this key now fail.\n"
    assert get(uploads, bearer=secret).status == 401
    assert sentence_of(project.make("revoke", f"ID={made}", "STACK=local")).startswith(
        f"The API key {made} doesn't exist."
    )


def test_the_books_agree(project: Project, settings: dict[str, str]) -> None:
    """The audit finds nothing to say about the sample, and names what somebody took away behind its back."""
    assert project.make("audit", "STACK=local").stdout == ""

    dynamodb = client("dynamodb", settings)
    (table,) = [name for name in dynamodb.list_tables()["TableNames"] if "EventsTable" in name]
    taken = dynamodb.scan(TableName=table, Limit=1)["Items"][0]
    dynamodb.delete_item(TableName=table, Key={"id": taken["id"]})
    differing = project.make("audit", "STACK=local")
    planned = project.make("repair", "STACK=local", "DRY_RUN=yes")
    dynamodb.put_item(TableName=table, Item=taken)

    assert differing.returncode != 0
    status, *usage = differing.stdout.splitlines()
    assert status.startswith(f"{taken['upload']['S']} (succeeded_with_errors, ")
    # Of each event, in the usage of its customer and of all customers.
    assert len(usage) >= 2
    assert all(" instead of " in line for line in usage)
    assert planned.returncode != 0
    assert f"{taken['upload']['S']} (succeeded_with_errors, " in planned.stdout
    assert project.make("audit", "STACK=local").stdout == ""


def test_a_person_is_exported_and_erased(project: Project, settings: dict[str, str]) -> None:
    """The billing records of the sample stay, so the audit finds nothing."""
    dynamodb = client("dynamodb", settings)
    (table,) = [name for name in dynamodb.list_tables()["TableNames"] if "CatalogTable" in name]
    items = dynamodb.scan(TableName=table)["Items"]
    person = next(item for item in items if item["sk"]["S"] == "customer" and "name" in item)
    chosen = f"CUSTOMER={person['id']['S']}"

    exported = project.make("export", chosen, "STACK=local")
    erased = project.make("erase", chosen, "STACK=local")

    assert json.loads(exported.stdout)["catalog"]["name"] == person["name"]["S"]
    assert (erased.returncode, erased.stderr) == (0, "")
    assert erased.stdout.endswith(f"Deleted customer {person['id']['S']}. Its ID stays.\n")
    assert person["name"]["S"] not in str(dynamodb.scan(TableName=table)["Items"])
    assert project.make("erase", chosen, "STACK=local").stdout.startswith("Nothing to erase")
    assert project.make("audit", "STACK=local").stdout == ""


def test_a_lost_feed_item_is_put_back(project: Project, settings: dict[str, str]) -> None:
    """Repair puts it back from the events, and finds nothing to do the second time."""
    dynamodb = client("dynamodb", settings)
    (table,) = [name for name in dynamodb.list_tables()["TableNames"] if "UsageTable" in name]
    feed = next(item for item in dynamodb.scan(TableName=table)["Items"] if item["pk"]["S"].endswith("#feed"))
    dynamodb.delete_item(TableName=table, Key={name: feed[name] for name in ("pk", "sk")})

    repaired = project.make("repair", "STACK=local")

    assert repaired.returncode == 0, repaired.stderr
    assert "1 items of usage differ from its" in repaired.stdout
    assert project.make("repair", "STACK=local").stdout == ""


def test_a_second_run_in_the_same_folder_is_refused(project: Project, settings: dict[str, str]) -> None:
    """There is one stack.json: a second start says so and leaves the first alone."""
    said = sentence_of(project.make("run", f"PORT={free_port()}"))

    assert said.startswith("Another make run is running in this folder. ")
    assert json.loads(project.stack_file.read_text()) == settings


def test_changed_code_is_deployed_into_the_running_stack(project: Project, settings: dict[str, str]) -> None:
    """`make deploy STACK=local` brings the running stack up to date without a new start."""
    with (project.folder / "lambdas" / "meterdrop" / "handlers" / "api.py").open("a") as handler:
        handler.write('\n\ndef handler(event, context): return {"statusCode": 200, "body": "changed"}\n')

    done = project.make("deploy", "STACK=local")

    assert done.stdout.endswith(f"Updated the running local stack to Meterdrop {VERSION}.\n"), done.stderr
    assert get(f"{settings['api_url']}/health").body == b"changed"


def test_ctrl_c_leaves_nothing(project: Project, run: Run) -> None:
    """After Ctrl-C there is no process, port, file or folder of the run, and no failure is reported."""
    processes = processes_below(run.process.pid)
    assert any("emulator_process" in args for args in processes.values())
    assert any("_worker.py" in args for args in processes.values())

    run.interrupt()
    run.wait_for_end()

    assert "Stopped. Nothing is left running." in run.output
    assert "Traceback" not in run.output
    assert_nothing_is_left(project, run, processes)


def _final_upload(settings: dict[str, str], key: str) -> dict[str, object]:
    gives_up = time.monotonic() + PATIENCE
    while time.monotonic() < gives_up:
        answer = get(f"{settings['api_url']}/v1/uploads?key={key}", bearer=settings["read_key"])
        assert answer.status == 200, answer
        found: list[dict[str, object]] = json.loads(answer.body)["data"]
        if found and found[0]["status"] in FINAL:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"{key} is not final")


def _as_curl_would(words: list[str]) -> HttpResponse:
    """Do what the command does; curl itself is not on every machine. It sends the key on within one host."""
    bearer = words[words.index("-H") + 1].removeprefix("Authorization: Bearer ")
    answer = get(words[-1], bearer=bearer)
    if "-L" in words and answer.status == 302:
        answer = get(answer.headers["Location"], bearer=bearer)
    assert answer.status == 200, answer
    return answer
