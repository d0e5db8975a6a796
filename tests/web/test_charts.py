"""The drawings: what they say, what they refuse, and that no value can break out of them. No database, no browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.web.components.charts import (
    Act,
    Band,
    ChartError,
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
    Svg,
    act_strip,
    evidence_bar,
    forest_plot,
    ink,
    interval_row,
    movement,
    panel_views,
    pattern_finding,
    pattern_timelines,
    pen,
    sparkline,
    survival_curves,
)
from fourfold.web.components.charts.rhythm import bursts, gaps, trend
from fourfold.web.components.charts.scales import Axis, TimeAxis, round_ticks, time_ticks
from fourfold.web.components.charts.scene import CROWDED_ABOVE, described, piles, scene_of, table_rows
from tests.web import gallery
from tests.web.gallery import LANES, NOW, PATTERN, at, crowd

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"'><script>alert(1)</script><!-- ]]> & \x00\x0b\ud800 {{ 7*7 }}"
CSS = "".join(
    Path(gallery.ROOT, "src/fourfold/web/static", name).read_text(encoding="utf-8")
    for name in ("n/n.css", "fourfold/fourfold.css")
)

Draw = Callable[[bool], Svg]


def pattern_timeline(pattern: Pattern, *, narrow: bool = False) -> Svg:
    return pattern_timelines(pattern)[narrow]


def hostile_pattern() -> Pattern:
    """Return a pattern in which every word is an attempt to break out."""
    lane = Lane("a", HOSTILE, HOSTILE)
    act = Act(at(11, 1), "a", 2, False, HOSTILE, HOSTILE, HOSTILE)
    bands = (Band("order", HOSTILE, at(10, 1), at(12, 1)), Band("custody", HOSTILE, at(10, 2), at(10, 9)))
    return Pattern((act, act._replace(at=at(8, 1))), (lane,), NOW, (LevelStep(at(10, 3), 3, HOSTILE),), bands)


def hostile_survival() -> Survival:
    curve = Curve(HOSTILE, (CurvePoint(1, 0.9, 0.8, 1),), (None, 3))
    return Survival((curve,), (0, 2), HOSTILE, HOSTILE)


def hostile_forest() -> Forest:
    site = SiteEffect(HOSTILE, Interval(-1, -2, 1), 0.4, HOSTILE)
    return Forest((site, SiteEffect(HOSTILE, None)), HOSTILE, unit=HOSTILE, fewer=HOSTILE, more=HOSTILE)


EVERY_DRAWING: dict[str, Draw] = {
    "timeline": lambda narrow: pattern_timeline(PATTERN, narrow=narrow),
    "crowded timeline": lambda narrow: pattern_timeline(crowd(600), narrow=narrow),
    "empty timeline": lambda narrow: pattern_timeline(Pattern((), LANES, NOW), narrow=narrow),
    "timeline without lanes": lambda narrow: pattern_timeline(Pattern((), (), NOW), narrow=narrow),
    "hostile timeline": lambda narrow: pattern_timeline(hostile_pattern(), narrow=narrow),
    "strip": lambda narrow: act_strip(gallery.STRIP, narrow=narrow),
    "empty strip": lambda narrow: act_strip((), narrow=narrow),
    "hostile strip": lambda narrow: act_strip((StripAct(at(1, 1), HOSTILE),), narrow=narrow),
    "curves": lambda narrow: survival_curves(gallery.SURVIVAL, narrow=narrow),
    "no curve": lambda narrow: survival_curves(Survival((), (0, 12), "None yet"), narrow=narrow),
    "hostile curves": lambda narrow: survival_curves(hostile_survival(), narrow=narrow),
    "forest": lambda narrow: forest_plot(gallery.FOREST, narrow=narrow),
    "ratios": lambda narrow: forest_plot(gallery.RATIOS, narrow=narrow),
    "empty forest": lambda narrow: forest_plot(Forest((), "None yet"), narrow=narrow),
    "hostile forest": lambda narrow: forest_plot(hostile_forest(), narrow=narrow),
    "views": lambda narrow: panel_views(gallery.VIEWS, decided=4, advised=3, narrow=narrow),
    "no view": lambda narrow: panel_views((), narrow=narrow),
    "hostile views": lambda narrow: panel_views((PanelView(HOSTILE, None),), narrow=narrow),
    "interval": lambda narrow: interval_row(Interval(0.6, 0.4, 0.8), Scale(0, 1), name=HOSTILE, standard=0.95),
    "unknown interval": lambda narrow: interval_row(None, Scale(0, 1), name="x"),
    "measure": lambda narrow: sparkline(gallery.READINGS, Scale(0, 27), name=HOSTILE, bands=(Severity(HOSTILE, 0, 27),)),
    "movement": lambda narrow: movement(gallery.READINGS, Scale(0, 27), name=HOSTILE),
    "no movement": lambda narrow: movement((), Scale(0, 27), name="Mood"),
    "no measure": lambda narrow: sparkline((), Scale(0, 27), name="Mood"),
    "for": lambda narrow: evidence_bar(2, said=HOSTILE),
    "neither": lambda narrow: evidence_bar(0),
}  # fmt: skip
every_drawing = pytest.mark.parametrize("name", EVERY_DRAWING)
both_sizes = pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])


def parsed(svg: Svg) -> ElementTree.Element:
    """Return the drawing as XML; raises when it is not well formed."""
    return ElementTree.fromstring(svg.markup)


def words_of(svg: Svg) -> str:
    """Return everything that is written in the drawing, hover titles left out."""
    return " | ".join(element.text or "" for element in parsed(svg).iter(f"{SVG}text"))


# --- What holds for every drawing -------------------------------------------------------------------------------


@every_drawing
@both_sizes
def test_every_drawing_is_well_formed_and_says_what_it_is(name: str, narrow: bool) -> None:
    svg = EVERY_DRAWING[name](narrow)
    root = parsed(svg)
    assert root.get("role") == "img"
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert root[0].text
    assert root[1].text
    assert svg.title
    assert svg.description


@every_drawing
@both_sizes
def test_nothing_in_a_drawing_needs_a_looser_content_policy(name: str, narrow: bool) -> None:
    for element in parsed(EVERY_DRAWING[name](narrow)).iter():
        assert element.tag.removeprefix(SVG) not in {"script", "style", "foreignObject", "image", "use", "a"}
        assert "style" not in element.attrib
        assert not [attribute for attribute in element.attrib if attribute.startswith("on")]


@every_drawing
@both_sizes
def test_drawings_on_one_page_share_no_identifier(name: str, narrow: bool) -> None:
    assert not [element for element in parsed(EVERY_DRAWING[name](narrow)).iter() if "id" in element.attrib]


@every_drawing
@both_sizes
def test_equal_values_draw_equal_pictures(name: str, narrow: bool) -> None:
    assert EVERY_DRAWING[name](narrow) == EVERY_DRAWING[name](narrow)


@every_drawing
@both_sizes
def test_every_row_of_the_table_has_a_cell_for_each_column(name: str, narrow: bool) -> None:
    svg = EVERY_DRAWING[name](narrow)
    assert {len(row) for row in svg.rows} <= {len(svg.head)}
    assert all(position < len(svg.head) for position in svg.numeric)


@every_drawing
def test_the_narrow_picture_fits_a_small_phone(name: str) -> None:
    width = float(parsed(EVERY_DRAWING[name](True)).get("width") or 0)
    assert 0 < width <= 320


@pytest.mark.parametrize(
    "name", [name for name in EVERY_DRAWING if "hostile" in name or name in {"interval", "measure", "for"}]
)
@both_sizes
def test_hostile_words_stay_words(name: str, narrow: bool) -> None:
    svg = EVERY_DRAWING[name](narrow)
    assert "<script" not in svg.markup
    assert "alert(1)" in "".join(parsed(svg).itertext())


def test_equal_order_of_equal_acts_does_not_matter() -> None:
    assert pattern_timeline(PATTERN) == pattern_timeline(replace(PATTERN, acts=tuple(reversed(PATTERN.acts))))


def test_a_drawing_prints_itself_unescaped_in_a_page_and_its_words_escaped() -> None:
    page = gallery.bare_environment().from_string("{{ svg }}|{{ svg.title }}")
    svg = replace(evidence_bar(1), title="a & b")
    assert page.render(svg=svg) == f"{svg.markup}|a &amp; b"


@pytest.mark.parametrize(
    ("token", "colour"),
    [
        ("--ff-ink", ink.INK), ("--ff-ink-2", ink.INK_2), ("--ff-night", ink.NIGHT),
        ("--ff-paper", ink.PAPER), ("--ff-rule", ink.RULE), ("--ff-grid", ink.GRID), ("--ff-danger", ink.DANGER),
        ("--ff-order", ink.ORDER), ("--ff-go", ink.GO), ("--ff-level-4", ink.LEVEL_LINE[4]), ("--ff-level-3", ink.LEVEL_LINE[3]),
    ],
)  # fmt: skip
def test_drawings_and_pages_have_the_same_colours(token: str, colour: str) -> None:
    assert re.search(rf"{token}: ([^;]+);", CSS).group(1) == colour  # type: ignore[union-attr]


# --- The pattern timeline ---------------------------------------------------------------------------------------


def circles(svg: Svg) -> list[ElementTree.Element]:
    return list(parsed(svg).iter(f"{SVG}circle"))


@both_sizes
def test_an_act_is_a_circle_that_grows_with_seriousness(narrow: bool) -> None:
    radii = [
        float(
            circles(pattern_timeline(Pattern((Act(at(11, 1), "home", grave),), LANES, NOW), narrow=narrow))[0].get("r")
            or 0
        )
        for grave in (1, 2, 3)
    ]
    assert radii == sorted(set(radii))


def test_a_confirmed_act_is_filled_and_an_unconfirmed_one_hollow() -> None:
    filled, hollow = (
        circles(pattern_timeline(Pattern((Act(at(11, 1), "home", 2, sure),), LANES, NOW)))[0] for sure in (True, False)
    )
    assert filled.get("fill") == ink.NIGHT
    assert hollow.get("fill") == ink.PAPER
    assert hollow.get("stroke") == ink.NIGHT


@both_sizes
def test_a_breach_wears_a_ring(narrow: bool) -> None:
    act = Act(at(11, 1), "home", 2, breach="condition 3", note="not decided")
    svg = pattern_timeline(Pattern((act,), LANES, NOW), narrow=narrow)
    ring, mark = circles(svg)
    assert ring.get("stroke") == ink.DANGER
    assert float(ring.get("r") or 0) > float(mark.get("r") or 0)


def test_a_breach_is_said_in_words_beside_its_ring() -> None:
    act = Act(at(11, 1), "home", 2, breach="condition 3", note="not decided")
    said = words_of(pattern_timeline(Pattern((act,), LANES, NOW)))
    assert "breach, condition 3" in said
    assert "not decided" in said


def test_only_the_newest_breaches_are_named_but_every_one_is_ringed_and_listed() -> None:
    acts = tuple(Act(at(10, day), "home", 2, breach=f"condition {day}") for day in range(1, 13))
    svg = pattern_timeline(Pattern(acts, LANES, NOW))
    said = words_of(svg)
    assert "breach, condition 12" in said
    assert "breach, condition 1 " not in said + " "
    assert sum(c.get("stroke") == ink.DANGER for c in circles(svg)) == 12
    assert sum("Breach" in row[3] for row in svg.rows) == 12


def test_the_worst_lane_with_acts_is_at_the_top_in_bold_with_its_count() -> None:
    bold = [t.text for t in parsed(pattern_timeline(PATTERN)).iter(f"{SVG}text") if t.get("font-weight") == "bold"]
    assert "Threatens" in bold
    assert "Contacts" not in bold


def test_an_act_of_an_unlisted_kind_is_never_lost() -> None:
    svg = pattern_timeline(Pattern((Act(at(11, 1), "telepathy"),), LANES, NOW))
    assert "Kind not known" in words_of(svg)
    assert svg.rows[0][1] == "Kind not known"


def test_without_a_level_the_picture_says_not_assessed_and_never_low() -> None:
    svg = pattern_timeline(Pattern(PATTERN.acts, LANES, NOW))
    assert "not assessed" in words_of(svg)
    assert "Level: not assessed." in svg.description
    assert "Level Low" not in svg.description


def test_a_withdrawn_level_is_not_assessed_again() -> None:
    levels = (LevelStep(at(5, 4), 3, "panel"), LevelStep(at(8, 1), None, "panel"))
    svg = pattern_timeline(Pattern(PATTERN.acts, LANES, NOW, levels))
    assert "Level: not assessed." in svg.description
    assert ("1 Aug 2026, 12:00", "Level", "Not assessed, set by panel", "", "") in svg.rows


def test_each_level_says_who_set_it_and_when() -> None:
    said = words_of(pattern_timeline(PATTERN))
    for step in (
        "Low: response officer, 4 May",
        "Medium: officer, 5 Aug",
        "High: triage, 27 Oct",
        "Very high: panel, 19 Nov",
    ):
        assert step in said


def test_a_level_of_tomorrow_is_not_shown_today() -> None:
    svg = pattern_timeline(Pattern(PATTERN.acts, LANES, NOW, (LevelStep(NOW + timedelta(days=1), 1, "panel"),)))
    assert "Low:" not in words_of(svg)


def test_an_order_that_still_runs_is_said_with_its_end() -> None:
    svg = pattern_timeline(PATTERN)
    assert "Interim order, to 14 Jan" in words_of(svg)
    assert "In force today: Interim order, to 14 Jan 2027." in svg.description


def test_an_order_without_an_end_is_not_given_one() -> None:
    band = Band("order", "Restraining order", at(6, 1))
    svg = pattern_timeline(Pattern(PATTERN.acts, LANES, NOW, (), (band,)))
    assert {"Restraining order", "no end"} <= set(words_of(svg).split(" | "))
    assert "In force today: Restraining order, no end date." in svg.description


@pytest.mark.parametrize("month", [5, 11], ids=["a long bar", "a short bar"])
def test_a_long_name_never_hides_when_an_order_ends(month: int) -> None:
    band = Band("order", "Interim stalking protection order with four conditions", at(month, 2), at(1, 14, year=2027))
    said = words_of(pattern_timeline(Pattern(PATTERN.acts, LANES, NOW, (), (band,))))
    assert {band.name, "to 14 Jan"} <= set(said.split(" | "))


def test_an_order_that_ended_is_not_in_force() -> None:
    svg = pattern_timeline(Pattern(PATTERN.acts, LANES, NOW, (), (Band("order", "Bail", at(5, 1), at(6, 1)),)))
    assert "In force today" not in svg.description


def test_many_overlapping_orders_keep_the_picture_in_bounds() -> None:
    bands = tuple(Band("order", f"Order {n}", at(5, n), at(12, n)) for n in range(1, 20))
    root = parsed(pattern_timeline(Pattern(PATTERN.acts, LANES, NOW, (), bands)))
    height = float(root.get("height") or 0)
    assert all(0 <= float(t.get("y") or 0) <= height for t in root.iter(f"{SVG}text"))


def test_custody_is_hatched_and_named() -> None:
    svg = pattern_timeline(PATTERN)
    assert "in custody, 3 Nov to 9 Nov" in words_of(svg)
    assert any((p.get("d") or "").count("M") > 5 for p in parsed(svg).iter(f"{SVG}path"))


def test_words_never_lie_on_words() -> None:
    boxes = []
    for element in parsed(pattern_timeline(PATTERN)).iter(f"{SVG}text"):
        width = pen.width_of(element.text or "", bold=element.get("font-weight") == "bold")
        x, y = float(element.get("x") or 0), float(element.get("y") or 0)
        left = x - {"end": width, "middle": width / 2}.get(element.get("text-anchor") or "", 0)
        boxes.append((left, y - 10, left + width, y + 1, element.text))
    for one, other in pairwise(sorted(boxes)):
        apart = one[2] <= other[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, f"{one[4]!r} lies on {other[4]!r}"


def test_only_acts_since_the_chosen_day_are_in_the_picture_and_its_table() -> None:
    svg = pattern_timeline(replace(PATTERN, since=at(11, 1, 0)))
    assert sum(row[4] != "" for row in svg.rows) == 5
    assert svg.description.startswith("5 acts")


def test_the_table_holds_acts_levels_orders_and_gaps_newest_first() -> None:
    rows = pattern_timeline(PATTERN).rows
    kinds = [row[1] for row in rows]
    assert kinds.count("Level") == 4
    assert kinds.count("In force") == 3
    assert kinds.count("Custody") == 1
    assert kinds.count("Gap") == 2
    assert sum(row[4] != "" for row in rows) == 28
    stamps = [datetime.strptime(row[0], "%d %b %Y, %H:%M") for row in rows]  # noqa: DTZ007
    assert stamps == sorted(stamps, reverse=True)


def test_times_are_londons_in_summer_and_winter() -> None:
    from datetime import UTC

    acts = (Act(datetime(2026, 7, 1, 12, tzinfo=UTC), "home"), Act(datetime(2026, 11, 1, 12, tzinfo=UTC), "home"))
    rows = pattern_timeline(Pattern(acts, LANES, NOW)).rows
    assert [row[0] for row in rows if row[4]] == ["1 Nov 2026, 12:00", "1 Jul 2026, 13:00"]


def test_an_act_dated_after_today_stays_in_view() -> None:
    svg = pattern_timeline(Pattern((Act(NOW + timedelta(days=40), "home"),), LANES, NOW))
    assert float(circles(svg)[0].get("cx") or 0) < 1040


@both_sizes
def test_ten_thousand_acts_are_drawn_as_columns(narrow: bool) -> None:
    svg = pattern_timeline(crowd(10_000), narrow=narrow)
    assert len(svg.markup) < 200_000
    assert sum(int(row[2].replace(",", "")) for row in svg.rows) == 10_000


def test_single_marks_become_columns_only_when_they_would_hide_each_other() -> None:
    few = pattern_timeline(crowd(CROWDED_ABOVE))
    many = pattern_timeline(crowd(CROWDED_ABOVE + 1))
    assert few.head[0] == "When"
    assert many.head[0] == "Month"
    assert "too many acts for single marks" in many.description


def test_columns_tell_the_unconfirmed_and_the_breaches() -> None:
    acts = tuple(Act(at(10, 1 + n % 20), "home", 1, n % 2 == 0, breach="x" if n == 7 else "") for n in range(600))
    row = pattern_timeline(Pattern(acts, LANES, NOW)).rows[0]
    assert row == ("Oct 2026", "Comes to the home", "600", "300", "1")


# --- Rhythm -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "expected"),
    [([1, 31], 0), ([1, 32], 1), ([1, 20, 60, 70, 120], 2)],
    ids=["thirty days is no gap", "thirty-one is", "each long stretch"],
)
def test_a_gap_is_more_than_thirty_days(days: list[int], expected: int) -> None:
    start = at(1, 1)
    acts = tuple(Act(start + timedelta(days=day), "home") for day in days)
    today = acts[-1].at + timedelta(days=2)
    assert len(gaps(Pattern(acts, LANES, today))) == expected


def test_the_silence_up_to_today_is_a_gap_too() -> None:
    found = gaps(Pattern((Act(at(9, 1), "home"),), LANES, NOW))
    assert [(gap.days, gap.reason) for gap in found] == [(84, "not explained: ask")]


@pytest.mark.parametrize(
    ("bands", "reason"),
    [
        ((), "not explained: ask"),
        ((Band("order", "bail", at(5, 24), at(6, 20)),), "27 of them under an order or bail"),
        ((Band("custody", "custody", at(6, 1), at(6, 11)), Band("order", "bail", at(5, 24), at(6, 20))), "10 of them in custody"),
        ((Band("order", "a", at(6, 1), at(6, 11)), Band("order", "b", at(6, 5), at(6, 15))), "14 of them under an order or bail"),
    ],
)  # fmt: skip
def test_a_gap_is_explained_by_custody_first_then_by_orders(bands: tuple[Band, ...], reason: str) -> None:
    acts = (Act(at(5, 20), "home"), Act(at(7, 5), "home"))
    assert gaps(Pattern(acts, LANES, at(7, 6), (), bands))[0].reason == reason


def test_where_orders_were_not_looked_up_nothing_says_that_there_is_none() -> None:
    """The desk's picture of a possible course reads no order: an order in force stood there as none on record."""
    drawn = pattern_timeline(Pattern((Act(at(9, 1), "home"),), LANES, NOW, bands_known=False))
    assert "on record" not in drawn.markup
    assert "not explained" not in drawn.markup
    assert "orders, bail and custody are not shown here" in drawn.markup


