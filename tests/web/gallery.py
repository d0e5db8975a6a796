"""A gallery: every component and drawing on a few pages, with invented values, served under the site's own policy.

The pages need no database and no Django settings, so how things look can be seen and checked alone:

    python -m tests.web.gallery FOLDER        writes the pages and says where
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace as Value
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from fourfold.web.components.charts import (
    Act,
    Band,
    Curve,
    CurvePoint,
    Forest,
    Interval,
    Lane,
    LevelStep,
    PanelView,
    Pattern,
    Reading,
    Scale,
    Severity,
    SiteEffect,
    StripAct,
    Survival,
    act_strip,
    forest_plot,
    interval_row,
    panel_views,
    pattern_finding,
    pattern_timelines,
    sparkline,
    survival_curves,
)
from fourfold.web.components.charts.scales import LONDON
from fourfold.web.components.shell import Link, Shell
from fourfold.web.components.told import Mark
from fourfold.web.jinja import environment

ROOT = Path(__file__).resolve().parents[2]
STATIC = {
    "vendor": ROOT / "build" / "static" / "vendor",
    "fourfold": ROOT / "src" / "fourfold" / "web" / "static" / "fourfold",
    "n": ROOT / "src" / "fourfold" / "web" / "static" / "n",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PLACES = ("Today", "Desk", "Cases", "Panel", "Unit", "Evaluation", "Roll-out", "Oversight")


def at(month: int, day: int, hour: int = 12, year: int = 2026) -> datetime:
    """Return an instant by London's clock."""
    return datetime(year, month, day, hour, tzinfo=LONDON)


NOW = at(11, 24, 9)

LANES = (
    Lane("threatens", "Threatens", "Threat\u00adens"),
    Lane("home", "Comes to the home", "Comes home"),
    Lane("follows", "Follows or watches", "Fol\u00adlows"),
    Lane("contacts", "Contacts", "Con\u00adtacts"),
    Lane("damages", "Damages or takes", "Dam\u00adages"),
    Lane("others", "Through others", "Others"),
)

# month, day, lane, seriousness, confirmed
ACTS = (
    (4, 11, "contacts", 1, True), (4, 18, "contacts", 1, True), (5, 1, "contacts", 1, False),
    (5, 8, "follows", 1, False), (5, 20, "damages", 2, True), (7, 5, "contacts", 1, True),
    (7, 12, "follows", 1, True), (7, 18, "contacts", 1, True), (7, 24, "contacts", 1, True),
    (8, 3, "home", 2, True), (8, 9, "contacts", 1, True), (8, 15, "damages", 2, True),
    (8, 20, "contacts", 1, False), (8, 29, "others", 1, True), (10, 1, "contacts", 1, True),
    (10, 7, "contacts", 1, True), (10, 10, "follows", 2, True), (10, 14, "contacts", 1, True),
    (10, 17, "home", 2, True), (10, 20, "contacts", 1, True), (10, 24, "contacts", 2, True),
    (10, 28, "follows", 2, False), (10, 30, "contacts", 2, True), (11, 1, "threatens", 3, True),
    (11, 17, "follows", 2, False), (11, 22, "contacts", 2, False),
)  # fmt: skip
BREACHES = (
    Act(at(11, 14), "contacts", 2, True, "Wrote from a new account", "condition 2", "14 Nov, arrested"),
    Act(at(11, 20), "home", 3, True, "Stood at the door nine minutes", "condition 3", "20 Nov, not decided"),
)
BANDS = (
    Band("order", "Police bail", at(5, 24), at(6, 20)),
    Band("order", "Bail (2)", at(11, 9), at(12, 9)),
    Band("order", "Interim order", at(11, 12), at(1, 14, year=2027)),
    Band("custody", "in custody", at(11, 3), at(11, 9)),
)
LEVELS = (
    LevelStep(at(5, 4), 1, "response officer"),
    LevelStep(at(8, 5), 2, "officer"),
    LevelStep(at(10, 27), 3, "triage"),
    LevelStep(at(11, 19), 4, "panel"),
)
PATTERN = Pattern(
    tuple(Act(at(m, d), lane, grave, sure) for m, d, lane, grave, sure in ACTS) + BREACHES,
    LANES,
    at(11, 24),
    LEVELS,
    BANDS,
)
STRIP = (
    StripAct(at(10, 13), "8L harassment"),
    StripAct(at(11, 13), "order breached", 2, breach=True),
    StripAct(at(11, 23), "8R communications", 3),
)
FOREST = Forest(
    (
        SiteEffect("Site 1: referral unit", Interval(-13, -24, -2), 0.2, "312 / 298"),
        SiteEffect("Site 2: screens all", Interval(-4, -11, 4), 0.5, "655 / 640"),
        SiteEffect("Site 3: panel and clinic", Interval(-11, -23, 2), 0.15, "208 / 215"),
        SiteEffect("Site 4: referral unit", Interval(-2, -18, 14), 0.1, "121 / 118"),
        SiteEffect("Site 5: panel", None, 0, "few"),
    ),
    "Each site, together, and a new area",
    Interval(-8, -16, 0),
    Interval(-8, -22, 5),
)
RATIOS = Forest(
    (
        SiteEffect("Site 1", Interval(0.72, 0.55, 0.94), 0.3, "210 / 198"),
        SiteEffect("Site 2", Interval(0.91, 0.7, 1.2), 0.4, "201 / 190"),
        SiteEffect("Site 3", Interval(0.5, 0.1, 9), 0.1, "20 / 19"),
    ),
    "Hazard ratio of a next act",
    Interval(0.8, 0.66, 0.97),
    Interval(0.8, 0.5, 1.3),
    unit="hazard ratio",
    ratio=True,
)
SEVERITIES = (
    Severity("minimal", 0, 5),
    Severity("mild", 5, 10),
    Severity("moderate", 10, 15),
    Severity("moderately severe", 15, 20),
    Severity("severe", 20, 27),
)
READINGS = tuple(Reading(date(2026, m, 5), v) for m, v in ((3, 19), (4, 17), (5, 18), (7, 12), (9, 13), (11, 8)))
VIEWS = (
    PanelView("Police, fairly sure", 4),
    PanelView("Advocate, sure", 4),
    PanelView("Outreach, unsure", 3),
    PanelView("Mental health, fairly sure", 2, dissents=True),
    PanelView("Housing", None),
)


