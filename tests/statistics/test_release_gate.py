"""The last gate reads what leaves and nothing else: numbers, figures, tooltips, alternative text."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from fourfold import stats
from fourfold.stats import SUPPRESSED, Released, written_counts


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"people": 7}, "people"),
        ({"people": 0}, "people"),
        ({"people": 12}, "people"),
        ({"sites": [{"events": 20}, {"events": 3}]}, "sites[1].events"),
        ({"people": {"london": 40, "cheshire": 4}}, "people.cheshire"),
        ({"curve": {"at_risk": [100, 55, 8]}}, "curve.at_risk[2]"),
        ({"prior_events": 9}, "prior_events"),
        ({"people": np.array([40, 7])}, "people[1]"),
        ({"cell": Released(5)}, "cell"),
        ({"people": 40, "share": 0.05}, "share"),
        ({"people": 40, "share": 0.95}, "share"),
        ({"people": 40, "percent": 5.0}, "percent"),
        ({"people": SUPPRESSED, "risk": 0.25}, "risk"),
        ({"people": "suppressed", "risk": 0.25}, "risk"),
        ({"people": float("nan")}, "people"),
        ({"people": "7"}, "people"),
        ({"words": ["It held.", "Seven victims moved away."]}, "words[1]"),
        ({"tables": [{"head": ["Site", "Cases"], "rows": [["North", "7"], ["South", "40"]]}]}, "tables[0].rows, Cases"),
    ],
)
def test_what_must_not_leave_is_found_and_its_place_named(document, where):
    assert [breach.where for breach in stats.gate_numbers(document)] == [where]


@pytest.mark.parametrize(
    "document",
    [
        {"people": 10, "events": "suppressed", "hazard_ratio": 0.7},
        {"people": 100, "share": 0.25},
        {"people": None, "cell": SUPPRESSED, "other": Released(15)},
        {"horizon_days": 7, "p_value": 0.03, "seed": 3, "sites": 3},
        {"people": {"base": 5, "count": 40}},
        {"head": ("Part", "Cases"), "rows": (("7", "suppressed"), ("8", "about 40"), ("9",))},
    ],
)
def test_what_may_leave_passes(document):
    assert stats.gate_numbers(document) == ()


def test_a_threshold_of_the_agreement_is_kept():
    assert stats.gate_numbers({"people": 15}, threshold=20)
    assert not stats.gate_numbers({"people": 20}, threshold=20)


FIGURE = """<svg role="img" aria-label="{label}"><title>{title}</title><desc>{desc}</desc>
<style>.a {{ width: 7px }}</style><!-- 7 people -->
<rect data-people="{data}" width="7" height="3"><title>{tip}</title></rect><text x="3">{text}</text></svg>"""


def _figure(**said: str) -> str:
    kept = {"label": "A chart", "title": "A chart", "desc": "", "data": "", "tip": "", "text": ""}
    return FIGURE.format(**(kept | said))


@pytest.mark.parametrize("place", ["label", "title", "desc", "data", "tip", "text"])
def test_a_small_count_is_found_wherever_a_figure_says_it(place):
    assert len(stats.gate_markup(_figure(**{place: "London: 7 people"}))) == 1
    assert len(stats.gate_markup(_figure(**{place: "London (n = 4)"}))) == 1
    assert len(stats.gate_markup(_figure(**{place: "London: 1,013 events"}))) == 1
    assert not stats.gate_markup(_figure(**{place: "London: 1,015 events"}))


@pytest.mark.parametrize(
    ("said", "stopped"),
    [
        ("seven victims", True),
        ("seven (7) victims were told", True),
        ("7 (seven) of the cases", True),
        ("seventy (70) victims", False),
        ("Seven of the victims moved away, and three former victims", True),
        ("only one victim, a single case", True),
        ("14% of 7", True),
        ("14 per cent of the seven", True),
        ("5% of 40 cases", True),
        ("3 out of 40 victims", True),
        ("seventeen subjects", True),
        ("a term rests on 3 of 203 clusters", True),
        ("12 clusters: with fewer than 30", True),
        ("ten people", False),
        ("fewer than ten people", False),
        ("25% of 40 cases", False),
        ("12% of 100 cases", False),
        ("7 of 100 cases, or 12 out of 100 people", True),
        ("7/100 cases", True),
        ("3% of 100 cases", True),
        ("twenty-one victims", True),
        ("ninety\u2011nine cases", True),
        ("ninety nine cases", True),
        ("twenty victims, ninety cases", False),
        ("a dozen victims", True),
        ("<b>7</b> victims", True),
        ("seven high-risk victims", True),
        ("seven of the former victims", True),
        ("seven\nvictims", True),
        ("vic\u00adtims: 7; seven vic\u00adtims", True),
        ("n = seven. n = 12.", True),
        ("a third of 12, half of the 14", True),
        ("two thirds of 40 cases", False),
        ("fourteen per cent of seven", True),
        ("three treated units, or 1 treated unit of 27", True),
        ("3 of 27 units", True),
        ("of whom three were threatened", True),
        ("seven of them moved away", True),
        ("seven were killed", True),
        ("1 victim", True),
        ("7 of every 100 cases, 7 in every 100 cases", False),
        ("3 in each 100 victims; seven in every ten victims", False),
        ("37 in 40 victims", True),
        ("thirty-seven in the forty victims", True),
        ("7 in 100 cases", True),
        ("15 in 40 cases; level 3 in 40 cases", False),
        ("3.4 victims per 100,000 people, 12 acts per 1,000 days", False),
        ("section 7 cases, part 3 of 20, level 3 cases, class 8 cases", False),
        ("in 2023 cases rose, since 3 May 2024 cases are counted, on 7 May cases began", False),
        ("28 days without acts, 7 months of cases, 7 days of acts", False),
        ("the third quarter of 2026, the third of five reports", False),
        ("95% of 7 days, a 99.8% limit, 80% power, 5% level", False),
        ("three units of two sites work alike", False),
        ("cases: three sites", False),
        ("three agencies share all cases", False),
        ("one victim and one subject", False),
        ("a 95% interval of 3 months", False),
        ("3 of 5: two or more comparable units", False),
        ("four studies out of five", False),
        ("two sites carry 71% of the weight", False),
        ("every case with two acts or more, at least two acts, or fewer than seven incidents", False),
        ("at least seven victims", True),
        ("fewer than seven victims", True),
        ("7 people or more", True),
        ("a course of conduct is two acts; each decision is signed by two people", False),
        ("3 females", True),
        ("four complainants, three stalkers, five males", True),
        ("seven arrests", True),
        ("victims (3)", True),
        ("victims (fifteen), women (2019), cases (3 months)", False),
        ("a couple of victims", True),
        ("a pair of the former victims", True),
        ("both victims moved away", True),
        ("both victims and subjects, in both cases, each pair of cases, both sites", False),
        ("Three (6%) withdrew consent", True),
        ("3 (6.5 %)", True),
        ("Fifteen (30%) agreed; 0.83 (95% interval), level 3 (95%)", False),
        ("3 of 40 were threatened", True),
        ("three out of the forty had moved", True),
        ("3 of 40 (8%), or 3 of 40.", True),
        ("15 of 40 were threatened; certainty 3 of 4, level 2 of 5; part 3 of 20, page 7 of 12", False),
        ("one hundred and three victims", True),
        ("two hundred victims, a hundred and five cases, 2 thousand people, two thousand one hundred acts", False),
        ("a thousand and seven victims", True),
        ("a hundred and three sites; acts in a hundred days", False),
        ("two dozen victims", True),
        ("5% of two hundred", False),
        ("all but three were reached", True),
        ("every victim but one, all of the cases except two", True),
        ("all but three sites, every year but two days, all but fifteen", False),
        ("37 of 40, 37 of 40 victims, 97% of 40 victims", True),
        ("three in four of the eight, one in five of the 12", True),
        ("35 of 40 victims", True),
        ("35 of 40 were threatened, thirty-five of forty", True),
        ("45 (90%) agreed", True),
        ("40 of 40 victims", True),
        ("95 in 100 people", True),
        ("all but 5, all 40 but five", True),
        ("five fewer than the forty victims", True),
        ("5 short of 40 people", True),
        ("Of 40 victims, 90% moved away", True),
        ("90% moved away (n = 40)", True),
        ("90% (35/40) moved away", True),
        ("five others were threatened", True),
        ("victims: 35/40", True),
        ("35 women of 40", True),
        ("35 victims (of 40)", True),
        ("of the 40 victims, 35 moved away", True),
        ("forty victims less five", True),
        ("40 victims, 12.5% of them moved away", True),
        ("12.5% of the victims (40)", True),
        ("only 5 did not; nobody but three", True),
        (
            "30 women of 40, of the 40 victims 30 moved, 40 victims, 25% of them, victims: 30/40, 40 victims less 15",
            False,
        ),
        ("of 400 people, 3 sites; of 400 cases in 3 areas; 40 victims of 12 areas; only 3 sites had it", False),
        ("30 of 40 victims, 90 (90%) agreed, 90% (90 of 100), of 40 victims 75% moved", False),
        ("of 100 cases, a 95% interval; 15 fewer than the 40 victims; a 95% interval (n = 100); 95% of 7 days", False),
        ("at least one third of 40 cases, and seven victims or their families", True),
    ],
)
def test_counts_in_words_and_shares_of_a_few_are_read(said, stopped):
    assert bool(stats.gate_markup(f"<p>{said}</p>")) is stopped


STRANGE = """VII victims|vii cases|XII of the former victims|Only IV victims were told|seven (VII) victims|Victims: VII|V victims|
７ victims|⑦ victims|٧ victims|७ victims|⁷ victims|Ⅶ victims|𝟕 victims|７ of 40 victims|7∕50 victims|7⁄50 victims|7* victims|
a couple victims|half a dozen victims|half-a-dozen cases|a trio of victims|a handful of the victims|a victim or two|a lone victim|
7 in 50|7 in 50 were threatened|7 amongst 50 victims|7%-14% of 50|7 to 14% of 50|7% or 14% of 50|14 pct of 7|7 [14%]|14% (7)|7/50|
all bar three|all but three of the 40|everybody apart from three|all minus 3|7-8 victims|7–9 victims|a 7-victim cohort|seven-victim group|
the number of victims was seven|number of victims 7|victims totalled 7|victims – seven|victims_7|cohort-7-victims.pdf|seven_victims.csv|
“seven” victims|7 (victims)|seven new high-risk victims|seven female victims|seven households|seven ex-partners|two homicides|seven were stalked|
seven high risk victims|7+ victims|7 service users|seven ladies|none of the 40 victims|not one of the forty cases moved|
no victims were harmed|no people died|the seventh victim|a 7th victim|the third person|the 12th case|seven were breached|few moved (n 4)|s\u0435v\u0435n v\u0456ctims|\u0406V victims"""
INNOCENT = """Part VII cases|World War II victims|Henry VIII cases|Type II cases|stage IV patients|(ii) victims are told; ii. cases|hepatitis C patients|
a mix of victims|2019–20 cases|in 2019-23 cases rose|Covid-19 cases|PHQ-9 cases|pages 3-7 of 20|7/12/2024|24/7|9 in 10|one in twenty|
Range (9 in 10)|treated 0 or 1 (people,)|a two-person account|a four-person panel|one of the victims|2 × 5|
section 7(2)|victims² and x³|cases: two agencies|10⁻³|a 95% interval (1.2; 3.4)|p = 0.03 (n/a)|40⁷ victims|the sixth of May 2026|
no cases were excluded|no victims are named|the first victim|the second victim|the 40th victim|a third of 90 victims|one third person|
40–50 victims|15 to 20% of 100 cases|15 in 40 cases|cases 7 days old|0023-three-people-make-an-account.md|
seven days that victims waited|two sites whose cases rose"""


@pytest.mark.parametrize("said", [one.strip() for one in STRANGE.split("|")])
def test_a_small_count_is_read_however_it_is_spelt(said):
    assert stats.gate_markup(f"<p>{said}</p>")
    assert stats.gate_numbers({"words": [said]})


@pytest.mark.parametrize("said", [one.strip() for one in INNOCENT.split("|")])
def test_a_reference_a_name_a_date_or_a_rate_is_no_count(said):
    assert stats.gate_markup(f"<p>{said}</p>") == ()


def test_widths_and_colours_and_comments_are_no_counts():
    assert stats.gate_markup(_figure(text="Day 7 of 365")) == ()


def test_a_figure_says_no_number_that_the_release_does_not_hold():
    figure = _figure(text="0.70 (0.55 to 0.88)", data="37")
    assert stats.gate_markup(figure, numbers=[0.7, 0.55, 0.88, 37]) == ()
    (breach,) = stats.gate_markup(figure, numbers=[0.7, 0.55, 0.88])
    assert "37" in breach.what


def test_a_withheld_count_is_not_written_elsewhere_even_where_it_is_large():
    assert stats.gate_markup("<p>25 people</p>", withheld=[25])


def test_a_release_is_refused_without_telling_the_number():
    with pytest.raises(stats.NotReleasable) as refused:
        stats.require_releasable({"sites": [{"people": 3}]}, {"forest": "<text>6 people</text>"})
    assert "2 places, first sites[0].people" in str(refused.value)
    assert " 3" not in str(refused.value)
    assert " 6" not in str(refused.value)


def test_everything_that_the_other_gates_let_out_passes_this_one():
    rng = np.random.default_rng(3)
    table = stats.protect_table(rng.integers(0, 60, (4, 3)), list("abcd"), list("xyz")).published
    time = np.ceil(rng.exponential(200, 400))
    curve = stats.disclose_curve(stats.kaplan_meier(time, np.ones(400)))
    stats.require_releasable({"table": table, "curve": curve, "count": stats.disclose_count(37)})
    raw = stats.kaplan_meier(time, np.ones(400))
    assert stats.gate_numbers({"curve": raw})


@given(st.integers(0, 200), st.integers(0, 200))
def test_no_small_or_exact_count_passes_in_any_json(one, other):
    document = json.loads(json.dumps({"a": [{"people": one}], "b": {"c": {"events": other}}}))
    passed = all(n >= 10 and n % 5 == 0 for n in (one, other))
    assert (stats.gate_numbers(document) == ()) is passed


@settings(max_examples=12)
@given(st.lists(st.lists(st.integers(0, 60), min_size=3, max_size=3), min_size=3, max_size=4))
def test_an_attacker_of_its_own_making_cannot_place_a_small_count_either(counts):
    """The attack is written here once more, apart from the product's: all shown cells known exactly, none negative."""
    table = np.array(counts, dtype=float)
    rows, columns = table.shape
    published = stats.protect_table(table, list("abcd")[:rows], list("xyz")).published
    shown = [[*row, total] for row, total in zip(published.cells, published.row_totals, strict=True)]
    shown.append([*published.column_totals, published.total])
    full = np.vstack([np.column_stack([table, table.sum(axis=1)]), [*table.sum(axis=0), table.sum()]])
    hidden = np.array([[cell is SUPPRESSED for cell in row] for row in shown])
    weight = np.zeros((rows + columns + 2, rows + 1, columns + 1))
    for i in range(rows + 1):
        weight[i, i] = [*[1.0] * columns, -1.0]
    for j in range(columns + 1):
        weight[rows + 1 + j, :, j] = [*[1.0] * rows, -1.0]
    known = -(weight * np.where(hidden, 0, full)).sum(axis=(1, 2))
    equations = weight[:, hidden]
    for place, (i, j) in enumerate(np.argwhere(hidden)):
        if full[i, j] >= 10:
            continue
        goal = np.eye(int(hidden.sum()))[place]
        ends = [linprog(sign * goal, A_eq=equations, b_eq=known, bounds=(0, None)) for sign in (1, -1)]
        high = np.inf if ends[1].status == 3 else -ends[1].fun
        assert high - ends[0].fun >= 10 - 1e-6


