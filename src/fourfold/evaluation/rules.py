"""From de-identified rows to what may be concluded. No framework, no clock; the mathematics stand in `stats`."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from fourfold import stats
from fourfold.evaluation import doubts, impossible, overlap, standardising
from fourfold.evaluation.terms import HORIZON_DAYS, CurveShown, Effect, ExtractRow, Findings, QuestionPlan, SiteResult

FEWEST = 10
NOT_SHOWN = Effect(None, None, None, "rests on too few people", shown=False)
COLUMNS_OF = {"level": ("level",), "prior_acts": ("prior",), "former_partner": ("former", "former_unknown")}
LEVELS = {"": 0.0, "low": 0.0, "medium": 1.0, "high": 2.0, "very_high": 3.0}

NOT_NOTHING = (
    "More cases would need to be followed before a difference could be shown or ruled out. This should not be read as "
    "showing that management changes nothing."
)
LEFT_OUT = "Cases opened on the last day of the data, or with the subject held on the day of opening, are left out."
CANNOT_TELL = (
    "Whether acts that nobody reported became fewer: only recorded acts are counted, and a managed case may be "
    "watched more closely than another.",
    "Which of the ways of working is best, because the sites differ in everything at once.",
    "What happens after the time followed.",
    "Whether cases that were taken on differ from the others in something that was not recorded.",
)


def why_not_register(plan: QuestionPlan) -> str | None:
    parts = ("population", "strategy", "variable", "intercurrent", "summary")
    empty = [part for part in parts if not getattr(plan, part).strip()]
    return f"Say what the {empty[0]} is: a question without it can be answered in several ways." if empty else None


def first_event(row: ExtractRow) -> tuple[int, int]:
    """Return the day of what came first and what it was: 1 another act, 2 custody, 0 the end of the time followed.

    Time zero is the day of opening; an act on that day brought the case in and is not the next one. An act and custody
    on one day are an act: the subject is held for it.
    """
    act = row.next_act_day if row.next_act_day is not None and row.next_act_day > 0 else None
    last, cause = row.followed_days, 0
    if row.custody_day is not None and row.custody_day <= last:
        last, cause = row.custody_day, 2
    if act is not None and act <= last:
        last, cause = act, 1
    return last, cause


def days_at_risk(row: ExtractRow) -> tuple[int, bool]:
    """Return the days until the next act, custody or the end of the time followed, and whether an act was seen."""
    day, cause = first_event(row)
    return day, cause == 1


def sides(rows: Sequence[ExtractRow]) -> tuple[int, int, int, int]:
    """Count the people observed under management and outside it, then the acts seen in each.

    Who waited before management began is on both sides: the wait is what their management is compared with.
    """
    ends = [(row.managed_day, *days_at_risk(row)) for row in rows]
    managed = [began is not None and began < end for began, end, _ in ends]
    waited = [began is None or began > 0 for began, _, _ in ends]
    acts = [under for under, (_, _, seen) in zip(managed, ends, strict=True) if seen]
    return sum(managed), sum(waited), sum(acts), len(acts) - sum(acts)


def findings(rows: Sequence[ExtractRow], *, called: Mapping[str, str] | None = None) -> Findings:
    """Return what may be concluded and shown from the rows of one extract; `called` names the sites.

    Management is a time-varying treatment: a case counts as not managed until the day management begins, so that
    waiting is not mistaken for benefit. Sites are strata. Raises stats.StatisticsError for no rows or no events.
    """
    followed = followed_rows(rows)
    overlap.require_overlap(spells(followed))
    names = sorted({row.site for row in followed})
    fit = treatment_fit(followed)
    effect = fit.log_hazard_ratio("managed")
    sites = tuple(_site(name, [row for row in followed if row.site == name]) for name in names)
    pooled, predicted, better = _over_sites(sites)
    per_hundred = _per_hundred(followed, fit)
    return Findings(
        people=_rounded(len(followed)),
        sites=tuple(_disclosed(site) for site in sites),
        hazard_ratio=_effect(effect.exponentiated(), "Cox, treatment from its day, sites as strata, Efron"),
        per_hundred=per_hundred,
        pooled=pooled,
        predicted=predicted,
        probability_better=better,
        detectable_ratio=None if (ratio := detectable_ratio(followed)) is None else round(ratio, 2),
        nulls=_nulls(followed, effect, called or {}),
        concluded=_sentence(per_hundred),
        certainty=_certainty(effect, len(names)),
        would_change=_would_change(effect, len(names)),
        cannot_tell=CANNOT_TELL,
        suppressed=sum(site.people is not None and site.people < FEWEST for site in sites),
        cautions=(
            *_left_out(len(rows) - len(followed)),
            *impossible.counted(rows),
            *map(doubts.of_cases, fit.cautions),
        ),
    )


def require_usable(rows: Sequence[ExtractRow]) -> None:
    """Pass only rows that a frozen extract can hold, whoever made them.

    Raises stats.EmptyInput for none, stats.NotANumber for what is no finite number, stats.OutOfRange for a time or a count
    below zero or over a century, one case twice, or what `impossible` refuses, stats.UnknownChoice for a level that is none.
    """
    if not rows:
        raise stats.EmptyInput("extract", "holds no case", "Freeze one when cases were opened")
    for row in rows:
        for name in DAYS:
            _require_whole(row, name, getattr(impossible.begun(row), name))
        for day in (*row.act_days, *row.custody_from, *row.custody_until):
            _require_whole(row, "a list of days", day)
        if row.level not in LEVELS:
            raise stats.UnknownChoice("level", f"is {row.level!r} ({row.pseudonym})", f"Use one of {', '.join(LEVELS)}")
        for value in (row.wellbeing_first, row.wellbeing_last):
            if value is not None and not math.isfinite(value):
                raise stats.NotANumber("wellbeing", f"holds {value} ({row.pseudonym})", "Leave out what is not known")
        if len(row.custody_from) != len(row.custody_until):
            raise stats.WrongShape("custody", f"begins and ends unequally often ({row.pseudonym})", "Mend the source")
        impossible.require_possible(row)
    if len({row.pseudonym for row in rows}) < len(rows):
        raise stats.OutOfRange("extract", "holds one case twice", "Freeze each case once")
    impossible.require_different(rows)


DAYS = (
    "prior_acts", "managed_day", "next_act_day", "followed_days", "acts_after", "sessions_attended", "staff_minutes",
    "sessions_planned", "exposure_days", "steps_due", "steps_kept", "custody_day", "custody_days",
)  # fmt: skip
LONGEST = {"staff_minutes": 10_000_000}
A_CENTURY = 36_525


def _require_whole(row: ExtractRow, name: str, value: float | None) -> None:
    if value is None:
        return
    if not math.isfinite(value):
        raise stats.NotANumber(name, f"holds {value} ({row.pseudonym})", "Leave out what is not known")
    if value < 0:
        raise stats.OutOfRange("extract", f"holds a time below zero ({name}, {row.pseudonym})", "Mend it at the source")
    if value % 1 or value > LONGEST.get(name, A_CENTURY):
        raise stats.OutOfRange(name, f"holds {value} ({row.pseudonym})", "Give whole days or counts within a century")


def followed_rows(rows: Sequence[ExtractRow]) -> list[ExtractRow]:
    """Return the cases that were at risk for a day at least: not opened on the last day, and the subject not held on that day.

    Raises stats.EmptyInput without any, stats.OutOfRange for a time below zero.
    """
    require_usable(rows)
    followed = [impossible.begun(row) for row in rows if first_event(row)[0] > 0]
    if not followed:
        raise stats.EmptyInput("extract", "holds no case that was followed for a day", "Freeze one later")
    return followed


def _left_out(cases: int) -> tuple[str, ...]:
    return (LEFT_OUT,) if cases else ()


# --- the treatment as it came ---------------------------------------------------------------------------------------


def spells(rows: Sequence[ExtractRow]) -> dict[str, np.ndarray]:
    """Return counting-process rows: each case cut in two at the day management begins.

    Arrays (spells,): entry, exit, event (another act), managed, level, prior (log of 1 + acts), former (0 or 1; not
    known is its own column), held (custody came first), site, person.
    """
    table: list[tuple[Any, ...]] = []
    for person, row in enumerate(rows):
        last, cause = first_event(row)
        begins = row.managed_day
        cuts = [(0, last, 0.0)] if begins is None or begins >= last else [(0, begins, 0.0), (begins, last, 1.0)]
        for entry, end, managed in cuts:
            if end > entry:
                act, held = float(cause == 1 and end == last), float(cause == 2 and end == last)
                table.append((float(entry), float(end), act, managed, *_covariates(row), held, row.site, person))
    names = (
        "entry", "exit", "event", "managed", "level", "prior", "former", "former_unknown", "held", "site", "person",
    )  # fmt: skip
    return {name: np.array(column) for name, column in zip(names, zip(*table, strict=True), strict=True)}


def episodes(rows: Sequence[ExtractRow]) -> dict[str, np.ndarray]:
    """Return counting-process rows of every further act: each case cut at acts, the start of management, and custody.

    Arrays (episodes,) with the names of `spells`. Time held is not at risk, so an act recorded in it is not counted.
    """
    found: list[tuple[Any, ...]] = []
    for person, row in enumerate(rows):
        acts = {day for day in row.act_days if 0 < day <= row.followed_days}
        held = list(zip(row.custody_from, row.custody_until, strict=True))
        cuts = {0, row.followed_days, *acts, *(day for pair in held for day in pair)}
        cuts |= {row.managed_day} if row.managed_day is not None else set()
        days = sorted(day for day in cuts if 0 <= day <= row.followed_days)
        for entry, end in pairwise(days):
            if not any(begun <= entry and end <= ended for begun, ended in held):
                managed = row.managed_day is not None and entry >= row.managed_day
                found.append((entry, end, end in acts, managed, *_covariates(row), row.site, person))
    columns = zip(*found, strict=True)
    return {
        name: np.array(column) if name == "site" else np.array(column, dtype=float)
        for name, column in zip((*EPISODE, "site", "person"), columns, strict=True)
    }


EPISODE = ("entry", "exit", "event", "managed", "level", "prior", "former", "former_unknown")


def _covariates(row: ExtractRow) -> tuple[float, float, float, float]:
    return (
        LEVELS[row.level],
        math.log1p(row.prior_acts),
        float(row.former_partner is True),
        float(row.former_partner is None),
    )


def detectable_ratio(rows: Sequence[ExtractRow]) -> float | None:
    """Return the hazard ratio nearest to 1, from below, that the acts among these cases can tell from it (Schoenfeld 1983).

    From counts rounded as they leave, so that none can be read back from it; None where one of them may not leave.
    """
    managed = sum(row.managed_day is not None for row in rows)
    counts = (sum(days_at_risk(row)[1] for row in rows), managed, len(rows) - managed)
    cells = [stats.disclose_count(count) for count in counts]
    acts, treated, others = (cell.count if isinstance(cell, stats.Released) else 0 for cell in cells)
    if not (acts and treated and others):
        return None
    return stats.minimum_detectable_hazard_ratio(acts, share_treated=treated / (treated + others))


def managed_by(row: ExtractRow, day: int) -> bool:
    return row.managed_day is not None and row.managed_day <= day


def wellbeing_days(row: ExtractRow) -> int:
    """Return the days between the first and the last whole total of how the victim is, zero where there is one."""
    return (row.wellbeing_last_day or 0) - (row.wellbeing_first_day or 0) if row.wellbeing_measure else 0


def treatment_fit(
    rows: Sequence[ExtractRow], *, adjusted_for: Sequence[str] = tuple(COLUMNS_OF), by_site: bool = True
) -> stats.CoxFit:
    """Fit Cox regression with management from its day, each case its own cluster, adjusted for what the plan names.

    A covariate that is the same in every case is left out. Raises stats.OneGroupOnly where management does not differ,
    and the refusals of `cox_regression`.
    """
    table = spells(rows)
    if not _differs(table["managed"]):
        raise stats.OneGroupOnly(
            "managed", "is the same in every case on every day", "Compare with cases not managed yet"
        )
    wanted = ("managed", *(column for name in adjusted_for for column in COLUMNS_OF[name]))
    covariates = [name for name in wanted if _differs(table[name])]
    return stats.cox_regression(
        table["exit"],
        table["event"],
        np.column_stack([table[name] for name in covariates]),
        entry=table["entry"],
        strata=table["site"] if by_site else None,
        cluster=table["person"],
        names=covariates,
    )


def _differs(column: np.ndarray) -> bool:
    return bool(np.ptp(column) > 0)


def _per_hundred(rows: Sequence[ExtractRow], fit: stats.CoxFit) -> Effect:
    """Return how many fewer of 100 cases have another act within a year when managed from the first day.

    Standardised over the cases as they are: each site's baseline hazard by Breslow, each case's own risk. The interval
    carries the uncertainty of the treatment's coefficient alone, and says so.
    """
    effect = fit.log_hazard_ratio("managed")
    table = spells(rows)

    def share(log_ratio: float) -> float:
        return standardising.risk_and_days(table, fit, log_ratio, HORIZON_DAYS)[0]

    untreated = share(0.0)
    found, *fewer = (100 * (untreated - share(value)) for value in (effect.estimate, effect.low, effect.high))
    return Effect(
        round(found, 1),
        round(min(fewer), 1),
        round(max(fewer), 1),
        "standardised over the cases, custody competing; interval from the treatment's coefficient",
    )


# --- site by site --------------------------------------------------------------------------------------------------


def _site(name: str, rows: Sequence[ExtractRow]) -> SiteResult:
    days, seen = zip(*(days_at_risk(row) for row in rows), strict=True)
    curve = stats.kaplan_meier(days, [int(event) for event in seen])
    return SiteResult(name, len(rows), sum(seen), _curve(curve), _mean_days(curve, sum(seen)), _site_ratio(rows, seen))


def _curve(curve: stats.SurvivalCurve) -> CurveShown | None:
    shown = stats.disclose_curve(curve)
    if isinstance(shown, stats.Suppressed):
        return None
    points = tuple((point.day, point.survival, point.low, point.high) for point in shown.points)
    return CurveShown(points, tuple((point.day, point.at_risk.count) for point in shown.points))


def _mean_days(curve: stats.SurvivalCurve, events: int) -> Effect:
    """Return the mean days without an act in the first year (restricted mean, Greenwood variance)."""
    if events < FEWEST or curve.time[-1] < HORIZON_DAYS:
        return NOT_SHOWN
    return _effect(stats.restricted_mean(curve, HORIZON_DAYS), "restricted mean to 365 days")


def _site_ratio(rows: Sequence[ExtractRow], seen: Sequence[bool]) -> Effect:
    if sum(seen) < FEWEST or min(sides(rows)[:2]) < FEWEST:
        return NOT_SHOWN
    try:
        overlap.require_overlap(spells(rows))
        fit = treatment_fit(rows, by_site=False)
    except stats.StatisticsError:
        return NOT_SHOWN
    estimate = fit.log_hazard_ratio("managed")
    return Effect(estimate.estimate, estimate.low, estimate.high, "log hazard ratio, Cox within the site")


def _over_sites(sites: Sequence[SiteResult]) -> tuple[Effect, tuple[tuple[float, Effect], ...], float | None]:
    """Pool the sites' log ratios and predict a new one under three priors, since with three sites the prior counts."""
    known = [site.hazard_ratio for site in sites if site.hazard_ratio.shown]
    if len(known) < 2:
        return NOT_SHOWN, (), None
    values = [float(effect.estimate or 0.0) for effect in known]
    errors = [(float(effect.high or 0.0) - float(effect.low or 0.0)) / (2 * 1.959964) for effect in known]
    pooled = stats.random_effects(values, errors).pooled.exponentiated()
    forecasts = stats.prior_sensitivity(values, errors)
    predicted = tuple(
        (forecast.tau_scale, _effect(forecast.prediction.exponentiated(), "Bayesian prediction for a new site"))
        for forecast in forecasts
    )
    middle = next(forecast for forecast in forecasts if forecast.tau_scale == 0.5)
    return _effect(pooled, "REML, modified Knapp-Hartung"), predicted, round(middle.probability_below(), 2)


