"""The parts about the main effect: the primary result with its curves, and site by site with a new area."""

from collections.abc import Iterable

from fourfold import stats
from fourfold.evaluation import rules
from fourfold.evaluation.report import answer, cautions, estimates, gate, nulls, reading
from fourfold.evaluation.report.study import Study
from fourfold.evaluation.report.terms import Figure, Part, Table
from fourfold.stats import drawings
from fourfold.stats.shrinkage import UNTOLD

NO_EFFECT = 1.0
CUSTODY = (
    "Custody competes with another act: who is held first cannot be counted as safe, and is not. Curves of one cause alone "
    "treat it as the end of what was followed."
)
NO_FIRST = (
    "Which site is first, and which is last, cannot be told from these results (95% intervals of the sites’ ranks)."
)
NO_CUSTODY = "No subject is on record as held in the time followed, so nothing competes with another act here."


def primary(study: Study) -> Part:
    """Part 7: absolute difference and mean days first, then the ratio; and the curves they come from."""
    few = study.fewest
    lines = (
        (reading.PER_HUNDRED, study.standard.per_hundred, "primary.horizon_days", 1),
        ("Mean days without another act", study.standard.days, "primary.horizon_days", 0),
        ("Hazard ratio of management", study.effect.exponentiated(), "primary.comparison", 2),
    )
    seen = (*(study.detectable_absolute or (None, None)), study.detectable)
    rows = []
    for (name, found, plan, digits), detectable in zip(lines, seen, strict=True):
        said, smallest = nulls.shown(
            study.ledger, name, found, detectable, few, plan=plan, function=answer.COX, digits=digits
        )
        rows.append((name, said, found.method, smallest))
    words = [answer.sentence(study), *answer.null_words(study), *cautions.of(study)]
    if study.left_out:
        words.append(rules.LEFT_OUT)
    words.append(CUSTODY if any(row.custody_day is not None for row in study.rows) else NO_CUSTODY)
    words += [
        f"Curves of what came first: {_of_causes(gate.caution(caution))}" for caution in _incidence_of(study).cautions
    ]
    table = nulls.table("Primary result, managed less not managed", ("What", "Estimate (95% interval)", "How"), rows)
    return Part(words=tuple(words), tables=(table,), figures=(*_incidence(study), *_curves(study)))


def _incidence_of(study: Study) -> stats.CumulativeIncidence:
    days, causes = zip(*(rules.first_event(row) for row in study.rows), strict=True)
    return stats.cumulative_incidence(days, causes)


def _of_causes(said: str) -> str:
    return said.replace("of cause 1", "that are another act").replace("of cause 2", "that are custody")


def _incidence(study: Study) -> Iterable[Figure]:
    """Draw how many had another act, and how many were held first: together with neither they are everybody."""
    found = _incidence_of(study)
    drawn, rows = [], []
    for cause, name in ((1, "Another act"), (2, "Custody first")):
        shown = stats.disclose_incidence(found, cause) if cause in found.causes else stats.SUPPRESSED
        if isinstance(shown, stats.Suppressed):
            continue
        drawn.append(drawings.Line(name, ((0.0, 0.0), *((point.day, point.incidence) for point in shown.points))))
        rows += [
            (
                name,
                f"{point.day:g}",
                f"{point.incidence:.2f}",
                f"{point.low:.2f} to {point.high:.2f}",
                str(point.at_risk),
            )
            for point in shown.points
        ]
    if drawn:
        title = "What came first: another recorded act, or custody"
        table = Table(
            f"{title} (Aalen-Johansen)",
            ("What", "Day", "Share", "95% interval", "At risk"),
            tuple(rows),
            "primary.outcome",
            "fourfold.stats.cumulative_incidence",
        )
        svg = drawings.lines(title, drawn, across="days since the case was opened", up=(0, 1), stairs=True)
        yield Figure(svg, table)


def _curves(study: Study) -> Iterable[Figure]:
    drawn, rows = [], []
    for name in sorted(study.sites):
        times = [rules.days_at_risk(row) for row in study.rows if row.site == name]
        curve = stats.kaplan_meier([day for day, _ in times], [int(seen) for _, seen in times])
        shown = stats.disclose_curve(curve)
        if isinstance(shown, stats.Suppressed):
            continue
        points = shown.points
        drawn.append(
            drawings.Line(study.called(name), ((0.0, 1.0), *((point.day, point.survival) for point in points)))
        )
        rows += [
            (study.called(name), f"{point.day:g}", f"{point.survival:.2f}", f"{point.low:.2f} to {point.high:.2f}",
             str(point.at_risk)) for point in points
        ]  # fmt: skip
    if drawn:
        title = "Share of cases without another recorded act"
        table = Table(
            f"{title}, by site",
            ("Site", "Day", "Share", "95% interval", "At risk"),
            tuple(rows),
            "primary.outcome",
            "fourfold.stats.kaplan_meier",
        )
        yield Figure(
            drawings.lines(title, drawn, across="days since the case was opened", up=(0, 1), stairs=True), table
        )


