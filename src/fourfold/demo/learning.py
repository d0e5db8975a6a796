"""What the invented programme learns: its plan registered before, its data frozen, its findings and its report."""

from datetime import datetime
from pathlib import Path

from fourfold import journey
from fourfold.access.terms import Role
from fourfold.demo.founding import acting, began_at
from fourfold.demo.roster import address_of
from fourfold.evaluation import plans
from fourfold.evaluation import services as evaluation
from fourfold.rollout import queries as areas
from fourfold.rollout import services as rollout

PLAN = plans.read_plan(Path(__file__).with_name("plan.toml").read_text(encoding="utf-8"))
NEW_AREA = PLAN.area
"""Cleveland: an area with no unit in the invented programme, whose counts are published."""


def learn(*, at: datetime) -> None:
    """Register the programme's plan as of its beginning, freeze what is there, compute, report, and recommend."""
    evaluator, began = address_of(Role.EVALUATOR), began_at(at)
    question = evaluation.register_plan(actor=acting(evaluator, began), plan=PLAN, at=began)
    actor = acting(evaluator, at)
    extract = journey.data_frozen(actor=actor, question=question, until=at, at=at)
    evaluation.compute_findings(actor=actor, extract=extract, at=at)
    words = areas.area_words(actor=actor, code=NEW_AREA, at=at)
    evaluation.release_report(actor=actor, extract=extract, rollout=words, at=at)
    rollout.recommend(actor=acting(address_of(Role.PROGRAMME_LEAD), at), code=NEW_AREA, at=at)
