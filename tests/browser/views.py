"""The views of the page that `make pictures` takes pictures of."""

from typing import NamedTuple


class View(NamedTuple):
    """A place of the page, by the name of its picture, and words that are seen once it is all there."""

    name: str
    place: str
    words: str


_SEPTEMBER = "period=dates&from=2024-09-01&to=2024-09-30"  # when the sample file's usage happened
VIEWS = (
    View("data-management", "#/uploads", "2024-09.csv"),
    View("upload-details", "#/uploads/{upload}", "Totals per meter"),
    View("upload", "#/upload", "Drop CSV files here"),
    View("meters", "#/meters", "LLM tokens"),
    View("meter", f"#/meters/{{meter}}?{_SEPTEMBER}", "File, row"),
    View("add-usage", "#/meters/{meter}/usage", "By file"),
    View("customers", "#/customers", "Ada Analytics"),
    View("customer", f"#/customers/cus_QMJJtcu70R1x46?{_SEPTEMBER}", "AI search requests Sum"),
)
