"""The patterns of a partner's limits."""

import pytest

from meterdrop.domain.metering.partners import Partner


@pytest.mark.parametrize(
    ("pattern", "allowed", "refused"),
    [
        ("acme_*", "acme_1", "Acme_1"),
        ("acme-?", "acme-7", "acme-77"),
        ("acme[1]", "acme[1]", "acme1"),
        ("*[ab]", "x[ab]", "xa"),
        ("acme", "acme", "acme\n"),
    ],
)
def test_patterns(pattern: str, allowed: str, refused: str) -> None:
    """Stars and question marks stand for characters. Everything else, such as brackets, stands for itself."""
    limits = Partner(customers=(pattern,), meters=(pattern,))
    assert (True, True) == (limits.may_bill(allowed), limits.may_use(allowed))
    assert (False, False) == (limits.may_bill(refused), limits.may_use(refused))


def test_no_patterns() -> None:
    """Without a limit, all is allowed. An empty limit allows nothing."""
    assert Partner().may_bill("acme")
    assert not Partner(customers=()).may_bill("acme")
