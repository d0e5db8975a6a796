"""One page on a subject across victims and sites, as far as agreements allow; never a hint of where a victim is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.access import services as access
from fourfold.access.models import Grant
from fourfold.access.terms import TEAM_COMPARTMENTS, Compartment, NotFound, RelationKind
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.terms import Level
from fourfold.orders import queries
from fourfold.orders import services as orders
from fourfold.orders.queries import SubjectAcross
from fourfold.orders.terms import ConditionDraft, ConditionKind, CustodyKind, OrderKind, StepDetails
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.people import services as people
from fourfold.people.models import Subject, SubjectMark
from fourfold.people.terms import Part, PersonDetails
from fourfold.plan import services as plan
from tests.cases.builders import further_act, known, long_course, told, triaged
from tests.cast import NOW, Cast, assign
from tests.orders.builders import breached, case_of, served

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HIM = {"name": "Dean Marlow", "birth": "11/02/1979", "phone": "07700 900777"}


def about(cast: Cast, case: Case, name: str = "officer") -> SubjectAcross:
    return queries.subject_across(actor=cast.actor(name), reference=case.reference, at=NOW)


def second_victim(cast: Cast, case: Case) -> Case:
    """Open a case of another victim of the same subject."""
    allegation = told(
        cast.analyst, at=NOW - 40 * DAY, victim_name="Ines Hale", victim_birth="1 June 1990", behaviours=["follows"]
    )
    known(cast, allegation, None, case.subject, at=NOW - 40 * DAY)
    opened = triaged(cast, allegation, at=NOW - 40 * DAY)
    advocate = cast.staff["advocate"].pk
    assign(actor=cast.coordinator, case=opened, staff=advocate, kind=RelationKind.ADVOCATE, at=NOW - 40 * DAY)
    return opened


def at_southmere(cast: Cast, **details: str) -> Subject:
    """Put somebody on record at another site."""
    person = PersonDetails(**{**HIM, **details})
    return people.register_subject(actor=cast.olu, site="southmere", told=person, at=NOW)


def agree(cast: Cast, compartments: frozenset[Compartment] = frozenset(), ends_on: date = date(2028, 1, 1)) -> None:
    """Let Northmoor's police learn from Southmere that a record exists, and what `compartments` open besides."""
    access.sign_agreement(
        actor=access.first_administrator(at=NOW),
        site="southmere",
        partner="northmoor-police",
        compartments=compartments,
        starts_on=date(2026, 1, 1),
        ends_on=ends_on,
        review_on=date(2026, 12, 31),
        at=NOW,
    )


# ---- across victims -----------------------------------------------------------------------------------------------


def test_every_act_of_a_long_course_is_counted(cast: Cast) -> None:
    """The page said "2,000 acts from … to …" of a course that began before the oldest of these."""
    case = case_of(cast)
    first, many = case.opened_at, 2_001
    CaseAct.objects.unscoped("test").filter(case=case).update(happened_at=first)
    long_course(case, many, newest=NOW)
    course = about(cast, case).course
    assert (course.acts, course.first_at) == (many + 1, first)


def test_the_pattern_is_counted_over_all_his_victims(cast: Cast) -> None:
    case = case_of(cast)
    other = second_victim(cast, case)
    further_act(cast, case, at=NOW - 2 * DAY, behaviours=["follows"])
    page = about(cast, case)
    assert (page.course.acts, page.victims) == (3, 2)
    assert dict(page.course.kinds) == {"contacts": 1, "follows": 2}
    assert {one.reference: one.this for one in page.cases} == {case.reference: True, other.reference: False}


def test_what_binds_him_in_any_case_is_read_aloud_with_what_a_breach_means(cast: Cast) -> None:
    case = case_of(cast)
    other = second_victim(cast, case)
    served(cast, other, expires_on=date(2027, 1, 14))
    orders.record_order(
        actor=cast.officer,
        case=case,
        kind=OrderKind.BAIL,
        conditions=[ConditionDraft(ConditionKind.REQUIREMENT, "You must sleep at your own address.")],
        details=StepDetails(expires_on=date(2026, 12, 9)),
        at=NOW,
    )
    said = {one.kind: one for one in about(cast, case).binding}
    assert said[OrderKind.BAIL].must == ("You must sleep at your own address.",)
    assert "not itself an offence" in said[OrderKind.BAIL].if_broken
    assert ("the police", "pre-charge bail conditions, 1 requirement") in [
        (one.who, one.how) for one in about(cast, case).supervised
    ]
    assert said[OrderKind.SPO_INTERIM].must_not[0] == "You must not contact her, directly or through others."
    assert said[OrderKind.SPO_INTERIM].reference == other.reference


