"""CloudWatch's alarms: what state each is in at any minute, by the rules that AWS documents.

An alarm is evaluated every minute over the last periods, which end at that minute. AWS looks back further than the
alarm's evaluation periods, and takes the newest points that it finds there. Only what this stack's alarms use is known:
`FILL(m, 0)`, sums, and four statistics.
"""

import re
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from tests.support.template import text

MINUTE = 60
_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
}
_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}
_TERM = re.compile(r"FILL\((?P<filled>\w+), ?0\)|(?P<plain>\w+)")


class Unknown(NamedTuple):
    """What AWS doesn't tell about its evaluation."""

    further: int = 2
    """The periods by which it looks back further than the alarm says. Two are documented, for one example."""
    delay: float = 0
    """The seconds after which it knows a value."""
    fills_all: bool = True
    """Whether FILL also fills a metric that has no point at all in that time."""


Metric = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, name, and dimensions."""


@dataclass(slots=True)
class Points:
    """The values of metrics, each with its time in epoch seconds."""

    _of: dict[Metric, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, metric: Metric, time: float, value: float) -> None:
        """Publish one value."""
        insort(self._of[metric], (time, value))

    def between(self, metric: Metric, start: float, end: float) -> list[float]:
        """Return the values from `start` to before `end`."""
        points = self._of.get(metric, [])
        return [value for _, value in points[bisect_left(points, (start,)) : bisect_left(points, (end,))]]

    def names(self, namespace: str) -> set[str]:
        """Return the names of the metrics of a namespace that have values."""
        return {name for space, name, _ in self._of if space == namespace}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of a template."""

    name: str
    metrics: Mapping[str, tuple[Metric, str]]
    """By their names in the expression: metric and statistic."""
    expression: str
    period: int
    evaluation_periods: int
    datapoints_to_alarm: int
    threshold: float
    comparison: str
    missing: str
    """What is done with missing points: `breaching`, `notBreaching`, `ignore`, or `missing`."""

    def state_after(self, state: str, points: Points, now: float, unknown: Unknown) -> str:
        """Return the state at a minute: `OK`, `ALARM` or `INSUFFICIENT_DATA`; `state` is the one before."""
        reach = range(self.evaluation_periods + unknown.further, 0, -1)
        start, known_until = now - reach[0] * self.period, now - unknown.delay
        values: list[float | None] = [None for _ in reach]
        if unknown.fills_all or all(points.between(of, start, known_until) for of, _ in self.metrics.values()):
            values = [self._value(points, now - each * self.period, known_until) for each in reach]
        breaching = [None if value is None else _BREACHES[self.comparison](value, self.threshold) for value in values]
        return evaluated(
            breaching, self.evaluation_periods, self.datapoints_to_alarm, missing=self.missing, state=state
        )

    def _value(self, points: Points, start: float, known_until: float) -> float | None:
        total = 0.0
        for term in self.expression.split("+"):
            matched = _TERM.fullmatch(term.strip())
            assert matched, self.expression
            metric, statistic = self.metrics[matched["filled"] or matched["plain"]]
            values = points.between(metric, start, min(start + self.period, known_until))
            if not values and matched["plain"]:
                return None
            total += _STATISTICS[statistic](values) if values else 0
        return total


def evaluated(breaching: Sequence[bool | None], periods: int, datapoints: int, *, missing: str, state: str) -> str:
    """Return an alarm's state by the points of its evaluation range, oldest first; None is a missing point."""
    real = [each for each in breaching if each is not None]
    filled = max(0, periods - len(real))
    newest = real[-periods:]
    if sum(newest) + (filled if missing == "breaching" else 0) >= datapoints:
        return "ALARM"
    if not filled or missing in {"breaching", "notBreaching"} or not all(real):
        return "OK"
    if missing == "ignore":
        return state
    if not real:
        return "INSUFFICIENT_DATA"
    oldest = next(len(breaching) - place for place, each in enumerate(breaching) if each)
    return "ALARM" if oldest >= datapoints else state


def changes(alarm: Alarm, points: Points, start: float, end: float, unknown: Unknown) -> list[tuple[float, str]]:
    """Return when an alarm changes its state between two times, and to what. It begins as OK."""
    states = [(start, "OK")]
    for minute in range(int(start), int(end) + 1, MINUTE):
        states.append((minute, alarm.state_after(states[-1][1], points, minute, unknown)))
    return [(minute, state) for (_, before), (minute, state) in pairwise(states) if state != before]


def alarms_of(resources: Mapping[str, Any]) -> dict[str, Alarm]:
    """Read the alarms of a template's resources, by the names in their logical IDs."""
    found = [
        (re.sub(r"^Alarms|[0-9A-F]{8}$", "", id_), resource["Properties"])
        for id_, resource in resources.items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    return {name: _alarm(name, alarm) for name, alarm in found}


def _alarm(name: str, alarm: Mapping[str, Any]) -> Alarm:
    metrics: dict[str, tuple[Metric, str]] = {}
    if "Metrics" in alarm:
        [expression] = [each["Expression"] for each in alarm["Metrics"] if "Expression" in each]
        stats = {each["Id"]: each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each}
        metrics = {id_: (_metric(each["Metric"]), each["Stat"]) for id_, each in stats.items()}
        [period] = {each["Period"] for each in stats.values()}
    else:
        expression, period = "m", alarm["Period"]
        metrics = {"m": (_metric(alarm), alarm["Statistic"])}
    periods = alarm["EvaluationPeriods"]
    # Whatever the alarm says, AWS maintains its state where a point of this namespace is missing.
    is_of_tables = any(metric[0] == "AWS/DynamoDB" for metric, _ in metrics.values())
    return Alarm(
        name,
        metrics,
        expression,
        period,
        periods,
        alarm.get("DatapointsToAlarm", periods),
        alarm["Threshold"],
        alarm["ComparisonOperator"],
        "ignore" if is_of_tables else alarm["TreatMissingData"],
    )


def _metric(of: Mapping[str, Any]) -> Metric:
    dimensions = frozenset((each["Name"], text(each["Value"])) for each in of.get("Dimensions", []))
    return text(of["Namespace"]), of["MetricName"], dimensions
