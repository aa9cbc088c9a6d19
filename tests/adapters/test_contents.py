"""The contract of content claims, in memory and on moto."""

import pytest

from meterdrop.adapters.content_claims import ContentClaims
from meterdrop.domain.content_claim import ContentClaim
from meterdrop.pipeline.ports import Contents
from tests.adapters.conftest import Aws, Calls
from tests.fakes.status import FakeContents

HASH = "a" * 64


@pytest.fixture(params=["in memory", "on moto"])
def contents(request: pytest.FixtureRequest, calls: Calls) -> Contents:
    """Make the claims."""
    if request.param == "in memory":
        return FakeContents()
    return ContentClaims(request.getfixturevalue("aws").dynamodb, "uploads", calls)


def test_free_content(contents: Contents) -> None:
    """Content that nobody claimed is free, once."""
    assert contents.get(HASH) is None
    assert contents.own(HASH, "upl_a", None) is True
    assert contents.own(HASH, "upl_b", None) is False
    assert contents.get(HASH) == ContentClaim("upl_a", frozenset())
    assert contents.get("b" * 64) is None


def test_taken_over(contents: Contents) -> None:
    """An owner is replaced only by who read that very owner; those beside it stay."""
    contents.own(HASH, "upl_a", None)
    contents.join(HASH, "upl_x", "upl_a")
    assert contents.own(HASH, "upl_b", "upl_z") is False
    assert contents.own(HASH, "upl_b", "upl_a") is True
    assert contents.own(HASH, "upl_c", "upl_a") is False
    assert contents.get(HASH) == ContentClaim("upl_b", frozenset({"upl_x"}))


def test_let_in_beside(contents: Contents) -> None:
    """Others are added beside the owner that was read, each once."""
    contents.own(HASH, "upl_a", None)
    assert contents.join(HASH, "upl_b", "upl_a") is True
    assert contents.join(HASH, "upl_b", "upl_a") is True
    assert contents.join(HASH, "upl_c", "upl_a") is True
    assert contents.join(HASH, "upl_d", "upl_z") is False
    claim = contents.get(HASH)
    assert claim == ContentClaim("upl_a", frozenset({"upl_b", "upl_c"}))
    assert claim.holders == {"upl_a", "upl_b", "upl_c"}


def test_nobody_joins_nothing(contents: Contents) -> None:
    """There must be an owner."""
    assert contents.join(HASH, "upl_b", "upl_a") is False
    assert contents.get(HASH) is None


def test_every_call_is_announced(aws: Aws, calls: Calls) -> None:
    """No call is begun when the attempt's time is up."""
    claims = ContentClaims(aws.dynamodb, "uploads", calls)
    calls.is_over = True
    for call in (lambda: claims.get(HASH), lambda: claims.own(HASH, "a", None), lambda: claims.join(HASH, "a", "b")):
        with pytest.raises(TimeoutError):
            call()