def crowd(number: int, *, days: int = 2000, seed: int = 3) -> Pattern:
    """Return a pattern of very many acts, the same for the same seed."""
    chance = random.Random(seed)
    start = at(1, 1, year=2021)
    keys = [lane.key for lane in LANES]
    acts = tuple(
        Act(
            start + timedelta(minutes=chance.random() ** 0.7 * days * 1440),
            chance.choices(keys, [1, 2, 5, 20, 2, 1])[0],
            chance.choice((1, 1, 2, 3)),
            chance.random() > 0.3,
            breach="condition 1" if chance.random() < 0.002 else "",
        )
        for _ in range(number)
    )
    return Pattern(acts, LANES, start + timedelta(days=days + 10))


def curve(name: str, hazard: float, followed: int) -> Curve:
    """Return an invented curve over twelve months."""
    points, share = [CurvePoint(0, 1, 1, 1)], 1.0
    for month in range(1, 13):
        share *= 1 - hazard * (1.6 if month < 3 else 0.7 if month < 9 else 0.4)
        points.append(CurvePoint(month, share, share - month / 400, share + month / 400))
    return Curve(name, tuple(points), tuple(int(followed * left) for left in (1, 0.83, 0.74, 0.68, 0.62)))


SURVIVAL = Survival(
    (curve("unit", 0.035, 1393), curve("usual", 0.045, 1373)),
    (0, 3, 6, 9, 12),
    "Cases with no further act, of 100",
    floor=0.5,
)

TOLD = (
    "“He was sat in his car opposite my work again. I had 31 messages by dinner, all from new numbers because I "
    "blocked the old ones. Then he wrote that he has a knife for whoever I am with. I have told him to stop since "
    "the summer.”"
)


def mark(words: str, name: str, *, grave: bool = False) -> Mark:
    """Return a mark on words of the told text."""
    start = TOLD.index(words)
    return Mark(start, start + len(words), name, grave)


MARKS = (
    mark("sat in his car opposite my work again", "watches"),
    mark("31 messages by dinner", "contacts"),
    mark("has a knife for whoever I am with", "threatens", grave=True),
    mark("a knife", "weapon", grave=True),
)


def values(**fields: Any) -> Value:
    """Return a value with these attributes, as a query's frozen value would be."""
    return Value(**fields)


