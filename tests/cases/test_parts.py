"""Nobody makes themselves the officer in the case: a part that opens a case stands once somebody else of that agency says so."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from fourfold.access.models import Relation, Staff
from fourfold.access.queries import explained
from fourfold.access.terms import Access, Compartment, NotFound, RelationKind, Role
from fourfold.assessment.services import rounds
from fourfold.assessment.terms.rounds import Rater
from fourfold.audit.queries import verify
from fourfold.cases import services as cases
from fourfold.cases.models import Case, PartAsked
from fourfold.cases.queries import parts as queries
from fourfold.cases.terms import CannotStep
from fourfold.panel import services as panel
from fourfold.panel.terms import Strand
from fourfold.people.models import Victim
from fourfold.plan import services as plan
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign, hire
from tests.panel.scene import bring_before_panel

OIC, ADVOCATE = RelationKind.OIC, RelationKind.ADVOCATE
SOON = NOW + timedelta(hours=1)


@pytest.fixture
def case(cast: Cast) -> Case:
    return open_case(cast)


def asks(cast: Cast, case: Case, who: str, kind: RelationKind = OIC, by: str = "") -> PartAsked:
    """Let somebody ask for a part, for themselves unless `by` says who asks."""
    return cases.ask_part(actor=cast.actor(by or who), case=case, staff=cast.staff[who].pk, kind=kind, at=NOW)


def held(cast: Cast, case: Case, who: str) -> bool:
    return Relation.objects.filter(file=case.pk, staff=cast.staff[who]).exists()


def waits(cast: Cast, who: str) -> list[UUID]:
    return [one.id for one in queries.parts_of_the_day(actor=cast.actor(who), at=SOON) if not one.answered_at]


def told(cast: Cast, who: str) -> list[queries.PartShown | queries.EndTold]:
    return [one for one in queries.parts_of_the_day(actor=cast.actor(who), at=SOON) if one.answered_at]


@pytest.mark.door("parts")
def test_an_officer_who_asks_for_the_case_gets_nothing_before_a_colleague_confirms(cast: Cast, case: Case) -> None:
    asked = asks(cast, case, "officer")
    assert not held(cast, case, "officer")
    with pytest.raises(NotFound):
        cases.answer_part(actor=cast.advocate, asked=asked.pk, given=True, at=SOON)
    with pytest.raises(CannotStep, match="Somebody else of your agency"):
        cases.answer_part(actor=cast.officer, asked=asked.pk, given=True, at=SOON)
    assert not held(cast, case, "officer")
    cases.answer_part(actor=cast.second_officer, asked=asked.pk, given=True, at=SOON)
    assert held(cast, case, "officer")


def test_a_coordinator_gives_no_part_to_themselves(cast: Cast, case: Case) -> None:
    officer = cast.staff["coordinator"]
    officer.memberships.create(site="northmoor", role=Role.POLICE_OFFICER, from_at=NOW - timedelta(days=9))
    asked = asks(cast, case, "coordinator")
    assert asked.answered_at is None
    assert not held(cast, case, "coordinator")
    with pytest.raises(CannotStep):
        cases.assign(actor=cast.coordinator, case=case, staff=officer.pk, kind=OIC, at=NOW)
    with pytest.raises(CannotStep):
        cases.assign(
            actor=cast.coordinator, case=case, staff=officer.pk, kind=OIC, at=NOW, confirmed_by=cast.coordinator
        )
    assert not held(cast, case, "coordinator")


def test_a_coordinator_gives_a_part_to_somebody_else_of_the_same_agency_at_once(cast: Cast, case: Case) -> None:
    assert asks(cast, case, "officer", by="coordinator").given
    assert held(cast, case, "officer")


def test_an_officer_who_names_a_colleague_is_not_the_one_who_confirms(cast: Cast, case: Case) -> None:
    asked = asks(cast, case, "second_officer", by="officer")
    with pytest.raises(CannotStep):
        cases.answer_part(actor=cast.officer, asked=asked.pk, given=True, at=SOON)
    with pytest.raises(CannotStep):
        cases.answer_part(actor=cast.second_officer, asked=asked.pk, given=True, at=SOON)
    cases.answer_part(actor=cast.police_lead, asked=asked.pk, given=True, at=SOON)
    assert held(cast, case, "second_officer")


def test_one_agency_puts_nobody_of_another_on_a_case(cast: Cast, case: Case) -> None:
    asked = asks(cast, case, "advocate", ADVOCATE, by="coordinator")
    assert not held(cast, case, "advocate")
    for outsider in ("officer", "second_officer", "police_lead", "clinician", "olu"):
        with pytest.raises(NotFound):
            cases.answer_part(actor=cast.actor(outsider), asked=asked.pk, given=True, at=SOON)
    cases.answer_part(actor=cast.second_advocate, asked=asked.pk, given=True, at=SOON)
    assert held(cast, case, "advocate")


def test_one_person_under_two_names_does_not_confirm_themselves(cast: Cast, case: Case) -> None:
    Staff.objects.filter(pk=cast.staff["second_officer"].pk).update(person=cast.staff["officer"].pk)
    cast.staff["second_officer"].refresh_from_db()
    asked = asks(cast, case, "officer")
    with pytest.raises(CannotStep, match="Somebody else of your agency"):
        cases.answer_part(actor=cast.second_officer, asked=asked.pk, given=True, at=SOON)
    assert not held(cast, case, "officer")


def test_a_new_colleague_confirms_nothing_before_they_are_vouched_for(cast: Cast, case: Case) -> None:
    new = hire("Noel Newcomer", "northmoor-police", Role.POLICE_OFFICER, "northmoor")
    asked = asks(cast, case, "officer")
    cast.staff["noel"] = new
    from fourfold.access import queries as access_queries

    for vouched_at in (None, NOW - timedelta(days=2)):
        Staff.objects.filter(pk=new.pk).update(vouched_at=vouched_at)
        new.refresh_from_db()
        noel = access_queries.actor_of(new, at=SOON, session="test", strength="password+totp", purpose="casework")
        with pytest.raises(Exception, match="role does not include"):
            cases.answer_part(actor=noel, asked=asked.pk, given=True, at=SOON)
    assert not held(cast, case, "officer")


def test_what_was_refused_opens_nothing_and_can_be_asked_again(cast: Cast, case: Case) -> None:
    asked = asks(cast, case, "officer")
    with pytest.raises(CannotStep, match="asked already"):
        asks(cast, case, "officer")
    with pytest.raises(CannotStep, match="Say why not"):
        cases.answer_part(actor=cast.second_officer, asked=asked.pk, given=False, at=SOON)
    cases.answer_part(actor=cast.second_officer, asked=asked.pk, given=False, at=SOON, because="Not on shift.")
    assert not held(cast, case, "officer")
    with pytest.raises(CannotStep, match="answered this already"):
        cases.answer_part(actor=cast.second_officer, asked=asked.pk, given=True, at=SOON)
    assert asks(cast, case, "officer").answered_at is None


def test_whoever_is_kept_from_the_case_neither_sees_the_request_nor_answers_it(cast: Cast, case: Case) -> None:
    asked = asks(cast, case, "officer")
    assert waits(cast, "second_officer")
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, at=NOW, reason="A cousin.")
    assert not waits(cast, "second_officer")
    with pytest.raises(NotFound):
        cases.answer_part(actor=cast.second_officer, asked=asked.pk, given=True, at=SOON)


def test_the_people_of_the_case_and_oversight_are_told(cast: Cast, case: Case) -> None:
    assign(actor=cast.coordinator, case=case, staff=cast.staff["advocate"].pk, kind=ADVOCATE, at=NOW)
    asked = asks(cast, case, "officer")
    assert not told(cast, "advocate")
    cases.answer_part(actor=cast.second_officer, asked=asked.pk, given=True, at=SOON)
    [given] = told(cast, "advocate")
    assert (given.who, given.kind, given.answered_by) == ("Officer", OIC, "Second Officer")
    firsts = {one.who for one in queries.first_parts(actor=cast.governance, at=SOON)}
    assert firsts == {"Officer", "Advocate"}
    second = open_case(cast, victim_name="Ada Brindlecott", victim_phone="")
    asks(cast, second, "officer", by="coordinator")
    assert {one.reference for one in queries.first_parts(actor=cast.governance, at=SOON)} == {case.reference}
    assert Victim.objects.unscoped("a test").count() == 2


def test_a_bulk_gives_no_part_to_whoever_gives_it(cast: Cast, case: Case) -> None:
    found = cases.assign_many(
        actor=cast.officer, references=[case.reference], staff=cast.officer.staff, kind=OIC, at=NOW
    )
    assert [(one.why_not, one.waits) for one in found] == [(None, True)]
    assert not held(cast, case, "officer")
    assert cases.undo_assignments(actor=cast.officer, given_at=NOW, at=SOON) == 1
    assert PartAsked.objects.unscoped("a test").get().given is False


def test_a_part_that_nobody_confirmed_within_seven_days_has_lapsed_and_says_so(cast: Cast, case: Case) -> None:
    asked, week = asks(cast, case, "officer"), timedelta(days=7)
    (waiting,) = queries.parts_waiting(actor=cast.officer, case_id=case.pk, at=NOW + week)
    assert (waiting.waits_until, waiting.lapsed) == (NOW + week, False)
    queries.part_to_confirm(actor=cast.second_officer, asked=asked.pk, at=NOW + week)
    late = NOW + week + timedelta(minutes=1)
    with pytest.raises(NotFound):
        queries.part_to_confirm(actor=cast.second_officer, asked=asked.pk, at=late)
    with pytest.raises(CannotStep, match="more than 7 days ago"):
        cases.answer_part(actor=cast.second_officer, asked=asked.pk, given=True, at=late)
    assert not held(cast, case, "officer")
    assert [one.lapsed for one in queries.parts_waiting(actor=cast.officer, case_id=case.pk, at=late)] == [True]
    assert [one.refused for one in queries.parts_of_the_day(actor=cast.officer, at=late)] == [""]
    assert queries.parts_of_the_day(actor=cast.second_officer, at=late) == ()
    again = cases.ask_part(actor=cast.officer, case=case, staff=cast.staff["officer"].pk, kind=OIC, at=late)
    assert [one.refused for one in queries.parts_of_the_day(actor=cast.officer, at=late)] == ["nobody answered in time"]
    cases.answer_part(actor=cast.second_officer, asked=again.pk, given=True, at=late)
    assert held(cast, case, "officer")
    assert not [each for each in verify(every_row=True).findings if "partasked" in each.meaning]


def test_no_work_in_a_case_that_somebody_is_given_opens_more_of_it(cast: Cast, case: Case) -> None:
    """Owning an action, a seat and the lead of a round, the chair of a sitting, a consultation: none is a part in the case."""
    people = ("second_officer", "clinician", "outreach", "second_advocate", "chair")

    def opens() -> dict[str, list[tuple[object, ...]]]:
        files = (case.pk, case.victim_id, case.subject_id)
        return {
            name: [
                (file, facts.compartment, facts.side, rule)
                for file in files
                for facts, rule in explained(cast.actor(name), file, Access.READ, at=SOON)
            ]
            for name in people
        }

    before = opens()
    for name in people[:-1]:
        plan.open_action(
            actor=cast.coordinator, case=case, strand=Strand.LEGAL, what="Ask the landlord", due_on=SOON.date(),
            owner_partner=cast.staff[name].partner, owner=cast.staff[name].pk, at=NOW,
        )  # fmt: skip
    seats = [Rater("police", cast.staff["second_officer"].pk), Rater("advocacy", cast.staff["second_advocate"].pk)]
    rounds.open_round(actor=cast.second_officer, case=case, instrument="first-line", raters=seats, at=NOW)
    item = bring_before_panel(cast, case)
    panel.answer_invitation(actor=cast.actor("chair"), sitting=item.sitting, coming=True, at=NOW)
    asked = panel.ask_consultation(actor=cast.coordinator, case=case, owner="DC Park", question="May they?", at=NOW)
    panel.advise(actor=cast.clinician, consultation=asked, advice="Not yet.", at=NOW)
    cases.add_comment(actor=cast.second_officer, case=case, words="I know them.", compartment=Compartment.CORE, at=NOW)
    assert opens() == before


@pytest.mark.parametrize("kind", [RelationKind.PARTY, RelationKind.TELLER])
def test_what_stands_for_something_else_is_given_to_nobody_as_a_part(
    cast: Cast, case: Case, kind: RelationKind
) -> None:
    with pytest.raises(CannotStep):
        asks(cast, case, "officer", kind)
    with pytest.raises(CannotStep):
        asks(cast, case, "second_officer", kind, by="coordinator")


def test_a_part_is_not_confirmed_for_somebody_whom_a_wall_or_the_end_of_a_role_met_since(
    cast: Cast, case: Case
) -> None:
    walled, ended = asks(cast, case, "officer"), asks(cast, case, "advocate", ADVOCATE, by="coordinator")
    cases.wall_off(actor=cast.governance, case=case, staff=cast.officer.staff, at=NOW, reason="A cousin.")
    cast.staff["advocate"].memberships.update(until_at=NOW)
    for asked, second in ((walled, cast.second_officer), (ended, cast.second_advocate)):
        with pytest.raises(CannotStep):
            cases.answer_part(actor=second, asked=asked.pk, given=True, at=SOON)
    assert not held(cast, case, "officer")
    assert not held(cast, case, "advocate")
