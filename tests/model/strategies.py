"""What the rules of the machine draw from: few names, so that they meet often."""

from hypothesis import strategies as st

from tests.model.breaks import Break
from tests.model.files import COMING_AND_GOING, IDENTIFIERS, METERS, REGISTERED, TIMES, VALUES, CustomerRow, Row

KEYS = st.sampled_from(
    [*("uploads/a.csv", "uploads/b.csv") * 2, *("uploads/sample/a.csv", "uploads/sample/b.csv"), "validate/a.csv"]
)
ROWS = st.lists(
    st.builds(
        Row,
        customer=st.sampled_from([*REGISTERED, *REGISTERED, *COMING_AND_GOING]),
        event_name=st.sampled_from(sorted(METERS)),
        time=st.sampled_from(sorted(TIMES)),
        value=st.sampled_from([*VALUES, "4", "9"]),
        identifier=st.sampled_from(["", "", "", "", "", *IDENTIFIERS]),
    ),
    min_size=1,
    max_size=5,
)
CUSTOMER_ROWS = st.lists(
    st.builds(CustomerRow, st.sampled_from([*REGISTERED, *COMING_AND_GOING, ""]), st.sampled_from(["A", "B"])),
    min_size=1,
    max_size=3,
    unique_by=lambda row: row.id,
)
_CALLS = st.integers(1, 25)
_FAULTS = ("killed before", "killed after", "refused", "answer lost")
FAULTS = st.builds(Break, _CALLS, st.sampled_from(_FAULTS))
_MEETINGS = st.builds(Break, _CALLS, st.sampled_from(["told again", "others go on"]))
FAULT = st.none() | FAULTS
_SOON = st.integers(1, 8)
OWNER_GOES_ON = st.builds(Break, _SOON, st.sampled_from(["owner reverted", "owner reprocessed"]))
CREATE = FAULT | st.builds(Break, _SOON, st.just("counter changed"))
STREAM_FAULT = st.none() | st.builds(Break, st.integers(4, 12), st.sampled_from(_FAULTS))
"""At the calls that store events."""
BREAK = st.none() | FAULTS | _MEETINGS
THEN = st.just(value=False) | BREAK
"""What follows a drop or a request: nothing yet (False), or all messages that show are delivered, the last of them
undisturbed (None) or not."""
ANY = st.integers(0, 99)
"""Which of several, modulo how many there are."""
