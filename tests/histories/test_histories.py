"""A round of `make histories` on the deployed stack."""

from tests.histories.rounds import run_round
from tools.stack.local_stack import LocalStack


def test_a_history_has_an_order(stack: LocalStack) -> None:
    """Some clients work at once, while functions are killed and answers are lost."""
    found = run_round(stack, 20240930, clients=4, calls=120)
    assert [] == found.problems
    assert found.counts["killed functions"]
    assert found.counts["answers lost"]
    assert found.counts["changes"] > 20
