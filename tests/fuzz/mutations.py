"""Good files with something done to them that a person, a spreadsheet or an enemy does."""

from collections.abc import Callable

from hypothesis import strategies as st

from tests.fuzz.corpus import TOKENS, seeds

ODD_TEXT = (
    '"',
    '""',
    '"a\nb"',
    "\0",
    "\ufeff",
    "\u2028",
    "\x85",
    "\x1c",
    "\x1b[31m",
    "\u202e",
    "\u200b",
    "\u3000",
    "\u0661\u0662\u0663",  # digits that int() takes
    "\uff11\uff12",
    "1_000",
    "\r",
    "\n",
    "\r\n",
    ",",
    ";",
    "\t",
    "'",
    "'=1",
    "=1",
    "x" * 101,
    "y" * 140_000,  # csv.reader's own limit is 131,072
    "," * 3_000,
    '"' * 501,
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "utf-7")
_irregular = st.one_of(st.sampled_from(ODD_TEXT), st.text(max_size=8))
# What is shorter is no table.
_seeds = st.sampled_from([data for data in seeds() if len(data) > 40])
_tokens = st.sampled_from(TOKENS)


@st.composite
def _put_in(draw: st.DrawFn, text: str) -> str:
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(_irregular) + text[at + draw(st.integers(0, 3)) :]


@st.composite
def _into_a_cell(draw: st.DrawFn, text: str) -> str:
    """Replace what stands between two delimiters or line ends, in the header most of all."""
    ends = [at for at, character in enumerate(text) if character in ",;\t\n"]
    at = draw(st.integers(0, min(len(ends), 8))) if draw(st.booleans()) else draw(st.integers(0, len(ends)))
    start = ends[at - 1] + 1 if at else 0
    end = ends[at] if at < len(ends) else len(text)
    kept = text[start:end] if draw(st.booleans()) else ""
    irregular = draw(_irregular)
    quoted = '"' + (kept + irregular).replace('"', '""') + '"' if draw(st.booleans()) else kept + irregular
    return text[:start] + quoted + text[end:]


@st.composite
def _other_line_ends(draw: st.DrawFn, text: str) -> str:
    ends = draw(st.lists(st.sampled_from(["\n", "\r", "\r\n", "\n\n", "\v", "\u2028"]), min_size=1, max_size=3))
    lines = text.split("\n")
    return "".join(line + ends[number % len(ends)] for number, line in enumerate(lines))


@st.composite
def _other_delimiters(draw: st.DrawFn, text: str) -> str:
    old, new = draw(st.sampled_from(",;\t")), draw(st.sampled_from([*",;\t|", ", ", " ;"]))
    return text.replace(old, new, draw(st.sampled_from([-1, 1, 3])))


@st.composite
def _more_columns(draw: st.DrawFn, text: str) -> str:
    count = draw(st.sampled_from([1, 46, 51, 2_000]))
    more = "".join(f",payload_{number}" for number in range(count))
    header, line_end, rows = text.partition("\n")
    return header + more + line_end + (rows.replace("\n", "," * count + "\n") if draw(st.booleans()) else rows)


@st.composite
def _rows_again(draw: st.DrawFn, text: str) -> str:
    header, _, rows = text.partition("\n")
    return f"{header}\n" + f"{rows}\n" * draw(st.sampled_from([2, 3, 40]))


_MUTATIONS: tuple[Callable[[str], st.SearchStrategy[str]], ...] = (
    _put_in,
    _into_a_cell,
    _into_a_cell,
    _other_line_ends,
    _other_delimiters,
    _more_columns,
    _rows_again,
)


@st.composite
def mutated_files(draw: st.DrawFn) -> bytes:
    """Draw the bytes of a file that was a good one, or a refused one of the cases, and is another now."""
    text = draw(_seeds).decode("utf-8", errors="replace")
    for mutate in draw(st.lists(st.sampled_from(_MUTATIONS), min_size=1, max_size=4)):
        text = draw(mutate(text))
    data = text.encode(draw(st.sampled_from([*["utf-8"] * 5, *ENCODINGS])), errors="replace")
    for token in draw(st.lists(_tokens, max_size=2)):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + token + data[at:]
    return data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 9)) == 0 else data
