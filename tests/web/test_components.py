"""The macros and the layout in a bare environment: what they say, what they escape, and what a browser makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from time import thread_time
from timeit import repeat
from types import SimpleNamespace as Value
from typing import Any

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from fourfold.web.components.charts.scales import LONDON
from fourfold.web.components.shell import Link, Shell
from fourfold.web.components.told import Mark, told_pieces
from fourfold.web.components.words import ago, clock, day, language, moment, number, overdue_by, plural, weekday
from fourfold.web.jinja import WEB, level_step
from tests.web import gallery

HOSTILE = "\"'><script>alert(1)</script>"
NOW = datetime(2026, 11, 24, 9, 10, tzinfo=LONDON)


def render(source: str, **values: Any) -> str:
    """Render a template as the site would, without Django's settings."""
    return gallery.bare_environment().from_string(source).render(**values)


def macro(file: str, call: str, **values: Any) -> str:
    """Render one call of a macro."""
    name = call.split("(", 1)[0]
    return render(f'{{% from "components/{file}.html" import {name} %}}{{{{ {call} }}}}', **values)


def flat(html: str) -> str:
    """Return the words a reader sees, tags and spare room left out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).strip()


class Tags(HTMLParser):
    """Collects the elements of a page and fails on one that is never closed."""

    VOID = frozenset({"input", "meta", "link", "br", "hr", "img", "circle", "rect", "path", "line"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element."""
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element that closes itself."""
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        if tag not in self.VOID:
            assert self.open.pop() == tag


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return the elements of some HTML with their attributes; fails when they are not closed in order."""
    parser = Tags()
    parser.feed(html)
    assert parser.open == []
    return parser.seen


def attributes(html: str, tag: str) -> list[dict[str, str | None]]:
    """Return the attributes of every element of a kind."""
    return [given for name, given in tags(html) if name == tag]


# --- Level ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "step"),
    [(1, 1), (4, 4), ("low", 1), ("very_high", 4), ("Very high", 4), (Value(rank=3), 3), (None, None), ("", None)],
)
def test_a_level_is_known_by_number_name_or_rank(level: object, step: int | None) -> None:
    assert level_step(level) == step


@pytest.mark.parametrize("level", [0, 5, "severe", "not assessed", 2.5, -1])
def test_an_unknown_level_is_refused_and_never_shown_as_not_assessed(level: object) -> None:
    with pytest.raises(ValueError, match="is not a level"):
        level_step(level)


@pytest.mark.parametrize(
    ("level", "word", "filled"), [(1, "Low", 1), (2, "Medium", 2), (3, "High", 3), (4, "Very high", 4)]
)
def test_a_level_is_word_and_bars_and_colour(level: int, word: str, filled: int) -> None:
    html = macro("level", f"level_tag({level})")
    assert flat(html) == word
    assert f"ff-level--{level}" in html
    assert [bar["fill"] for bar in attributes(html, "rect")].count("currentColor") == filled


def test_no_level_looks_like_no_level() -> None:
    html = macro("level", "level_tag(None)")
    assert flat(html) == "Not assessed"
    assert "<svg" not in html


# --- Panels -----------------------------------------------------------------------------------------------------


def test_the_danger_panel_has_one_action_and_says_how_late_it_is() -> None:
    html = macro(
        "panels",
        'danger_panel("Decide: arrest", level=4, facts="alleged Fri 20 Nov", overdue="Overdue by 1 day", after="(48 h)", '
        'action_text="Record", action_href="/record", case_text="FF-7KQ2", case_href="/c")',
    )
    assert flat(html).startswith("Decide: arrest Very high FF-7KQ2 alleged Fri 20 Nov Overdue by 1 day (48 h)")
    assert [a["href"] for a in attributes(html, "a")] == ["/c", "/record"]


def test_safe_contact_says_how_and_how_not() -> None:
    html = macro(
        "panels", 'safe_contact_banner("text only", ("Never leave a message.", "Not on Thursdays."), "By N.S.")'
    )
    assert flat(html) == "Safe contact: text only Never leave a message. Not on Thursdays. By N.S."


