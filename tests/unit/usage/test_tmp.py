from hypothesis import given, strategies as st, settings
from tests.support.stored_usage import StoredUsage, AtOnce
from tests.support.usage_strategy import *
from meterdrop.usage.summaries import Summaries, Wanted
from meterdrop.usage.billing_periods import Equal
from meterdrop.domain.codes import Formula
scopes = st.sampled_from([Scope(METER, None), *(Scope(METER, customer) for customer in CUSTOMERS)])
@settings(max_examples=300, deadline=None)
@given(events=stored_events(), scope=scopes, formula=st.sampled_from(list(Formula)), one=minutes, other=minutes)
def test_a(events, scope, formula, one, other):
    start, end = min(one, other), max(one, other) + 60
    s = StoredUsage(events)
    w = Wanted(scope=scope, formula=formula, periods=Equal(end - start, origin=start), start=start, end=end, only_used=False)
    for _ in range(2):
        assert [recount(events, scope, formula, start, end)] == list(Summaries(s.usage, s.events, AtOnce(), pause=lambda _: None).walk(w, now=NOW))
