"""The policies for partners: one folder to drop into, one to read errors from."""

from typing import Any

import pytest
from aws_cdk.assertions import Template

from tests.infra.conftest import LOCAL, Synthesize
from tests.support.template import resources, text

POLICY = "AWS::IAM::ManagedPolicy"


def policies(template: Template) -> dict[str, list[dict[str, Any]]]:
    """Give the statements of each managed policy by its name."""
    return {
        text(found["Properties"]["ManagedPolicyName"]): found["Properties"]["PolicyDocument"]["Statement"]
        for found in resources(template, POLICY).values()
    }


def test_nobody_is_a_partner_by_default(template: Template) -> None:
    """The permission to bill is the owner's to give."""
    assert resources(template, POLICY) == {}


@pytest.mark.parametrize("partners", [["acme", "Globex_2"], "acme,Globex_2"])
def test_each_partner_has_a_policy_of_its_own(synthesize: Synthesize, partners: object) -> None:
    """They are found by stage, partner and region, and are attached to nobody yet. Policies have no regions."""
    template = synthesize(partners=partners)
    assert sorted(policies(template)) == [
        "meterdrop-prod-partner-Globex_2-AWS::Region",
        "meterdrop-prod-partner-acme-AWS::Region",
    ]
    assert [
        found["Properties"] for found in resources(template, POLICY).values() if "Users" in found["Properties"]
    ] == []


def test_a_partner_may_do_this_and_nothing_else(synthesize: Synthesize) -> None:
    """Put below one folder, read and list below another, over TLS; no delete, no other version, no other folder."""
    (found,) = policies(synthesize(partners=["acme"])).values()
    tls = {"Bool": {"aws:SecureTransport": "true"}}
    readable = {
        "StringEqualsIfExists": {
            "s3:x-amz-storage-class": "STANDARD",
            "s3:x-amz-server-side-encryption": "AES256",
        },
        "Null": {
            "s3:x-amz-server-side-encryption-aws-kms-key-id": "true",
            "s3:x-amz-server-side-encryption-customer-algorithm": "true",
        },
    }
    assert [{**one, "Resource": text(one["Resource"])} for one in found] == [
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "UploadBucket/uploads/acme/*",
            "Condition": {**tls, **readable},
        },
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "UploadBucket/errors/acme/*", "Condition": tls},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "UploadBucket",
            "Condition": {**tls, "StringLike": {"s3:prefix": "errors/acme/*"}},
        },
    ]


def test_the_emulator_has_a_partner_to_try(synthesize: Synthesize) -> None:
    """It speaks nothing but HTTP: only there TLS is not asked for."""
    (found,) = policies(synthesize(**LOCAL, partners="sample")).values()
    put, get, list_ = [one.get("Condition", {}) for one in found]
    assert {"StringEqualsIfExists", "Null"} == put.keys()
    assert ({}, {"StringLike": {"s3:prefix": "errors/sample/*"}}) == (get, list_)