def worklist() -> list[Value]:
    """Return rows of a list of work."""
    row = partial(values, href="#", case_href="#", overdue=False, detail="")
    return [
        row(due="Sun 22 Nov, 19:40", due_note="overdue by 1 day 13 hours", overdue=True, what="Decide: arrest after breach of condition 3",
            case_text="FF-7KQ2", level="very_high", why="48-hour breach clock"),
        row(due="today, 12:00", due_note="in 2 h 50 min", what="Give your view before Thursday's panel",
            detail="Others' views open when yours is in", case_text="FF-92MD", level="high", why="Panel phase: independent; 2 of 4 views in"),
        row(due="Thu 26 Nov", due_note="in 2 days", what="Review", case_text="FF-LL40", level="medium",
            why="30-day clock; a new act was linked on 22 Nov"),
        row(due="Fri 27 Nov", due_note="in 3 days", what="First contact", case_text="FF-3B8X", level=None, why="1 working day"),
        row(due="Mon 30 Nov", due_note="in 6 days", what="Step down", case_text="FF-2D9R", level="low", why="Second signature"),
    ]  # fmt: skip


def act_rows() -> list[Value]:
    """Return rows of a table of acts."""
    row = partial(values, href="#", breach=False)
    return [
        row(when="Sun 22 Nov 2026, 22:14", kind="Contacts", what="Message from an account not seen before",
            recorded_as="Malicious communications", standing="Not confirmed", seriousness=2),
        row(when="Fri 20 Nov 2026, 19:40", kind="Comes to the home", what="Stood at the door nine minutes; left when a neighbour spoke",
            recorded_as="Not yet recorded as a crime", standing="Breach, condition 3", breach=True, seriousness=3),
    ]  # fmt: skip


def evidence() -> list[Value]:
    """Return rows of what speaks for and against two records being one person."""
    rows = (
        ("Name", "“Dean or Deano”", "second forename D.", 1, "for"),
        ("Telephone", "ends 114", "ends 114, in use since May 2025", 3, "strong for"),
        ("Car", "small grey hatchback", "grey hatchback, sold in July", -1, "against"),
        ("Date of birth", None, "known", 0, "neither"),
        ("Address", "", None, None, "not known"),
    )
    return [values(field=f, as_told=t, on_record=r, weight=w, speaks=s) for f, t, r, w, s in rows]


def context(current: str = "Cases") -> dict[str, Any]:
    """Return everything that the gallery's pages show."""
    case = values(
        reference="FF-7KQ2", title="victim A. / subject B.", subtitle="Former partners, ended March 2026. Officer K.R. · advocate N.S.",
        level="very_high", level_note="panel, Thu 19 Nov; tool said high", review="Wed 25 Nov, 10:00",
        review_note="tomorrow; brought forward by a breach", review_overdue=False,
    )  # fmt: skip
    return {
        "shell": Shell(
            "Northmoor unit", "Officer, K.R.", tuple(Link(p, "#", p == current) for p in PLACES), "#", "/out", "/find"
        ),
        "request": None,
        "now": NOW,
        "case": case,
        "errors": {},
        "worklist": worklist(),
        "acts": act_rows(),
        "evidence": evidence(),
        "told": TOLD,
        "marks": MARKS,
        "finding": pattern_finding(PATTERN),
        "timeline": pattern_timelines(PATTERN),
        "crowd": pattern_timelines(crowd(2000)),
        "empty": pattern_timelines(Pattern((), LANES, NOW)),
        "strip": (act_strip(STRIP), act_strip(STRIP, narrow=True)),
        "survival": (survival_curves(SURVIVAL), survival_curves(SURVIVAL, narrow=True)),
        "forest": (forest_plot(FOREST), forest_plot(FOREST, narrow=True)),
        "ratios": (forest_plot(RATIOS), forest_plot(RATIOS, narrow=True)),
        "views": (panel_views(VIEWS, decided=4, advised=3), panel_views(VIEWS, decided=4, advised=3, narrow=True)),
        "wellbeing": sparkline(READINGS, Scale(0, 27), name="Low mood", bands=SEVERITIES),
        "board": [
            ("Did a breach lead to reassessment within 48 hours?", "19 of 31",
             interval_row(Interval(0.61, 0.44, 0.76), Scale(0, 1), name="Reassessed in time", standard=0.95), "61% (44 to 76)"),
            ("Was an advocate offered?", "115 of 118",
             interval_row(Interval(0.97, 0.93, 0.99), Scale(0, 1), name="Advocate offered", standard=0.95), "97% (93 to 99)"),
        ],
        "links": [Link(t, "#", t == "Pattern") for t in ("Pattern", "Assessment", "Panel", "Plan", "Orders", "Victim", "Subject", "Documents", "History")],
    }  # fmt: skip