@pytest.mark.parametrize(("kind", "title"), [("success", "Done"), ("information", "Please note")])
def test_a_notification_says_its_kind(kind: str, title: str) -> None:
    assert flat(macro("panels", f'notification("Kept.", kind="{kind}")')) == f"{title} Kept."


def test_two_people_who_change_the_same_see_both_values_and_choose() -> None:
    conflicts = [{"name": "note", "label": "Note", "mine": "left at 9", "theirs": ""}]
    html = macro("panels", 'conflict_panel(conflicts, "N.S.", "today, 09:02")', conflicts=conflicts)
    assert "N.S. left empty Yours left at 9" in flat(html)
    fields = {(i["type"], i["name"], i["value"]) for i in attributes(html, "input")}
    assert fields == {
        ("hidden", "mine-note", "left at 9"),
        ("radio", "keep-note", "theirs"),
        ("radio", "keep-note", "mine"),
    }
    assert "checked" not in html


def test_a_conflict_keeps_what_was_typed_even_when_it_is_hostile() -> None:
    conflicts = [{"name": "note", "label": "Note", "mine": HOSTILE, "theirs": HOSTILE}]
    html = macro("panels", 'conflict_panel(conflicts, "N.S.", "today")', conflicts=conflicts)
    assert attributes(html, "input")[0]["value"] == HOSTILE
    assert "<script" not in html


def test_what_a_colleague_wrote_first_stands_beside_what_was_about_to_be_sent() -> None:
    rows = (("Why", "He moved.", HOSTILE), ("When", "", "3 5 2026"), ("Neither", "", ""))
    html = macro("panels", "overtaken(theirs, rows, ends=true)", theirs={"by": "N.S.", "at": None}, rows=rows)
    said = flat(html)
    assert "N.S. was faster" in said
    assert "Why On record He moved. Yours" in said
    assert "When On record left empty Yours 3 5 2026" in said
    assert "Neither" not in said
    assert "<script" not in html


def test_nothing_in_force_is_said() -> None:
    assert "No order, bail or custody is on record." in flat(macro("panels", "in_force([])"))


@pytest.mark.parametrize(
    ("certainty", "word"), [(1, "very low"), (2, "low"), (3, "moderate"), (4, "high"), (0, "none")]
)
def test_a_conclusion_says_how_certain_it_is(certainty: int, word: str) -> None:
    html = macro("panels", f'conclusion("8 fewer", {certainty})')
    assert f"Certainty: {word} ( {certainty} of 4)" in flat(html).replace(f"({certainty}", f"( {certainty}")
    assert [dot["fill"] for dot in attributes(html, "circle")].count("currentColor") == certainty


# --- As told ----------------------------------------------------------------------------------------------------


def test_told_words_stay_word_for_word() -> None:
    pieces = told_pieces(gallery.TOLD, gallery.MARKS)
    assert "".join(piece.words for piece in pieces) == gallery.TOLD
    assert [piece.names for piece in pieces if piece.names] == [("watches",), ("contacts",), ("threatens", "weapon")]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], [("abcdef", ())]),
        ([Mark(0, 6, "x")], [("abcdef", ("x",))]),
        ([Mark(1, 3, "x"), Mark(3, 5, "y")], [("a", ()), ("bc", ("x",)), ("de", ("y",)), ("f", ())]),
        ([Mark(1, 4, "x"), Mark(2, 5, "y")], [("a", ()), ("bcde", ("x", "y")), ("f", ())]),
        ([Mark(1, 4, "x"), Mark(1, 4, "x")], [("a", ()), ("bcd", ("x",)), ("ef", ())]),
        ([Mark(-5, 2, "x"), Mark(4, 99, "y")], [("ab", ("x",)), ("cd", ()), ("ef", ("y",))]),
        ([Mark(4, 2, "x"), Mark(7, 9, "y")], [("abcdef", ())]),
    ],
    ids=["no mark", "whole", "touching", "overlapping", "twice the same", "beyond the ends", "empty"],
)
def test_marks_cut_the_words(marks: list[Mark], expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(piece.words, piece.names) for piece in told_pieces("abcdef", marks)] == expected


