"""Whatever a restore leaves of one second, repair makes it right: nothing is lost, and nothing counts twice."""

from collections import Counter
from collections.abc import Callable

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.model.product import Product
from tests.repair.history import TABLES, History
from tests.repair.restoring import audit, repair, repair_interrupted, repair_of
from tests.repair.script import STEPS, Script, Step, facts_of

_RESTORES = 3
"""Restores of each run."""
_LONGEST = 40
"""Writes of the second that a restore goes to."""
_FIXED = (
    "items of usage differ",
    "counters",
    "their usage.",
    "stores them again",
    "reprocess the",
    "may have had",
    "roll-ups",
)
_UNDONE = {"failed", "reverted", "reverting"}


def test_whatever_a_restore_leaves(product: Product, record_property: Callable[[str, object], None]) -> None:
    """Each table is restored to its own moment of one second, with parts of transactions."""
    account = product.functions.account
    empty = account.save()
    reached: Counter[str] = Counter()

    @settings(phases=[Phase.generate])
    @given(steps=STEPS, data=st.data())
    def run(steps: list[Step], data: st.DataObject) -> None:
        account.restore(empty)
        script, history = Script(product), History(product.functions)
        with history.recorded():
            for step in steps:
                script.do(step)
        end = account.save()
        done = list(script.done)
        script.do_all_again()
        expected = script.facts()
        for _ in range(_RESTORES):
            if not history.writes:
                return
            account.restore(end)
            script.done = list(done)
            first = data.draw(st.integers(0, len(history.writes) - 1), label="first")
            moments = st.integers(first, min(len(history.writes), first + _LONGEST))
            cuts = {table: data.draw(moments, label=table) for table in TABLES if table != "catalog"}
            history.restore(history.at(first, cuts | {"catalog": first}, lambda: data.draw(st.booleans())))
            _check(script, expected, data, reached)

    run()
    record_property("restores", ", ".join(f"{count} {name}" for name, count in sorted(reached.items())))
    assert {"named by the audit", "in progress", *_FIXED} <= set(reached)


def _check(script: Script, expected: Counter[tuple[object, ...]], data: st.DataObject, reached: Counter[str]) -> None:
    product = script.product
    product.advance(700)  # no attempt holds an upload any more
    uploads, restored = script.uploads(), script.events()
    undone = {id_ for id_, each in uploads.items() if each["status"] in _UNDONE}
    kept = facts_of([event for event in restored if event.owner not in undone])
    named = audit(product)
    reached["restores"] += 1
    reached["named by the audit"] += bool(named)
    if any(each["status"] in {"processing", "reverting"} for each in uploads.values()):
        reached["in progress"] += 1
    elif not named:
        script.read_usage()  # the audit is never silent about a wrong summary
    for line in repair_of(product, is_dry_run=True).run():
        reached.update(what for what in _FIXED if what in line)
    repair_interrupted(product, data.draw(st.integers(0, 12), label="interrupted"))
    repair(product)
    assert [] == audit(product)
    product.queues.record()
    assert [] == audit(product)
    script.read_usage()
    assert kept <= script.facts()
    script.do_all_again()
    assert [] == audit(product)
    facts = script.facts()
    assert facts <= expected if script.has_reverts else facts == expected
