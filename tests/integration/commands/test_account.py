"""`make deploy` and `make destroy` on an account: the emulator's. Only the CDK and its command line are left out."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import Stubber

from infra.settings import DATA_TAG
from tools.emulator.emulator import Emulator, free_port, running_emulator
from tools.setup.trouble import Trouble
from tools.stack import account, target
from tools.stack.clients import Clients

STACK = "meterdrop-prod"
TAGS = [{"Key": DATA_TAG, "Value": STACK}]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Run an emulator for this module alone, whose stacks may go."""
    with running_emulator(free_port(), tmp_path_factory.mktemp("logs") / "emulator.log") as running:
        yield running


class Account:
    """The emulator's account with a stack of a bucket and a queue, and what is left of the CDK: it deletes the stack.

    `held`: what was in the bucket when the CDK was to delete it. AWS refuses to delete a bucket that is not empty.
    """

    def __init__(self, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the commands call this account."""
        self.clients = clients
        self.contexts: list[dict[str, str]] = []
        self.held: list[Any] | None = None
        monkeypatch.setattr(account, "profile_clients", lambda: clients)
        monkeypatch.setattr(account, "_run_cdk", self._run_cdk)
        monkeypatch.setattr(account, "synthesize", self._synthesize)

    def make_stack(self, policy: str) -> None:
        """Make the stack, with a file in its bucket."""
        kinds = {"UploadBucket": "AWS::S3::Bucket", "DeadLetters": "AWS::SQS::Queue"}
        template = {
            "Resources": {
                name: {"Type": kind, "DeletionPolicy": policy, "Properties": {"Tags": TAGS}}
                for name, kind in kinds.items()
            }
        }
        cloudformation = self.clients.cloudformation()
        cloudformation.create_stack(
            StackName=STACK, TemplateBody=json.dumps(template), EnableTerminationProtection=policy != "Delete"
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK)
        (bucket,) = self.buckets()
        self.clients.s3().put_object(Bucket=bucket, Key="a.csv", Body=b"x")

    def buckets(self) -> list[str]:
        """Give the names of all buckets."""
        return [one["Name"] for one in self.clients.s3().list_buckets()["Buckets"]]

    def queues(self) -> list[str]:
        """Give the addresses of all queues."""
        return self.clients.sqs().list_queues().get("QueueUrls", [])

    def exists(self) -> bool:
        """Tell whether the stack is there."""
        return account.exists(self.clients, STACK)

    def _synthesize(self, context: dict[str, str]) -> Path:
        self.contexts.append(context)
        return Path("cdk.out")

    def _run_cdk(self, _: Clients, command: str, *__: object) -> None:
        if command == "destroy":
            (bucket,) = self.buckets()
            self.held = self.clients.s3().list_object_versions(Bucket=bucket).get("Versions", [])
            cloudformation = self.clients.cloudformation()
            cloudformation.delete_stack(StackName=STACK)
            cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK)


@pytest.fixture
def aws(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Give the account, empty before and afterwards."""
    for name in ("STACK", "DELETE_DATA"):
        monkeypatch.delenv(name, raising=False)
    made = Account(emulator.clients(), monkeypatch)
    yield made
    monkeypatch.setenv("DELETE_DATA", "yes")
    if made.exists():
        account.destroy()
    for bucket in made.buckets():
        for version in made.clients.s3().list_object_versions(Bucket=bucket).get("Versions", []):
            made.clients.s3().delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
        made.clients.s3().delete_bucket(Bucket=bucket)
    for queue in made.queues():
        made.clients.sqs().delete_queue(QueueUrl=queue)


def test_a_bucket_that_goes_with_the_stack_is_emptied_first(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise CloudFormation fails at it, when tables may be gone."""
    aws.make_stack("Delete")
    monkeypatch.setenv("DELETE_DATA", "yes")

    account.destroy()

    assert (aws.held, aws.buckets(), aws.queues(), aws.exists()) == ([], [], [], False)


def test_data_that_goes_with_the_stack_is_not_deleted_unasked(aws: Account) -> None:
    """One sentence, before anything is touched."""
    aws.make_stack("Delete")

    with pytest.raises(Trouble, match=rf"^The removalPolicy of {STACK} is destroy, so its data would be deleted\."):
        account.destroy()

    assert aws.exists()
    assert len(aws.clients.s3().list_object_versions(Bucket=aws.buckets()[0])["Versions"]) == 1


def test_data_that_is_kept_stays_as_it_is(aws: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """The command names it, and a second run how to delete it."""
    aws.make_stack("RetainExceptOnCreate")

    account.destroy()

    assert len(aws.held or []) == 1
    said = capsys.readouterr().out.partition("Its data is kept:\n")[2]
    assert sorted(said.splitlines()) == [f"  s3  {aws.buckets()[0]}", f"  sqs  {aws.queues()[0]}"]
    with pytest.raises(Trouble, match=rf"^The stack {STACK} doesn't exist in .* set DELETE_DATA to yes\.$"):
        account.destroy()


def test_a_deletion_goes_on_when_the_stack_is_gone(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run removed the stack and failed at its data; the next finds by tags what is left."""
    aws.make_stack("RetainExceptOnCreate")
    monkeypatch.setenv("DELETE_DATA", "yes")
    with monkeypatch.context() as failing:
        failing.setattr(account, "delete", _fails)
        with pytest.raises(RuntimeError):
            account.destroy()
    assert not aws.exists()
    assert len(aws.queues()) == 1

    account.destroy()

    assert aws.queues() == []
    with pytest.raises(Trouble, match="and none of its data is left"):
        account.destroy()


@pytest.mark.parametrize("exists", [True, False])
def test_who_says_no_keeps_everything(aws: Account, monkeypatch: pytest.MonkeyPatch, *, exists: bool) -> None:
    """At a terminal the command asks first, before it empties a bucket too."""
    aws.make_stack("RetainExceptOnCreate" if not exists else "Delete")
    if not exists:
        account.destroy()
    monkeypatch.setenv("DELETE_DATA", "yes")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    questions: list[str] = []
    monkeypatch.setattr("builtins.input", _answers("n", questions))

    with pytest.raises(Trouble, match=r"^Nothing was removed\.$"):
        account.destroy()

    assert len(questions) == 1
    assert (aws.exists(), len(aws.queues())) == (exists, 1)
    assert len(aws.clients.s3().list_object_versions(Bucket=aws.buckets()[0])["Versions"]) == 1
    monkeypatch.setattr("builtins.input", _answers("y", questions))


@pytest.mark.parametrize(
    ("quota_and_setting", "chosen"),
    [
        ((10, None), "3"),
        ((4, None), "2"),
        ((29, None), "9"),
        ((30, None), None),
        ((1000, ""), None),
        ((10, 10), None),
    ],
)
def test_an_account_with_a_low_quota_keeps_two_thirds_for_the_rest(
    aws: Account,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    quota_and_setting: tuple[int, object],
    chosen: str | None,
) -> None:
    """New accounts have 10. The choice is said in a sentence, and left to those who made it in cdk.json."""
    quota, own = quota_and_setting
    settings = {"stage": "prod", "ingestMaxConcurrency": own, "apiReservedConcurrency": None}
    monkeypatch.setattr(target, "setting", settings.get)
    outputs = SimpleNamespace(version="1.2.3", bucket="files", api_url="https://api")
    monkeypatch.setattr(account, "read_outputs", lambda *_: outputs)
    with _quota(aws, monkeypatch, quota):
        account.deploy()

    assert aws.contexts == [{"ingestMaxConcurrency": chosen} if chosen else {}]
    said = f"share {quota} concurrent executions, so Meterdrop will process only {chosen} files at once."
    assert (said in capsys.readouterr().out) == (chosen is not None)


@pytest.mark.parametrize("reserved", [901, "901"])
def test_more_concurrency_than_lambda_lets_reserve_is_refused_before_anything_is_deployed(
    aws: Account, monkeypatch: pytest.MonkeyPatch, reserved: object
) -> None:
    """A new account has a quota of 10, of which nothing can be reserved."""
    settings = {"stage": "prod", "ingestMaxConcurrency": 5, "apiReservedConcurrency": reserved}
    monkeypatch.setattr(target, "setting", settings.get)
    with _quota(aws, monkeypatch, 1_000), pytest.raises(Trouble, match="901, but this account has 1000 concurrent"):
        account.deploy()
    assert [] == aws.contexts


@contextmanager
def _quota(aws: Account, monkeypatch: pytest.MonkeyPatch, quota: int) -> Iterator[None]:
    """Let Lambda answer with a quota; the emulator has one of its own."""
    client = aws.clients.other("lambda")
    monkeypatch.setattr(Clients, "other", lambda clients, name: client if name == "lambda" else _other(clients, name))
    limit = {"ConcurrentExecutions": quota, "UnreservedConcurrentExecutions": quota}
    with Stubber(client) as stub:
        stub.add_response("get_account_settings", {"AccountLimit": limit})
        yield


_other = Clients.other


def _fails(*_: object) -> None:
    raise RuntimeError("AWS fails")


def _answers(answer: str, questions: list[str]) -> Callable[[str], str]:
    def answered(question: str) -> str:
        questions.append(question)
        return answer

    return answered