def test_the_contact_plan_holds_what_concerns_him_and_not_her_safety_plan(cast: Cast) -> None:
    case = case_of(cast)
    for strand, what in ((Strand.LEGAL, "Visit him at home."), (Strand.VICTIM_SAFETY, "Change her locks.")):
        plan.open_action(
            actor=cast.officer,
            case=case,
            strand=strand,
            what=what,
            owner_partner="northmoor-police",
            due_on=date(2026, 11, 25),
            at=NOW,
        )
    plan.open_action(
        actor=cast.officer,
        case=case,
        strand=Strand.LEGAL,
        kind=MeasureKind.SEARCH,
        what="Look for the knife before he drives to Wetherby.",
        owner_partner="northmoor-police",
        due_on=date(2026, 11, 26),
        at=NOW,
    )
    said = [(one.what, one.overdue) for one in about(cast, case).planned]
    assert said == [("legal step", False), ("search", False)], "by its kind, in no words that a colleague typed"


def test_who_has_him_in_hand_is_said_beyond_bail_and_licence(cast: Cast) -> None:
    case = case_of(cast)
    other = second_victim(cast, case)
    served(cast, other, expires_on=date(2027, 1, 14))
    orders.record_custody(actor=cast.officer, case=case, kind=CustodyKind.HOSPITAL, held_from=NOW - 2 * DAY, at=NOW)
    plan.begin_intervention(
        actor=cast.outreach,
        case=case,
        strand=Strand.SOCIAL,
        kind=MeasureKind.HOUSING,
        goals=["A tenancy"],
        at=NOW - DAY,
    )
    said = [(one.who, one.how, one.until, one.reference) for one in about(cast, case).supervised]
    assert said == [
        ("the hospital", "detained in hospital", None, case.reference),
        ("the police", "interim stalking protection order, 1 requirement", date(2027, 1, 14), other.reference),
        ("outreach", "housing", None, case.reference),
        ("Officer", "officer in the case", None, case.reference),
    ]


def test_what_worked_counts_orders_without_a_breach_and_the_quiet_after_service(cast: Cast) -> None:
    case = case_of(cast)
    breached(cast, served(cast, case))
    served(cast, case, at=NOW - 10 * DAY)
    page = about(cast, case)
    assert [(one.kind, one.orders, one.broken) for one in page.kept] == [(OrderKind.SPO_INTERIM, 2, 1)]
    assert page.quiet == ((OrderKind.SPO_INTERIM, 19), (OrderKind.SPO_INTERIM, 9))


def test_a_walled_case_is_counted_nowhere(cast: Cast) -> None:
    case = case_of(cast)
    other = second_victim(cast, case)
    served(cast, other)
    access.declare_conflict(actor=cast.second_officer, files=[other.pk], at=NOW)
    page = about(cast, case, "second_officer")
    assert (page.course.acts, page.victims, page.binding, len(page.cases)) == (1, 1, (), 1)


@pytest.mark.parametrize("name", ["olu", "station_officer"])
def test_another_site_gets_nothing(cast: Cast, name: str) -> None:
    case = case_of(cast)
    with pytest.raises(NotFound):
        about(cast, case, name)


def test_a_subject_whom_nobody_can_name_has_the_same_page(cast: Cast) -> None:
    """F15: somebody unknown is a subject all the same."""
    case_of(cast)
    nobody = told(cast.analyst, at=NOW, subject_name="", subject_birth="", subject_phone="", victim_name="Ines Hale")
    cases.confirm_match(actor=cast.analyst, allegation=nobody, part=Part.VICTIM, victim=None, at=NOW)
    page = about(cast, triaged(cast, nobody))
    assert (page.card.known, page.course.acts, len(page.cases)) == (False, 1, 1)


# ---- across sites -------------------------------------------------------------------------------------------------


def test_without_an_agreement_another_sites_record_does_not_exist(cast: Cast) -> None:
    case = case_of(cast)
    at_southmere(cast)
    assert about(cast, case).elsewhere == ()


def test_an_agreement_that_opens_nothing_tells_that_a_record_exists_and_whom_to_ask(cast: Cast) -> None:
    """F9: the force next door has known him for years."""
    case = case_of(cast)
    at_southmere(cast)
    agree(cast)
    (one,) = about(cast, case).elsewhere
    assert (one.site, one.ask, one.because) == ("Southmere", "Southmere Police", "same name, same day of birth")
    assert one.possible, "nobody has confirmed that they are one person"


@pytest.mark.parametrize(
    ("other", "because"),
    [
        ({"name": "Dene Marlowe"}, "sounds or is spelt alike, same day of birth"),
        ({"name": "Marlow, Dean"}, "same name, same day of birth"),
        ({"name": "Déan Márlow"}, "same name, same day of birth"),
        ({"birth": "2 November 1979"}, "same name, day and month swapped"),
        ({"birth": "12/02/1979"}, "same name, one digit differs"),
    ],
)
def test_names_and_days_between_forces_are_compared_as_at_the_desk(
    cast: Cast, other: dict[str, str], because: str
) -> None:
    case = case_of(cast)
    at_southmere(cast, phone="", **other)
    agree(cast)
    assert [(one.site, one.because, one.possible) for one in about(cast, case).elsewhere] == [
        ("Southmere", because, True)
    ]


