"""IAM's rules: wildcards, conditions, denials, and what isn't evaluated."""

from typing import Any

import pytest

from tests.policies.evaluation import Statement, is_allowed
from tools.emulator.iam_calls import IamCall

TABLE = "arn:aws:dynamodb:::table/T"
BUCKET = "arn:aws:s3:::B"
ANY_OF_KEYS = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["a#*", "b"]}}


def statement(effect: str = "Allow", **fields: Any) -> Statement:
    """Make a statement about every call, but for what is said."""
    return Statement.from_policy({"Effect": effect, "Action": "*", "Resource": "*", **fields})


@pytest.mark.parametrize(
    ("action", "is_matched"),
    [
        ("dynamodb:GetItem", True),
        ("dynamodb:getitem", True),
        ("dynamodb:*", True),
        ("dynamodb:Get*", True),
        ("dynamodb:GetIte?", True),
        ("*", True),
        ("dynamodb:GetItems", False),
        ("dynamodb:Get", False),
        ("dynamodb:GetItem?", False),
        ("dynamodb.GetItem", False),
        ("dynamodb:[G]etItem", False),
    ],
)
def test_actions(action: str, *, is_matched: bool) -> None:
    """Case doesn't matter, and nothing but the two wildcards is special."""
    assert is_matched == is_allowed(IamCall("dynamodb:GetItem", TABLE), [statement(Action=["x:y", action])])


@pytest.mark.parametrize(
    ("resource", "is_matched"),
    [
        (f"{BUCKET}/errors/a/b.csv", True),
        (f"{BUCKET}/errors/*", True),
        (f"{BUCKET}/*", True),
        ("arn:aws:s3:::?/*.csv", True),
        (BUCKET, False),
        (f"{BUCKET}/Errors/*", False),
        (f"{BUCKET}/errors/", False),
        (f"{BUCKET}/uploads/*", False),
    ],
)
def test_resources(resource: str, *, is_matched: bool) -> None:
    """An asterisk covers slashes too, and case matters."""
    call = IamCall("s3:PutObject", f"{BUCKET}/errors/a/b.csv")
    assert is_matched == is_allowed(call, [statement(Resource=["arn:aws:s3:::other", resource])])


@pytest.mark.parametrize(
    ("keys", "is_matched"),
    [
        (("a#1",), True),
        (("b",), True),
        (("a#1", "b", "a#"), True),
        (("a#1", "c"), False),
        (("bb",), False),
        (("a",), False),
        ((), True),
        (None, True),
    ],
)
def test_every_leading_key_must_match(keys: tuple[str, ...] | None, *, is_matched: bool) -> None:
    """One other key of a batch is enough for a refusal; a call without any key meets the condition, on AWS too."""
    call = IamCall("dynamodb:BatchWriteItem", TABLE, keys)
    assert is_matched == is_allowed(call, [statement(Condition=ANY_OF_KEYS)])


@pytest.mark.parametrize(("keys", "is_matched"), [(("a#1",), True), (("c",), False), (None, False)])
def test_a_call_must_have_keys(keys: tuple[str, ...] | None, *, is_matched: bool) -> None:
    """With the second condition, a call without any key doesn't meet the first."""
    condition = {**ANY_OF_KEYS, "Null": {"dynamodb:LeadingKeys": "false"}}
    call = IamCall("dynamodb:BatchWriteItem", TABLE, keys)
    assert is_matched == is_allowed(call, [statement(Condition=condition)])


def test_each_statement_needs_all_keys() -> None:
    """Two statements don't share a call: each one must match every key."""
    first, second = (
        statement(Condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": key}}) for key in ("a", "b")
    )
    assert is_allowed(IamCall("dynamodb:BatchWriteItem", TABLE, ("a",)), [first, second])
    assert not is_allowed(IamCall("dynamodb:BatchWriteItem", TABLE, ("a", "b")), [first, second])


def test_a_denial_wins() -> None:
    """In any order, and only if its conditions hold."""
    without_tls = statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
    call = IamCall("s3:GetObject", f"{BUCKET}/a")
    for statements in ([statement(), without_tls], [without_tls, statement()]):
        assert is_allowed(call, statements)
        assert not is_allowed(IamCall(call.action, call.resource, is_secure=False), statements)
    assert not is_allowed(call, [statement(), statement("Deny", Resource=f"{BUCKET}/*")])


def test_nothing_is_allowed_by_itself() -> None:
    """Neither without a statement, nor with one about another call."""
    assert not is_allowed(IamCall("s3:GetObject", BUCKET), [])
    assert not is_allowed(IamCall("s3:GetObject", BUCKET), [statement(Action="s3:PutObject")])
    assert not is_allowed(IamCall("s3:GetObject", BUCKET), [statement("Deny", Action="s3:PutObject")])


@pytest.mark.parametrize(("prefix", "is_matched"), [("errors/a/", True), ("errors/", False), (None, False)])
def test_a_condition_on_one_value(prefix: str | None, *, is_matched: bool) -> None:
    """Without the value it doesn't hold."""
    condition = {"StringLike": {"s3:prefix": "errors/a/*"}}
    call = IamCall("s3:ListBucket", BUCKET, prefix=prefix)
    assert is_matched == is_allowed(call, [statement(Condition=condition)])


@pytest.mark.parametrize(
    "fields",
    [
        {"NotAction": "s3:*"},
        {"NotResource": "*"},
        {"Condition": {"StringNotLike": {"dynamodb:LeadingKeys": "a"}}},
        {"Condition": {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "a"}}},
        {"Resource": {"Ref": "Somewhere"}},
    ],
)
def test_what_is_not_evaluated_is_an_error(fields: dict[str, Any]) -> None:
    """A guess could allow what AWS refuses."""
    with pytest.raises(ValueError, match="not"):
        is_allowed(IamCall("s3:GetObject", BUCKET, ("a",)), [statement(**fields)])
