"""The bucket: private, encrypted, versioned, and every object under an input prefix is announced."""

import pytest
from aws_cdk.assertions import Template

from infra.settings import SettingError
from infra.upload_bucket import TOO_LARGE_BYTES
from meterdrop.domain.files.decoding import SIZE_LIMIT
from tests.infra.conftest import Synthesize
from tests.infra.test_permissions import queue
from tests.support.template import properties, resources, text

BUCKET = "AWS::S3::Bucket"


@pytest.mark.parametrize("settings", [{}, {"stage": "dev"}, {"local": True, "removalPolicy": "destroy"}])
def test_logical_id_of_the_bucket_never_changes(synthesize: Synthesize, settings: dict[str, object]) -> None:
    """Another logical id would be a new, empty bucket in the place of the old one."""
    assert list(resources(synthesize(**settings), BUCKET)) == ["UploadBucket"]


def test_nothing_in_the_bucket_can_be_public(template: Template) -> None:
    """All four blocks are on, and there are no access lists at all."""
    bucket = properties(template, BUCKET)
    assert bucket["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_bucket_refuses_plain_http(template: Template) -> None:
    """The bucket's policy is this denial, and the one below."""
    statement, _ = properties(template, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert [text(resource) for resource in statement.pop("Resource")] == ["UploadBucket", "UploadBucket/*"]
    assert statement == {
        "Effect": "Deny",
        "Action": "s3:*",
        "Principal": {"AWS": "*"},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_bucket_refuses_files_that_the_functions_cannot_read(template: Template) -> None:
    """Whoever uploads: no class that has to be restored first, and no key that only the client has."""
    _, statement = properties(template, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert [text(resource) for resource in statement.pop("Resource")] == [
        f"UploadBucket/{prefix}/*" for prefix in ("uploads", "validate", "customers")
    ]
    assert statement == {
        "Effect": "Deny",
        "Action": "s3:PutObject",
        "Principal": {"AWS": "*"},
        "Condition": {"StringEquals": {"s3:x-amz-storage-class": ["GLACIER", "DEEP_ARCHIVE"]}},
    }
    (rule,) = properties(template, BUCKET)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert {"EncryptionType": ["SSE-C"]} == rule["BlockedEncryptionTypes"]


def test_only_the_emulator_is_spoken_to_in_plain_http(local_template: Template) -> None:
    """The emulator enforces that denial too, and speaks nothing but HTTP."""
    assert resources(local_template, "AWS::S3::BucketPolicy") == {}


def test_bucket_is_encrypted_and_versioned(template: Template) -> None:
    """Both are said, not left to a default."""
    bucket = properties(template, BUCKET)
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"] == {
        "ServerSideEncryptionConfiguration": [
            {
                "ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
                "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
            }
        ]
    }


def test_no_lifecycle_rule_deletes_a_version(template: Template) -> None:
    """Undo and reprocess read them again. Unfinished uploads, reports, and files past the limit are cleared away."""
    assert SIZE_LIMIT == TOO_LARGE_BYTES
    assert properties(template, BUCKET)["LifecycleConfiguration"] == {
        "Rules": [
            {"Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
            {
                "Status": "Enabled",
                "Prefix": "reports/",
                "ExpirationInDays": 7,
                "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
            },
            *(
                {
                    "Status": "Enabled",
                    "Prefix": prefix,
                    "ObjectSizeGreaterThan": 5242880,
                    "ExpirationInDays": 30,
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
                }
                for prefix in ("uploads/", "validate/", "customers/")
            ),
        ]
    }


@pytest.mark.parametrize(
    ("setting", "prefix", "replaced"),
    [("customersRetentionDays", "customers/", 7), ("errorRetentionDays", "errors/", 1)],
)
def test_files_expire_by_settings(synthesize: Synthesize, setting: str, prefix: str, replaced: int) -> None:
    """Persons and refused rows need not be kept for ever; usage files are, whatever is set."""
    rules = properties(synthesize(**{setting: 400}), BUCKET)["LifecycleConfiguration"]["Rules"]
    assert rules[5:] == [
        {
            "Status": "Enabled",
            "Prefix": prefix,
            "ExpirationInDays": 400,
            "NoncurrentVersionExpiration": {"NoncurrentDays": replaced},
        }
    ]


@pytest.mark.parametrize("setting", ["customersRetentionDays", "errorRetentionDays"])
@pytest.mark.parametrize("days", [0, -1, "soon", 36_501])
def test_a_retention_is_a_number_of_days(synthesize: Synthesize, setting: str, days: object) -> None:
    """A rule of no days would empty the folder."""
    with pytest.raises(SettingError, match=f"{setting}.*a whole number from 1 to 36500"):
        synthesize(**{setting: days})


def test_every_object_under_an_input_prefix_is_announced(template: Template) -> None:
    """All ways to create an object count, and no suffix: multipart uploads and `.CSV` would vanish."""
    announced = properties(template, BUCKET)["NotificationConfiguration"]
    assert list(announced) == ["QueueConfigurations"]
    assert [(one["Event"], text(one["Queue"]), one["Filter"]) for one in announced["QueueConfigurations"]] == [
        ("s3:ObjectCreated:*", queue(template), {"S3Key": {"Rules": [{"Name": "prefix", "Value": prefix}]}})
        for prefix in ("uploads/", "validate/", "customers/")
    ]


def test_the_bucket_answers_the_page_alone(template: Template) -> None:
    """Only the page's own origin may read its answers: files by a signed URL, and which version a form has stored."""
    (api,) = resources(template, "AWS::ApiGatewayV2::Api")
    (rule,) = properties(template, BUCKET)["CorsConfiguration"]["CorsRules"]
    assert [{"Fn::GetAtt": [api, "ApiEndpoint"]}] == rule.pop("AllowedOrigins")
    assert {"AllowedMethods": ["GET", "POST"], "ExposedHeaders": ["x-amz-version-id"], "MaxAge": 3600} == rule


def test_the_bucket_answers_the_page_on_the_owners_domain_too(synthesize: Synthesize) -> None:
    """The bucket sees the origin of the page, which is the domain's."""
    found = synthesize(pageOrigins=["https://usage.example.com"])
    (api,) = resources(found, "AWS::ApiGatewayV2::Api")
    (rule,) = properties(found, BUCKET)["CorsConfiguration"]["CorsRules"]
    assert [{"Fn::GetAtt": [api, "ApiEndpoint"]}, "https://usage.example.com"] == rule["AllowedOrigins"]


def test_the_emulators_bucket_answers_the_page_under_both_its_addresses(local_template: Template) -> None:
    """The emulator serves the page beside S3, and under a name of the API's own."""
    (rule,) = properties(local_template, BUCKET)["CorsConfiguration"]["CorsRules"]
    assert ["http://localhost:4566", "http://feed5eed.execute-api.localhost:4566"] == rule["AllowedOrigins"]


def test_bucket_waits_until_it_may_announce(template: Template) -> None:
    """S3 tries the queue when the notification is set, so the queue's policy has to stand before."""
    policies = resources(template, "AWS::SQS::QueuePolicy")
    (own,) = [name for name, found in policies.items() if text(found["Properties"]["Queues"][0]) == queue(template)]
    assert own in resources(template, BUCKET)["UploadBucket"]["DependsOn"]


@pytest.mark.parametrize(("policy", "expected"), [("retain", "RetainExceptOnCreate"), ("destroy", "Delete")])
def test_bucket_is_kept_as_the_settings_say(synthesize: Synthesize, policy: str, expected: str) -> None:
    """By default the bucket outlives the stack."""
    bucket = resources(synthesize(removalPolicy=policy), BUCKET)["UploadBucket"]
    replaced = {"retain": "Retain", "destroy": "Delete"}[policy]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == (expected, replaced)