def test_where_levels_were_not_looked_up_nothing_says_not_assessed() -> None:
    """A possible course and a person's page read no level: a case of very high risk stood there as not assessed."""
    drawn = pattern_timeline(Pattern((Act(at(9, 1), "home"),), LANES, NOW, levels_known=False))
    assert "ot assessed" not in drawn.markup
    assert "he level is not shown here" in drawn.markup


def test_a_burst_names_the_median_days_between_its_acts() -> None:
    acts = [Act(at(5, day), "home") for day in (1, 4, 5, 20)]
    (burst,) = bursts(acts)
    assert (burst.acts, burst.typical, burst.says) == (4, 3.0, "typically 3 days")


@pytest.mark.parametrize(
    ("days", "says"),
    [((1,), ""), ((1, 1), "typically same day"), ((1, 2), "typically 1 day"), ((1, 2, 4), "typically 1.5 days")],
)
def test_a_rhythm_is_said_in_words(days: tuple[int, ...], says: str) -> None:
    (burst,) = bursts([Act(at(5, day), "home") for day in days])
    assert burst.says == says


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ((10, 10, 10, 3, 3, 3), "acts are getting closer together"),
        ((3, 3, 3, 10, 10, 10), "acts are getting further apart"),
        ((5, 5, 5, 5, 5, 5), ""),
        ((10, 10, 3, 3), ""),
        ((0, 0, 0, 0, 0, 0), ""),
    ],
    ids=["closer", "apart", "steady", "too few to say", "all on one day"],
)
def test_a_trend_is_claimed_only_from_six_intervals_and_a_clear_change(steps: tuple[int, ...], says: str) -> None:
    moments = [at(1, 1)]
    for step in steps:
        moments.append(moments[-1] + timedelta(days=step))
    assert trend([Act(moment, "home") for moment in moments]) == says


