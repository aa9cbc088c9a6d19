"""The policies of partners that upload files with their own AWS credentials. Attach each one to a user or role."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.access.own_key import use_by_partner
from infra.settings import Settings
from infra.upload_bucket import ERROR_PREFIX

_UPLOAD_PREFIX = "uploads/"
# The owner pays for each object, and the functions must be able to read it. A multipart upload sends these headers with
# its first call only, and most clients never send them. IAM has no condition for the size of an object.
_PUT_CONDITIONS = {
    "StringEqualsIfExists": {"s3:x-amz-storage-class": "STANDARD", "s3:x-amz-server-side-encryption": "AES256"},
    "Null": {
        "s3:x-amz-server-side-encryption-aws-kms-key-id": "true",
        "s3:x-amz-server-side-encryption-customer-algorithm": "true",
    },
}


class PartnerPolicies(Construct):
    """One managed policy for each partner: put to `uploads/<partner>/`, and list and read `errors/<partner>/`."""

    def __init__(self, scope: Construct, construct_id: str, *, bucket: s3.IBucket, settings: Settings) -> None:
        """Create a policy for each partner of the settings. Its name has the region, because IAM has no regions."""
        super().__init__(scope, construct_id)
        for partner in settings.partners:
            iam.ManagedPolicy(
                self,
                partner,
                managed_policy_name=f"{settings.name}-partner-{partner}-{Aws.REGION}",
                description=f"Upload usage files to {_UPLOAD_PREFIX}{partner}/ and read {ERROR_PREFIX}{partner}/",
                statements=[
                    *_statements(bucket, partner, tls_only=settings.tls_only),
                    *use_by_partner(settings, bucket.bucket_arn),
                ],
            )


def _statements(bucket: s3.IBucket, partner: str, *, tls_only: bool) -> list[iam.PolicyStatement]:
    tls = {"Bool": {"aws:SecureTransport": "true"}} if tls_only else {}
    errors = f"{ERROR_PREFIX}{partner}/*"
    return [
        iam.PolicyStatement(
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects(f"{_UPLOAD_PREFIX}{partner}/*")],
            conditions={**tls, **_PUT_CONDITIONS},
        ),
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[bucket.arn_for_objects(errors)], conditions=tls),
        # An error file's name has the upload's ID. A partner without an API key finds it only in this list.
        iam.PolicyStatement(
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions={**tls, "StringLike": {"s3:prefix": errors}},
        ),
    ]
