"""What was found to break an order counts as a breach, in a database from before this was kept too."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps

from fourfold import journey
from fourfold.audit import queries as audit
from fourfold.cases import services as cases
from fourfold.cases.models import CaseAct, PossibleCourse
from fourfold.intake.models import Allegation
from fourfold.linkage.models import Match
from fourfold.orders.models import Breach
from fourfold.people.terms import Part
from tests.cases.builders import known, told
from tests.cast import Cast, vouched
from tests.orders.builders import condition_of, served, told_breach
from tests.support.builders import NOON, case_of

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def recognised(cast: Cast) -> tuple[Breach, Breach, Allegation]:
    """Tell of one breach, recognise another in what was told as something smaller, and let a third act be no breach."""
    case = case_of(cast)
    condition = condition_of(served(cast, case))
    first = journey.breach_reported(actor=cast.officer, condition=condition, told=told_breach(at=NOON), at=NOON)
    reports = [told(cast.analyst, at=NOON - hours * HOUR, happened=NOON - hours * HOUR) for hours in (2, 3)]
    for report in reports:
        known(cast, report, case.victim, case.subject, at=NOON)
        cases.join_act(actor=cast.officer, case=case, allegation=report, at=NOON)
    second = journey.breach_recognised(actor=cast.officer, condition=condition, allegation=reports[0], at=NOON + HOUR)
    return first, second, reports[1]


def counted() -> dict[object, object]:
    acts = CaseAct.objects.unscoped("test").filter(breach_at__isnull=False)
    return dict(acts.values_list("allegation", "breach_at"))


def asked_again() -> dict[object, object]:
    return dict(Breach.objects.unscoped("test").values_list("pk", "action"))


def test_an_act_counts_as_a_breach_since_it_was_told_or_found_to_be_one(cast: Cast) -> None:
    first, second, neither = recognised(cast)
    assert counted() == {first.allegation_id: NOON, second.allegation_id: NOON + HOUR}
    assert neither.pk not in counted()


def test_an_act_that_leaves_and_comes_back_is_the_breach_that_it_was(cast: Cast) -> None:
    _, breach, _ = recognised(cast)
    match = Match.objects.unscoped("test").get(allegation=breach.allegation, part=Part.SUBJECT)
    cases.undo_match(actor=cast.analyst, match=match, reason="A neighbour.", at=NOON + 2 * HOUR)
    cases.confirm_match(
        actor=cast.analyst,
        allegation=breach.allegation,
        part=Part.SUBJECT,
        subject=match.subject,
        reason="It was them after all.",
        at=NOON + 3 * HOUR,
    )
    standing = CaseAct.objects.unscoped("test").get(allegation=breach.allegation, left_at__isnull=True)
    assert standing.breach_at == NOON + HOUR


def test_a_database_from_before_this_was_kept_counts_the_same_and_its_log_holds(cast: Cast) -> None:
    """Its acts hold nothing in the column until the two steps of the upgrade have filled it."""
    recognised(cast)
    before, opened = counted(), asked_again()
    assert len(opened) == 2
    assert None not in opened.values()
    vouched(cast)
    CaseAct.objects.unscoped("test").update(breach_at=None)
    import_module("fourfold.cases.migrations.0004_acts_that_broke_an_order").count_what_was_told(Here(), None)
    assert len(counted()) == 1
    import_module("fourfold.orders.migrations.0004_count_what_was_recognised").count_what_was_recognised(Here(), None)
    assert counted() == before
    Breach.objects.unscoped("test").update(action=None)
    import_module("fourfold.orders.migrations.0006_name_what_a_breach_opened").name_what_was_opened(Here(), None)
    assert asked_again() == opened
    assert audit.verify(every_row=True).findings == ()


def test_a_possible_course_is_worked_out_anew_once_a_report_of_it_is_recognised_as_a_breach(cast: Cast) -> None:
    """Thefts are thefts; one of them that broke an order is a sign."""
    plain = {"words": "The post was taken.", "behaviours": [], "recorded_class": "", "former_partner": False}
    case = case_of(cast, **plain)  # type: ignore[arg-type]
    condition = condition_of(served(cast, case))
    reports = [told(cast.analyst, at=NOON - n * HOUR, happened=NOON - n * DAY, **plain) for n in (2, 4, 6)]

    def points() -> list[int]:
        rows = PossibleCourse.objects.unscoped("test").filter(ended_at__isnull=True, acts=4)
        return list(rows.values_list("points", flat=True))

    journey.reports_came(actor=cast.analyst, site="northmoor", at=NOON)
    assert points() == [0]
    known(cast, reports[0], case.victim, case.subject, at=NOON)
    cases.join_act(actor=cast.officer, case=case, allegation=reports[0], at=NOON)
    journey.breach_recognised(actor=cast.officer, condition=condition, allegation=reports[0], at=NOON)
    journey.reports_came(actor=cast.analyst, site="northmoor", at=NOON + HOUR)
    assert points() > [0]
    assert journey.reports_came(actor=cast.analyst, site="northmoor", at=NOON + 2 * HOUR).new == 0


class Here:
    """The tables as a migration sees them: without the wall around each."""

    def get_model(self, app: str, name: str) -> object:
        model = apps.get_model(app, name)
        return type("Plain", (), {"objects": model._base_manager})