@pytest.mark.parametrize(
    ("acts", "says"),
    [
        ((), "No act is on record yet"),
        ((Act(at(5, 1), "home"),), "1 act, one kind"),
        ((Act(at(5, 1), "home"), Act(at(5, 1, 20), "home")), "2 acts on one day, one kind"),
        ((Act(at(5, 1), "home"), Act(at(5, 6), "contacts")), "2 acts in 5 days, two kinds"),
        ((Act(at(5, 1), "home"), Act(at(8, 6), "home", breach="x")), "2 acts in 14 weeks, one kind; one breach"),
        (
            (Act(at(5, 1), "home"), Act(at(5, 2), "other"), Act(at(5, 3), "other")),
            "3 acts in 2 days, one kind, kind not known of two acts",
        ),
        ((Act(at(5, 1), "other"),), "1 act, kind not known of one act"),
        ((Act(at(5, 1), "home", also=("contacts",)), Act(at(5, 3), "home")), "2 acts in 2 days, two kinds"),
    ],
)
def test_a_pattern_is_said_in_one_line(acts: tuple[Act, ...], says: str) -> None:
    assert pattern_finding(Pattern(acts, LANES, NOW)) == says


def test_an_act_of_two_kinds_counts_in_both_lanes_and_is_named_by_both() -> None:
    """No lane says 0 of a kind that an act was; crowded columns count as the lanes do."""
    acts = (Act(at(5, 1), "home", also=("contacts",), what="At the gate, and rang."),)
    scene = scene_of(Pattern(acts, LANES, NOW))
    counted = {lane.key: number for lane, number in scene.lanes if number}
    assert counted == {"home": 1, "contacts": 1}
    assert sum(pile.acts for pile in piles(scene, 1)) == 2
    names = {lane.key: str(lane.name) for lane in LANES}
    said = f"{names['home']}, {names['contacts']}"
    assert table_rows(scene)[-1][1] == said
    assert said in described(scene)


