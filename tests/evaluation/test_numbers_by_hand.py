"""Each table and figure of the report by its values: rows made by hand, numbers worked out by hand."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from scipy.stats import binom

from fourfold import stats
from fourfold.evaluation import doubts
from fourfold.evaluation.plans import Prices
from fourfold.evaluation.report import answer, estimates, history, people, practice, secondary
from fourfold.evaluation.report.terms import Figure, Ledger, Table
from fourfold.evaluation.terms import ExtractRow
from tests.evaluation.test_report import ORIGIN, PLAN, report

MINUS = "−"


def case(number: int, *, site: str = "london", managed: bool = False, **values: Any) -> ExtractRow:
    """Return one case, managed from its first day or never, followed for 400 days without another act."""
    given: dict[str, Any] = {"level": "high", "prior_acts": 1, "former_partner": True, "next_act_day": None}
    given |= {"followed_days": 400, "acts_after": 0, "sessions_attended": 0, "staff_minutes": 0} | values
    return ExtractRow(f"p{number}", site, "2025-Q1", managed_day=0 if managed else None, **given)


def study(rows: list[ExtractRow], **values: Any) -> Any:
    """Return what a part reads of a study, without fitting anything."""
    sites = dict.fromkeys(sorted({row.site for row in rows}))
    return SimpleNamespace(
        rows=tuple(rows), sites=sites, plan=PLAN, ledger=Ledger(), called=ORIGIN.sites.__getitem__, **values
    )


def cells(table: Table) -> dict[str, tuple[str, ...]]:
    """Return a table's rows by their first cell."""
    return {row[0]: row[1:] for row in table.rows}


def number(of: Any, name: str) -> tuple[float | None, float | None, float | None]:
    """Return what the ledger keeps of one number."""
    kept = next(one for one in of.ledger.numbers if one.name == name)
    return kept.value, kept.low, kept.high


# --- dose and work --------------------------------------------------------------------------------------------------


def treated(count: int, *, start: int = 0, **values: Any) -> list[ExtractRow]:
    """Return managed cases with the same contact."""
    return [case(start + n, managed=True, **values) for n in range(count)]


def test_dose_and_work_are_means_over_managed_cases_alone() -> None:
    """Ten of each: (100 + 200) / 2 days, (12 + 8) / 2 sessions planned, (9 + 5) / 2 attended, (500 + 700) / 2 minutes."""
    rows = [
        *treated(10, exposure_days=100, sessions_planned=12, sessions_attended=9, staff_minutes=500),
        *treated(10, start=10, exposure_days=200, sessions_planned=8, sessions_attended=5, staff_minutes=700),
        *(case(20 + n, staff_minutes=9999, sessions_attended=50) for n in range(15)),
    ]
    one = study(rows)
    assert cells(practice._contact(one)) == {
        "days under management": ("150",),
        "sessions planned": ("10",),
        "sessions attended": ("7",),
        "staff minutes": ("600",),
    }
    assert number(one, "mean staff minutes") == (600.0, None, None)


def test_a_mean_of_few_or_of_one_large_case_is_held_back() -> None:
    """Nine cases are few; and where one case holds 98 of 100 minutes the mean would tell about it."""
    few = cells(practice._contact(study(treated(9, staff_minutes=500))))
    assert set(few.values()) == {("suppressed",)}
    heavy = study([*treated(11, staff_minutes=10), *treated(1, start=11, staff_minutes=5000)])
    assert cells(practice._contact(heavy))["staff minutes"] == ("suppressed",)
    assert number(heavy, "mean staff minutes") == (None, None, None)


# --- fidelity -------------------------------------------------------------------------------------------------------


