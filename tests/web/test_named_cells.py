"""On a phone each cell of a table stands under the name of its column, and stays a cell, without a word of it in any template."""

from __future__ import annotations

import re

import pytest
from jinja2 import nodes

from fourfold.web.components.cells import named
from fourfold.web.jinja import WEB, environment
from tests.web import gallery

TEMPLATES = sorted(path for part in ("templates", "components") for path in (WEB / part).rglob("*.html"))
HEAD = '<table class="ff-table ff-table--stack"><thead><tr><th scope="col">Case</th><th scope="col">How <b>soon</b></th><th scope="col">“A” or "B"</th></tr></thead>'


def drawn(rows: str, head: str = HEAD) -> str:
    return str(named(f"{head}<tbody>{rows}</tbody></table>"))


def test_a_cell_gets_the_name_of_its_column_and_every_part_its_role() -> None:
    page = drawn('<tr><th scope="row">FF-1</th><td>today</td><td class="x"> </td></tr>')
    assert '<td role="cell" data-label="How soon">today</td>' in page
    assert '<td role="cell" class="x" data-label="“A” or &#34;B&#34;"></td>' in page, (
        "a cell of nothing but a space is empty"
    )
    assert re.findall(r' role="(\w+)"', page) == [
        *("table", "rowgroup", "row", "columnheader", "columnheader", "columnheader"),
        *("rowgroup", "row", "rowheader", "cell", "cell"),
    ]


def test_what_is_written_stays_and_a_cell_under_several_heads_has_no_name() -> None:
    assert '<td role="cell" data-label="Mine">1</td>' in drawn('<tr><td role="cell" data-label="Mine">1</td></tr>')
    page = drawn('<tr><td colspan="2">None.</td><td>last</td></tr>')
    assert '<td role="cell" colspan="2">None.</td><td role="cell" data-label="“A” or &#34;B&#34;">last</td>' in page


def test_a_table_that_stays_a_table_is_left_as_it_was_written() -> None:
    plain = "<table><thead><tr><th>A</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
    assert named(plain) == plain


@pytest.mark.parametrize("head", [HEAD, '<table class="ff-table--stack">'], ids=["more cells than names", "no head"])
def test_a_cell_without_a_name_fails_the_test_that_draws_it(head: str) -> None:
    with pytest.raises(AssertionError, match="cell without a name"):
        drawn("<tr><td>1</td><td>2</td><td>3</td><td>4</td></tr>", head)


def test_every_table_of_every_template_passes_through_there() -> None:
    """Also a table in a loop, a macro or a branch; 60 or more stack, so that what looks for them finds some."""
    stacked, apart = 0, []
    for path in TEMPLATES:
        parsed = environment().parse(path.read_text())
        passed = [
            data.data for block in parsed.find_all(nodes.FilterBlock) for data in block.find_all(nodes.TemplateData)
        ]
        written = [data.data for data in parsed.find_all(nodes.TemplateData)]
        apart += [path.name] if "".join(written).count("<table") != "".join(passed).count("<table") else []
        stacked += "".join(passed).count("ff-table--stack")
    assert apart == []
    assert stacked > 60


def test_a_process_that_finds_every_template_compiled_names_the_cells_too() -> None:
    for process in (environment(), environment()):  # the second reads what the first has compiled
        table = process.get_template("components/tables.html").module.plain_table(
            ["Act"], [["Sent"]], "Acts", stack=True
        )
        assert 'role="rowheader"' in table


def test_the_library_s_own_pages_write_out_what_their_templates_cannot_be_given() -> None:
    """Those of the sign-in library are no templates of ours."""
    written = "".join(path.read_text() for path in (WEB / "account_templates").rglob("*.html"))
    cells = re.findall(r"<td\b[^>]*>", written)
    assert len(cells) >= 2
    assert [cell for cell in cells if "data-label=" not in cell or 'role="cell"' not in cell] == []


def test_every_worklist_and_every_table_of_acts_names_its_cells() -> None:
    built = gallery.bare_environment()
    page = built.from_string(
        '{% from "components/tables.html" import worklist_table, acts_table, evidence_table %}'
        '{{ worklist_table(work, "Due") }}{{ acts_table(acts, "Acts") }}{{ evidence_table(told, "Told") }}'
    ).render(work=gallery.worklist(), acts=gallery.act_rows(), told=gallery.evidence())
    cells = re.findall(r"<td[^>]*>", page)
    assert len(cells) > 20
    assert [cell for cell in cells if "data-label=" not in cell or 'role="cell"' not in cell] == []


def test_no_cell_is_taken_out_of_its_row_on_a_phone() -> None:
    """A screen reader counts cells to tell the column: an empty one is there unseen, and none is `display: none`."""
    style = WEB / "static" / "fourfold/fourfold.css"
    rules = re.findall(r"([^{}]*ff-table--stack[^{}]*)\{([^}]*)\}", style.read_text())
    assert len(rules) > 5
    assert [rule for rule, does in rules if re.search(r"display:\s*none", does)] == []
