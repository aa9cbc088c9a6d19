"""IAM's evaluation of policies, as far as the template uses it; anything else in a policy is an error, not a guess."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tools.emulator.iam_calls import IamCall

Conditions = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Operator, key in lower case, values."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy; its resources are ARNs."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions = ()

    @classmethod
    def from_policy(cls, statement: Mapping[str, Any]) -> "Statement":
        """Read a statement of a policy document. Raises ValueError for an element that isn't evaluated here."""
        if unknown := set(statement) - {"Action", "Condition", "Effect", "Principal", "Resource", "Sid"}:
            raise ValueError(f"not evaluated: {sorted(unknown)}")
        return cls(
            statement["Effect"],
            _texts(statement["Action"]),
            _texts(statement["Resource"]),
            tuple(
                (operator, key.lower(), _texts(values))
                for operator, of in statement.get("Condition", {}).items()
                for key, values in of.items()
            ),
        )

    def applies_to(self, call: IamCall) -> bool:
        """Return whether the statement says anything of a call."""
        return (
            any(is_like(call.action, pattern, ignore_case=True) for pattern in self.actions)
            and any(is_like(call.resource, pattern) for pattern in self.resources)
            and all(_holds(operator, _context(call).get(key), values) for operator, key, values in self.conditions)
        )


def is_allowed(call: IamCall, statements: Iterable[Statement]) -> bool:
    """Return whether a statement allows the call and none denies it."""
    effects = {statement.effect for statement in statements if statement.applies_to(call)}
    return effects == {"Allow"}


def is_like(text: str, pattern: str, *, ignore_case: bool = False) -> bool:
    """Return whether a text matches a pattern with `*` and `?`."""
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


def _context(call: IamCall) -> Mapping[str, tuple[str, ...]]:
    """Return the condition keys of a call."""
    context: dict[str, tuple[str, ...]] = {"aws:securetransport": ("true" if call.is_secure else "false",)}
    if call.leading_keys is not None:
        context["dynamodb:leadingkeys"] = call.leading_keys
    if call.prefix is not None:
        context["s3:prefix"] = (call.prefix,)
    return context


def _holds(operator: str, found: tuple[str, ...] | None, values: tuple[str, ...]) -> bool:
    if operator == "Null":
        return (found is None) is (values == ("true",))
    name = operator.removeprefix("ForAllValues:")
    if name not in {"StringLike", "StringEquals", "Bool"}:
        raise ValueError(f"not evaluated: {operator}")

    def is_one(text: str) -> bool:
        return any(is_like(text, value) if name == "StringLike" else text == value for value in values)

    if name != operator:
        return all(is_one(text) for text in found or ())  # without any value it holds, on AWS too
    return found is not None and any(is_one(text) for text in found)


def _texts(value: Any) -> tuple[str, ...]:
    texts = tuple(value) if isinstance(value, list) else (value,)
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"not a text: {texts}")
    return texts


@cache
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
