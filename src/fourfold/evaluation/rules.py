"""From de-identified rows to what may be concluded. No framework, no clock; the mathematics stand in `stats`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from fourfold import stats
from fourfold.evaluation.terms import (
    HORIZON_DAYS,
    CurveShown,
    Effect,
    ExtractRow,
    Findings,
    QuestionPlan,
    SiteResult,
)

FEWEST = 10
NOT_SHOWN = Effect(None, None, None, "rests on too few people", shown=False)
COLUMNS_OF = {"level": ("level",), "prior_acts": ("prior",), "former_partner": ("former", "former_unknown")}
LEVELS = {"": 0.0, "low": 0.0, "medium": 1.0, "high": 2.0, "very_high": 3.0}

CANNOT_TELL = (
    "Whether acts that nobody reported became fewer: only recorded acts are counted, and a managed case may be "
    "watched more closely than another.",
    "Which of the three ways of working is best: three sites differ in everything at once.",
    "What happens after the time followed.",
    "Whether cases that were taken on differ from the others in something that was not recorded.",
)


def plan_hash(plan: QuestionPlan) -> str:
    """Return the SHA-256 of a question's plan in its one canonical JSON text."""
    return stats.plan_hash(asdict(plan))


def why_not_register(plan: QuestionPlan) -> str | None:
    """Return which part of the estimand is missing, or None."""
    parts = ("population", "strategy", "variable", "intercurrent", "summary")
    empty = [part for part in parts if not getattr(plan, part).strip()]
    return f"Say what the {empty[0]} is: a question without it can be answered in several ways." if empty else None


def days_at_risk(row: ExtractRow) -> tuple[int, bool]:
    """Return the days until the next act or the end of the time followed, and whether the act was seen.

    Time zero is the day of opening; an act on that day brought the case in and is not the next one.
    """
    if row.next_act_day is not None and 0 < row.next_act_day <= row.followed_days:
        return row.next_act_day, True
    return row.followed_days, False


def findings(rows: Sequence[ExtractRow]) -> Findings:
    """Return what may be concluded and shown from the rows of one extract.

    Management is a time-varying treatment: a case counts as not managed until the day management begins, so that
    waiting is not mistaken for benefit. Sites are strata. Raises stats.StatisticsError for no rows or no events.
    """
    followed = followed_rows(rows)
    names = sorted({row.site for row in followed})
    fit = treatment_fit(followed)
    effect = fit.log_hazard_ratio("managed")
    sites = tuple(_site(name, [row for row in followed if row.site == name]) for name in names)
    pooled, predicted, better = _over_sites(sites)
    events = sum(days_at_risk(row)[1] for row in followed)
    per_hundred = _per_hundred(followed, fit)
    return Findings(
        people=_rounded(len(followed)),
        sites=tuple(_disclosed(site) for site in sites),
        hazard_ratio=_effect(effect.exponentiated(), "Cox, treatment from its day, sites as strata, Efron"),
        per_hundred=per_hundred,
        pooled=pooled,
        predicted=predicted,
        probability_better=better,
        detectable_ratio=round(stats.minimum_detectable_hazard_ratio(events), 2) if events >= FEWEST else None,
        concluded=_sentence(per_hundred),
        certainty=_certainty(effect, len(names)),
        would_change=_would_change(effect, len(names)),
        cannot_tell=CANNOT_TELL,
        suppressed=sum(site.people is not None and site.people < FEWEST for site in sites),
        cautions=(*_left_out(len(rows) - len(followed)), *fit.cautions),
    )


def followed_rows(rows: Sequence[ExtractRow]) -> list[ExtractRow]:
    """Return the cases that were followed for a day at least; those opened on the last day cannot have had another act.

    Raises stats.EmptyInput without any, stats.OutOfRange for a time below nought.
    """
    for row in rows:
        if min(row.followed_days, row.managed_day or 0, row.next_act_day or 0) < 0:
            raise stats.OutOfRange(
                "extract", f"holds a time below nought ({row.pseudonym})", "Mend the dates at the source"
            )
    followed = [row for row in rows if row.followed_days > 0]
    if not followed:
        raise stats.EmptyInput("extract", "holds no case that was followed for a day", "Freeze one later")
    return followed


def _left_out(cases: int) -> tuple[str, ...]:
    return ("Some cases were opened on the last day of the data and are left out.",) if cases else ()


# --- the treatment as it came ---------------------------------------------------------------------------------------


