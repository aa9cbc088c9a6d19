"""What a partner may do who drops files with AWS credentials of its own: a policy each, to attach to a user or role."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.settings import Settings
from infra.upload_bucket import ERROR_PREFIX

_DROP_PREFIX = "uploads/"


class PartnerPolicies(Construct):
    """A managed policy a partner: put under `uploads/<partner>/`, list and read `errors/<partner>/`, nothing else."""

    def __init__(self, scope: Construct, construct_id: str, *, bucket: s3.IBucket, settings: Settings) -> None:
        """Make one for each partner of the settings, named so that the owner finds it."""
        super().__init__(scope, construct_id)
        for partner in settings.partners:
            iam.ManagedPolicy(
                self,
                partner,
                managed_policy_name=f"{settings.name}-partner-{partner}",
                description=f"Drop files of usage under {_DROP_PREFIX}{partner}/ and read {ERROR_PREFIX}{partner}/",
                statements=_statements(bucket, partner, tls_only=settings.tls_only),
            )


def _statements(bucket: s3.IBucket, partner: str, *, tls_only: bool) -> list[iam.PolicyStatement]:
    tls = {"Bool": {"aws:SecureTransport": "true"}} if tls_only else {}
    errors = f"{ERROR_PREFIX}{partner}/*"
    return [
        iam.PolicyStatement(
            actions=["s3:PutObject"], resources=[bucket.arn_for_objects(f"{_DROP_PREFIX}{partner}/*")], conditions=tls
        ),
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[bucket.arn_for_objects(errors)], conditions=tls),
        # An error file's name holds the upload's id, which a partner without the API learns from here alone.
        iam.PolicyStatement(
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions={**tls, "StringLike": {"s3:prefix": errors}},
        ),
    ]
