"""The twenty parts in their order, made from one study."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from fourfold.evaluation.plans import AnalysisPlan
from fourfold.evaluation.report import answer, effects, gate, people, practice, secondary, sensitivity
from fourfold.evaluation.report.study import Study, begin
from fourfold.evaluation.report.terms import Origin, Part, Report
from fourfold.evaluation.terms import ExtractRow

PARTS: tuple[tuple[str, Callable[[Study], Part]], ...] = (
    ("What may we conclude?", answer.first_page),
    ("EMMIE grid", answer.grid),
    ("The trial that this imitates", answer.target_trial),
    ("Flow from referral to follow-up", people.flow),
    ("Baseline", people.baseline),
    ("What is missing", people.missingness),
    ("Primary result", effects.primary),
    ("Site by site, and a new area", effects.by_site),
    ("Other outcomes and subgroups", secondary.besides),
    ("Sensitivity", sensitivity.sensitivity),
    ("Waiting, contact and fidelity", practice.process),
    ("Costs", practice.economics),
    ("Equality", practice.equality),
    ("Conditions for transfer", practice.transfer),
    ("Roll-out estimate for the named area", practice.rollout),
    ("What this cannot tell you", answer.limits),
    ("Plan, amendments, deviations", practice.registration),
    ("Data, code and recording rules", practice.snapshot),
    ("Disclosure", practice.disclosure),
    ("Recommendation", answer.recommendation),
)


def build(rows: Sequence[ExtractRow], plan: AnalysisPlan, origin: Origin) -> Report:
    """Return the report of one frozen extract: a draft that names what is missing, or final where nothing is.

    Raises SeriesBreak and stats.StatisticsError where the main comparison cannot honestly be made, stats.NotReleasable
    where anything in it, a written statement too, would tell about too few people.
    """
    study = begin(rows, plan, origin)
    parts = tuple(
        replace(part(study), number=number, title=title) for number, (title, part) in enumerate(PARTS, start=1)
    )
    gate.require_releasable(parts, study.ledger, origin.title)
    return Report(origin, parts, tuple(study.ledger.numbers))