def test_fidelity_is_the_share_of_steps_done_by_their_day_with_wilson_s_interval() -> None:
    """London: 45 of 60. Wilson: (0.75 + 0.03201) / 1.06402 = 0.7350, half width 0.11415 / 1.06402 = 0.1073."""
    rows = [
        *(case(n, steps_due=2, steps_kept=2 if n < 15 else 1) for n in range(30)),
        *(case(30 + n, site="cheshire", steps_due=2, steps_kept=2) for n in range(30)),
        *(case(60 + n, site="hampshire", steps_due=8, steps_kept=4) for n in range(9)),
    ]
    one = study(rows)
    assert cells(practice._fidelity(one)) == {
        "Cheshire": ("suppressed",),  # nothing was late: nought is a small count
        "Hampshire": ("suppressed",),  # nine cases
        "London": ("0.75 (0.63 to 0.84)",),
    }
    assert number(one, "steps kept, london") == (0.75, 0.63, 0.84)


def test_a_step_that_was_not_due_counts_nowhere() -> None:
    rows = [*(case(n, steps_due=2, steps_kept=n % 2 + 1) for n in range(30)), *(case(30 + n) for n in range(50))]
    assert cells(practice._fidelity(study(rows)))["London"] == ("0.75 (0.63 to 0.84)",)


# --- how the victim is ----------------------------------------------------------------------------------------------


