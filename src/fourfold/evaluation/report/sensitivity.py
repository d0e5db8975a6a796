"""Part 10: what would overturn the result, each analysis as the plan names it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from fourfold import stats
from fourfold.evaluation import rules
from fourfold.evaluation.report import answer, drawings, effects, estimates, gate, history, nulls
from fourfold.evaluation.report.study import Study
from fourfold.evaluation.report.terms import Figure, Part, Table


@dataclass(frozen=True)
class Other:
    """The main ratio under another choice, and the ratios that would have been found under it."""

    ratio: stats.Estimate
    detectable: nulls.Detectable | None


@dataclass(frozen=True)
class Tried:
    """What several lines and drawings of the part share: the ratio under other choices, and the event study."""

    others: dict[str, Other]
    history: history.History | str


Line = tuple[str, str, str, str]
NO_CONTROL = "No outcome that management cannot change is recorded, so there is no negative control."


def sensitivity(study: Study) -> Part:
    """Part 10: each analysis that the plan names, beside the main one."""
    if not study.plan.sensitivity:
        return Part(10, "Sensitivity", missing="the plan names no sensitivity analysis")
    tried = Tried(
        dict(_others(study)), history.dynamic(study) if "event_study" in study.plan.sensitivity else "not asked for"
    )
    rows = [row for name in study.plan.sensitivity for row in _ANALYSES[name](study, tried)]
    table = Table("What would overturn it", ("Analysis", "Result", "What it says", nulls.HEAD), tuple(rows))
    ratios = [
        ("Main analysis", study.effect.exponentiated()),
        *((name, one.ratio) for name, one in tried.others.items()),
    ]
    words = (
        NO_CONTROL,
        *nulls.words((row[0], row[3]) for row in rows),
        *(() if isinstance(tried.history, str) else tried.history.cautions),
    )
    if study.fewest < rules.FEWEST:
        return Part(10, "Sensitivity", words=words, tables=(table,))
    figures = history.figures(tried.history)
    svg = drawings.intervals(
        "Hazard ratio under other choices", [effects.as_row(*one) for one in ratios], at=effects.NO_EFFECT, ratio=True
    )
    return Part(10, "Sensitivity", words=words, figures=(Figure(svg, table), *figures))


def _others(study: Study) -> Iterable[tuple[str, Other]]:
    if "without_adjustment" in study.plan.sensitivity:
        bare = estimates.effect_within(study.rows, replace(study.plan, adjusted_for=()))
        if bare is not None:
            yield "Without adjustment", Other(bare.exponentiated(), study.detectable)
    if "leave_one_site_out" in study.plan.sensitivity and len(study.sites) > 2:
        for name in sorted(study.sites):
            left = [row for row in study.rows if row.site != name]
            found = estimates.effect_within(left, study.plan)
            if found is not None and study.sites[name] is not None:  # all less all-but-few would show the few
                yield f"Without {name.title()}", Other(found.exponentiated(), nulls.by_acts(left))


def _named(study: Study, tried: Tried, prefix: str, plan: str) -> Iterable[Line]:
    for name, one in tried.others.items():
        if name.startswith(prefix):
            said = gate.estimate(study.ledger, name, one.ratio, study.fewest, plan=plan, function=answer.COX)
            smallest = nulls.beside(study.ledger, name, one.ratio, one.detectable, study.fewest, plan=plan)
            yield name, said, "hazard ratio", smallest


def _unadjusted(study: Study, tried: Tried) -> Iterable[Line]:
    yield from _named(study, tried, "Without adjustment", "sensitivity.without_adjustment")


def _left_out(study: Study, tried: Tried) -> Iterable[Line]:
    for row in _named(study, tried, "Without ", "sensitivity.leave_one_site_out"):
        if row[0] != "Without adjustment":
            yield row


def _unmeasured(study: Study, tried: Tried) -> Iterable[Line]:
    found = answer.unmeasured(study)
    value = stats.Estimate(found.estimate, np.nan, np.nan, method=found.method)
    said = gate.estimate(
        study.ledger, "E-value", value, study.fewest, plan="sensitivity.e_value", function="e_value", digits=1
    )
    yield "E-value", said, "an unrecorded cause this strongly tied to both would explain the result away", ""


def _noticed(study: Study, tried: Tried) -> Iterable[Line]:
    needed = stats.detection_grid(study.effect.exponentiated()).needed
    value = stats.Estimate(needed, np.nan, np.nan, method="ratio of detection shares")
    said = gate.estimate(study.ledger, "detection ratio", value, study.fewest, plan="sensitivity.detection_grid", function="detection_grid")  # fmt: skip
    yield (
        "Acts noticed differently",
        said,
        "managed acts noticed this many times as often would leave no difference",
        "",
    )


def _landmark(study: Study, tried: Tried) -> Iterable[Line]:
    mark = study.mark
    name = f"Landmark at day {study.plan.landmark_days}, per 100"
    if isinstance(mark, str):
        yield name, "not computed", mark, ""
        return
    found = estimates.tried(lambda: estimates.landmark_risk(mark, study.plan))
    if isinstance(found, str):
        yield name, "not computed", found, ""
        return
    few = min(mark.fewest, int(mark.event[mark.treated == 1].sum()), int(mark.event[mark.treated == 0].sum()))
    said = gate.estimate(
        study.ledger, name, found, few, plan="sensitivity.landmark", function="bootstrap_weighted", digits=1
    )
    smallest = nulls.beside(study.ledger, name, found, nulls.of_difference(found.standard_error), few, plan="sensitivity.landmark", digits=1)  # fmt: skip
    yield name, said, "overlap weights, refitted in each resample", smallest


def _tipping(study: Study, tried: Tried) -> Iterable[Line]:
    """Try every way in which the cases not followed to the horizon could have turned out."""
    mark, name = study.mark, "Cases not followed to the horizon"
    if isinstance(mark, str):
        yield name, "not computed", mark, ""
        return
    counts = estimates.followed_and_not(mark, study.plan)
    found = estimates.tried(lambda: stats.tipping_point_shares(*counts))
    if isinstance(found, str):
        yield name, "not computed", found, ""
        return
    few = min(counts[0], counts[3], counts[1] - counts[0], counts[4] - counts[3])
    spread = stats.Estimate(100 * found.observed.estimate, 100 * found.best.estimate, 100 * found.worst.estimate)
    said = gate.estimate(study.ledger, name, spread, few, plan="sensitivity.tipping_point", function="tipping_point_shares", digits=0)  # fmt: skip
    stands = (
        "whatever became of them, the conclusion stands"
        if found.robust
        else "some of the ways would change the conclusion"
    )
    yield name, said, f"difference per 100 (all well to all ill), without weights: {stands}", ""


def _history(study: Study, tried: Tried) -> Iterable[Line]:
    found = tried.history
    if isinstance(found, str):
        yield "Before and after the start, month by month", "not computed", found, ""
        return
    said = gate.estimate(study.ledger, "acts a case and month after the start", found.overall, found.fewest, plan="sensitivity.event_study", function="group_time_effects")  # fmt: skip
    smallest = nulls.beside(study.ledger, "acts a case and month after the start", found.overall, nulls.of_difference(found.overall.standard_error), found.fewest, plan="sensitivity.event_study")  # fmt: skip
    yield "Before and after the start, month by month", said, f"acts a case and month; {found.before}", smallest


_ANALYSES = {
    "e_value": _unmeasured,
    "detection_grid": _noticed,
    "leave_one_site_out": _left_out,
    "landmark": _landmark,
    "without_adjustment": _unadjusted,
    "tipping_point": _tipping,
    "event_study": _history,
}