@given(st.lists(st.tuples(st.integers(0, 4000), st.sampled_from("abc"), st.integers(1, 3), st.booleans()), max_size=60))
def test_any_acts_draw_a_well_formed_picture_that_loses_none(told: list[tuple[int, str, int, bool]]) -> None:
    acts = tuple(Act(at(1, 1, year=2015) + timedelta(days=d), lane, grave, sure) for d, lane, grave, sure in told)
    pattern = Pattern(acts, (Lane("a", "A"), Lane("b", "B")), NOW)
    for narrow in (False, True):
        svg = pattern_timeline(pattern, narrow=narrow)
        assert len(circles(svg)) == len(acts)
        assert sum(row[4] != "" for row in svg.rows) == len(acts)


# --- The desk's strip -------------------------------------------------------------------------------------------


def test_a_strip_names_what_was_recorded_and_the_days_between() -> None:
    svg = act_strip(gallery.STRIP)
    said = words_of(svg)
    for words in ("8L harassment", "8R communications", "13 Oct", "31 days", "10 days"):
        assert words in said
    assert svg.description == "3 acts from 13 Oct 2026 to 23 Nov 2026 (41 days), 1 breach."


def test_a_long_strip_keeps_the_newest_and_says_so() -> None:
    acts = [StripAct(at(1, 1) + timedelta(days=n), "8L") for n in range(200)]
    svg = act_strip(acts)
    assert len(circles(svg)) == 60
    assert len(svg.rows) == 200
    assert svg.description.endswith("The picture shows the newest 60.")


