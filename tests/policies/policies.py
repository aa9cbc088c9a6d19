"""The policies of a template, with every reference resolved; names are logical IDs, ARNs have no region or account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.policies.evaluation import Statement
from tools.emulator.iam_calls import PartitionKey

_ARNS = {
    "AWS::DynamoDB::GlobalTable": "arn:aws:dynamodb:::table/{}",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SQS::Queue": "arn:aws:sqs:::{}",
    "AWS::Logs::LogGroup": "arn:aws:logs:::log-group:{}:*",
    "AWS::SNS::Topic": "arn:aws:sns:::{}",
}
_PSEUDO_PARAMETERS = {"AWS::Partition": "aws", "AWS::Region": "", "AWS::AccountId": ""}
_ANYONE = ({"AWS": "*"}, "*")


@dataclass(frozen=True, slots=True)
class Policies:
    """What each function may do."""

    roles: Mapping[str, str]
    """The handler's name (`api`) by the logical ID of its role."""
    statements: Mapping[str, tuple[Statement, ...]]
    """All statements of its role by the handler's name."""
    denials: tuple[Statement, ...]
    """What buckets and queues deny anyone."""

    @classmethod
    def from_template(cls, template: Mapping[str, Any]) -> "Policies":
        """Read a template's policies. Raises ValueError for a reference or a principal that isn't understood."""
        resources = template["Resources"]
        roles = {
            each["Properties"]["Role"]["Fn::GetAtt"][0]: each["Properties"]["Handler"].split(".")[2]
            for each in _of_type(resources, "AWS::Lambda::Function")
        }
        statements: dict[str, list[Statement]] = {function: [] for function in roles.values()}
        for policy in _of_type(resources, "AWS::IAM::Policy"):
            for role in policy["Properties"]["Roles"]:
                statements[roles[role["Ref"]]] += _statements(resources, policy)
        denials = []
        for type_ in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
            for policy in _of_type(resources, type_):
                for statement, parsed in zip(_document(policy), _statements(resources, policy), strict=True):
                    if statement["Effect"] == "Deny":
                        _require(statement["Principal"] in _ANYONE, statement)
                        denials.append(parsed)
                    else:
                        _require(set(statement["Principal"]) == {"Service"}, statement)
        return cls(roles, {name: tuple(of) for name, of in statements.items()}, tuple(denials))


def partition_keys(template: Mapping[str, Any]) -> PartitionKey:
    """Return how the tables of a template name their partition keys."""

    def partition_key(table: str, index: str | None) -> str:
        properties = template["Resources"][table]["Properties"]
        indexes = {each["IndexName"]: each for each in properties.get("GlobalSecondaryIndexes", [])}
        schema = (indexes[index] if index else properties)["KeySchema"]
        [name] = [each["AttributeName"] for each in schema if each["KeyType"] == "HASH"]
        return str(name)

    return partition_key


def _of_type(resources: Mapping[str, Any], type_: str) -> list[dict[str, Any]]:
    return [each for each in resources.values() if each["Type"] == type_]


def _document(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
    return statements


def _statements(resources: Mapping[str, Any], policy: Mapping[str, Any]) -> list[Statement]:
    return [Statement.from_policy(_resolved(each, resources)) for each in _document(policy)]


def _resolved(value: Any, resources: Mapping[str, Any]) -> Any:
    match value:
        case {"Ref": name} if name in _PSEUDO_PARAMETERS:
            return _PSEUDO_PARAMETERS[name]
        case {"Fn::GetAtt": [name, "Arn"]}:
            return _ARNS[resources[name]["Type"]].format(name)
        case {"Fn::Join": [separator, parts]}:
            return separator.join(_resolved(part, resources) for part in parts)
        case {"Ref": _} | {"Fn::GetAtt": _}:
            raise ValueError(f"not an ARN: {value}")
        case dict():
            return {name: _resolved(each, resources) for name, each in value.items()}
        case list():
            return [_resolved(each, resources) for each in value]
    return value


def _require(is_understood: bool, statement: object) -> None:
    if not is_understood:
        raise ValueError(f"not evaluated: {statement}")
