"""A template in words: what a test compares must read as what it means."""

from collections.abc import Mapping
from typing import Any

from aws_cdk.assertions import Template

Resource = dict[str, Any]


def resources(template: Template, resource_type: str) -> dict[str, Resource]:
    """Give the resources of a type (`AWS::S3::Bucket`), by logical id."""
    return {name: dict(found) for name, found in template.find_resources(resource_type).items()}


def properties(template: Template, resource_type: str) -> Resource:
    """Give the properties of the one resource of a type."""
    (resource,) = resources(template, resource_type).values()
    found: Resource = resource["Properties"]
    return found


def text(value: object) -> str:
    """Write a reference of CloudFormation as the logical id it points at: `UploadBucket/uploads/*`."""
    match value:
        case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
            return str(name)
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(text(part) for part in parts)
        case str():
            return value
    raise ValueError(f"cannot read {value!r}")


def texts(value: object) -> list[str]:
    """Do so for one or several."""
    return [text(part) for part in value] if isinstance(value, list) else [text(value)]


def statements(template: Template) -> list[Resource]:
    """Give every statement of every policy in the template, those on buckets, queues and roles alike."""
    found = []
    for resource in template.to_json()["Resources"].values():
        own = resource.get("Properties", {})
        documents = [own.get("PolicyDocument"), own.get("AssumeRolePolicyDocument")]
        documents += [policy["PolicyDocument"] for policy in own.get("Policies", [])]
        found += [statement for document in documents if document for statement in document["Statement"]]
    return found


def statements_of(template: Template, role: str) -> list[Resource]:
    """Give every statement of the policies of one role (logical id)."""
    return [
        statement
        for policy in resources(template, "AWS::IAM::Policy").values()
        if role in texts(policy["Properties"]["Roles"])
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def permissions(template: Template, role: str) -> dict[str, set[str]]:
    """Give all that a role (logical id) may do: resource -> actions."""
    allowed: dict[str, set[str]] = {}
    for statement in statements_of(template, role):
        assert statement["Effect"] == "Allow"
        for resource in texts(statement["Resource"]):
            allowed.setdefault(resource, set()).update(texts(statement["Action"]))
    return allowed


def logical_id(of: Mapping[str, Resource], prefix: str) -> str:
    """Give the one logical id that starts so; ids of resources without data may follow the tree of constructs."""
    (found,) = [name for name in of if name.startswith(prefix)]
    return found


def function(template: Template, handler: str) -> Resource:
    """Give the properties of the function whose handler is `meterdrop.handlers.<handler>.handler`."""
    (found,) = [
        resource["Properties"]
        for resource in resources(template, "AWS::Lambda::Function").values()
        if resource["Properties"]["Handler"] == f"meterdrop.handlers.{handler}.handler"
    ]
    own: Resource = found
    return own
