"""The page of a report in a real browser: no word of a table is broken, and the page itself never scrolls sideways."""

from __future__ import annotations

import pytest

from fourfold.evaluation.report import writing
from fourfold.evaluation.report.terms import Part, Table
from tests.journeys.conftest import PHONE, WIDE, too_wide
from tests.journeys.windows import Windows

pytestmark = pytest.mark.browser

FROM = "what two units counted, 0.92 for each 1,000 residents a year, and how much they differ. " * 4
ROWS = (("Stalking offences that the police record", "4,320", "2,420 to 7,160", FROM),)
TABLE = Table("Expected in 2026/27", ("What", "Expected", "Range", "Where the number comes from"), ROWS)
LINES = """() => [...document.querySelectorAll("th")].filter(each => each.textContent === "Expected").map(each => {
    const range = document.createRange();
    range.selectNodeContents(each);
    return range.getClientRects().length;
})"""


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_no_word_at_the_head_of_a_table_is_broken(windows: Windows, viewport: dict[str, int]) -> None:
    page = windows.take(viewport=viewport, apart=True)
    page.set_content(writing.page("A unit", "Draft", [Part(1, "What would come", tables=(TABLE,))]))
    assert page.evaluate(LINES) == [1]
    assert not too_wide(page)