PAGE_OF_A_CASE = """{% extends "layout.html" %}
{% from "components/case.html" import case_banner %}
{% from "components/page.html" import sub_navigation, section_card, pager %}
{% from "components/panels.html" import danger_panel, safe_contact_banner, in_force %}
{% from "components/figures.html" import figure_with_table, timeline_legend %}
{% from "components/tables.html" import acts_table, worklist_table %}
{% block title %}FF-7KQ2 pattern{% endblock %}
{% block heading %}{{ case_banner(case) }}{% endblock %}
{% block content %}
<div class="ff-banners">
{{ danger_panel("Breach of condition 3: arrest not decided", overdue="Overdue by 1 day 13 hours", after="(Sun 22 Nov, 19:40).", action_text="Record the decision", action_href="#") }}
{{ safe_contact_banner("text only, after 17:30", ("Never leave a message.", "Phone may be shared.", "Not on Thursdays."), "Advocate N.S. makes contact.") }}
</div>
{{ in_force([{"name": "Interim stalking protection order, 4 conditions", "until": "to 14 Jan 2027"}, {"name": "Bail, 2 conditions", "until": "to 9 Dec 2026"}], [{"text": "Conditions, to read aloud", "href": "#"}, {"text": "Record a breach", "href": "#"}]) }}
{{ sub_navigation(links) }}
<h2 class="govuk-heading-m">Pattern: {{ finding }}</h2>
{{ figure_with_table(timeline[0], timeline[1], legend=timeline_legend()) }}
<div class="ff-thirds">
{% call section_card("Changed since Mon 23 Nov, 17:10", "changed") %}<ul><li><strong>Act proposed</strong>, message from a new account. <a class="govuk-link" href="#">Confirm or reject</a></li><li><strong>Review moved</strong> from 17 Dec to 25 Nov, by the breach</li></ul>{% endcall %}
{% call section_card("Open actions (5)", "actions") %}<ul><li><strong class="ff-overdue">Overdue, Sun 22 Nov</strong> · Decide arrest · <strong>police</strong>, K.R.</li><li>Wed 25 Nov · Safety plan: three steps open · <strong>advocate</strong>, N.S.</li></ul>{% endcall %}
{% call section_card("Breaches (2)", "breaches") %}<ul><li><strong>Fri 20 Nov</strong>, condition 3, came to the home<span class="ff-under">arrest: undecided · victim told: 21 Nov</span></li></ul>{% endcall %}
</div>
{{ acts_table(acts, "Acts, newest first") }}
{{ pager(next_href="#", noun="acts", count=5, shown="2 of 28") }}
{{ worklist_table(worklist, "Due today") }}
{% endblock %}"""