def test_a_grave_mark_makes_the_whole_stretch_grave() -> None:
    (piece,) = told_pieces("abc", [Mark(0, 2, "x"), Mark(1, 3, "y", grave=True)])
    assert piece.grave


def test_found_behaviours_are_named_for_eye_and_ear() -> None:
    html = macro("panels", "as_told(text, marks)", text=gallery.TOLD, marks=gallery.MARKS)
    assert "(found: watches )" in flat(html)
    assert len(attributes(html, "mark")) == 3


def test_told_words_cannot_become_markup() -> None:
    html = macro("panels", "as_told(text, marks)", text=HOSTILE, marks=[Mark(0, 8, HOSTILE)])
    assert "<script" not in html
    assert "alert(1)" in html


# --- Tables and lists -------------------------------------------------------------------------------------------


def test_a_list_of_work_says_due_what_case_level_and_why() -> None:
    html = macro("tables", 'worklist_table(rows, "Due")', rows=gallery.worklist())
    assert flat(html).startswith("Due Due What Case Level Why now Sun 22 Nov, 19:40 overdue by 1 day 13 hours Decide:")
    assert len(attributes(html, "tr")) == 6
    assert "Not assessed" in html


def test_a_row_without_a_case_has_no_empty_link() -> None:
    row = Value(
        due="today",
        due_note="",
        overdue=False,
        what="Read",
        href="/r",
        detail="",
        why="",
        case_text="",
        case_href="",
        level=None,
    )
    html = macro("tables", 'worklist_table([row], "Due")', row=row)
    assert [a["href"] for a in attributes(html, "a")] == ["/r"]


def test_a_breach_stands_out_among_acts() -> None:
    html = macro("tables", 'acts_table(rows, "Acts")', rows=gallery.act_rows())
    assert '<strong class="ff-overdue">Breach, condition 3</strong>' in html
    assert "2 of 3" in html


def test_evidence_says_not_given_and_not_known_and_never_leaves_a_hole() -> None:
    html = macro("tables", 'evidence_table(rows, "Evidence")', rows=gallery.evidence())
    assert "Date of birth not given known" in flat(html)
    assert "Address not given not known" in flat(html)
    assert len(attributes(html, "svg")) == 5


def test_every_table_has_a_caption_and_its_headers_have_a_scope() -> None:
    html = macro("tables", 'plain_table(("A", "B"), [("x", 1)], "Things", (1,), stack=true)')
    assert "<caption" in html
    assert {th["scope"] for th in attributes(html, "th")} == {"col", "row"}
    assert 'data-label="B"' in html


def test_a_table_of_a_hundred_rows_renders_quickly() -> None:
    rows = gallery.worklist() * 20
    built = gallery.bare_environment()
    page = built.from_string(
        '{% from "components/tables.html" import worklist_table %}{{ worklist_table(rows, "Due") }}'
    )
    page.render(rows=rows)
    assert min(repeat(lambda: page.render(rows=rows), timer=thread_time, repeat=5, number=1)) < 0.06


@pytest.mark.parametrize(
    ("call", "links"),
    [
        ("pager()", []),
        ('pager(next_href="/n", noun="acts", count=5)', ["/n"]),
        ('pager(next_href="/n", previous_href="/p")', ["/p", "/n"]),
    ],
)
def test_the_pager_leads_only_where_there_is_more(call: str, links: list[str]) -> None:
    assert [a["href"] for a in attributes(macro("page", call), "a")] == links


def test_an_empty_list_says_what_would_fill_it() -> None:
    html = macro("page", 'empty_state("No file yet", "A file that a partner sends stands here.")')
    assert flat(html) == "No file yet A file that a partner sends stands here."


def test_the_phase_bar_says_where_we_are_without_colour() -> None:
    phases = [{"name": "Independent", "state": "done"}, {"name": "Decided", "state": "current"}]
    html = macro("page", "phase_bar(phases)", phases=phases)
    assert flat(html) == "✓ Done: 1. Independent 2. Decided"
    assert 'aria-current="step"' in html


