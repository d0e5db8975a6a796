"""Learned from, rolled out, provable."""

from fourfold.access.terms import Role
from fourfold.audit import queries as audit_queries
from fourfold.demo.founding import acting
from fourfold.demo.learning import NEW_AREA
from fourfold.demo.moves import Row
from fourfold.demo.roster import address_of
from fourfold.demo.story.tale import Tale, counted
from fourfold.demo.truth import TRUTH
from fourfold.evaluation import queries as evaluation_queries
from fourfold.evaluation import services as evaluation
from fourfold.evaluation.terms import WouldDiffer
from fourfold.rollout import queries as rollout_queries


def learned_from(tale: Tale) -> None:
    """Freeze a new extract under the registered question, compute, and find the planted effect again.

    The extract ends where the story begins: what is played here is no part of the programme's truth.
    """
    tale.chapter("Learned from")
    at = tale.ends_at
    evaluator = acting(address_of(Role.EVALUATOR), at)
    question: Row = evaluation_queries.latest_question()
    try:
        extract = evaluation.freeze_extract(actor=evaluator, question=question, until=tale.on(0, 0), at=at)
        tale.tell(f"The evaluator freezes {extract.rows} de-identified cases; SHA-256 {extract.sha256}.")
        evaluation.compute_findings(actor=evaluator, extract=extract, at=at)
    except WouldDiffer as refused:
        tale.tell(f"No second result of nearly the same cases: {refused} The evaluator uses that one.")
    page = evaluation_queries.latest_findings(actor=evaluator, at=at)
    found = page.findings.hazard_ratio if page else None
    if found is None or found.low is None or found.high is None:
        tale.hold(False, "the evaluation shows a hazard ratio")
        return
    tale.tell(
        f"The evaluator reads: hazard ratio of the next act under management {found.estimate:.2f} "
        f"(95 % interval {found.low:.2f} to {found.high:.2f}); the truth planted in this invented programme is "
        f"{TRUTH.hazard_ratio:.2f}."
    )
    tale.hold(found.low <= TRUTH.hazard_ratio <= found.high, "the planted effect lies inside its interval")


def rolled_out(tale: Tale) -> None:
    """Say what one area without a unit should expect."""
    tale.chapter("Rolled out")
    lead = acting(address_of(Role.PROGRAMME_LEAD), tale.ends_at)
    estimate = rollout_queries.area_estimate(actor=lead, code=NEW_AREA, at=tale.ends_at)
    tale.hold(bool(estimate.figures) and bool(estimate.recommendation), "an area gets figures and a recommendation")
    for figure in estimate.figures[:3]:
        shown = figure.range
        tale.tell(
            f"The programme lead reads for {estimate.place.name}: {figure.what}, {shown.middle} a year "
            f"({shown.low} to {shown.high})."
        )
    tale.tell(f"The recommendation begins: {estimate.recommendation[0]}")
    tale.tell(f"It names {counted(len(estimate.gaps), 'gap')} in what is known; what is missing is never zero.")


def provable(tale: Tale) -> None:
    """Read the whole log."""
    tale.chapter("Provable")
    verdict = audit_queries.verify()
    tale.hold(verdict.clean, "the log holds")
    tale.tell(f"The governance lead has the log read: {verdict.entries:,} entries, each following from the one before.")