# --- Curves -----------------------------------------------------------------------------------------------------


def test_curves_are_named_with_their_share_and_differ_by_more_than_colour() -> None:
    svg = survival_curves(gallery.SURVIVAL)
    assert "unit 73" in words_of(svg)
    lines = [p for p in parsed(svg).iter(f"{SVG}path") if p.get("fill") == "none"]
    assert len({line.get("stroke-dasharray") for line in lines}) == 2


def test_curves_show_how_many_are_still_followed_and_hide_small_numbers() -> None:
    survival = replace(
        gallery.SURVIVAL, curves=(Curve("unit", (CurvePoint(2, 0.9, 0.8, 0.95),), (40, 20, 9, 6, None)),)
    )
    svg = survival_curves(survival)
    assert "–" in words_of(svg).split(" | ")
    assert svg.rows[-1] == ("unit", "12", "90", "80 to 95", "–")


def test_a_curve_without_an_event_stays_at_a_hundred() -> None:
    svg = survival_curves(Survival((Curve("unit", ()),), (0, 12), "No event"))
    assert svg.rows == (("unit", "0", "100", "100 to 100", ""), ("unit", "12", "100", "100 to 100", ""))


def test_an_axis_that_does_not_begin_at_nought_says_so() -> None:
    assert "The axis begins at 50." in survival_curves(gallery.SURVIVAL).description
    assert "axis begins" not in survival_curves(replace(gallery.SURVIVAL, floor=0)).description