def test_the_case_banner_holds_the_one_heading_and_an_unset_review_is_said() -> None:
    case = Value(
        reference="FF-1",
        title="victim A. / subject B.",
        subtitle="",
        level=None,
        level_note="",
        review="",
        review_note="",
        review_overdue=False,
    )
    html = macro("case", "case_banner(case)", case=case)
    assert len(attributes(html, "h1")) == 1
    assert flat(html) == "Case FF-1 victim A. / subject B. Level Not assessed Next review no date set"


def test_a_figure_shows_its_table_and_both_sizes() -> None:
    wide, narrow = gallery.context()["strip"]
    html = macro("figures", "figure_with_table(wide, narrow)", wide=wide, narrow=narrow)
    assert len(attributes(html, "svg")) == 2
    assert len(attributes(html, "tr")) == 4
    assert attributes(html, "div")[-1]["tabindex"] == "0"


# --- Forms ------------------------------------------------------------------------------------------------------

FIELDS = {
    "text_field": "typed",
    "textarea_field": "typed",
    "select_field": "b",
    "radios_field": "b",
    "checkboxes_field": ["b"],
    "checkbox_field": True,
    "level_field": "high",
    "date_field": {"day": "31", "month": "2", "year": "2026"},
}
OPTIONS = 'options=[("a", "First"), ("b", "Second")]'


def field(name: str, **values: Any) -> str:
    """Render one field with what was typed, an error and a hint."""
    more = f", {OPTIONS}" if name in {"select_field", "radios_field", "checkboxes_field"} else ""
    return macro("forms", f'{name}("it", "The label", value, error=error, hint="The hint"{more})', **values)


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_has_its_label_hint_and_error_tied_to_it(name: str) -> None:
    html = field(name, value=FIELDS[name], error="Mend this")
    ids = {given["id"] for _, given in tags(html) if given.get("id")}
    assert "it" in ids
    pointed = [given["aria-describedby"] for _, given in tags(html) if given.get("aria-describedby")]
    assert pointed
    assert set(" ".join(p or "" for p in pointed).split()) <= ids
    for words in ("The label", "The hint", "Error: Mend this"):
        assert words in flat(html)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_without_an_error_says_none(name: str) -> None:
    assert "Error:" not in flat(field(name, value=FIELDS[name], error=None))


@pytest.mark.parametrize("name", FIELDS)
def test_what_the_person_typed_is_kept(name: str) -> None:
    html = field(name, value=FIELDS[name], error="Mend this")
    kept = " ".join(f"{given.get('value')}:{'checked' in given or 'selected' in given}" for _, given in tags(html))
    typed = {"textarea_field": ">typed</textarea>", "text_field": 'value="typed"'}
    if name in typed:
        assert typed[name] in html
    elif name == "date_field":
        assert all(f"{part}:" in kept for part in ("31", "2", "2026"))
    else:
        assert kept.count("True") == 1


@pytest.mark.parametrize("name", ["text_field", "textarea_field"])
def test_typed_words_cannot_become_markup(name: str) -> None:
    html = field(name, value=HOSTILE, error=HOSTILE)
    assert "<script" not in html
    assert "alert(1)" in html


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", ["radios_field", "level_field", "checkboxes_field"])
def test_nothing_is_chosen_before_the_person_chooses(name: str, value: str | None) -> None:
    assert "checked" not in field(name, value=value, error=None)


@pytest.mark.parametrize("value", [0, "0", False])
def test_a_chosen_nought_is_kept(value: object) -> None:
    html = macro(
        "forms", 'radios_field("it", "Label", value, options=[(choice, "None"), (1, "One")])', value=value, choice=value
    )
    assert html.count(" checked") == 1


def test_a_date_may_come_as_a_day() -> None:
    html = macro("forms", 'date_field("on", "When", value)', value=date(2026, 5, 3))
    assert [i["value"] for i in attributes(html, "input")] == ["3", "5", "2026"]
    assert [i["name"] for i in attributes(html, "input")] == ["on-day", "on-month", "on-year"]


def test_answers_offer_not_known_beside_yes_and_no_and_choose_nothing() -> None:
    html = macro("forms", 'answers_grid([("fixated", "Fixated")], {})')
    assert [i["value"] for i in attributes(html, "input")] == ["yes", "no", "not_known"]
    assert "checked" not in html


