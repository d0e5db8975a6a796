"""Every word of ours in a picture is said in the language of the page, and nothing that was handed in.

Each picture is drawn twice: in English, and in a language that only puts brackets around every text. Without its brackets
the second is the first, to the byte; without what stands in them it holds only what the test handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from fourfold.web.components import charts
from fourfold.web.components.charts import Interval, Lane, Scale, Severity, Svg, pen
from fourfold.web.components.charts.interval_dots import Dot, Dots, interval_dots
from fourfold.web.components.charts.worth import Moves, Rising, rising_curve, tornado_chart
from fourfold.words import Word
from tests.web.gallery import NOW, at, crowd

SVG = "{http://www.w3.org/2000/svg}"
#: What the test hands in begins so, and no text of ours does.
HANDED = re.compile(r"X[a-z]+")
#: The innermost brackets; those of a text that was cut off lost their end.
SAID = re.compile(r"⟦[^⟦⟧]*(?:⟧|$)")

Draw = Callable[[bool], Svg]

LANES = (Lane("home", "Xhome", "Xho"), Lane("contacts", "Xcontacts", "Xco"))
ACTS = (
    charts.Act(at(2, 1), "home", 1),
    charts.Act(at(2, 1, 15), "home", 2, what="Xdoor"),
    charts.Act(at(2, 20), "contacts", 2, False),
    charts.Act(at(7, 3), "elsewhere", 3, False, "Xplace", "Xcondition", "Xnote"),
    charts.Act(at(9, 9), "contacts", 1),
    charts.Act(at(9, 12), "contacts", 1, breach="Xcondition"),
    charts.Act(at(9, 18), "contacts", 1),
    charts.Act(at(11, 20), "home", 1),
)
LEVELS = (
    charts.LevelStep(at(3, 1), 1, "Xofficer"),
    charts.LevelStep(at(5, 1), None, "Xpanel"),
    charts.LevelStep(at(8, 1), None),
    charts.LevelStep(at(9, 1), 3),
    charts.LevelStep(at(11, 1), 4, "Xpanel"),
)
BANDS = (
    charts.Band("order", "Xbail", at(3, 1), at(6, 1)),
    charts.Band("order", "Xorder", at(10, 1), at(1, 14, year=2027)),
    charts.Band("order", "Xinjunction", at(10, 5)),
    charts.Band("custody", "Xcustody", at(7, 10), at(8, 10)),
    charts.Band("custody", "Xremand", at(11, 22)),
)
PATTERN = charts.Pattern(ACTS, LANES, NOW, LEVELS, BANDS)
CLOSER = replace(
    PATTERN, levels=(), bands=(), acts=tuple(charts.Act(at(8, 1) + timedelta(days=n), "home") for n in (0, 20, 40, 60, 70, 75, 78))
)  # fmt: skip
FURTHER = replace(
    CLOSER, acts=tuple(charts.Act(at(8, 1) + timedelta(days=n), "home") for n in (0, 1, 2, 3, 20, 40, 60))
)
ONE_DAY = replace(CLOSER, acts=ACTS[:2], today=ACTS[1].at, levels=(charts.LevelStep(at(1, 20), 2),))
CROWD = replace(crowd(600), lanes=(*LANES, Lane("damages", Word("Damages"))))

STRIP = (
    charts.StripAct(at(2, 1), "Xharassment"),
    charts.StripAct(at(6, 1), "Xmessages", 2, confirmed=False, breach=True),
    charts.StripAct(at(11, 2), "Xthreat", 3, confirmed=False),
)
LONG_STRIP = tuple(charts.StripAct(at(2, 1) + timedelta(days=n), "Xact") for n in range(70))


def tie(source: str, target: str, acts: int, *, breaches: int = 0, near: bool = False) -> charts.Tie:
    """Return a tie with invented days."""
    return charts.Tie(source, target, acts, at(2, 1), at(11, 3), breaches, near)


LINKS = charts.Links(
    (tie("Xcrimes", "Xdean", 4), tie("Xhousing", "Xdean", 1)),
    (tie("Xdean", "Xnora", 4, breaches=2), tie("Xdean", "Xmia", 1, near=True)),
)
TWO_SUBJECTS = charts.Links((), (tie("Xdean", "Xnora", 1), tie("Xcarl", "Xnora", 1)))
MANY_LINKS = charts.Links(
    (tie("Xcrimes", "Xdean", 12),), tuple(tie("Xdean", "Xvictim" + chr(97 + n), n + 1) for n in range(12))
)

CURVES = charts.Survival(
    (
        charts.Curve("Xone", (charts.CurvePoint(3, 0.9, 0.8, 0.95), charts.CurvePoint(6, 0.8, 0.7, 0.9)), (40, 20, None)),
        charts.Curve("Xtwo", (charts.CurvePoint(4, 0.6, 0.5, 0.7),), (40, 10, 4)),
    ),
    (0, 3, 6),
    "Xtitle",
    floor=0.5,
)  # fmt: skip
FOREST = charts.Forest(
    (
        charts.SiteEffect("Xnorth", Interval(-4, -11, 4), 0.5, "Xcases"),
        charts.SiteEffect("Xsouth", None, 0, "Xfew"),
    ),
    "Xtitle",
    Interval(-8, -16, 0),
    Interval(-8, -22, 5),
)
DOTS = Dots((Dot("Xpolice", Interval(0.62, 0.48, 0.75), "Xcases"), Dot("Xhealth", None)), "Xtitle", "Xunit")

PERCENT, MOOD = Scale(0, 1), Scale(0, 27)
BAND = (Severity("Xmild", 0, 10), Severity("Xsevere", 10, 27))
READINGS = tuple(charts.Reading(date(2026, month, 5), value) for month, value in ((1, 12), (3, 19), (5, 12), (12, 8)))
VIEWS = (
    charts.PanelView("Xpolice", 4),
    charts.PanelView("Xhealth", 2, dissents=True),
    charts.PanelView("Xhousing", None),
)


def sparkline(*readings: charts.Reading, worse: str = "higher") -> Draw:
    """Return how a small measure is drawn."""
    return lambda narrow: charts.sparkline(readings, MOOD, name="Xmood", bands=BAND, worse=worse)


def measure(*readings: charts.Reading, missed: tuple[date, ...] = ()) -> Draw:
    """Return how a large measure is drawn."""
    return lambda narrow: charts.measure_chart(
        readings, missed, MOOD, name="Xmood", bands=BAND, cut_off=10, narrow=narrow
    )


PICTURES: dict[str, Draw] = {
    "timeline": lambda narrow: charts.pattern_timelines(PATTERN)[narrow],
    "closer acts": lambda narrow: charts.pattern_timelines(CLOSER)[narrow],
    "acts further apart": lambda narrow: charts.pattern_timelines(FURTHER)[narrow],
    "acts of one day": lambda narrow: charts.pattern_timelines(ONE_DAY)[narrow],
    "crowded timeline": lambda narrow: charts.pattern_timelines(CROWD)[narrow],
    "empty timeline": lambda narrow: charts.pattern_timelines(charts.Pattern((), LANES, NOW))[narrow],
    "strip": lambda narrow: charts.act_strip(STRIP, narrow=narrow),
    "strip without breaches": lambda narrow: charts.act_strip(STRIP[:1], narrow=narrow),
    "long strip": lambda narrow: charts.act_strip(LONG_STRIP, narrow=narrow),
    "empty strip": lambda narrow: charts.act_strip((), narrow=narrow),
    "links": lambda narrow: charts.link_chart(LINKS, narrow=narrow),
    "links to one": lambda narrow: charts.link_chart(TWO_SUBJECTS, narrow=narrow),
    "many links": lambda narrow: charts.link_chart(MANY_LINKS, narrow=narrow),
    "no links": lambda narrow: charts.link_chart(charts.Links((), ()), narrow=narrow),
    "curves": lambda narrow: charts.survival_curves(CURVES, narrow=narrow),
    "no curves": lambda narrow: charts.survival_curves(replace(CURVES, curves=()), narrow=narrow),
    "forest": lambda narrow: charts.forest_plot(FOREST, narrow=narrow),
    "empty forest": lambda narrow: charts.forest_plot(charts.Forest((), "Xtitle"), narrow=narrow),
    "dots": lambda narrow: interval_dots(DOTS, narrow=narrow),
    "rising": lambda narrow: rising_curve(Rising("Xtitle", "Xacross", (("Xline", ((0.0, 0.0), (9e5, 1.0))),)), narrow=narrow),
    "tornado": lambda narrow: tornado_chart(Moves("Xtitle", "Xacross", 5.0, (("Xbar", 1.0, 9.0),)), narrow=narrow),
    "no dots": lambda narrow: interval_dots(replace(DOTS, rows=()), narrow=narrow),
    "interval": lambda narrow: charts.interval_row(Interval(0.6, 0.4, 0.8), PERCENT, name="Xshare", standard=0.95),
    "unknown interval": lambda narrow: charts.interval_row(None, PERCENT, name="Xshare"),
    "small measure": sparkline(*READINGS),
    "small measure that rose": sparkline(*READINGS[:2], worse="lower"),
    "small measure as before": sparkline(READINGS[0], READINGS[2]),
    "one reading": sparkline(READINGS[0]),
    "no reading": sparkline(),
    "measure": measure(*READINGS, missed=(date(2026, 7, 5), date(2026, 9, 5))),
    "nothing measured": measure(),
    "movement": lambda narrow: charts.movement(READINGS, MOOD, name="Xmood"),
    "views": lambda narrow: charts.panel_views(VIEWS, decided=4, advised=3, narrow=narrow),
    "no views": lambda narrow: charts.panel_views((), narrow=narrow),
    **{f"evidence {weight}": lambda narrow, weight=weight: charts.evidence_bar(weight) for weight in (None, 0, 1, 3, -1, -3)},  # type: ignore[misc]
}  # fmt: skip


def bracketed(words: str) -> str:
    """Say a text so that whoever looks at the picture sees where it begins and ends."""
    return f"⟦{words}⟧"


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Return what makes the page speak the language of brackets, which need no room, so that nothing moves."""
    measured = pen.width_of

    def speak() -> None:
        monkeypatch.setattr("fourfold.web.translation.say", bracketed)
        monkeypatch.setattr(
            pen, "width_of", lambda shown, *size, **how: measured(re.sub("[⟦⟧]", "", pen.said(shown)), *size, **how)
        )

    return speak


