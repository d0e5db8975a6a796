"""The parts about effects: the primary result, site by site, subgroups, and what would overturn them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from fourfold import stats
from fourfold.evaluation import rules
from fourfold.evaluation.report import answer, drawings, estimates, gate
from fourfold.evaluation.report.study import Study
from fourfold.evaluation.report.terms import Figure, Part, Table

NO_EFFECT = 1.0


def primary(study: Study) -> Part:
    """Part 7: absolute difference and mean days first, then the ratio; and the curves they come from."""
    few = study.fewest
    lines = (
        ("Cases with another act, per 100", study.standard.per_hundred, "primary.horizon_days", 1),
        ("Mean days without another act", study.standard.days, "primary.horizon_days", 0),
        ("Hazard ratio of management", study.effect.exponentiated(), "primary.comparison", 2),
    )
    rows = tuple(
        (
            name,
            gate.estimate(study.ledger, name, found, few, plan=plan, function=answer.COX, digits=digits),
            found.method,
        )
        for name, found, plan, digits in lines
    )
    proportional = estimates.tried(lambda: stats.proportional_hazards_test(study.fit))
    words = [answer.sentence(study), *answer.null_words(study), *study.fit.cautions]
    if isinstance(proportional, str):
        words.append(f"Whether the ratio is the same on all days could not be tested: {proportional}")
    if study.left_out:
        words.append("Cases opened on the last day of the data are left out: nothing can have followed yet.")
    words.append(
        "Custody is not recorded, so it cannot be shown as a competing event; the curves count it as followed."
    )
    table = Table("Primary result, managed less not managed", ("What", "Estimate (95% interval)", "How"), rows)
    return Part(7, "Primary result", words=tuple(words), tables=(table,), figures=tuple(_curves(study)))


def _curves(study: Study) -> Iterable[Figure]:
    drawn, rows = [], []
    for name in sorted(study.sites):
        times = [rules.days_at_risk(row) for row in study.rows if row.site == name]
        curve = stats.kaplan_meier([day for day, _ in times], [int(seen) for _, seen in times])
        shown = stats.disclose_curve(curve)
        if isinstance(shown, stats.Suppressed):
            continue
        points = shown.points
        drawn.append(drawings.Line(name.title(), ((0.0, 1.0), *((point.day, point.survival) for point in points))))
        rows += [
            (name.title(), f"{point.day:g}", f"{point.survival:.2f}", f"{point.low:.2f} to {point.high:.2f}",
             str(point.at_risk)) for point in points
        ]  # fmt: skip
    if drawn:
        title = "Share of cases without another recorded act"
        table = Table(f"{title}, by site", ("Site", "Day", "Share", "95% interval", "At risk"), tuple(rows))
        yield Figure(
            drawings.lines(title, drawn, across="days since the case was opened", up=(0, 1), stairs=True), table
        )


def by_site(study: Study) -> Part:
    """Part 8: each site, shrunken towards the others, and what a new area may see; never a ranking."""
    known = {name: found for name, found in study.sites.items() if found is not None}
    words = ["Sites are in the order of their names. They are not ranked: ways of working, cases and recording differ."]
    hidden = len(study.sites) - len(known)
    if hidden:
        words.append("A site with fewer than ten cases or acts in a group is not shown.")
    if len(known) < 2:
        return Part(8, "Site by site", words=tuple(words), missing="fewer than two sites have enough cases")
    values = [found.estimate for found in known.values()]
    errors = [float(found.standard_error or 0) for found in known.values()]
    forecast = stats.predict_new_site(values, errors)
    few = min(estimates.smallest([row for row in study.rows if row.site == name]) for name in known)
    drawn, rows = [], []
    for (name, own), shrunken in zip(known.items(), forecast.sites, strict=True):
        pair = (own.exponentiated(), shrunken.exponentiated())
        said = [
            gate.estimate(study.ledger, f"hazard ratio {word}, {name}", found, few, plan="primary.comparison",
                          function=function)
            for word, found, function in zip(("as it came", "shrunken"), pair, (answer.COX, "predict_new_site"), strict=True)
        ]  # fmt: skip
        rows.append((name.title(), said[0], said[1]))
        drawn += [_row(name.title(), pair[0]), _row(f"{name.title()}, shrunken", pair[1], hollow=True)]
    for one in stats.prior_sensitivity(values, errors):
        name = f"A new area, sites differing with scale {one.tau_scale:g}"
        ratio = one.prediction.exponentiated()
        foreseen = gate.estimate(
            study.ledger, name, ratio, few, plan="primary.comparison", function="prior_sensitivity"
        )
        rows.append((name, "", foreseen))
        if one.tau_scale == forecast.tau_scale:
            drawn.append(_row("A new area", ratio, hollow=True))
    classic = stats.random_effects(values, errors).pooled.exponentiated()
    together = gate.estimate(
        study.ledger, "pooled hazard ratio", classic, few, plan="primary.comparison", function="random_effects"
    )
    rows.append(("Sites together, REML with Hartung-Knapp", "", together))
    table = Table("Hazard ratio of management", ("Site", "As it came", "Shrunken or predicted"), tuple(rows))
    svg = drawings.intervals("Hazard ratio by site, and in a new area", drawn, at=NO_EFFECT, ratio=True)
    return Part(8, "Site by site, and a new area", words=tuple(words), figures=(Figure(svg, table),))


def _row(name: str, found: stats.Estimate, *, hollow: bool = False) -> drawings.Row:
    return drawings.Row(name, found.estimate, found.low, found.high, hollow)


def subgroups(study: Study) -> Part:
    """Part 9: the subgroups named in the plan and no others, their p-values adjusted for each other."""
    groups = [(name, rows) for chosen in study.plan.subgroups for name, rows in _groups(study, chosen)]
    if not groups:
        return Part(9, "Subgroups", words=("The plan names no subgroup, so none was looked at.",))
    found = [(name, rows, estimates.effect_within(rows, study.plan) if rows else None) for name, rows in groups]
    shown = [(name, one) for name, _, one in found if one is not None]
    values = [float(2 * ndtr(-abs(one.estimate) / float(one.standard_error or np.inf))) for _, one in shown]
    adjusted = dict(zip((name for name, _ in shown), _adjusted(values, study), strict=True)) if shown else {}
    rows = []
    for name, cases, one in found:
        if one is None:
            rows.append((name, gate.HELD, ""))
            continue
        few = estimates.smallest(cases)
        said = gate.estimate(study.ledger, f"hazard ratio, {name}", one.exponentiated(), few, plan="subgroups.names", function=answer.COX)  # fmt: skip
        rows.append((name, said, "under 0.001" if adjusted[name] < 0.001 else f"{adjusted[name]:.3f}"))
    words = (
        f"{len(groups)} comparisons were planned and {len(shown)} could be made; p-values by {study.plan.multiplicity}."
    )
    table = Table("Hazard ratio within subgroups", ("Subgroup", "Hazard ratio (95%)", "Adjusted p"), tuple(rows))
    return Part(9, "Subgroups", words=(words,), tables=(table,))


def _adjusted(values: list[float], study: Study) -> list[float]:
    return [float(value) for value in stats.adjust_p_values(values, method=study.plan.multiplicity).p_values]


def _groups(study: Study, chosen: str) -> list[tuple[str, list[estimates.ExtractRow]]]:
    if chosen == "former_partner":
        words = ((True, "former partner"), (False, "not a former partner"), (None, "not known whether former partner"))
        return [(word, [row for row in study.rows if row.former_partner is value]) for value, word in words]
    lower = ("", "low", "medium")
    return [
        ("level low or medium", [row for row in study.rows if row.level in lower]),
        ("level high or very high", [row for row in study.rows if row.level not in lower]),
    ]


def sensitivity(study: Study) -> Part:
    """Part 10: each analysis that the plan names, beside the main one."""
    if not study.plan.sensitivity:
        return Part(10, "Sensitivity", missing="the plan names no sensitivity analysis")
    rows = [row for name in study.plan.sensitivity for row in _ANALYSES[name](study)]
    table = Table("What would overturn it", ("Analysis", "Result", "What it says"), tuple(rows))
    ratios = [("Main analysis", study.effect.exponentiated()), *_others(study)]
    words = ("No outcome that management cannot change is recorded, so there is no negative control.",)
    if study.fewest < rules.FEWEST:
        return Part(10, "Sensitivity", words=words, tables=(table,))
    svg = drawings.intervals(
        "Hazard ratio under other choices", [_row(*one) for one in ratios], at=NO_EFFECT, ratio=True
    )
    return Part(10, "Sensitivity", words=words, figures=(Figure(svg, table),))


def _others(study: Study) -> Iterable[tuple[str, stats.Estimate]]:
    if "without_adjustment" in study.plan.sensitivity:
        bare = estimates.effect_within(study.rows, replace(study.plan, adjusted_for=()))
        if bare is not None:
            yield "Without adjustment", bare.exponentiated()
    if "leave_one_site_out" in study.plan.sensitivity and len(study.sites) > 2:
        for name in sorted(study.sites):
            found = estimates.effect_within([row for row in study.rows if row.site != name], study.plan)
            if found is not None and study.sites[name] is not None:  # all less all-but-few would show the few
                yield f"Without {name.title()}", found.exponentiated()


def _named(study: Study, prefix: str, plan: str) -> Iterable[tuple[str, str, str]]:
    for name, found in _others(study):
        if name.startswith(prefix):
            said = gate.estimate(study.ledger, name, found, study.fewest, plan=plan, function=answer.COX)
            yield name, said, "hazard ratio"


def _unadjusted(study: Study) -> Iterable[tuple[str, str, str]]:
    yield from _named(study, "Without adjustment", "sensitivity.without_adjustment")


def _left_out(study: Study) -> Iterable[tuple[str, str, str]]:
    for row in _named(study, "Without ", "sensitivity.leave_one_site_out"):
        if row[0] != "Without adjustment":
            yield row


def _unmeasured(study: Study) -> Iterable[tuple[str, str, str]]:
    found = answer.unmeasured(study)
    value = stats.Estimate(found.estimate, np.nan, np.nan, method=found.method)
    said = gate.estimate(
        study.ledger, "E-value", value, study.fewest, plan="sensitivity.e_value", function="e_value", digits=1
    )
    yield "E-value", said, "an unrecorded cause this strongly tied to both would explain the result away"


def _noticed(study: Study) -> Iterable[tuple[str, str, str]]:
    needed = stats.detection_grid(study.effect.exponentiated()).needed
    value = stats.Estimate(needed, np.nan, np.nan, method="ratio of detection shares")
    said = gate.estimate(study.ledger, "detection ratio", value, study.fewest, plan="sensitivity.detection_grid", function="detection_grid")  # fmt: skip
    yield "Acts noticed differently", said, "managed acts noticed this many times as often would leave no difference"


def _landmark(study: Study) -> Iterable[tuple[str, str, str]]:
    mark = study.mark
    name = f"Landmark at day {study.plan.landmark_days}, per 100"
    if isinstance(mark, str):
        yield name, "not computed", mark
        return
    found = estimates.tried(lambda: estimates.landmark_risk(mark, study.plan))
    if isinstance(found, str):
        yield name, "not computed", found
        return
    few = min(mark.fewest, int(mark.event[mark.treated == 1].sum()), int(mark.event[mark.treated == 0].sum()))
    said = gate.estimate(
        study.ledger, name, found, few, plan="sensitivity.landmark", function="bootstrap_weighted", digits=1
    )
    yield name, said, "overlap weights, refitted in each resample"


_ANALYSES = {
    "e_value": _unmeasured,
    "detection_grid": _noticed,
    "leave_one_site_out": _left_out,
    "landmark": _landmark,
    "without_adjustment": _unadjusted,
}
