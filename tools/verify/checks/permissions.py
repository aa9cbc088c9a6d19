"""The roles of the functions, checked by IAM's own simulator."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tools.verify.deployed import Resource
from tools.verify.outcome import Outcome, expect, not_tried
from tools.verify.verification import Verification

_KEYS = "dynamodb:LeadingKeys"
_WRITES = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")


@dataclass(frozen=True, slots=True)
class Access:
    """Actions on one resource (an ARN), for items with one partition key if `key` isn't empty."""

    actions: tuple[str, ...]
    resource: str
    key: str = ""

    def __str__(self) -> str:
        """Name the actions and the resource."""
        return f"{', '.join(self.actions)} on {self.resource}" + (f" with the key {self.key}" if self.key else "")


def check(run: Verification) -> Iterator[Outcome]:
    """Check that each role can do what the template grants, and none of what it must never do."""
    iam = run.client("iam")
    for function in run.deployed.of_type("AWS::Lambda::Function"):
        role = run.deployed.resources[function.properties["Role"]["Fn::GetAtt"][0]]
        name = function.properties["Handler"].split(".")[2]
        policies = [
            each
            for each in run.deployed.of_type("AWS::IAM::Policy")
            if role.name in run.deployed.resolve(each.properties["Roles"])
        ]
        yield from _only_these(iam, name, role, policies)
        granted = [access for policy in policies for access in _granted(run, policy)]
        denied = _decisions(iam, run.deployed.arn(role.id), granted, wanted="allowed")
        yield expect(
            f"{name} is allowed all that the template grants ({len(granted)} grants)", not denied, "; ".join(denied)
        )
        yield from _never(run, iam, name, run.deployed.arn(role.id))


def _only_these(iam: Any, name: str, role: Resource, policies: list[Resource]) -> Iterator[Outcome]:  # noqa: ANN401
    inline = set(iam.list_role_policies(RoleName=role.name)["PolicyNames"])
    attached = {each["PolicyName"] for each in iam.list_attached_role_policies(RoleName=role.name)["AttachedPolicies"]}
    others = (inline | attached) - {each.properties["PolicyName"] for each in policies}
    yield expect(f"the role of {name} has no policy from elsewhere", not others, sorted(others))


def _granted(run: Verification, policy: Resource) -> Iterator[Access]:
    for statement in run.deployed.resolve(policy.properties["PolicyDocument"])["Statement"]:
        patterns = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get(_KEYS, [])
        for resource in _list(statement["Resource"]):
            # Any resource that matches the pattern shows the same.
            example = resource if resource == "*" else resource.replace("*", run.run)
            for pattern in _list(patterns) or [""]:
                yield Access(tuple(_list(statement["Action"])), example, pattern.replace("*", run.run))


def _never(run: Verification, iam: Any, name: str, role: str) -> Iterator[Outcome]:  # noqa: ANN401
    deployed, outputs = run.deployed, run.outputs
    bucket = deployed.arn("UploadBucket")
    objects = [f"{bucket}/{prefix}/{run.run}.csv" for prefix in ("uploads", "validate", "customers")]
    tables = {each.name: deployed.arn(each.id) for each in deployed.of_type("AWS::DynamoDB::GlobalTable")}
    never = [Access(("s3:DeleteObject", "s3:DeleteObjectVersion"), each) for each in objects]
    never += [Access(("dynamodb:DeleteTable",), each) for each in tables.values()]
    # The API's search of customers scans the catalog, and its list of keys scans the keys.
    scanned = {outputs.catalog_table, outputs.keys_table} if name == "api" else set()
    never += [Access(("dynamodb:Scan",), arn) for table, arn in tables.items() if table not in scanned]
    never += [Access(_WRITES, tables[outputs.keys_table])]
    never += [
        Access(("s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration"), bucket),
        Access(("iam:PutRolePolicy", "iam:PassRole"), role),
        Access(
            ("lambda:UpdateFunctionCode",),
            f"arn:{deployed.partition}:lambda:{deployed.region}:{deployed.account}:function:x",
        ),
    ]
    if name != "api":
        never += [Access(("s3:PutObject",), each) for each in objects]
    allowed = _decisions(iam, role, never, wanted="denied")
    yield expect(
        f"{name} can't delete files, versions or tables, create API keys, or change its own rights",
        not allowed,
        "; ".join(allowed),
    )

    statement = f"{name} can't delete uploads"
    if run.is_local:
        yield not_tried(statement, "the emulator's simulator ignores the keys of items")
        return
    keyed = [Access(("dynamodb:DeleteItem",), tables[outputs.uploads_table], f"upl_{run.run}")]
    allowed = _decisions(iam, role, keyed, wanted="denied")
    yield expect(statement, not allowed, "; ".join(allowed))


def _decisions(iam: Any, role: str, accesses: Iterable[Access], *, wanted: str) -> list[str]:  # noqa: ANN401
    """Ask the simulator; return the accesses, action by action, that aren't as wanted (`allowed` or `denied`)."""
    wrong: list[Access] = []
    for access in accesses:
        context = {
            "ContextKeyName": _KEYS,
            "ContextKeyValues": [access.key],
            "ContextKeyType": "stringList",
        }
        pages = iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=role,
            ActionNames=list(access.actions),
            ResourceArns=[access.resource],
            ContextEntries=[context] if access.key else [],
        )
        for page in pages:
            for result in page["EvaluationResults"]:
                is_allowed = result["EvalDecision"] == "allowed"
                if is_allowed != (wanted == "allowed"):
                    wrong.append(Access((result["EvalActionName"],), access.resource, access.key))
    return [str(each) for each in wrong]


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - a part of a policy
    return value if isinstance(value, list) else [value]
