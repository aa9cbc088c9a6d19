"""Which contents are one: as two events of one identifier would be the same, so are two rows without."""

from decimal import Decimal
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.event import Content
from meterdrop.domain.key_account import digest

_texts = st.text(alphabet="a'\"\\,()1 ü\ud800\n", max_size=4)
_numbers = st.sampled_from([None, *map(Decimal, ("0", "-0", "0.0", "400", "4E+2", "400.00", "-1.5", "-1.50", "1E-12"))])
_contents = st.tuples(
    _texts, _texts, st.sampled_from([0, 1, 11]), _numbers, st.dictionaries(_texts, _texts, max_size=2)
)


@given(_contents, _contents)
def test_equal_digests_are_equal_contents(one: Content, other: Content) -> None:
    """And the other way round."""
    assert (one == other) == (digest(one) == digest(other))


@given(_contents, _contents, st.integers(0, 4))
def test_each_part_makes_a_difference(one: Content, other: Content, at: int) -> None:
    """Two that differ in one part alone are two."""
    changed = cast("Content", (*one[:at], other[at], *one[at + 1 :]))
    assert (one == changed) == (digest(one) == digest(changed))


@given(_contents)
def test_order_of_the_payload(content: Content) -> None:
    """In which order columns stand makes no difference."""
    turned = dict(reversed(list(content[4].items())))
    assert digest(content) == digest((*content[:4], turned))


def test_sixteen_bytes() -> None:
    """Long enough that no two rows have one by chance, short enough to be kept for every row."""
    assert 16 == len(digest(("a", "b", 1, Decimal(1), {})))