def test_an_answer_of_not_known_is_kept_as_such() -> None:
    html = macro("forms", 'answers_grid([("fixated", "Fixated")], {"fixated": "not_known"})')
    assert [i["value"] for i in attributes(html, "input") if "checked" in i] == ["not_known"]


def test_a_form_carries_proof_key_and_version() -> None:
    html = macro("forms", 'form_start("/save", csrf(None), once="k-1", version=7)') + "</form>"
    assert {i["name"]: i["value"] for i in attributes(html, "input")} == {
        "csrfmiddlewaretoken": "proof",
        "once": "k-1",
        "version": "7",
    }
    assert attributes(html, "form") == [{"method": "post", "action": "/save", "novalidate": None}]


def test_a_new_form_gets_a_fresh_key_and_a_version_of_nought_is_sent() -> None:
    once = set()
    for _ in range(2):
        html = macro("forms", 'form_start("/save", csrf(None), version=0)') + "</form>"
        fields = {i["name"]: i["value"] for i in attributes(html, "input")}
        once.add(fields["once"])
        assert fields["version"] == "0"
    assert len(once) == 2


def test_the_error_summary_leads_to_each_field() -> None:
    html = macro("forms", "error_summary(errors)", errors={"because": "Say why", "on": HOSTILE})
    assert [a["href"] for a in attributes(html, "a")] == ["#because", "#on"]
    assert "<script" not in html


def test_without_errors_there_is_no_summary() -> None:
    assert macro("forms", "error_summary({})").strip() == ""


def test_a_file_form_can_send_files() -> None:
    assert 'enctype="multipart/form-data"' in macro("forms", 'form_start("/f", csrf(None), upload=true)')


# --- Layout -----------------------------------------------------------------------------------------------------

PAGE = '{% extends "layout.html" %}{% block title %}Pattern{% endblock %}{% block content %}<p>matter</p>{% endblock %}'
SHELL = Shell(
    "Northmoor unit",
    "Officer, K.R.",
    (Link("Today", "/", True), Link("Cases", "/cases")),
    "/",
    "/out",
    "/find",
    HOSTILE,
)


def test_a_page_says_who_is_signed_in_and_where_the_reader_is() -> None:
    html = render(PAGE, shell=SHELL, request=None)
    assert "<title>Pattern – Fourfold</title>" in html
    words = flat(html)
    assert "Northmoor unit Officer, K.R. : how I sign in Sign out" in words
    assert next(a for a in attributes(html, "a") if a.get("aria-current"))["href"] == "/"
    assert attributes(html, "main")[0]["id"] == "main-content"


def test_what_was_looked_for_stays_in_the_find_box_and_stays_words() -> None:
    html = render(PAGE, shell=SHELL, request=None)
    assert [i["value"] for i in attributes(html, "input") if i["name"] == "q"] == [HOSTILE]


def test_signing_out_is_a_form_with_proof_and_not_a_link() -> None:
    html = render(PAGE, shell=SHELL, request=None)
    assert {"method": "post", "action": "/out", "class": "ff-header__out"} in attributes(html, "form")
    assert "/out" not in [a["href"] for a in attributes(html, "a")]


def test_a_page_with_errors_says_so_in_the_browsers_title() -> None:
    assert "<title>Error: Pattern – Fourfold</title>" in render(PAGE, shell=SHELL, request=None, errors={"a": "b"})


def test_a_page_for_nobody_has_no_navigation() -> None:
    html = render(PAGE)
    assert "<nav" not in html
    assert "Sign out" not in html


def test_a_victims_page_names_no_product_and_lets_her_leave() -> None:
    html = render(PAGE, victim_page=True, neutral_title="My notes")
    assert "<title>My notes</title>" in html
    assert "Pattern" not in html
    assert "Fourfold" not in flat(re.sub(r"(?s)<head>.*</head>", "", html))
    assert [a for a in attributes(html, "a") if "govuk-exit-this-page__button" in (a.get("class") or "")]
    assert attributes(html, "link")[0]["href"] == "data:,"


