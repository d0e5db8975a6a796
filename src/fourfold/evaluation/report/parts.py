"""The twenty parts in their order, made from one study."""

from __future__ import annotations

from collections.abc import Sequence

from fourfold.evaluation.plans import AnalysisPlan
from fourfold.evaluation.report import answer, effects, gate, people, practice, secondary, sensitivity
from fourfold.evaluation.report.study import begin
from fourfold.evaluation.report.terms import Origin, Report
from fourfold.evaluation.terms import ExtractRow


def build(rows: Sequence[ExtractRow], plan: AnalysisPlan, origin: Origin) -> Report:
    """Return the report of one frozen extract: a draft that names what is missing, or final where nothing is.

    Raises SeriesBreak and stats.StatisticsError where the main comparison cannot honestly be made, stats.NotReleasable
    where anything in it, a written statement too, would tell about too few people.
    """
    study = begin(rows, plan, origin)
    parts = (
        answer.first_page(study),
        answer.grid(study),
        answer.target_trial(study),
        people.flow(study),
        people.baseline(study),
        people.missingness(study),
        effects.primary(study),
        effects.by_site(study),
        secondary.besides(study),
        sensitivity.sensitivity(study),
        practice.process(study),
        practice.economics(study),
        practice.written(study, 13, "Equality", "equality"),
        practice.written(study, 14, "Conditions for transfer", "transfer"),
        practice.rollout(study),
        answer.limits(study),
        practice.registration(study),
        practice.snapshot(study),
        practice.disclosure(study),
        answer.recommendation(study),
    )
    gate.require_releasable(parts, study.ledger)
    return Report(origin, parts, tuple(study.ledger.numbers))
