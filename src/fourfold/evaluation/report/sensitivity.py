"""Part 10: what would overturn the result, each analysis as the plan names it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fourfold import stats
from fourfold.evaluation import rules
from fourfold.evaluation.report import answer, effects, estimates, gate, history, nulls
from fourfold.evaluation.report.study import Study
from fourfold.evaluation.report.terms import Figure, Part
from fourfold.stats import drawings


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
        return Part(missing="the plan names no sensitivity analysis")
    tried = Tried(
        dict(_others(study)), history.dynamic(study) if "event_study" in study.plan.sensitivity else "not asked for"
    )
    rows = [row for name in study.plan.sensitivity for row in _ANALYSES[name](study, tried)]
    table = nulls.table("What would overturn it", ("Analysis", "Result", "What it says"), rows)
    ratios = [
        ("Main analysis", study.effect.exponentiated()),
        *((name, choice.ratio) for name, choice in tried.others.items()),
    ]
    words = (
        NO_CONTROL,
        *nulls.words((row[0], row[3]) for row in rows),
        *(() if isinstance(tried.history, str) else tried.history.cautions),
    )
    if study.fewest < rules.FEWEST:
        return Part(words=words, tables=(table,))
    figures = history.figures(tried.history)
    svg = drawings.intervals(
        "Hazard ratio under other choices",
        [effects.as_row(*choice) for choice in ratios],
        at=effects.NO_EFFECT,
        ratio=True,
    )
    return Part(words=words, figures=(Figure(svg, table), *figures))


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
                yield f"Without {study.called(name)}", Other(found.exponentiated(), nulls.by_acts(left))


def _named(study: Study, tried: Tried, prefix: str, plan: str) -> Iterable[Line]:
    for name, choice in tried.others.items():
        if name.startswith(prefix):
            said, smallest = nulls.shown(
                study.ledger, name, choice.ratio, choice.detectable, study.fewest, plan=plan, function=answer.COX
            )
            yield name, said, "hazard ratio", smallest


def _unadjusted(study: Study, tried: Tried) -> Iterable[Line]:
    yield from _named(study, tried, "Without adjustment", "sensitivity.without_adjustment")


def _left_out(study: Study, tried: Tried) -> Iterable[Line]:
    for row in _named(study, tried, "Without ", "sensitivity.leave_one_site_out"):
        if row[0] != "Without adjustment":
            yield row


def _unmeasured(study: Study, tried: Tried) -> Iterable[Line]:
    found = answer.unmeasured(study)
    said = gate.value(
        study.ledger, "E-value", found.estimate, study.fewest, plan="sensitivity.e_value", function="e_value",
        method=found.method, digits=1,
    )  # fmt: skip
    yield "E-value", said, "an unrecorded cause this strongly tied to both would explain the result away", ""


def _noticed(study: Study, tried: Tried) -> Iterable[Line]:
    needed = stats.detection_grid(study.effect.exponentiated()).needed
    said = gate.value(
        study.ledger, "detection ratio", needed, study.fewest, plan="sensitivity.detection_grid",
        function="detection_grid", method="ratio of detection shares",
    )  # fmt: skip
    means = "managed acts noticed this many times as often would leave no difference"
    yield "Acts noticed differently", said, means, ""


def _landmark(study: Study, tried: Tried) -> Iterable[Line]:
    mark, name = study.mark, f"Landmark at day {study.plan.landmark_days}, per 100"
    found = mark if isinstance(mark, str) else estimates.tried(lambda: estimates.landmark_risk(mark, study.plan))
    if isinstance(found, str) or isinstance(mark, str):
        yield name, "not computed", str(found), ""
        return
    few = min(mark.fewest, int(mark.event[mark.treated == 1].sum()), int(mark.event[mark.treated == 0].sum()))
    said, smallest = nulls.shown(
        study.ledger, name, found, nulls.of_difference(found.standard_error), few, plan="sensitivity.landmark",
        function="bootstrap_weighted", digits=1,
    )  # fmt: skip
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
        "whatever happened to them, the conclusion is the same"
        if found.robust
        else "some outcomes would change the conclusion"
    )
    yield name, said, f"difference per 100 (all well to all ill), without weights: {stands}", ""


def _history(study: Study, tried: Tried) -> Iterable[Line]:
    found, name = tried.history, "Before and after the start, month by month"
    if isinstance(found, str):
        yield name, "not computed", found, ""
        return
    said, smallest = nulls.shown(
        study.ledger, "acts a case and month after the start", found.overall,
        nulls.of_difference(found.overall.standard_error), found.fewest, plan="sensitivity.event_study",
        function="group_time_effects",
    )  # fmt: skip
    yield name, said, f"acts a case and month; {found.before}", smallest


_ANALYSES = {
    "e_value": _unmeasured,
    "detection_grid": _noticed,
    "leave_one_site_out": _left_out,
    "landmark": _landmark,
    "without_adjustment": _unadjusted,
    "tipping_point": _tipping,
    "event_study": _history,
}