def measured(effect: float, *, apart: int = 90, measure: str = "swemwbs") -> list[ExtractRow]:
    """Return forty cases: first totals of 20 and 22, the last one higher by an effect, and one point of noise either way."""
    return [
        case(
            n,
            managed=n % 2 == 0,
            wellbeing_measure=measure,
            wellbeing_first=20.0 + 2 * (n // 2 % 2),
            wellbeing_first_day=0,
            wellbeing_last=20.0 + 2 * (n // 2 % 2) + effect * (n % 2 == 0) + (1 if n // 4 % 2 else -1),
            wellbeing_last_day=apart,
        )
        for n in range(40)
    ]


def test_wellbeing_is_the_difference_at_the_last_total_given_the_first() -> None:
    """Balanced, so -3 points. HC3: leverage 3/40, 40 x 0.25 / 0.925^2 / 10^2 = 0.11687; t(37) 2.0262: half 0.6927."""
    found = secondary._wellbeing(study(measured(-3.0)))
    assert (found.found.estimate, found.found.standard_error) == pytest.approx((-3.0, math.sqrt(0.1168736)), abs=1e-6)
    assert (found.found.low, found.found.high) == pytest.approx((-3.69269, -2.30731), abs=1e-4)
    assert found.name == "how the victim is, points on “SWEMWBS”"
    assert found.fewest == 20
    assert found.p < 1e-9


def test_what_the_fit_of_wellbeing_warns_of_stands_beside_it_and_may_leave() -> None:
    first, *rest = measured(0.0)
    found = secondary._wellbeing(study([replace(first, wellbeing_last=35.0), *rest]))
    (said,) = [doubts.of_cases(one) for one in found.cautions if "by itself" in doubts.of_cases(one)]
    assert said.startswith("a case by itself makes")
    assert not stats.gate_markup(said)


def test_wellbeing_has_a_smallest_detectable_difference_of_its_own() -> None:
    """(2.02619 + 0.85145) x 0.34187 points: quantiles of t with 37 degrees of freedom."""
    found = secondary._wellbeing(study(measured(0.0)))
    assert found.detectable is not None
    assert found.detectable.high == pytest.approx(2.87764 * 0.341868, abs=1e-4)


def test_only_two_totals_of_one_measure_sixty_days_apart_count() -> None:
    many = [replace(row, pseudonym=f"q{row.pseudonym}") for row in measured(50.0, measure="phq9")[:38]]
    close = [replace(row, pseudonym=f"r{row.pseudonym}") for row in measured(50.0, apart=59)]
    found = secondary._wellbeing(study([*measured(-3.0), *many, *close]))
    assert found.found.estimate == pytest.approx(-3.0)
    assert found.fewest == 20
    with pytest.raises(stats.EmptyInput, match="nobody"):
        secondary._wellbeing(study(close))
    with pytest.raises(stats.EmptyInput, match="too few"):
        secondary._wellbeing(study(measured(-3.0)[:18]))


# --- every further act ----------------------------------------------------------------------------------------------


def repeated(first: int, second: int) -> list[ExtractRow]:
    """Return forty cases followed alike: half of the managed have no act, half two; the others `first` and `second`.

    No two acts fall on one day, so the ratio is that of the counts.
    """
    days, rows = iter(range(1, 200)), []
    for n in range(40):
        managed = n < 20
        acts = ((0, 2) if managed else (first, second))[n % 2]
        rows.append(
            case(
                n, managed=managed, act_days=tuple(next(days) for _ in range(acts)), next_act_day=None, acts_after=acts
            )
        )
    return rows


def test_every_further_act_is_the_ratio_of_the_rates_with_errors_by_case() -> None:
    """20 acts in 20 cases over 40 in 20: 0.5. With everybody at risk all the time the error of the log has a formula.

    Share managed among expected acts p = 1/3; scores 2/3 x (acts - 1) and -1/3 x (acts - 2); information 60 x 2/9:
    variance (20 x 4/9 + 20 x 1/9) / (40/3)^2 = 1/16. Interval: 0.5 x exp(-+ 1.96 / 4).
    """
    one = study(repeated(1, 3), fewest=20)
    one.plan = replace(PLAN, adjusted_for=())
    found = secondary._all_acts(one)
    assert found.found.estimate == pytest.approx(0.5, abs=1e-9)
    assert (found.found.low, found.found.high) == pytest.approx((0.306313, 0.816158), abs=1e-5)
    assert found.detectable is not None
    assert found.detectable.low == pytest.approx(math.exp(-2.801585 / 4), abs=1e-6)


def test_the_time_held_is_no_time_at_risk() -> None:
    """20 acts in 20 managed cases, 20 in the ten others that were free: a half. With the ten held counted it were one."""
    rows = [row for row in repeated(2, 2) if row.pseudonym not in {f"p{n}" for n in range(30, 40)}]
    rows += [case(n, custody_day=1, custody_from=(0,), custody_until=(400,)) for n in range(30, 40)]
    one = study(rows, fewest=20)
    one.plan = replace(PLAN, adjusted_for=())
    assert secondary._all_acts(one).found.estimate == pytest.approx(0.5, abs=1e-9)


# --- costs ----------------------------------------------------------------------------------------------------------


def costed() -> Any:
    """Return a landmark of forty managed and forty other cases, alike in level, 600 and 400 minutes, 10 and 20 acts."""
    rows = [
        case(
            n,
            managed=n < 40,
            level="high" if n % 2 else "low",
            staff_minutes=600 if n < 40 else 400,
            next_act_day=100 if (n % 40) < (10 if n < 40 else 20) else None,
        )
        for n in range(80)
    ]
    plan = replace(PLAN, prices=Prices(0.9, 2026, "the partners"), adjusted_for=("level",))
    one = study(rows)
    one.plan, one.mark = plan, estimates.landmark(rows, plan)
    return one


def test_costs_and_cases_without_an_act_are_differences_of_means() -> None:
    """(600 - 400) minutes at 0.90 are 180; 30 of 40 less 20 of 40 are 25 of 100; a fifth less and more of 180: 144, 216."""
    one = costed()
    table = cells(practice.economics(one).tables[0])
    assert table["Cost a case, GBP"][0] == "180 (180 to 180)"
    assert table["Cases without another act, per 100"][0].startswith("25.0 (")
    assert table["Cost a case if a minute cost a fifth less"][0] == "144"
    assert table["Cost a case if a minute cost a fifth more"][0] == "216"
    value, low, high = number(one, "Cases without another act, per 100")
    assert value == 25.0
    assert low is not None
    assert high is not None
    error = 100 * math.sqrt(0.75 * 0.25 / 40 + 0.5 * 0.5 / 40)  # two shares of forty: 10.46 per 100
    assert (high - low) / (2 * 1.96) == pytest.approx(error, rel=0.12)


DRAWS = stats.cost_effectiveness_draws(
    [100, 100, 100, -100, -100, 100, -100, 100, 100, 100], [0.1] * 5 + [-0.1] * 2 + [0.1] * 3
)
"""Six dearer and better, two cheaper and better, one dearer and worse, one cheaper and worse."""


def plane_and_curve() -> tuple[Figure, Figure]:
    """Return the two figures of costs."""
    plane, curve = practice._plane(DRAWS, "GBP")
    return plane, curve


def test_the_plane_s_table_counts_the_draws_in_each_quarter() -> None:
    plane, _ = plane_and_curve()
    assert cells(plane.table) == {
        "dearer and better": ("60%",),
        "cheaper and better": ("20%",),
        "cheaper and worse": ("10%",),
        "dearer and worse": ("10%",),
    }
    assert "dearer and better 60%; cheaper and better 20%; cheaper and worse 10%; dearer and worse 10%" in plane.svg
    assert plane.svg.count("<circle") == 10


def test_the_curve_s_table_is_the_share_of_draws_that_pay_at_each_price() -> None:
    """At 0 the three cheaper pay; over 1,000 a tenth of an act pays 100: six dearer ones join, the cheaper and worse leaves."""
    _, curve = plane_and_curve()
    assert cells(curve.table) == {
        "0": ("0.30",), "5,000": ("0.80",), "10,000": ("0.80",), "15,000": ("0.80",), "20,000": ("0.80",),
    }  # fmt: skip
    assert "managed ends at 0.80" in curve.svg


# --- balance --------------------------------------------------------------------------------------------------------


def test_the_love_plot_s_table_is_the_difference_in_standard_deviations_before_and_after() -> None:
    """Levels (0 or 2): 15 of 20 against 5 of 20. (1.5 - 0.5) over the root of 0.75 x 20/19 is 1.1255; overlap leaves nought."""
    rows = [case(n, managed=n < 20, level="high" if (n % 20) < (15 if n < 20 else 5) else "low") for n in range(40)]
    plan = replace(PLAN, adjusted_for=("level",))
    mark = estimates.landmark(rows, plan)
    one = study(rows, mark=mark, weights=estimates.weighting(mark))
    one.plan = plan
    part = people.baseline(one)
    (figure,) = part.figures
    assert cells(figure.table) == {"level": ("1.13", "0.00", "1.00")}
    assert number(one, "standardised difference before, level")[0] == pytest.approx(
        1 / math.sqrt(0.75 * 20 / 19), abs=5e-3
    )
    assert "level, before 1.13" in figure.svg
    assert "level, after 0.00" in figure.svg
    # means: 1.5 and 0.5; overlap weights 1/4 and 3/4 make both 1.0
    assert cells(part.tables[0]) == {"level": ("1.50", "0.50", "1.00", "1.00")}


# --- month by month -------------------------------------------------------------------------------------------------


def monthly(stops: int) -> list[ExtractRow]:
    """Return twenty cases with an act in each month, and twenty begun in month 4, of whom `stops` have none from then on."""
    every = tuple(30 * month + 15 for month in range(12))
    rows = [case(n, act_days=every) for n in range(20)]
    return rows + [replace(case(20 + n, act_days=every[:3] if n < stops else every), managed_day=95) for n in range(20)]


def test_the_event_study_s_table_is_the_change_since_the_month_before_the_start() -> None:
    """Ten of twenty stop: -0.5 acts a case and month, error sqrt(0.25 / 20) = 0.1118, smallest 2.8016 x 0.1118 if null."""
    found = history._dynamic(monthly(10), 365)
    (figure,) = history.figures(found)
    table = cells(figure.table)
    assert list(table) == ["2 before the start", "1 before the start", *(f"{n} of management" for n in range(1, 10))]
    assert table["1 before the start"] == ("0.00", "none: all cases alike", "20", "does not apply")
    for month in range(1, 10):
        assert table[f"{month} of management"] == (
            f"{MINUS}0.50",
            f"{MINUS}0.72 to {MINUS}0.28",
            "20",
            "does not apply",
        )
    assert found.overall.estimate == pytest.approx(-0.5)
    assert found.overall.standard_error == pytest.approx(math.sqrt(0.25 / 20))
    assert "nan" not in figure.svg


def test_a_month_without_a_difference_has_the_smallest_that_it_would_have_shown() -> None:
    """Two of twenty stop: -0.1 with an error of sqrt(0.09 / 20) = 0.0671; 2.8016 times that is 0.19."""
    (figure,) = history.figures(history._dynamic(monthly(2), 365))
    row = cells(figure.table)["1 of management"]
    assert row == (f"{MINUS}0.10", f"{MINUS}0.23 to 0.03", "20", "0.19 either way")


# --- funnel ---------------------------------------------------------------------------------------------------------


def test_the_funnel_s_table_is_each_share_beside_exact_binomial_limits() -> None:
    """30, 40 and 50 of 100 around 0.40; limits by Spiegelhalter 2005, A.1, from the binomial itself."""
    shares = {"cheshire": 30, "hampshire": 40, "london": 50}
    rows = [
        case(100 * place + n, site=name, next_act_day=10 if n < acts else None)
        for place, (name, acts) in enumerate(shares.items())
        for n in range(100)
    ]
    ((figure,), said) = practice._funnel(study(rows))

    def limit(tail: float) -> float:
        r = int(binom.ppf(tail, 100, 0.4))
        whole, under = binom.cdf(r, 100, 0.4), binom.cdf(r - 1, 100, 0.4)
        return float(r - (whole - tail) / (whole - under)) / 100

    expected = f"{limit(0.025):.2f} to {limit(0.975):.2f}"
    assert expected == "0.30 to 0.49"
    assert figure.table.rows == tuple((name.title(), f"{acts / 100:.2f}", expected) for name, acts in shares.items())
    assert "Cheshire 0.30; Hampshire 0.40; London 0.50" in figure.svg
    assert said == ("Funnel of 3 sites: none is called outside 95%, and none is ranked.",)


# --- what is known --------------------------------------------------------------------------------------------------


def test_the_emmie_grid_says_what_is_known_how_well_and_what_is_not() -> None:
    made = report()
    assert made.parts[1].tables[0].rows == (
        ("Effect", made.parts[0].words[0], "2 of 4", "acts that nobody recorded"),
        ("Mechanism", PLAN.said("mechanism"), "0 of 4", "interviews; links between contact and acts were not tested"),
        ("Moderators", "subgroups named beforehand, part 9", "1 of 4", "ways of working: sites differ in all at once"),
        ("Implementation", "waiting and contact, part 11", "1 of 4", "fidelity as judged by somebody who watched"),
        ("Economics", "part 12", "1 of 4", "what an act costs a victim"),
    )


def test_an_emmie_grid_without_mechanism_and_prices_says_so() -> None:
    few = study([case(n) for n in range(20)], fewest=0, is_null=True, weights="none")
    few.plan = replace(PLAN, statements=(), prices=None)
    part = answer.grid(few)
    assert part.missing == "the plan has no statement of the mechanism"
    rows = cells(part.tables[0])
    assert rows["Mechanism"][:2] == ("not known", "0 of 4")
    assert rows["Economics"][:2] == ("not known", "0 of 4")
    assert rows["Effect"][1] == "1 of 4"
    assert not re.search(r"\d", rows["Effect"][0])


# --- waiting --------------------------------------------------------------------------------------------------------


def test_waiting_is_the_share_begun_by_each_thirtieth_day() -> None:
    """Fifty begin on day 20 and fifty on day 80, of two hundred followed alike: 0.25 by day 30, 0.50 by day 90."""
    rows = [replace(case(n), managed_day=20 if n < 50 else 80 if n < 100 else None) for n in range(200)]
    figure = practice.process(study(rows)).figures[0]
    assert figure.table.rows == (("30", "0.25", "150"), ("90", "0.50", "100"))