def plain(said: object) -> object:
    """Return a picture's part without its brackets."""
    if isinstance(said, tuple):
        return tuple(map(plain, said))
    return re.sub("[⟦⟧]", "", str(said))


def texts_of(svg: Svg) -> Iterator[str]:
    """Yield everything in a picture and its table that somebody reads or hears."""
    for element in ElementTree.fromstring(svg.markup).iter():
        yield from filter(None, (element.text, element.tail, element.get("aria-label"), element.get("alt")))
    yield from (svg.title, svg.description, *svg.head)
    for row in svg.rows:
        yield from row


def unsaid(text: str) -> str:
    """Return the letters of a text that neither were said nor handed in."""
    left = ""
    while left != text:
        left, text = text, SAID.sub("", text)
    return "".join(filter(str.isalpha, HANDED.sub("", text)))


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", PICTURES)
def test_every_word_of_ours_in_a_picture_is_said(name: str, narrow: bool, brackets: Callable[[], None]) -> None:
    english = PICTURES[name](narrow)
    brackets()
    svg = PICTURES[name](narrow)
    for part in ("markup", "title", "description", "head", "rows"):
        assert plain(getattr(svg, part)) == getattr(english, part), part
    assert not {text: left for text in texts_of(svg) if (left := unsaid(text))}, "in the language of the source"


