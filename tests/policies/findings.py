"""Calls that were made, against policies: calls that AWS would refuse, and permissions that no call needed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from tests.policies.evaluation import Statement, is_allowed, is_like
from tests.policies.policies import Policies
from tools.emulator.iam_calls import IamCall


class FunctionCall(NamedTuple):
    """A call of one function; the ARN has logical IDs."""

    function: str
    call: IamCall

    def __str__(self) -> str:
        """Name function, action, resource and leading keys."""
        keys = "" if self.call.leading_keys is None else f" with the leading keys {', '.join(self.call.leading_keys)}"
        return f"{self.function}: {self.call.action} on {self.call.resource}{keys}"


class Grant(NamedTuple):
    """The least that can be taken from a role: one action on one resource, for one pattern of leading keys."""

    function: str
    action: str
    resource: str
    leading_keys: str = "*"

    def __str__(self) -> str:
        """Name all parts."""
        keys = "" if self.leading_keys == "*" else f" with the leading keys {self.leading_keys}"
        return f"{self.function}: {self.action} on {self.resource}{keys}"


def refused(policies: Policies, calls: Iterable[FunctionCall]) -> list[FunctionCall]:
    """Return the calls that AWS would refuse: one for each function, action, and table or folder of the bucket."""
    found: dict[tuple[str, str, str], FunctionCall] = {}
    for each in calls:
        if not is_allowed(each.call, (*policies.statements.get(each.function, ()), *policies.denials)):
            place = "/".join(each.call.resource.split("/")[:2])
            found.setdefault((each.function, each.call.action, place), each)
    return [call for _, call in sorted(found.items(), key=lambda item: item[0])]


def unused(policies: Policies, calls: Iterable[FunctionCall]) -> list[Grant]:
    """Return the grants that none of the calls needed."""
    grants = {
        grant
        for function, statements in policies.statements.items()
        for statement in statements
        for grant in _grants(function, statement)
    }
    for function, call in calls:
        for statement in policies.statements.get(function, ()):
            if statement.applies_to(call):
                grants -= {grant for grant in _grants(function, statement) if _uses(call, grant)}
    return sorted(grants)


def renamed(call: IamCall, names: Mapping[str, str]) -> IamCall:
    """Return a call with the logical ID of its table, bucket, queue or log group in place of its name."""
    *front, resource = call.resource.split(":", 5)
    mark = ":" if front[2:3] == ["logs"] else "/"
    kind, slash, rest = resource.partition(mark) if front[2:3] in (["dynamodb"], ["logs"]) else ("", "", resource)
    name, mark, end = rest.partition(mark)
    # The names of log groups can have slashes, and `names` has what follows the last one.
    known = names.get(name.rpartition("/")[2], name)
    return replace(call, resource=":".join([*front, f"{kind}{slash}{known}{mark}{end}"]))


def _grants(function: str, statement: Statement) -> list[Grant]:
    keys = [values for _, key, values in statement.conditions if key == "dynamodb:leadingkeys"]
    patterns = keys[0] if keys else ("*",)
    return [Grant(function, *parts) for parts in product(statement.actions, statement.resources, patterns)]


def _uses(call: IamCall, grant: Grant) -> bool:
    return (
        is_like(call.action, grant.action, ignore_case=True)
        and is_like(call.resource, grant.resource)
        and (grant.leading_keys == "*" or any(is_like(key, grant.leading_keys) for key in call.leading_keys or ()))
    )