PAGE_OF_THE_DESK = """{% extends "layout.html" %}
{% from "components/page.html" import page_heading, empty_state, phase_bar %}
{% from "components/panels.html" import as_told, rule_note, notification, conflict_panel, overtaken %}
{% from "components/figures.html" import figure_with_table %}
{% from "components/tables.html" import evidence_table %}
{% from "components/forms.html" import form_start, form_end, error_summary, text_field, textarea_field, date_field, select_field, radios_field, checkboxes_field, checkbox_field, level_field, answers_grid, file_field, button %}
{% block title %}Allegation{% endblock %}
{% block heading %}
{{ error_summary(errors) }}
{{ notification("Two records were linked. You can undo this at any time.", kind="success") }}
{% call page_heading("Is this stalking, and how soon must we act?", "Allegation 06/26/0123456 · Malicious communications (8R)", "Told Mon 23 Nov 2026, 21:05, by the crime feed") %}<strong class="ff-urgent">Urgent: weapon mentioned</strong>{% endcall %}
{% endblock %}
{% block content %}
{{ phase_bar([{"name": "Independent", "state": "done"}, {"name": "Consolidating", "state": "current"}, {"name": "Decided", "state": "waiting"}]) }}
<div class="ff-columns ff-columns--desk">
<div>
<h2 class="govuk-heading-m">As told</h2>
{% call as_told(told, marks, "Unedited. Behaviours are proposed by word rules;") %}<a class="govuk-link" href="#">correct them</a>.{% endcall %}
<h2 class="govuk-heading-m">Who</h2>
{{ evidence_table(evidence, "What speaks for one person") }}
<div class="govuk-button-group">{{ button("Same person", "secondary") }}{{ button("Not the same", "secondary") }}{{ button("Cannot say", "secondary") }}</div>
<h2 class="govuk-heading-m">Belongs: third act in 41 days, one breach</h2>
{{ figure_with_table(strip[0], strip[1]) }}
{{ empty_state("No document yet", "A file that a partner sends, or that you add, stands here with its hash and who has read it.", "Add a file", "#") }}
</div>
<div class="ff-panel">
{{ form_start("#", csrf_input, once="k-1", version=3) }}
<h2 class="govuk-heading-m">Check: FOUR</h2>
{{ answers_grid([("fixated", "Fixated"), ("obsessive", "Obsessive"), ("unwanted", "Unwanted"), ("repeated", "Repeated")], {"fixated": "yes", "obsessive": "not_known", "unwanted": "yes"}, errors={"repeated": "Say yes, no or not known"} if errors else {}, hint="Ask each question. “Not known” never counts as no.", compact=true) }}
{{ answers_grid([("weapon", "Has the subject threatened to use a weapon, or been seen with one?"), ("moved", "Has the subject moved closer?")], {"weapon": "yes"}) }}
{{ rule_note("! The recording rule expects stalking", "Former partner and two or more acts. Recorded as 8R.", "Ask the force to reclassify", "#") }}
{{ radios_field("triage", "Triage", "direct", error=errors.triage if errors else None, options=[("advice", "Advice only"), ("consultation", "Consultation: owner keeps the case"), ("panel", "Panel"), ("direct", "Direct management, from today", "The unit takes the case"), ("redirect", "Redirect to another service")]) }}
{{ textarea_field("because", "Because", "Weapon, two methods in one day.", error=errors.because if errors else None, limit=2000, rows=3) }}
{{ level_field("level", "What level do you set?", "high") }}
{{ date_field("met_on", "When did you meet?", {"day": "31", "month": "2", "year": "2026"}, error=errors.met_on if errors else None) }}
{{ text_field("phone", "Telephone", "", kind="tel", width="20", hint="Exactly as it was reported") }}
{{ select_field("site", "Site", "b", options=[("", "Choose a site"), ("a", "Northmoor"), ("b", "Vale")]) }}
{{ checkboxes_field("told", "Who was told?", ["victim"], options=[("victim", "The victim"), ("advocate", "The advocate", "by secure mail")]) }}
{{ checkbox_field("sure", "I have read it again") }}
{{ file_field("file", "A picture or recording", hint="Up to 20 MB") }}
{{ button("Record triage") }}
{{ form_end() }}
</div>
</div>
{{ form_start("#", csrf_input, version=4) }}
{{ conflict_panel([{"name": "phone", "label": "Telephone", "mine": "ends 114", "theirs": ""}, {"name": "note", "label": "Note", "mine": "left at 9", "theirs": "left at 10"}], "N.S.", "today, 09:02") }}
{{ form_end() }}
{{ overtaken({"by": "Nell Sable", "at": none}, (("What did you find together?", "It works", "It failed"), ("Look again on", "", "3 5 2026"))) }}
{% endblock %}"""

