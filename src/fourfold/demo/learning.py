"""What the invented programme learns: its question registered before, its extract frozen, its findings computed."""

from __future__ import annotations

from datetime import datetime

from fourfold.access.terms import Role
from fourfold.demo.founding import acting, began_at
from fourfold.demo.roster import address_of
from fourfold.evaluation import services as evaluation
from fourfold.evaluation.terms import FIRST_QUESTION
from fourfold.rollout import services as rollout

TITLE = "Does management by the unit delay the next act?"
NEW_AREA = "E23000013"
"""Cleveland: an area with no unit in the invented programme, whose counts are published."""


def learn(*, at: datetime) -> None:
    """Register the programme's question as of its beginning, freeze what is there, compute, and recommend."""
    evaluator = address_of(Role.EVALUATOR)
    began = began_at(at)
    question = evaluation.register_question(actor=acting(evaluator, began), title=TITLE, plan=FIRST_QUESTION, at=began)
    extract = evaluation.freeze_extract(actor=acting(evaluator, at), question=question, until=at, at=at)
    evaluation.compute_findings(actor=acting(evaluator, at), extract=extract, at=at)
    rollout.recommend(actor=acting(address_of(Role.PROGRAMME_LEAD), at), code=NEW_AREA, at=at)