def test_an_advocate_in_a_victims_file_keeps_the_navigation_and_can_leave() -> None:
    html = render(PAGE, shell=SHELL, request=None, victim_page=True)
    assert "<title>Notes</title>" in html
    assert "<nav" in html
    assert "govuk-exit-this-page__button" in html


@pytest.mark.parametrize("name", gallery.PAGES)
def test_no_page_needs_inline_script_or_style(name: str) -> None:
    template, more = gallery.PAGES[name]
    html = render(template, **(gallery.context() | more))
    for tag, given in tags(html):
        assert "style" not in given
        assert tag != "style"
        assert not [attribute for attribute in given if attribute.startswith("on")]
        if tag == "script":
            assert given["src"]


@pytest.mark.parametrize("name", gallery.PAGES)
def test_no_page_uses_an_identifier_twice(name: str) -> None:
    template, more = gallery.PAGES[name]
    ids = [str(given["id"]) for _, given in tags(render(template, **(gallery.context() | more))) if given.get("id")]
    assert sorted(ids) == sorted(set(ids))


def test_a_mistyped_name_is_an_error_and_not_a_hole_in_the_page() -> None:
    with pytest.raises(UndefinedError, match="levle"):
        render("{{ case.levle }}", case=Value(level=3))


def test_a_value_that_is_not_there_may_be_asked_about() -> None:
    assert render("{% if case.warning %}!{% else %}-{% endif %}{{ nothing | default('x') }}", case=Value()) == "-x"


def test_words_are_escaped_and_markup_is_kept() -> None:
    assert render("{{ a }}{{ b }}", a="<b>", b=Markup("<b>")) == "&lt;b&gt;<b>"


def test_every_macro_is_described_at_the_top_of_its_file() -> None:
    for path in sorted((WEB / "components").glob("*.html")):
        source = path.read_text(encoding="utf-8")
        described = source.split("#}", 1)[0]
        for name in re.findall(r"{% macro ([a-z]\w*)\(", source):
            assert f"{name}(" in described, f"{path.name} does not describe {name}"


# --- Words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (day(date(2026, 5, 3)), "3 May 2026"),
        (day(datetime(2026, 7, 31, 23, 30, tzinfo=UTC)), "1 August 2026"),
        (day(None), "not known"),
        (moment(datetime(2026, 5, 3, 13, 0, tzinfo=UTC)), "3 May 2026, 14:00"),
        (moment(datetime(2026, 1, 3, 13, 0, tzinfo=UTC)), "3 January 2026, 13:00"),
        (moment(date(2026, 5, 3)), "3 May 2026"),
        (moment(None), "not known"),
        (weekday(date(2026, 11, 24)), "Tue 24 Nov"),
        (clock(datetime(2026, 7, 3, 8, 5, tzinfo=UTC)), "09:05"),
        (number(1204), "1,204"),
        (number(-0.348, 2), "−0.35"),
        (number(None), "not known"),
        (number(0), "0"),
        (plural(1, "act"), "1 act"),
        (language("cy"), "Welsh"),
        (language("pt-BR"), "Brazilian Portuguese"),
        (language("tlh"), "tlh"),
        (plural(0, "act"), "0 acts"),
        (plural(1204, "breach", "breaches"), "1,204 breaches"),
        (plural(None, "act"), "not known acts"),
    ],
)
def test_days_times_and_numbers_are_said_as_a_reader_says_them(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize(
    ("apart", "expected"),
    [
        (timedelta(0), "now"), (timedelta(minutes=12), "in 12 min"), (timedelta(minutes=-12), "12 min ago"),
        (timedelta(hours=2, minutes=50), "in 2 h 50 min"), (timedelta(hours=-9), "9 h ago"),
        (timedelta(hours=-10), "10 h ago"), (timedelta(hours=14), "in 14 h"), (timedelta(hours=20), "tomorrow"),
        (timedelta(days=-1, hours=2), "yesterday"), (timedelta(days=5), "in 5 days"), (timedelta(days=-13), "13 days ago"),
        (timedelta(days=21), "in 3 weeks"), (timedelta(days=-100), "3 months ago"), (timedelta(days=1000), "in 3 years"),
    ],
)  # fmt: skip
def test_how_far_away_something_is(apart: timedelta, expected: str) -> None:
    assert ago(NOW + apart, NOW) == expected


@pytest.mark.parametrize(("days", "expected"), [(0, "today"), (1, "tomorrow"), (-1, "yesterday"), (2, "in 2 days")])
def test_how_far_away_a_day_is(days: int, expected: str) -> None:
    assert ago((NOW + timedelta(days=days)).date(), NOW) == expected


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (timedelta(days=1, hours=13, minutes=30), "1 day 13 hours"), (timedelta(hours=2, minutes=5), "2 hours 5 minutes"),
        (timedelta(days=2), "2 days"), (timedelta(seconds=20), "less than a minute"), (timedelta(0), ""), (timedelta(hours=-1), ""),
    ],
)  # fmt: skip
def test_how_late_something_is(late: timedelta, expected: str) -> None:
    assert overdue_by(NOW - late, NOW) == expected


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        moment(datetime(2026, 5, 3, 14, 0))  # noqa: DTZ001 - naive on purpose