def spells(rows: Sequence[ExtractRow]) -> dict[str, np.ndarray]:
    """Return counting-process rows: each case cut in two at the day management begins.

    Arrays (spells,): entry, exit, event, managed, level, prior (log of 1 + acts), former (0 or 1; not known is its own
    column), site, person.
    """
    table: list[tuple[float, float, float, float, float, float, float, float, str, int]] = []
    for person, row in enumerate(rows):
        last, seen = days_at_risk(row)
        begins = row.managed_day
        cuts = [(0, last, 0.0)] if begins is None or begins >= last else [(0, begins, 0.0), (begins, last, 1.0)]
        for entry, end, managed in cuts:
            if end > entry:
                table.append(
                    (
                        float(entry),
                        float(end),
                        float(seen and end == last),
                        managed,
                        LEVELS[row.level],
                        math.log1p(row.prior_acts),
                        float(row.former_partner is True),
                        float(row.former_partner is None),
                        row.site,
                        person,
                    )
                )
    names = ("entry", "exit", "event", "managed", "level", "prior", "former", "former_unknown", "site", "person")
    return {name: np.array(column) for name, column in zip(names, zip(*table, strict=True), strict=True)}


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
    shares = [_share_with_act(rows, fit, value) for value in (effect.estimate, effect.low, effect.high)]
    untreated = _share_with_act(rows, fit, 0.0)
    fewer = sorted(100 * (untreated - share) for share in shares[1:])
    return Effect(
        round(100 * (untreated - shares[0]), 1),
        round(fewer[0], 1),
        round(fewer[1], 1),
        "standardised over the cases; interval from the treatment's coefficient",
    )


def _share_with_act(rows: Sequence[ExtractRow], fit: stats.CoxFit, log_ratio: float) -> float:
    table = spells(rows)
    names = list(fit.names)
    beta = fit.coefficients
    others = np.column_stack([table[name] if name != "managed" else np.zeros_like(table[name]) for name in names])
    risk_then = np.exp(np.column_stack([table[name] for name in names]) @ beta)
    own = np.exp(others @ beta)
    first = table["entry"] == 0
    total = 0.0
    for site in np.unique(table["site"]):
        inside = table["site"] == site
        hazard = _breslow(table["entry"][inside], table["exit"][inside], table["event"][inside], risk_then[inside])
        total += float((1 - np.exp(-hazard * own[inside & first] * math.exp(log_ratio))).sum())
    return total / int(first.sum())


def _breslow(entry: np.ndarray, end: np.ndarray, event: np.ndarray, risk: np.ndarray) -> float:
    """Return the cumulative baseline hazard at the horizon (Breslow 1974)."""
    total = 0.0
    for day in np.unique(end[(event == 1) & (end <= HORIZON_DAYS)]):
        at_risk = (entry < day) & (end >= day)
        total += float(((end == day) & (event == 1)).sum() / risk[at_risk].sum())
    return total


# --- site by site --------------------------------------------------------------------------------------------------


def _site(name: str, rows: Sequence[ExtractRow]) -> SiteResult:
    days, seen = zip(*(days_at_risk(row) for row in rows), strict=True)
    curve = stats.kaplan_meier(days, [int(one) for one in seen])
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
    managed = [row.managed_day is not None for row in rows]
    smaller = min(sum(managed), len(managed) - sum(managed))
    if sum(seen) < FEWEST or smaller < FEWEST:
        return NOT_SHOWN
    try:
        fit = treatment_fit(rows, by_site=False)
    except stats.StatisticsError:
        return NOT_SHOWN
    estimate = fit.log_hazard_ratio("managed")
    return Effect(estimate.estimate, estimate.low, estimate.high, "log hazard ratio, Cox within the site")


def _over_sites(
    sites: Sequence[SiteResult],
) -> tuple[Effect, tuple[tuple[float, Effect], ...], float | None]:
    """Pool the sites' log ratios and predict a new one under three priors, since with three sites the prior counts."""
    known = [site.hazard_ratio for site in sites if site.hazard_ratio.shown]
    if len(known) < 2:
        return NOT_SHOWN, (), None
    values = [float(one.estimate or 0.0) for one in known]
    errors = [(float(one.high or 0.0) - float(one.low or 0.0)) / (2 * 1.959964) for one in known]
    pooled = stats.random_effects(values, errors).pooled.exponentiated()
    forecasts = stats.prior_sensitivity(values, errors)
    predicted = tuple(
        (one.tau_scale, _effect(one.prediction.exponentiated(), "Bayesian prediction for a new site"))
        for one in forecasts
    )
    middle = next(one for one in forecasts if one.tau_scale == 0.5)
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
    """Return an estimate to two decimals; what is above nought and would round to it stands as 0.01."""
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
        return f"{start} (between {-high:.0f} and {-low:.0f} per 100, where a minus means fewer)."
    bounds = sorted((abs(low), abs(high)))
    return f"{start} (between {bounds[0]:.0f} and {bounds[1]:.0f})."


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
        f"More sites: there are {sites}, and a fourth may lie anywhere in the predicted range.",
    )


def _rounded(count: int) -> int:
    return round(count / 5) * 5