def test_names_of_curves_that_end_together_are_pushed_apart() -> None:
    same = (CurvePoint(1, 0.8, 0.7, 0.9),)
    svg = survival_curves(Survival((Curve("a", same), Curve("b", same), Curve("c", same)), (0, 12), "Same"))
    heights = [
        float(t.get("y") or 0)
        for t in parsed(svg).iter(f"{SVG}text")
        if (t.text or "").endswith(" 80") and t.get("fill")
    ]
    assert len(heights) == 3
    assert min(b - a for a, b in pairwise(sorted(heights))) >= 15


@pytest.mark.parametrize("narrow", [False, True])
def test_a_long_name_stands_whole_at_the_end_of_its_curve(narrow: bool) -> None:
    ends = (CurvePoint(1, 0.93, 0.7, 0.99),), (CurvePoint(1, 0.8, 0.7, 0.9),)
    names = "Hampshire", "Devon and Cornwall"
    curves = tuple(Curve(name, points) for name, points in zip(names, ends, strict=True))
    svg = survival_curves(Survival(curves, (0, 12), "Long"), narrow=narrow)
    bold = " ".join(t.text or "" for t in parsed(svg).iter(f"{SVG}text") if t.get("font-weight") == "bold")
    assert "Hampshire 93 Devon and Cornwall 80" in bold