def _disclosed(site: SiteResult) -> SiteResult:
    """Return the site's result with its counts rounded or left out and its ratio on the scale that is read."""
    counts = (stats.disclose_count(count or 0) for count in (site.people, site.events))
    people, events = (count.count if isinstance(count, stats.Released) else None for count in counts)
    ratio = site.hazard_ratio
    if ratio.shown:
        low, middle, high = (
            round(math.exp(float(value or 0.0)), 2) for value in (ratio.low, ratio.estimate, ratio.high)
        )
        ratio = Effect(middle, low, high, "hazard ratio, Cox within the site")
    return SiteResult(site.site, people, events, site.curve, site.mean_days, ratio)


# --- words -----------------------------------------------------------------------------------------------------------


def _effect(estimate: stats.Estimate, method: str) -> Effect:
    """Return an estimate to two decimals; what is above zero and would round to it stands as 0.01."""
    middle, low, high = (
        max(round(value, 2), 0.01) if value > 0 else round(value, 2)
        for value in (estimate.estimate, estimate.low, estimate.high)
    )
    return Effect(middle, low, high, method)


def _sentence(per_hundred: Effect) -> str:
    estimate, low, high = (float(value or 0.0) for value in (per_hundred.estimate, per_hundred.low, per_hundred.high))
    if low > 0:
        start = f"Of 100 cases managed from the first day, about {abs(estimate):.0f} fewer had another recorded act within a year"
    elif high < 0:
        start = f"Of 100 cases managed from the first day, about {abs(estimate):.0f} more had another recorded act within a year"
    else:
        start = "We do not know yet whether management changes how many cases have another recorded act within a year"
        return f"{start} (between {high:.0f} fewer and {-low:.0f} more out of 100)."
    bounds = sorted((abs(low), abs(high)))
    return f"{start} (between {bounds[0]:.0f} and {bounds[1]:.0f})."


