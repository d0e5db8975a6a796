"""Freezing what is learned from: casework without names, and the wellbeing scores of the victims who agreed to their use;
and what is concluded from it, beside the page on which somebody asked for it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from fourfold.audit.terms import Actor
from fourfold.journey.rows import Extract, Question
from fourfold.support import queries as support


def data_frozen(*, actor: Actor, question: Question, until: datetime, at: datetime) -> Extract:
    """Freeze a question's data. Only whole totals leave the victims' files, and only of those who said yes."""
    from fourfold.evaluation import services as evaluation  # the statistics: no other journey should wait for them
    from fourfold.evaluation.terms import WellbeingScore

    scores = support.scores_for_learning(actor=actor, until=until, at=at)
    wellbeing = tuple(WellbeingScore(one.case, one.instrument, one.answered_at, one.total) for one in scores)
    return evaluation.freeze_extract(actor=actor, question=question, until=until, at=at, wellbeing=wellbeing)


def answer_computed(*, actor: Actor, at: datetime, told: Callable[[int, int], None]) -> None:
    """Register the question where there is none, freeze its data and compute its answer, each a step that is told."""
    from fourfold.evaluation import queries, services
    from fourfold.evaluation.terms import FIRST_QUESTION

    told(0, 2)
    question = queries.latest_question() or services.register_question(
        actor=actor, title="Does management by the unit lead to fewer further acts?", plan=FIRST_QUESTION, at=at
    )
    extract = data_frozen(actor=actor, question=question, until=at, at=at)
    told(1, 2)
    services.compute_findings(actor=actor, extract=extract, at=at)


def report_released(*, actor: Actor, plan: UUID, at: datetime, told: Callable[[int, int], None]) -> None:
    """Freeze the data of a plan and release its report, each a step that is told."""
    from fourfold.evaluation import queries, services
    from fourfold.rollout import queries as rollout

    told(0, 2)
    question = queries.plan_row(actor=actor, plan=plan)
    extract = data_frozen(actor=actor, question=question, until=at, at=at)
    told(1, 2)
    words = rollout.area_words(actor=actor, code=queries.current_plan(question).area, at=at)
    services.release_report(actor=actor, extract=extract, rollout=words, at=at)