def test_no_picture_is_forgotten() -> None:
    public = {name for name in charts.__all__ if name[0].islower()}
    drawn = {name for draw in PICTURES.values() for name in called(draw)}
    assert public - drawn == {"pattern_finding"}, "a line of words, asserted below"


def called(draw: Draw) -> set[str]:
    """Return the names that a function calls."""
    return set(draw.__code__.co_names)


@pytest.mark.parametrize("pattern", [PATTERN, CLOSER, FURTHER, ONE_DAY, charts.Pattern((), LANES, NOW)])
def test_the_line_above_a_pattern_is_said(pattern: charts.Pattern, brackets: Callable[[], None]) -> None:
    english = charts.pattern_finding(pattern)
    brackets()
    assert plain(charts.pattern_finding(pattern)) == english
    assert not unsaid(charts.pattern_finding(pattern))


def texts_with_a_name(name: str, *, narrow: bool) -> list[str]:
    """Return the texts that hold a name, which stands in every place of a pattern and of its table."""
    act = charts.Act(at(11, 1), "a", 1, what=name, breach=name, note=name)
    bands = (charts.Band("order", name, at(10, 1)), charts.Band("custody", name, at(9, 1), at(9, 9)))
    pattern = charts.Pattern((act,), (Lane("a", name),), NOW, (charts.LevelStep(at(10, 1), 2, name),), bands)
    return [text for text in texts_of(charts.pattern_timelines(pattern)[narrow]) if name in text]


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_a_name_that_is_a_word_of_ours_is_said_and_one_that_somebody_typed_is_not(
    narrow: bool, brackets: Callable[[], None]
) -> None:
    brackets()
    typed = texts_with_a_name("Contacts", narrow=narrow)
    ours = texts_with_a_name(Word("Contacts"), narrow=narrow)
    assert len(typed) == len(ours) > 10
    assert not [text for text in typed if "⟦Contacts⟧" in text]
    assert not [text for text in ours if "Contacts" in text.replace("⟦Contacts⟧", "")]
