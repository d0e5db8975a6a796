"""Freezing what is learned from: only whole totals of victims who said yes leave their files."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold import journey
from fourfold.access.terms import Refused
from fourfold.evaluation import queries as evaluation
from fourfold.evaluation import services
from fourfold.evaluation.terms import FIRST_QUESTION
from fourfold.orders import services as orders
from fourfold.orders.terms import CustodyKind
from fourfold.support import queries as support
from fourfold.support import services as care
from fourfold.support.models import CheckIn
from fourfold.support.terms import ConsentMatter, ConsentState
from tests.cast import NOW, Cast
from tests.orders.builders import case_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def asked(cast: Cast, case: object, state: ConsentState, days_ago: int) -> None:
    """Record what she said when she was asked."""
    care.record_consent(
        actor=cast.advocate,
        case=case,
        matter=ConsentMatter.EVALUATION,
        state=state,
        why="said so",
        at=NOW - days_ago * DAY,
    )  # type: ignore[arg-type]


def test_a_total_leaves_only_while_her_last_word_is_yes(cast: Cast) -> None:
    case = case_of(cast)
    row = care.check_in(actor=cast.advocate, case=case, answers=ANSWERS, at=NOW - 40 * DAY)
    CheckIn.objects.unscoped("test").filter(pk=row.pk).update(total=17)

    def totals() -> list[float]:
        return [one.total for one in support.scores_for_learning(actor=cast.evaluator, until=NOW, at=NOW)]

    assert totals() == []
    asked(cast, case, ConsentState.GIVEN, 30)
    assert totals() == [17.0]
    asked(cast, case, ConsentState.WITHDRAWN, 5)
    assert totals() == []
    for name in ("advocate", "officer", "lead", "olu"):
        with pytest.raises(Refused):
            support.scores_for_learning(actor=cast.actor(name), until=NOW, at=NOW)


ANSWERS = {"contact_fear": "half"}


def test_casework_becomes_a_row_without_a_name(cast: Cast) -> None:
    case = case_of(cast)
    orders.record_custody(actor=cast.officer, case=case, kind=CustodyKind.REMAND, held_from=NOW - 10 * DAY, at=NOW)
    question = services.register_question(actor=cast.evaluator, title="Fewer?", plan=FIRST_QUESTION, at=NOW - 90 * DAY)
    extract = journey.data_frozen(actor=cast.evaluator, question=question, until=NOW, at=NOW)
    (row,) = evaluation.outcomes(actor=cast.evaluator, extract=extract, at=NOW)
    assert (row.followed_days, row.custody_day, row.custody_days, row.site) == (60, 50, 10, "northmoor")
    assert row.prior_acts >= 1
    assert extract.manifest["flow"] == [{"site": "northmoor", "outcome": "panel", "allegations": 1}]
    for secret in (case.reference, str(case.pk), str(case.victim_id), str(case.subject_id)):
        assert secret not in repr(row) + repr(extract.manifest)
