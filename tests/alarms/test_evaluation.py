"""The rules by which alarms are evaluated in these tests: the examples that AWS's documentation has for them."""

import pytest

from tests.alarms.cloudwatch import evaluated

_STATES = {"O": "OK", "A": "ALARM", "I": "INSUFFICIENT_DATA", "S": "the state before"}
_POINT = {"0": False, "X": True, "-": None}


@pytest.mark.parametrize(
    ("points", "datapoints", "expected"),
    [
        # Three of three, and two of three, over a range of five. The states are those for data that is missing,
        # ignored, breaching, and not breaching.
        ("0-X-X", 3, "OOOO"),
        ("0----", 3, "OOOO"),
        ("-----", 3, "ISAO"),
        ("0XX-X", 3, "AAAA"),
        ("--X--", 3, "ASAO"),
        ("0-X-X", 2, "AAAA"),
        ("00X0X", 2, "AAAA"),
        ("0-X--", 2, "OOAO"),
        ("----0", 2, "OOAO"),
        ("---X-", 2, "ASAO"),
    ],
)
def test_missing_points_are_treated_as_documented(points: str, datapoints: int, expected: str) -> None:
    """Real points come first, however old; only what is then still missing is filled."""
    treatments = ("missing", "ignore", "breaching", "notBreaching")
    breaching = [_POINT[each] for each in points]
    assert [
        evaluated(breaching, 3, datapoints, missing=treatment, state="the state before") for treatment in treatments
    ] == [_STATES[each] for each in expected]


@pytest.mark.parametrize("points", ["----X", "---X-"])
def test_a_single_point_does_not_ring_too_early(points: str) -> None:
    """The next one may be fine."""
    breaching = [_POINT[each] for each in points]
    assert evaluated(breaching, 3, 3, missing="missing", state="OK") == "OK"