PAGE_OF_LEARNING = """{% extends "layout.html" %}
{% from "components/page.html" import page_heading %}
{% from "components/panels.html" import conclusion %}
{% from "components/figures.html" import figure_with_table, timeline_legend %}
{% from "components/tables.html" import plain_table, scroll_region %}
{% block title %}What may we conclude?{% endblock %}
{% block heading %}{{ page_heading("What may we conclude?", "Evaluation · further acts within 12 months · data to 30 September 2026") }}{% endblock %}
{% block content %}
{{ conclusion("Of 100 cases handled by a unit, about 8 fewer see a further act within 12 months than with usual handling. It could be anything from 16 fewer to no difference.", 2, detail="In a new area the difference may be anything from 22 fewer to 5 more.") }}
<div class="ff-columns ff-columns--desk">
<section><h2 class="govuk-heading-m">Each site, together, and a new area</h2>{{ figure_with_table(forest[0], forest[1], caption="Square: larger counts more. Bar: 95% interval. Dashed box: 95% prediction for a new area.", how_href="#") }}</section>
<section><h2 class="govuk-heading-m">Cases with no further act, of 100</h2>{{ figure_with_table(survival[0], survival[1], caption="Shaded: 95% interval. Axis begins at 50.", how_href="#") }}</section>
</div>
<h2 class="govuk-heading-m">As ratios</h2>{{ figure_with_table(ratios[0], ratios[1]) }}
<h2 class="govuk-heading-m">What each member thought before the discussion</h2>{{ figure_with_table(views[0], views[1]) }}
<h2 class="govuk-heading-m">How she is</h2>{{ figure_with_table(wellbeing) }}
{% call scroll_region("Quality board") %}{{ plain_table(("Question", "Yes", "0 to 100%; dashed line: the standard", "Share (95%)"), board, "The inspector’s questions, the furthest below the standard first", (1,)) }}{% endcall %}
<h2 class="govuk-heading-m">Very many acts</h2>{{ figure_with_table(crowd[0], crowd[1]) }}
<h2 class="govuk-heading-m">No act</h2>{{ figure_with_table(empty[0], empty[1], legend=timeline_legend()) }}
{% endblock %}"""

PAGE_OF_A_VICTIM = """{% extends "layout.html" %}
{% from "components/page.html" import page_heading, section_card %}
{% from "components/panels.html" import rule_note %}
{% from "components/forms.html" import form_start, form_end, textarea_field, text_field, file_field, button %}
{% set victim_page = true %}
{% set neutral_title = "My notes" %}
{% block heading %}{{ page_heading("What happened?") }}{% endblock %}
{% block content %}
<div class="ff-note ff-note--danger"><p><strong>In danger now? Call 999.</strong> This page is not read at night. Cannot speak: press 55 when asked.</p></div>
{{ form_start("#", csrf_input, upload=true) }}
{{ textarea_field("words", "In your own words", "He was parked across from the shop when I finished.") }}
{{ text_field("day", "Day", "today, 24 Nov") }}
{{ text_field("time", "Time, about", "17:40") }}
{{ file_field("file", "A picture or recording, if you have one") }}
{{ button("Save") }}
{{ form_end() }}
<p class="govuk-body">Your advocate reads it, Monday to Friday.</p>
{% call section_card("What I have saved (14)", "kept") %}<ul><li><strong>Mon 23 Nov, 22:31</strong><br>Another message from a new number…<span class="ff-under">read by your advocate, today 08:50</span></li></ul>{% endcall %}
{% endblock %}"""

PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "case": (PAGE_OF_A_CASE, {}),
    "desk": (PAGE_OF_THE_DESK, {}),
    "desk-errors": (
        PAGE_OF_THE_DESK,
        {"errors": {"repeated": "Say yes, no or not known", "triage": "Choose what happens next", "because": "Say why", "met_on": "31 February is no date: mend the day or the month"}},
    ),
    "learning": (PAGE_OF_LEARNING, {}),
    "victim": (PAGE_OF_A_VICTIM, {"shell": None}),
    "victim-file": (PAGE_OF_A_VICTIM, {}),
}  # fmt: skip


@cache
def bare_environment() -> Environment:
    """Return the pages' environment without Django's settings: addresses of files, an invented proof."""
    built = environment()
    built.globals |= {
        "static": lambda path: f"/{path}",
        "csrf": lambda request: Markup('<input type="hidden" name="csrfmiddlewaretoken" value="proof">'),
        "csrf_input": Markup('<input type="hidden" name="csrfmiddlewaretoken" value="proof">'),
    }
    return built


def write_pages(folder: Path) -> list[str]:
    """Write the gallery into a folder and return the names of its pages."""
    built = bare_environment()
    for name, (template, more) in PAGES.items():
        html = built.from_string(template).render(context() | more)
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return [f"{name}.html" for name in PAGES]


class Handler(SimpleHTTPRequestHandler):
    """Serves the gallery's folder and the static files under the site's own content policy, in silence."""

    def translate_path(self, path: str) -> str:
        """Return the file for an address: a page, or a file of one of the two static folders."""
        first, _, rest = path.partition("?")[0].lstrip("/").partition("/")
        return str(STATIC[first] / rest) if first in STATIC else super().translate_path(path)

    def end_headers(self) -> None:
        """Send the policy with every answer."""
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the gallery on this machine alone and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"{place}: {', '.join(write_pages(place))}\n")
