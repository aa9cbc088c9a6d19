"""The deployed template, with the names and ARNs of the resources that CloudFormation made from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tools.stack.clients import Clients
from tools.stack.outputs import stack_name

_ARNS = {
    "AWS::DynamoDB::GlobalTable": "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
    "AWS::Logs::LogGroup": "arn:{partition}:logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "arn:{partition}:s3:::{name}",
    "AWS::SQS::Queue": "arn:{partition}:sqs:{region}:{account}:{name}",
    "AWS::IAM::Role": "arn:{partition}:iam::{account}:role/{name}",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource: its logical ID, its type, its physical name, and its properties as the template has them."""

    id: str
    type: str
    name: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deployed:
    """The resources of a stack by logical ID, and where they are."""

    resources: Mapping[str, Resource]
    region: str
    account: str
    partition: str

    @classmethod
    def read(cls, clients: Clients, stage: str) -> "Deployed":
        """Read the template and the resources of a stage's stack."""
        cloudformation, name = clients.cloudformation(), stack_name(stage)
        caller = clients.other("sts").get_caller_identity()
        body = cast("Mapping[str, Any]", cloudformation.get_template(StackName=name)["TemplateBody"])
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        names = {
            each["LogicalResourceId"]: each.get("PhysicalResourceId", "")
            for page in pages
            for each in page["StackResourceSummaries"]
        }
        resources = {
            id_: Resource(id_, each["Type"], names[id_], each.get("Properties", {}))
            for id_, each in body["Resources"].items()
            if id_ in names
        }
        return cls(resources, str(clients.region), caller["Account"], caller["Arn"].split(":")[1])

    def of_type(self, type_: str) -> Iterator[Resource]:
        """Yield the resources of a type, such as `AWS::Lambda::Function`."""
        return (each for each in self.resources.values() if each.type == type_)

    def arn(self, id_: str) -> str:
        """Return the ARN of a table, log group, bucket, queue or role."""
        resource = self.resources[id_]
        name = resource.name.rpartition("/")[2] if resource.type == "AWS::SQS::Queue" else resource.name
        return _ARNS[resource.type].format(
            partition=self.partition, region=self.region, account=self.account, name=name
        )

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 - any part of a template
        """Replace references in a part of the template by what they stand for."""
        pseudo = {
            "AWS::Region": self.region,
            "AWS::AccountId": self.account,
            "AWS::Partition": self.partition,
        }
        match value:
            case {"Ref": id_}:
                return pseudo.get(id_) or self.resources[id_].name
            case {"Fn::GetAtt": [id_, "Arn"]}:
                return self.arn(id_)
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self.resolve(part) for part in parts)
            case dict():
                return {name: self.resolve(part) for name, part in value.items()}
            case list():
                return [self.resolve(part) for part in value]
        return value