def test_an_incidence_curve_leaves_in_steps_that_hold_enough_events_of_its_cause_and_of_the_others():
    rng = np.random.default_rng(4)
    time, cause = np.ceil(rng.exponential(150, 300)).clip(max=720), rng.choice([0, 1, 2], 300, p=[0.3, 0.5, 0.2])
    curve = stats.cumulative_incidence(time, cause)
    shown = stats.disclose_incidence(curve, 1)
    assert len(shown.points) > 3
    last = 0.0
    for point in shown.points:
        since = (time > last) & (time <= point.day)
        assert (since & (cause == 1)).sum() >= 10
        assert (since & (cause == 2)).sum() == 0 or (since & (cause == 2)).sum() >= 10
        assert (time >= point.day).sum() >= 10
        assert point.day % 30 == 0
        last = point.day
    stats.require_releasable(shown)


def test_an_incidence_curve_of_few_events_stays():
    time, cause = np.arange(1.0, 61.0), np.r_[[1] * 9, [0] * 51]
    assert stats.disclose_incidence(stats.cumulative_incidence(time, cause), 1) is SUPPRESSED
    with pytest.raises(stats.OutOfRange):
        stats.disclose_incidence(stats.cumulative_incidence(time, cause), 2)


def test_a_gap_of_thousands_of_blanks_is_read_as_one():
    """Each pattern would try every way to share them: nine seconds for eight thousand."""
    assert written_counts.plain(f"7{' ' * 40}\n{' ' * 40}victims\t \t7") == "7 victims\t7"
    assert not stats.gate_numbers({"words": f"Of 40 victims{' ' * 40_000}!"})
    assert stats.gate_numbers({"words": f"7{' ' * 40_000}victims"})