# --- In a browser -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the gallery under the site's content policy and give its address."""
    folder = tmp_path_factory.mktemp("gallery")
    gallery.write_pages(folder)
    with gallery.served(folder) as address:
        yield address


def opened(browser: Any, address: str, width: int, *, script: bool = True) -> tuple[Any, list[str]]:
    """Open a page at a width and return it with everything that the browser complained of."""
    complaints: list[str] = []
    page = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script).new_page()
    page.set_default_timeout(120_000)  # a safety net: a busy machine fails no test
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector("body.js-enabled") if script else None  # no function: the page's policy forbids to poll one
    return page, complaints


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("name", gallery.PAGES)
def test_every_page_of_the_gallery_is_accessible_at_both_widths(browser: Any, site: str, name: str, width: int) -> None:
    page, complaints = opened(browser, f"{site}/{name}.html", width)
    page.evaluate(Path(gallery.ROOT, "build/axe/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    page.context.close()


@pytest.mark.browser
def test_a_phone_shows_the_narrow_picture_and_a_desk_the_wide_one(browser: Any, site: str) -> None:
    for width, kind in ((1280, "wide"), (320, "narrow")):
        page, _ = opened(browser, f"{site}/case.html", width)
        shown = page.locator(".ff-figure__drawing:visible")
        assert shown.count() == 1
        assert f"ff-figure__drawing--{kind}" in shown.get_attribute("class")
        page.context.close()


@pytest.mark.browser
def test_a_phone_folds_the_navigation_only_where_there_is_script(browser: Any, site: str) -> None:
    page, _ = opened(browser, f"{site}/case.html", 320)
    assert page.get_by_role("link", name="Oversight").is_hidden()
    page.get_by_role("button", name="More").click()
    assert page.get_by_role("link", name="Oversight").is_visible()
    page.context.close()
    page, _ = opened(browser, f"{site}/case.html", 320, script=False)
    assert page.get_by_role("link", name="Oversight").is_visible()
    page.context.close()


@pytest.mark.browser
def test_the_way_out_stays_in_view_while_a_victim_scrolls(browser: Any, site: str) -> None:
    for name in ("victim", "victim-file"):
        page, _ = opened(browser, f"{site}/{name}.html", 320)
        page.set_viewport_size({"width": 320, "height": 420})
        page.evaluate("window.scrollTo(0, 600)")
        box = page.locator(".govuk-exit-this-page__button").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 420
        page.context.close()


@pytest.mark.browser
def test_the_keyboard_reaches_the_matter_first(browser: Any, site: str) -> None:
    page, _ = opened(browser, f"{site}/case.html", 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"
    page.context.close()


@pytest.mark.browser
def test_a_page_that_a_browser_opens_begins_its_long_work() -> None:
    """Elsewhere none begins any (tests/conftest.py); here it has to be waited for, and a fixture more silenced it."""
    from fourfold.web import long_work

    assert long_work.begin.__qualname__ == "begin"
