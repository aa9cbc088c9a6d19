"""AWS Solutions' rules (cdk-nag): every finding is accepted here, for a reason; none is accepted in vain."""

import pytest
from cdk_nag import AwsSolutionsChecks

from infra.stack import MeterdropStack
from tests.infra.conftest import LOCAL, MakeStack

_INGEST, _API, _RECOVER, _SWEEP = (
    f"Meterdrop/{name}/Role/DefaultPolicy/Resource" for name in ("Ingest", "Api", "Recover", "Sweep")
)
_FUNCTIONS = ("Ingest", "Api", "Recover", "Sweep")
_PARTNER = "Meterdrop/Partners/acme/Resource"

Finding = tuple[str, str]
"""Rule, with the finding where the rule has several, and path of the construct."""


def _wildcard(resource: str, *paths: str) -> list[Finding]:
    return [(f"AwsSolutions-IAM5[Resource::{resource}]", path) for path in paths]


_TRAIL = (
    "Each upload's status says what was dropped, when and under which key. Who dropped it is for CloudTrail, which an "
    "owner turns on for the account; access logs in a second bucket would say less."
)
_KEYS = (
    "An HTTP API authorizer can only answer a bare 403. The API function judges the key of every request before it "
    "routes, on paths that do not exist too."
)
_OPEN = "The page without data, and the health check, need no key. The function refuses every other method there."
_PYTHON = "The functions run on the Python that deploys, on which the tests ran. Lambda supports several versions."
_TRACES = "X-Ray knows no resources: with tracing on, a function may put traces."
_PREFIX = "All objects below one prefix: which keys people drop is not known beforehand."
_FOLDER = "All objects below a partner's own folder."
_INDEXES = "All indexes of the one table, each of which a function lists by."
_REASONS: list[tuple[str, list[Finding]]] = [
    (_TRAIL, [("AwsSolutions-S1", "Meterdrop/Uploads/Bucket/Resource")]),
    (_KEYS, [("AwsSolutions-APIG4", "Meterdrop/HttpApi/Api/DefaultRoute/Resource")]),
    (_OPEN, [("AwsSolutions-APIG4", f"Meterdrop/HttpApi/{name}") for name in ("Page", "Assets", "Health")]),
    (_PYTHON, [("AwsSolutions-L1", f"Meterdrop/{name}/Function/Resource") for name in _FUNCTIONS]),
    (_TRACES, _wildcard("*", _INGEST, _API, _RECOVER, _SWEEP)),
    *(
        (_PREFIX, _wildcard(f"<UploadBucket.Arn>/{prefix}/*", _INGEST, _API, _RECOVER, _SWEEP))
        for prefix in ("uploads", "validate", "customers")
    ),
    (_PREFIX, _wildcard("<UploadBucket.Arn>/errors/*", _INGEST, _API, _RECOVER)),
    *((_PREFIX, _wildcard(f"<UploadBucket.Arn>/{prefix}/*", _INGEST, _API)) for prefix in ("reports", "statements")),
    *((_FOLDER, _wildcard(f"<UploadBucket.Arn>/{prefix}/acme/*", _PARTNER)) for prefix in ("uploads", "errors")),
    (_INDEXES, _wildcard("<UploadsTable.Arn>/index/*", _INGEST, _API, _SWEEP)),
    (_INDEXES, _wildcard("<CatalogTable.Arn>/index/*", _API)),
]
ACCEPTED = {finding: reason for reason, findings in _REASONS for finding in findings}


def broken(stack: MeterdropStack) -> set[Finding]:
    """Check a stack; in version 3 cdk-nag is no aspect any more, but a validation that can be asked directly."""
    report = AwsSolutionsChecks(stack, verbose=True).validate_scope(stack)
    return {
        (found.rule_name, str(resource.construct_path))
        for found in report.violations
        for resource in found.violating_resources
    }


@pytest.fixture(scope="module")
def findings(make_stack: MakeStack) -> set[Finding]:
    """Check the stack with all that can be turned on."""
    return broken(make_stack(alarmEmail="ops@example.com", partners=["acme"]))


def test_every_finding_is_accepted_for_a_reason(findings: set[Finding]) -> None:
    """A new finding fails here: put it right, or say why not."""
    assert findings - ACCEPTED.keys() == set()


def test_nothing_is_accepted_in_vain(findings: set[Finding]) -> None:
    """What is no longer found needs no excuse."""
    assert ACCEPTED.keys() - findings == set()


def test_the_rules_are_in_force(make_stack: MakeStack) -> None:
    """The check sees a fault where there is one: the stack for the emulator takes plain HTTP."""
    rules = {rule for rule, _ in broken(make_stack(**LOCAL))}
    assert {"AwsSolutions-S10", "AwsSolutions-SQS4"} <= rules
