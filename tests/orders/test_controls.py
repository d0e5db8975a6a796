"""The controls that failed women: each told as it happened, and what the unit's people now come across instead.

F5 a breach seen as minor · F6 an order never considered, or slow · F7 an end or a notification that nobody noticed ·
F9 the force next door knew him · F15 somebody unknown, several, and the children.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fourfold import journey
from fourfold.cases import queries as case_queries
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, SetBy, Trigger
from fourfold.intake.terms import RecordingClass
from fourfold.law.working_days import working_days_after
from fourfold.orders import queries
from fourfold.orders import services as orders
from fourfold.orders.models import Breach, Order
from fourfold.orders.terms import BreachDecision, CannotOrder, OrderKind, ProtectedDraft, Protects, Step, StepDetails
from fourfold.people import services as people
from fourfold.people.terms import MarkKind, Part
from fourfold.plan.models import Action
from fourfold.support.models import Update
from fourfold.support.terms import UpdateKind
from tests.cases.builders import further_act, told, triaged
from tests.cast import NOW, Cast
from tests.orders.builders import CONDITIONS, applied, case_of, condition_of, served, take, told_breach
from tests.orders.test_subject import agree, at_southmere, second_victim

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def read_by(cast: Cast, name: str, case: Case, at: datetime = NOW) -> queries.OrdersPage:
    return queries.orders_page(actor=cast.actor(name), reference=case.reference, at=at)


# ---- F5: a breach is never minor and never alone ------------------------------------------------------------------


def test_f5_a_message_under_an_order_becomes_the_next_act_and_nobody_can_file_it_away(cast: Cast) -> None:
    # Given an order that was served, and a case that nobody calls more than medium
    case = case_of(cast)
    order = served(cast, case)
    cases.set_level(actor=cast.officer, case=case, level=Level.MEDIUM, set_in=SetBy.REVIEW, reason="Quiet.", at=NOW)
    before = case_queries.pattern(actor=cast.officer, reference=case.reference, at=NOW).course.acts

    # when an officer records a single polite message, told as a malicious communication
    breach = journey.breach_reported(
        actor=cast.officer, condition=condition_of(order), told=told_breach(at=NOW, words="Happy birthday."), at=NOW
    )

    # then it is the next act of the same conduct
    pattern = case_queries.pattern(actor=cast.officer, reference=case.reference, at=NOW)
    assert (pattern.course.acts, pattern.course.breaches) == (before + 1, 1)
    # and the review is due tomorrow at the latest, because of the breach
    review = pattern.header.review
    assert review is not None
    assert (review.trigger, review.due_at <= NOW + DAY) == (Trigger.BREACH, True)
    # and somebody owes a new assessment by tomorrow
    (again,) = Action.objects.unscoped("test").filter(case=case, what__startswith="Assess again")
    assert again.due_on == date(2026, 11, 25)
    # and she is owed the news within one working day
    update = Update.objects.unscoped("test").get(case=case, what=UpdateKind.BREACH)
    assert update.due_on == working_days_after(date(2026, 11, 24), 1)
    # and by name it stands on the officer's list until it is decided and assessed
    (alarm,) = queries.breaches_undecided(actor=cast.officer, at=NOW)
    assert alarm.breach == breach.pk
    assert alarm.alarm == "Breach treated alone: nobody has assessed the case again since."


def test_f5_after_48_hours_the_arrest_is_overdue_and_deciding_alone_does_not_silence_the_alarm(cast: Cast) -> None:
    # Given a breach
    case = case_of(cast)
    breach = journey.breach_reported(
        actor=cast.officer, condition=condition_of(served(cast, case)), told=told_breach(at=NOW), at=NOW
    )
    # when 48 hours pass, then arrest, charge and telling her are overdue
    (late,) = queries.breaches_undecided(actor=cast.coordinator, at=NOW + 49 * HOUR)
    assert (late.overdue, late.undecided) == (True, tuple(BreachDecision))
    # when somebody decides no arrest without a reason, then that is refused
    with pytest.raises(CannotOrder):
        journey.breach_decided(
            actor=cast.officer, breach=breach, what=BreachDecision.ARREST, done=False, reason=" ", at=NOW + 49 * HOUR
        )
    # when everything is decided, then the alarm stands still: nobody has looked at the case as a whole
    for what in BreachDecision:
        journey.breach_decided(actor=cast.officer, breach=breach, what=what, done=True, reason="", at=NOW + 50 * HOUR)
    (still,) = queries.breaches_undecided(actor=cast.coordinator, at=NOW + 51 * HOUR)
    assert (still.undecided, bool(still.alarm)) == ((), True)


def test_f5_a_breach_that_came_in_as_criminal_damage_is_recognised_as_one(cast: Cast) -> None:
    # Given an order in force, and damage that another officer recorded by itself
    case = case_of(cast)
    order = served(cast, case)
    damage = further_act(cast, case, at=NOW - DAY, recorded_class=RecordingClass.CRIMINAL_DAMAGE)
    # then the act stands as one that may be a breach nobody has called so
    (act,) = queries.acts_under_order(actor=cast.officer, at=NOW)
    assert act.allegation == damage.pk
    # when it is recognised, then the clock runs and it stands there no more
    journey.breach_recognised(actor=cast.officer, condition=condition_of(order), allegation=damage, at=NOW)
    assert queries.acts_under_order(actor=cast.officer, at=NOW) == ()
    assert Breach.objects.unscoped("test").get(allegation=damage).decide_by == NOW + 48 * HOUR


@pytest.mark.parametrize("kind", [OrderKind.BAIL, OrderKind.COURT_BAIL])
def test_f5_breach_of_bail_is_arrestable_and_not_called_an_offence(cast: Cast, kind: OrderKind) -> None:
    # Given bail conditions
    case = case_of(cast)
    bail = journey.bail_set(
        actor=cast.officer,
        case=case,
        kind=kind,
        conditions=CONDITIONS,
        details=StepDetails(taken_at=NOW - DAY, expires_on=date(2026, 12, 20)),
        at=NOW - DAY,
    )
    # when he breaks one, then the page says that he may be arrested and that it is no offence
    breach = journey.breach_reported(actor=cast.officer, condition=condition_of(bail), told=told_breach(at=NOW), at=NOW)
    (shown,) = [each for _, each in read_by(cast, "officer", case).breaches]
    assert "Arrestable without a warrant" in shown.means
    assert "not itself an offence" in shown.means
    # and nobody is asked to charge it, but arrest and telling her are still to be decided
    assert shown.undecided == (BreachDecision.ARREST, BreachDecision.VICTIM_TOLD)
    with pytest.raises(CannotOrder):
        journey.breach_decided(
            actor=cast.officer, breach=breach, what=BreachDecision.CHARGE, done=True, reason="", at=NOW
        )


# ---- F6: an order is asked for, and its age is seen ---------------------------------------------------------------


def test_f6_a_dangerous_case_without_a_question_stands_there_until_somebody_answers(cast: Cast) -> None:
    # Given a case at very high, open for sixty days, in which nobody thought of an order
    case = case_of(cast)
    cases.set_level(actor=cast.officer, case=case, level=Level.VERY_HIGH, set_in=SetBy.REVIEW, reason="Knife.", at=NOW)
    # then the coordinator comes across it
    (row,) = queries.not_considered(actor=cast.coordinator, at=NOW)
    assert (row.reference, row.days) == (case.reference, 60)
    # when an officer says no without a reason, then that is refused
    with pytest.raises(CannotOrder):
        orders.decline(actor=cast.officer, case=case, reason="", at=NOW)
    # when with one, then the no is on record with it
    orders.decline(actor=cast.officer, case=case, reason="Remanded until trial.", at=NOW)
    assert queries.not_considered(actor=cast.coordinator, at=NOW) == ()
    assert [no.reason for no in queries.refusals(actor=cast.coordinator, at=NOW)] == ["Remanded until trial."]


def test_f6_nine_months_are_seen_step_by_step_while_they_pass(cast: Cast) -> None:
    # Given an order considered in February, authorised in May, applied for in June
    case = case_of(cast, at=NOW - 290 * DAY)
    order = orders.consider(
        actor=cast.officer, case=case, kind=OrderKind.SPO_INTERIM, reason="Asked.", at=NOW - 274 * DAY
    )
    take(cast, order, Step.AUTHORISED, at=NOW - 190 * DAY, reason="Superintendent Vale.")
    applied(cast, case, at=NOW - 160 * DAY)
    # when the coordinator looks in November, then nine months stand there, and where they went
    (row,) = queries.pipeline(actor=cast.coordinator, at=NOW)
    assert row.days_in_all == 274
    assert [(step.step, step.days) for step in row.steps] == [
        (Step.CONSIDERED, 84),
        (Step.AUTHORISED, 30),
        (Step.APPLIED, 160),
    ]


# ---- F7: no end and no silence goes unnoticed ---------------------------------------------------------------------


def test_f7_an_end_is_said_three_times_before_it_comes_and_once_after(cast: Cast) -> None:
    # Given an interim order whose last day is the 20th of February
    case = case_of(cast)
    order = served(cast, case, expires_on=date(2027, 2, 20))
    # then it is warned of 90, 30 and 7 days before, on the day itself, and a day later it is an alarm
    seen = {}
    for days in (91, 90, 30, 7, 0):
        at = datetime(2027, 2, 20, 9, tzinfo=LONDON) - days * DAY
        seen[days] = [row.warning for row in queries.expiring(actor=cast.actor("officer", at=at), at=at)]
    assert seen == {91: [], 90: [90], 30: [30], 7: [7], 0: [7]}
    after = datetime(2027, 2, 21, 9, tzinfo=LONDON)
    assert [row.order for row in queries.lapsed(actor=cast.officer, at=after)] == [order.pk]


def test_f7_the_third_day_counts_from_service_and_a_full_order_asks_no_second_time(cast: Cast) -> None:
    # Given service on Wednesday the 4th: the days are the 4th, the 5th and the 6th
    case = case_of(cast)
    interim = served(cast, case)
    at = datetime(2026, 11, 6, 23, 30, tzinfo=LONDON)
    assert queries.notifications_missing(actor=cast.officer, at=at) == ()
    # when midnight passes in London, then it is missing
    (missing,) = queries.notifications_missing(actor=cast.officer, at=at + HOUR)
    assert missing.order == interim.pk
    # when he has notified and a full order takes the interim one's place, then nothing more is asked
    take(cast, interim, Step.NOTIFIED, at=NOW - 16 * DAY)
    served(cast, case, OrderKind.SPO, at=NOW - 10 * DAY)
    assert queries.notifications_missing(actor=cast.officer, at=NOW) == ()
    # and the interim order has ended as superseded, by the full one
    ended = Order.objects.unscoped("test").get(pk=interim.pk)
    assert (ended.step, ended.ended_by) == (Step.ENDED, "superseded")


# ---- F9: the force next door --------------------------------------------------------------------------------------


def test_f9_an_order_in_his_other_case_is_read_aloud_here_too(cast: Cast) -> None:
    # Given another victim, whose order an officer of this unit would not have looked for
    case = case_of(cast)
    served(cast, second_victim(cast, case), expires_on=date(2027, 5, 1))
    # when the officer opens the subject from this case, then that order stands there to be read
    page = queries.subject_across(actor=cast.officer, reference=case.reference, at=NOW)
    assert [order.must_not[0] for order in page.binding] == ["You must not contact her, directly or through others."]


def test_f9_the_force_next_door_is_named_as_far_as_the_agreement_goes_and_no_further(cast: Cast) -> None:
    # Given that Southmere has him on record, and nothing was agreed: then nothing is said
    case = case_of(cast)
    at_southmere(cast)
    assert queries.subject_across(actor=cast.officer, reference=case.reference, at=NOW).elsewhere == ()
    # when an agreement opens no more than that, then the officer learns whom to ask, and no more
    agree(cast)
    (one,) = queries.subject_across(actor=cast.officer, reference=case.reference, at=NOW).elsewhere
    assert (one.site, one.ask) == ("Southmere", "Southmere Police")


# ---- F15: somebody unknown, and everybody else at risk ------------------------------------------------------------


def test_f15_somebody_unknown_is_found_next_door_by_his_number(cast: Cast) -> None:
    # Given a stalker whom nobody can name, who called from one number
    nobody = told(cast.analyst, at=NOW, subject_name="", subject_birth="", subject_phone="")
    cases.confirm_match(actor=cast.analyst, allegation=nobody, part=Part.VICTIM, victim=None, at=NOW)
    case = triaged(cast, nobody)
    people.add_mark(actor=cast.analyst, subject=case.subject, kind=MarkKind.PHONE, value="07700 900777", at=NOW)
    # when the force next door knows that number under a name, then the page says that there is somebody to ask
    at_southmere(cast)
    agree(cast)
    page = queries.subject_across(actor=cast.analyst, reference=case.reference, at=NOW)
    assert not page.card.known
    assert [one.because for one in page.elsewhere] == ["a number, mailbox or account in common"]


def test_f15_an_order_can_protect_her_children_and_a_proxy_by_name(cast: Cast) -> None:
    # Given an application that names her son and her sister
    case = case_of(cast)
    protects = Protects(others=(ProtectedDraft("Bo Quill", "her son"), ProtectedDraft("Ada Quill", "her sister")))
    orders.apply_for(
        actor=cast.officer,
        case=case,
        kind=OrderKind.SPO,
        conditions=CONDITIONS,
        reason="He waits at the school gate.",
        protects=protects,
        at=NOW,
    )
    # then both stand on the order for everybody who works on the case, and for nobody at another site
    (order,) = read_by(cast, "advocate", case).sought
    assert order.protects == ("Ada Quill, her sister", "Bo Quill, her son")