def by_site(study: Study) -> Part:
    """Part 8: each site, shrunken towards the others, and what a new area may see; never a ranking."""
    known = {name: found for name, found in study.sites.items() if found is not None}
    words = ["Sites are in the order of their names. They are not ranked: ways of working, cases and recording differ."]
    hidden = len(study.sites) - len(known)
    if hidden:
        words.append(
            "A site with fewer than ten cases or acts in a group, or in which management is decided by the level, is not shown."
        )
    if len(known) < 2:
        return Part(words=tuple(words), missing="fewer than two sites have enough cases")
    values = [found.estimate for found in known.values()]
    errors = [float(found.standard_error or 0) for found in known.values()]
    forecast = stats.predict_new_site(values, errors)
    few = min(estimates.smallest([row for row in study.rows if row.site == name]) for name in known)
    drawn: list[drawings.Row] = []
    rows: list[tuple[str, ...]] = []
    for (name, own), shrunken in zip(known.items(), forecast.sites, strict=True):
        pair = (own.exponentiated(), shrunken.exponentiated())
        said = [
            gate.estimate(study.ledger, f"{word}{name}", found, few, plan="primary.comparison",
                          function=function)
            for word, found, function in zip((reading.SITE, "hazard ratio shrunken, "), pair, (answer.COX, "predict_new_site"), strict=True)
        ]  # fmt: skip
        own_rows = [row for row in study.rows if row.site == name]
        smallest = nulls.beside(
            study.ledger, f"hazard ratio, {name}", pair[0], nulls.by_acts(own_rows), few, plan="primary.comparison"
        )
        rows.append((study.called(name), said[0], said[1], smallest))
        drawn += [as_row(study.called(name), pair[0]), as_row(f"{study.called(name)}, shrunken", pair[1], hollow=True)]
    for under_prior in stats.prior_sensitivity(values, errors):
        name = f"{reading.NEW_AREA}{under_prior.tau_scale:g}"
        ratio = under_prior.prediction.exponentiated()
        foreseen = gate.estimate(
            study.ledger, name, ratio, few, plan="primary.comparison", function="prior_sensitivity"
        )
        rows.append((name, "", foreseen, "a forecast, not a test"))
        if under_prior.tau_scale == forecast.tau_scale:
            drawn.append(as_row("A new area", ratio, hollow=True))
    rows += _together(study, values, errors, few)
    words += [*_untold(values, errors), *nulls.words((row[0], row[3]) for row in rows)]
    table = nulls.table("Hazard ratio of management", ("Site", "As it came", "Shrunken or predicted"), rows)
    svg = drawings.intervals("Hazard ratio by site, and in a new area", drawn, at=NO_EFFECT, ratio=True)
    return Part(words=tuple(words), figures=(Figure(svg, table),))


def _untold(values: list[float], errors: list[float]) -> tuple[str, ...]:
    """Say so where no site can be told to be first or last, by intervals of ranks that are printed nowhere."""
    ranks = stats.rank_intervals(stats.shrunken_estimates(values, errors))
    return (NO_FIRST,) if UNTOLD in ranks[0].cautions else ()


def _together(study: Study, values: list[float], errors: list[float], few: int) -> list[tuple[str, ...]]:
    """Return the sites together: allowed to differ (random effects), and taken as alike (fixed effect)."""
    fit = stats.random_effects(values, errors)
    differ = nulls.of_rates(fit.pooled.standard_error, freedom=len(values) - 1)
    alike = nulls.of_rates(fit.fixed.standard_error)
    return [
        (
            said, "", *nulls.shown(study.ledger, name, found.exponentiated(), detectable, few,
                                   plan="primary.comparison", function="random_effects"),
        )
        for said, name, found, detectable in (
            ("Sites together, allowed to differ (random effects: REML with Hartung-Knapp)", "pooled hazard ratio", fit.pooled, differ),
            ("Sites together, taken as alike (fixed effect)", "pooled hazard ratio, sites alike", fit.fixed, alike),
        )
    ]  # fmt: skip


def as_row(name: str, found: stats.Estimate, *, hollow: bool = False) -> drawings.Row:
    return drawings.Row(name, found.estimate, found.low, found.high, hollow)
