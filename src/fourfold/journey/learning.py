"""Freezing what is learned from: casework without names, and the wellbeing scores of the victims who agreed to their use."""

from datetime import datetime

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
