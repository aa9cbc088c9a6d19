"""The contract of claims of customers keys, in memory and on moto."""

import pytest

from meterdrop.adapters.uploads.claims import CustomersClaimTable
from meterdrop.domain.uploads.claims import CustomersClaim
from meterdrop.pipeline.ports import CustomersClaims
from tests.support.fakes.status import FakeCustomersClaims

NAME = "customers#customers/ü/a b.csv"
FIRST = CustomersClaim("upl_a", "upl_a", "1727108545#0066F1964C0A55AED6")


@pytest.fixture(params=["in memory", "on moto"])
def claims(request: pytest.FixtureRequest) -> CustomersClaims:
    """Make the claims."""
    if request.param == "in memory":
        return FakeCustomersClaims()
    return CustomersClaimTable(request.getfixturevalue("aws").dynamodb, "uploads")


def test_what_nobody_claims(claims: CustomersClaims) -> None:
    """It is free, once; what has another name stays so."""
    assert claims.get(NAME) is None
    assert claims.put(NAME, CustomersClaim("upl_b", "upl_b", "", 2)) is False
    assert claims.put(NAME, FIRST) is True
    assert claims.put(NAME, CustomersClaim("upl_b", "upl_b", "")) is False
    assert claims.get(NAME) == FIRST
    assert claims.get(NAME + "x") is None


def test_next_revision(claims: CustomersClaims) -> None:
    """A claim is changed only by an attempt that read what is stored, the one that holds it too."""
    claims.put(NAME, FIRST)
    second = CustomersClaim("upl_b", "upl_a", "", 2)
    assert claims.put(NAME, second) is True
    assert claims.put(NAME, CustomersClaim("upl_c", "upl_c", "9#", 2)) is False
    assert claims.get(NAME) == second
    assert claims.put(NAME, CustomersClaim("upl_b", "upl_a", "", 3)) is True