def test_a_case_there_of_the_same_record_is_more_than_possible(cast: Cast) -> None:
    case = case_of(cast)
    other = second_victim(cast, case)
    Case.objects.unscoped("test").filter(pk=other.pk).update(site="southmere")
    Grant.objects.filter(file=other.pk).delete()
    agree(cast)
    assert [(one.because, one.possible) for one in about(cast, case).elsewhere] == [("a case about this record", False)]


def test_without_an_agreement_the_page_asks_the_same_whatever_another_force_holds(
    cast: Cast, django_assert_num_queries: object
) -> None:
    """Not by a count nor by the time that an answer takes."""
    case, officer = case_of(cast), cast.officer
    with CaptureQueriesContext(connection) as alone:
        queries.subject_across(actor=officer, reference=case.reference, at=NOW)
    at_southmere(cast)
    at_southmere(cast, name="Dene Marlow")
    with django_assert_num_queries(len(alone)):  # type: ignore[operator]
        queries.subject_across(actor=officer, reference=case.reference, at=NOW)


def test_a_number_in_common_is_enough_for_somebody_under_another_name(cast: Cast) -> None:
    case = case_of(cast)
    at_southmere(cast, name="Dino Marley", birth="")
    agree(cast)
    assert [one.because for one in about(cast, case).elsewhere] == ["a number, mailbox or account in common"]


def test_a_number_that_was_withdrawn_is_in_common_with_nobody(cast: Cast) -> None:
    case = case_of(cast)
    at_southmere(cast, name="Dino Marley", birth="")
    agree(cast)
    mark = SubjectMark.objects.unscoped("test").get(subject=case.subject, kind="phone")
    people.withdraw_mark(actor=cast.analyst, subject=case.subject, mark=mark.pk, reason="His mother's.", at=NOW)
    assert about(cast, case).elsewhere == ()


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Dean Marlow", "birth": "3 August 1990", "phone": ""},
        {"name": "Dean Marlow", "birth": "", "phone": ""},
        {"name": "Otto Reed", "phone": ""},
    ],
)
def test_a_name_alone_or_a_birthday_alone_is_not_the_same_person(cast: Cast, other: dict[str, str]) -> None:
    case = case_of(cast)
    at_southmere(cast, **other)
    agree(cast)
    assert about(cast, case).elsewhere == ()


def test_an_agreement_that_ended_tells_nothing(cast: Cast) -> None:
    case = case_of(cast)
    at_southmere(cast)
    agree(cast, ends_on=date(2026, 11, 23))
    assert about(cast, case).elsewhere == ()


def test_an_agreement_with_another_agency_tells_this_one_nothing(cast: Cast) -> None:
    case = case_of(cast)
    at_southmere(cast)
    agree(cast)
    assert about(cast, case, "clinician").elsewhere == ()


def test_a_wall_around_the_other_record_closes_even_its_existence(cast: Cast) -> None:
    case = case_of(cast)
    record = at_southmere(cast)
    agree(cast, TEAM_COMPARTMENTS)
    access.declare_conflict(actor=cast.second_officer, files=[record.pk], at=NOW)
    assert about(cast, case).elsewhere
    assert about(cast, case, "second_officer").elsewhere == ()


# ---- what it costs and shows ----------------------------------------------------------------------------------------


def test_the_page_costs_the_same_however_much_he_did(cast: Cast, django_assert_num_queries: object) -> None:
    case = case_of(cast)
    agree(cast)
    at_southmere(cast)
    served(cast, case)
    officer = cast.officer
    about(cast, case)
    with django_assert_num_queries(COSTS):  # type: ignore[operator]
        queries.subject_across(actor=officer, reference=case.reference, at=NOW)
    for _ in range(2):
        further_act(cast, case, at=NOW - DAY)
        breached(cast, served(cast, case))
    second_victim(cast, case)
    with django_assert_num_queries(COSTS):  # type: ignore[operator]
        queries.subject_across(actor=officer, reference=case.reference, at=NOW)


#: The header and his record 23, cases, whereabouts 4, acts, orders, sessions, existence elsewhere 11,
#: 3 more for each further site that tells, who has him in hand 2, the rest and the log.
COSTS = 58


def test_a_level_is_shown_only_where_the_risk_is_open(cast: Cast) -> None:
    case = case_of(cast)
    Case.objects.unscoped("test").filter(pk=case.pk).update(level=Level.HIGH)
    assert [one.level for one in about(cast, case).cases] == [Level.HIGH]
    assert [one.level for one in about(cast, case, "clinician").cases] == [Level.HIGH]