@pytest.mark.parametrize(
    ("survival", "field"),
    [
        (Survival((), (), "x"), "Survival.ticks"),
        (Survival((), (0, 1), "x", floor=1.0), "Survival.floor"),
        (Survival((Curve("unit", (), (1,)),), (0, 1), "x"), "Curve.at_risk of 'unit'"),
    ],
)
def test_curves_that_cannot_be_drawn_are_refused_by_field(survival: Survival, field: str) -> None:
    with pytest.raises(ChartError, match=re.escape(field)):
        survival_curves(survival)


# --- Forest -----------------------------------------------------------------------------------------------------


def test_the_prediction_for_a_new_area_is_a_dashed_box_and_the_pooled_effect_a_diamond() -> None:
    root = parsed(forest_plot(gallery.FOREST))
    assert sum(r.get("stroke-dasharray") is not None for r in root.iter(f"{SVG}rect")) == 1
    assert sum((p.get("d") or "").endswith("Z") for p in root.iter(f"{SVG}path")) == 1


def test_a_site_with_too_few_cases_shows_no_number() -> None:
    svg = forest_plot(gallery.FOREST)
    assert "too few to show" in words_of(svg)
    assert svg.rows[4] == ("Site 5: panel", "few", "too few to show", "", "")


def test_effects_carry_a_sign_and_ratios_do_not() -> None:
    assert "−13 (−24 to −2)" in words_of(forest_plot(gallery.FOREST))
    assert "0.72 (0.55 to 0.94)" in words_of(forest_plot(gallery.RATIOS))


def test_a_heavier_site_has_a_larger_square() -> None:
    squares = [
        float(r.get("width") or 0)
        for r in parsed(forest_plot(gallery.FOREST)).iter(f"{SVG}rect")
        if r.get("fill") == ink.NIGHT
    ]
    assert squares[1] == max(squares)


def test_an_interval_beyond_the_axis_is_cut_with_arrows_and_stays_inside() -> None:
    svg = forest_plot(gallery.RATIOS)
    arrows = [p for p in parsed(svg).iter(f"{SVG}path") if p.get("fill") == "none"]
    assert len(arrows) == 2
    assert all(0 <= float(line.get(end) or 0) <= 760 for line in parsed(svg).iter(f"{SVG}line") for end in ("x1", "x2"))


def test_an_open_interval_is_said_as_endless() -> None:
    site = SiteEffect("A", Interval(1, -float("inf"), float("inf")), 1)
    svg = forest_plot(Forest((site,), "Open"))
    assert "+1 (−∞ to ∞)" in words_of(svg)


@pytest.mark.parametrize(
    ("effect", "ratio", "says"),
    [(Interval(5, -1, 2), False, "does not hold 5"), (Interval(1, 0, 2), True, "a ratio is above 0")],
)
def test_an_effect_that_cannot_be_is_refused(effect: Interval, ratio: bool, says: str) -> None:
    with pytest.raises(ChartError, match=says):
        forest_plot(Forest((SiteEffect("Vale", effect),), "x", ratio=ratio))


# --- Small pictures ---------------------------------------------------------------------------------------------


def test_an_interval_says_estimate_interval_and_standard() -> None:
    svg = interval_row(Interval(0.61, 0.44, 0.76), Scale(0, 1), name="Told in time", standard=0.95)
    assert svg.title == "Told in time: 61% (44% to 76%), standard 95%"


def test_an_unknown_interval_is_not_nought() -> None:
    svg = interval_row(None, Scale(0, 1), name="Told in time")
    assert svg.title == "Told in time: not known"
    assert not circles(svg)


def test_a_measure_says_where_it_stands_and_which_way_is_worse() -> None:
    svg = sparkline(gallery.READINGS, Scale(0, 27), name="Low mood", bands=gallery.SEVERITIES)
    assert svg.description == "8 (mild) on 5 Nov 2026, down from 19 on 5 Mar 2026, 6 readings. Higher is worse."
    assert svg.rows[0] == ("5 Nov 2026", "8", "mild")


