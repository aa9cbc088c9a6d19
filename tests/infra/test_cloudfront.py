"""The template of CloudFront and WAF, which an owner may put in front of the API."""

from functools import cache
from typing import Any

from cfnlint.api import lint
from cfnlint.config import ManualArgs
from cfnlint.decode import decode_str

from meterdrop.api.dispatch import ORIGIN_HEADER
from meterdrop.api.http.static_files import ASSETS_PREFIX
from tools.setup.places import ROOT

TEXT = (ROOT / "docs/cloudfront.yaml").read_text(encoding="utf-8")


@cache
def resource(name: str) -> Any:
    """Give the properties of a resource."""
    template, _ = decode_str(TEXT)
    assert template is not None
    return template["Resources"][name]["Properties"]


def test_cfn_lint_is_content() -> None:
    """By AWS's own schemas, in the region of web ACLs for CloudFront."""
    without_domain = "W1030"  # the empty default of the certificate, which is then not used
    assert lint(TEXT, config=ManualArgs(regions=["us-east-1"], ignore_checks=[without_domain])) == []


def test_the_origin_gets_the_secret_that_the_function_checks() -> None:
    """Over TLS, in the function's header."""
    (origin,) = resource("Distribution")["DistributionConfig"]["Origins"]
    assert [{"HeaderName": ORIGIN_HEADER, "HeaderValue": {"Ref": "OriginSecret"}}] == origin["OriginCustomHeaders"]
    assert "https-only" == origin["CustomOriginConfig"]["OriginProtocolPolicy"]


def test_only_assets_are_cached() -> None:
    """A cached response of the API would be somebody else's."""
    config = resource("Distribution")["DistributionConfig"]
    disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert disabled == config["DefaultCacheBehavior"]["CachePolicyId"]
    (cached,) = config["CacheBehaviors"]
    assert (f"{ASSETS_PREFIX}*", True) == (cached["PathPattern"], cached["CachePolicyId"] != disabled)


def test_each_address_has_a_limit_and_a_smaller_one_without_a_key() -> None:
    """Both rules block by the address of the client."""
    rules = {rule["Name"]: rule for rule in resource("WebAcl")["Rules"]}
    limits = {name: rule["Statement"]["RateBasedStatement"] for name, rule in rules.items()}
    assert {"without-key", "every-request"} == rules.keys()
    assert [{"IP"}, {"Block"}] == [
        {limit["AggregateKeyType"] for limit in limits.values()},
        {name for rule in rules.values() for name in rule["Action"]},
    ]
    without_key = limits["without-key"]["ScopeDownStatement"]["NotStatement"]["Statement"]["SizeConstraintStatement"]
    assert {"SingleHeader": {"Name": "authorization"}} == without_key["FieldToMatch"]
    assert "ScopeDownStatement" not in limits["every-request"]