def _nulls(rows: Sequence[ExtractRow], effect: stats.Estimate, called: Mapping[str, str]) -> tuple[str, ...]:
    """Say of the whole and of each site whose interval holds no difference what would have been found there."""
    said = [("All sites", effect, rows)]
    for name in sorted({row.site for row in rows}):
        inside = [row for row in rows if row.site == name]
        found = _site_ratio(inside, [days_at_risk(row)[1] for row in inside])
        if found.shown:
            value, low, high = (float(value or 0.0) for value in (found.estimate, found.low, found.high))
            said.append((called.get(name, name), stats.Estimate(value, low, high), inside))
    lines = tuple(
        f"{name}: no difference was shown, and none ruled out. With as many acts as were seen, a hazard ratio of {ratio:.2f} "
        f"or {1 / ratio:.2f} would have been found in four studies out of five."
        for name, found, inside in said
        if found.low <= 0 <= found.high and (ratio := detectable_ratio(inside)) is not None
    )
    return (*lines, NOT_NOTHING) if lines else ()


def _certainty(effect: stats.Estimate, sites: int) -> int:
    """Return 1 (very low) to 4 (high). Without random assignment it never starts above low, as GRADE has it."""
    excludes_nothing = effect.low < 0 < effect.high
    return 1 if excludes_nothing or sites < 2 else 2


def _would_change(effect: stats.Estimate, sites: int) -> tuple[str, ...]:
    ratio = effect.exponentiated()
    said = stats.e_value(ratio.estimate, ratio.low, ratio.high, scale="common outcome hazard ratio")
    return (
        f"Something unrecorded that makes both being taken on and another act {said.estimate:.1f} times as likely.",
        "Victims' own reports that do not follow the recorded acts.",
        f"More sites: there are {sites}, and the next may lie anywhere in the predicted range.",
    )


def _rounded(count: int) -> int:
    return round(count / 5) * 5
