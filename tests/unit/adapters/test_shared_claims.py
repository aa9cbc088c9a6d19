"""The contract of shared claims, in memory and on moto."""

import pytest

from meterdrop.adapters.uploads.claims import SharedClaimTable
from meterdrop.domain.uploads.claims import SharedClaim
from meterdrop.pipeline.ports import SharedClaims
from tests.support.fakes.status import FakeSharedClaims

CONTENT = "content#" + "a" * 64
KEY = "key#uploads/ü/a b.csv"


@pytest.fixture(params=["in memory", "on moto"])
def claims(request: pytest.FixtureRequest) -> SharedClaims:
    """Make the claims."""
    if request.param == "in memory":
        return FakeSharedClaims()
    return SharedClaimTable(request.getfixturevalue("aws").dynamodb, "uploads")


@pytest.mark.parametrize("name", [CONTENT, KEY])
def test_what_nobody_claims(claims: SharedClaims, name: str) -> None:
    """It is free, once; what has another name stays so."""
    first = SharedClaim("upl_a", {"upl_a": ""})
    assert None is claims.get(name)
    assert claims.put(name, first) is True
    assert claims.put(name, SharedClaim("upl_b", {"upl_b": ""})) is False
    assert first == claims.get(name)
    assert None is claims.get(name + "x")


def test_next_revision(claims: SharedClaims) -> None:
    """A claim is changed, as a whole, only by who read what is stored."""
    claims.put(KEY, SharedClaim("upl_a", {"upl_a": "1-20"}))
    second = SharedClaim("upl_b", {"upl_a": "1-20", "upl_b": "3 17-20"}, 2)
    assert claims.put(KEY, second) is True
    assert claims.put(KEY, SharedClaim("upl_c", {"upl_c": "1"}, 2)) is False
    assert second == claims.get(KEY)
    third = SharedClaim("upl_b", {}, 3, pages=2, latest=("upl_a", "upl_b"))
    assert claims.put(KEY, third) is True
    assert third == claims.get(KEY)


def test_nothing_has_no_next_revision(claims: SharedClaims) -> None:
    """What was never claimed is claimed as the first or not at all."""
    assert claims.put(KEY, SharedClaim("upl_a", {"upl_a": ""}, 2)) is False
    assert None is claims.get(KEY)


def test_who_holds_it_already_says_so_again(claims: SharedClaims) -> None:
    """Who read the claim before that finds it changed, though its owner is the same."""
    claims.put(KEY, SharedClaim("upl_a", {"upl_a": "1"}))
    assert claims.put(KEY, SharedClaim("upl_a", {"upl_a": "1"}, 2)) is True
    assert claims.put(KEY, SharedClaim("upl_b", {"upl_a": "1", "upl_b": "1"}, 2)) is False