def test_a_movement_says_in_words_what_it_draws_without_any() -> None:
    svg = movement(gallery.READINGS, Scale(0, 27), name="Low mood")
    assert words_of(svg) == ""
    assert svg.description == "8 on 5 Nov 2026, down from 19 on 5 Mar 2026, 6 readings. Higher is worse."


@pytest.mark.parametrize(("value", "band"), [(0, "minimal"), (4.9, "minimal"), (5, "mild"), (27, "severe")])
def test_a_value_on_a_border_belongs_to_the_upper_band(value: float, band: str) -> None:
    svg = sparkline((Reading(date(2026, 5, 1), value),), Scale(0, 27), name="Mood", bands=gallery.SEVERITIES)
    assert svg.rows[0][2] == band


def test_nothing_measured_is_said_and_not_drawn_as_nought() -> None:
    svg = sparkline((), Scale(0, 27), name="Mood")
    assert svg.description == "Nothing has been measured yet."
    assert not circles(svg)


@pytest.mark.parametrize(
    ("weight", "says"),
    [(3, "strong for"), (1, "for"), (0, "neither"), (-1, "against"), (-2.5, "strong against"), (None, "not known")],
)
def test_evidence_is_said_in_words(weight: float | None, says: str) -> None:
    assert evidence_bar(weight).title == says


def test_views_keep_disagreement_and_silence_visible() -> None:
    svg = panel_views(gallery.VIEWS, decided=4, advised=3)
    said = words_of(svg)
    assert "dissents" in said
    assert "could not say" in said
    assert svg.rows[-1] == ("Housing", "Could not say", "")
    assert svg.description.endswith("Decided: Very high.")


# --- Refusals and scales ----------------------------------------------------------------------------------------


NAIVE = datetime(2026, 5, 1, 12)  # noqa: DTZ001 - naive on purpose


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Act(NAIVE, "home"), "Act.at has no time zone"),
        (lambda: Act(NOW, "home", 4), "Act.seriousness is 4"),
        (lambda: LevelStep(NAIVE, 1), "LevelStep.at has no time zone"),
        (lambda: LevelStep(NOW, 5), "LevelStep.level is 5"),
        (lambda: Band("order", "Bail", NAIVE), "Band.starts has no time zone"),
        (lambda: Band("order", "Bail", at(5, 2), at(5, 1)), "Band.ends of 'Bail' lies before"),
        (lambda: Pattern((), (), NAIVE), "Pattern.today has no time zone"),
        (lambda: StripAct(NAIVE, "8L"), "StripAct.at has no time zone"),
        (lambda: StripAct(NOW, "8L", 0), "StripAct.seriousness is 0"),
        (lambda: Scale(1, 1), "Scale.low"),
        (lambda: sparkline((Reading(date(2026, 5, 1), 99),), Scale(0, 27), name="x"), "Reading.value of 2026-05-01 is 99"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_drawn_is_refused_by_field(build: Callable[[], object], says: str) -> None:
    with pytest.raises(ChartError, match=re.escape(says)):
        build()


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_place_never_leaves_its_axis(low: float, high: float, value: float) -> None:
    axis = Axis(min(low, high), max(low, high), 10, 90)
    assert 10 <= axis.place(value) <= 90 + 1e-9


@pytest.mark.parametrize("days", [1, 6, 40, 100, 400, 2000, 9000])
def test_ticks_of_time_keep_their_distance(days: int) -> None:
    axis = TimeAxis(NOW - timedelta(days=days), NOW, 0, 900)
    places = [axis.place(tick.at) for tick in time_ticks(axis, 60)]
    assert all(b - a >= 50 for a, b in pairwise(places))
    assert len(places) <= 16


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)), (-30, 20, (-30, -20, -10, 0, 10, 20)), (0.5, 1, (0.5, 0.6, 0.7, 0.8, 0.9, 1))]
)  # fmt: skip
def test_ticks_of_numbers_are_round(low: float, high: float, expected: tuple[float, ...]) -> None:
    assert round_ticks(low, high) == expected


@pytest.mark.parametrize(("value", "says"), [(1.0, "1"), (1.25, "1.2"), (-0.04, "0"), (10.06, "10.1"), (3, "3")])
def test_coordinates_are_short(value: float, says: str) -> None:
    assert pen.num(value) == says


def test_words_are_shortened_only_when_they_do_not_fit() -> None:
    assert pen.fit("short", 200) == "short"
    cut = pen.fit("a very long name of an order that nobody can read", 100)
    assert cut.endswith("…")
    assert pen.width_of(cut) <= 100
