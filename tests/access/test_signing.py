"""Who may be the second of two people: another natural person, who works here, vouched for long enough ago."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from fourfold.access import queries, signatories, signing
from fourfold.access import services as access
from fourfold.access.models import Account, Membership, Staff, Wall
from fourfold.access.signing import Signatory
from fourfold.access.terms import CannotWall, NotFound, Refused, WallKind
from fourfold.assessment import services as assessments
from fourfold.assessment.models import SecondSignature, SignatureAsked
from fourfold.assessment.queries.signatures import signature_held
from fourfold.assessment.terms import CannotRecord
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import CannotStep, Level, SetBy
from fourfold.orders import services as orders
from fourfold.orders.terms import CannotOrder
from fourfold.people import services as people
from fourfold.support import services as support
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, give_account, hire
from tests.orders.builders import case_of as case_with_order
from tests.orders.builders import made as made_order
from tests.support.builders import NOON, case_of
from tests.web.conftest import PASSWORD, SECRET

ONE, OTHER = Signatory(uuid4(), "police"), Signatory(uuid4(), "police")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("second", "asked", "said"),
    [
        (OTHER, {}, None),
        (ONE, {}, signing.SAME),
        (replace(OTHER, person=ONE.person, partner="nhs"), {}, signing.SAME),
        (ONE, {"same": "Not you."}, "Not you."),
        (replace(OTHER, stands=False), {}, signing.NOT_YET.format(3)),
        (replace(OTHER, works_here=False), {}, signing.NOBODY),
        (replace(OTHER, works_here=False, stands=False), {}, signing.NOBODY),
        (OTHER, {"agency": "police"}, None),
        (OTHER, {"agency": "nhs"}, "Somebody else of the same agency must do this."),
        (OTHER, {"not_agency": "police"}, signing.ANOTHER_AGENCY),
        (replace(OTHER, partner="nhs"), {"not_agency": "police"}, None),
    ],
)
def test_who_may_be_the_second(second: Signatory, asked: dict[str, str], said: str | None) -> None:
    assert signing.why_not_second(ONE, second, wait_days=3, **asked) == said


@pytest.mark.parametrize(
    ("days", "stands"), [(None, False), (-1, False), (0, False), (2.99, False), (3, True), (99, True)]
)
def test_an_account_stands_when_the_wait_after_the_vouching_is_over(days: float | None, stands: bool) -> None:
    vouched_at = None if days is None else NOW - days * DAY
    assert signing.stands_at(vouched_at, wait_days=3, at=NOW) is stands


def twins(cast: Cast, one: str, other: str) -> None:
    """Let two of the cast be one natural person who is on record twice."""
    Staff.objects.filter(pk=cast.staff[other].pk).update(person=cast.staff[one].pk)
    cast.staff[other].refresh_from_db()


CLOSED = {"suspended": {"is_active": False}, "recovered": {"vouched_at": None}}


def closed(cast: Cast, name: str, how: str) -> None:
    """Let the one account of somebody be suspended, or given a new way in that nobody has vouched for."""
    account = give_account(cast, name, PASSWORD, SECRET)
    Account.objects.filter(pk=account.pk).update(**CLOSED[how])


def countersigned_level(cast: Cast, second: Actor) -> None:
    case = open_case(cast)
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW)
    countersigned(cast, case, second)


def countersigned(cast: Cast, case: Case, second: Actor) -> None:
    cases.set_level(
        actor=cast.officer,
        case=case,
        level=Level.LOW,
        set_in=SetBy.PROFESSIONAL,
        reason="Three months without an act.",
        countersigned_by=second,
        at=NOW + HOUR,
    )


def stepped_down(cast: Cast, second: Actor) -> None:
    cases.step_down(
        actor=cast.officer,
        case=open_case(cast),
        reason="Three months without an act.",
        victim_told_at=NOW + 99 * DAY,
        countersigned_by=second,
        at=NOW + 100 * DAY,
    )


def lifted_wall(cast: Cast, second: Actor) -> None:
    case = open_case(cast)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.analyst.staff, at=NOW, reason="A cousin.")
    access.lift_wall(actor=cast.governance, wall=Wall.objects.filter(file=case.pk).get(), second=second, at=NOW)


@pytest.mark.parametrize(
    ("does", "first", "second"),
    [
        (countersigned_level, "officer", "second_officer"),
        (stepped_down, "officer", "second_officer"),
        (lifted_wall, "governance", "second_governance"),
    ],
)
@pytest.mark.parametrize("how", ["twin", "new", "left", "suspended", "recovered", None])
def test_no_door_takes_a_second_who_is_no_second(
    cast: Cast, does: Callable[[Cast, Actor], None], first: str, second: str, how: str | None
) -> None:
    row = cast.staff[second]
    if how == "twin":
        twins(cast, first, second)
    elif how == "new":
        row.vouched_at = NOW + 99 * DAY
        row.save()
    elif how in CLOSED:
        closed(cast, second, how)
    actor = cast.actor(second, at=NOW + 100 * DAY if does is stepped_down else NOW)
    if how == "left":  # signed before, left since
        Staff.objects.filter(pk=row.pk).update(active=False)
    if how is None:
        does(cast, actor)
        return
    with pytest.raises((CannotStep, CannotWall, NotFound, Refused)):
        does(cast, actor)


@pytest.mark.parametrize("how", CLOSED)
def test_the_yes_of_whose_account_has_closed_since_opens_no_sealed_address(cast: Cast, how: str) -> None:
    case = case_of(cast)
    support.keep_address(actor=cast.advocate, case=case, address="Flat 2, 9 Invented Mews", at=NOON)
    give_account(cast, "second_advocate", PASSWORD, SECRET)
    why = "She did not answer and was taken to hospital."
    asked = people.ask_for_safe_address(actor=cast.advocate, case_file=case.pk, victim=case.victim, reason=why, at=NOON)
    people.answer_for_safe_address(actor=cast.second_advocate, asked=asked, given=True, at=NOON)
    closed(cast, "second_advocate", how)
    with pytest.raises(Refused):
        people.reveal_safe_address(actor=cast.advocate, asked=asked, at=NOON)
    Account.objects.update(is_active=True, vouched_at=NOW - 99 * DAY)
    assert people.reveal_safe_address(actor=cast.advocate, asked=asked, at=NOON) == "Flat 2, 9 Invented Mews"


@pytest.mark.parametrize("how", CLOSED)
def test_the_word_of_whose_account_has_closed_since_lifts_no_wall(cast: Cast, how: str) -> None:
    file = uuid4()
    access.set_wall(actor=cast.governance, files=[file], staff=cast.officer.staff, at=NOW, kind=WallKind.PROVISIONAL)
    wall = Wall.objects.get(file=file)
    give_account(cast, "second_governance", PASSWORD, SECRET)
    access.say_of_wall(actor=cast.second_governance, wall=wall.pk, lifts=True, reason="No kin.", at=NOW)
    closed(cast, "second_governance", how)
    access.say_of_wall(actor=cast.governance, wall=wall.pk, lifts=True, reason="No kin.", at=NOW)
    wall.refresh_from_db()
    assert wall.until_at is None


@pytest.mark.parametrize("how", CLOSED)
def test_the_signature_of_whose_account_has_closed_since_lowers_no_level(cast: Cast, how: str) -> None:
    case = open_case(cast)
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW)
    held = queries.held_by(cast.officer, "entered", at=NOW)
    asked = SignatureAsked.objects.create(case=case, level=Level.LOW, reason="Three months without an act.", **held)
    signed = queries.held_by(cast.second_officer, "entered", at=NOW + HOUR)
    SecondSignature.objects.create(asked=asked, given=True, **signed)

    closed(cast, "second_officer", how)
    assert signature_held(actor=cast.officer, case_id=case.pk, level=Level.LOW, at=NOW + HOUR) is None
    with pytest.raises((CannotStep, NotFound)):
        countersigned(cast, case, cast.actor("second_officer", at=NOW + HOUR))
    Account.objects.update(is_active=True, vouched_at=NOW - 99 * DAY)
    kept = signature_held(actor=cast.officer, case_id=case.pk, level=Level.LOW, at=NOW + HOUR)
    assert kept is not None
    countersigned(cast, case, kept.by)


def test_of_two_accounts_one_that_is_open_and_vouched_for_is_enough(cast: Cast) -> None:
    closed(cast, "officer", "suspended")
    assert (cast.officer.active, cast.officer.vouched) == (False, False)
    other = Account.objects.create(staff=cast.staff["officer"], email="other@demo.invalid")
    assert (cast.officer.active, cast.officer.vouched) == (True, False), "what is closed does not vouch for what is new"
    Account.objects.filter(pk=other.pk).update(vouched_at=NOW - 99 * DAY)
    assert (cast.officer.active, cast.officer.vouched) == (True, True)


def test_every_record_of_one_person_is_found_from_any_of_them(cast: Cast) -> None:
    twins(cast, "officer", "advocate")
    twins(cast, "officer", "chair")
    every = {cast.staff[name].pk for name in ("officer", "advocate", "chair")}
    for pk in every:
        assert set(signatories.records_of_person(pk).values_list("pk", flat=True)) == every
    assert signatories.acted_as(cast.advocate, [cast.officer.staff]) == cast.officer.staff
    assert signatories.acted_as(cast.clinician, [cast.officer.staff]) == cast.clinician.staff


def test_who_is_not_vouched_for_holds_no_permission_and_opens_no_file(cast: Cast) -> None:
    from fourfold.access.roles import ROLES
    from fourfold.access.scoping import may_open_files
    from fourfold.access.terms import Role

    new = hire("Noel Newcomer", "northmoor-police", Role.POLICE_OFFICER, "northmoor")
    new.vouched_at = None
    noel = queries.actor_of(new, at=NOW, session="test", strength="password+totp", purpose="casework")
    assert not any(queries.may(noel, permission) for permission in ROLES[Role.POLICE_OFFICER].permissions)
    assert not may_open_files(noel)


def test_no_training_date_is_no_training(cast: Cast) -> None:
    from fourfold.access.scoping import may_open_files

    officer = cast.staff["officer"]
    assert cast.officer.trained
    officer.trained_until = None
    assert not cast.officer.trained
    assert not may_open_files(cast.officer)


GONE = {
    "dismissed": lambda cast: Staff.objects.filter(pk=cast.staff["officer"].pk).update(active=False),
    "suspended": lambda cast: closed(cast, "officer", "suspended"),
    "recovered": lambda cast: closed(cast, "officer", "recovered"),
    "without a part": lambda cast: Membership.objects.filter(staff=cast.staff["officer"]).update(until_at=NOW + DAY),
}


def asked_step_down(cast: Cast) -> Callable[[bool, datetime], object]:
    asked = cases.ask_step_down(
        actor=cast.officer, case=open_case(cast), reason="Quiet.", victim_told_at=NOW + 99 * DAY, at=NOW + 100 * DAY
    )
    return lambda yes, at: cases.answer_step_down(actor=cast.chair, asked=asked, signs=yes, because="No.", at=at)


def asked_level(cast: Cast) -> Callable[[bool, datetime], object]:
    case = open_case(cast)
    asked = assessments.ask_signature(
        actor=cast.officer, case=case, level=Level.LOW, reason="Quiet.", at=NOW + 100 * DAY
    )
    return lambda yes, at: assessments.answer_signature(
        actor=cast.second_officer, asked=asked, given=yes, words="No.", at=at
    )


def asked_untold(cast: Cast) -> Callable[[bool, datetime], object]:
    order = made_order(cast, case_with_order(cast))
    asked = orders.ask_to_serve_untold(actor=cast.officer, order=order, reason="She is away.", at=NOW + 100 * DAY)
    return lambda yes, at: orders.sign_untold(actor=cast.coordinator, asked=asked, at=at) if yes else None


REFUSED = (CannotStep, CannotRecord, CannotOrder)


@pytest.mark.parametrize("ask", [asked_step_down, asked_level, asked_untold])
@pytest.mark.parametrize("how", GONE)
def test_what_somebody_asked_for_who_has_left_since_nobody_signs(
    cast: Cast, ask: Callable[[Cast], Callable[[bool, datetime], object]], how: str
) -> None:
    answer = ask(cast)
    GONE[how](cast)
    with pytest.raises(REFUSED, match="no longer works here"):
        answer(True, NOW + 101 * DAY)
    answer(False, NOW + 101 * DAY)


@pytest.mark.parametrize("ask", [asked_step_down, asked_level, asked_untold])
def test_a_request_for_a_signature_lapses_after_seven_days(
    cast: Cast, ask: Callable[[Cast], Callable[[bool, datetime], object]]
) -> None:
    answer = ask(cast)
    with pytest.raises(REFUSED, match="more than 7 days ago"):
        answer(True, NOW + 107 * DAY + HOUR)
    answer(True, NOW + 107 * DAY)


def test_a_step_down_that_lapsed_does_not_stand_in_the_way_of_another(cast: Cast) -> None:
    case = open_case(cast)
    told = {"reason": "Quiet.", "victim_told_at": NOW + 99 * DAY}
    first = cases.ask_step_down(actor=cast.officer, case=case, at=NOW + 100 * DAY, **told)  # type: ignore[arg-type]
    cases.ask_step_down(actor=cast.second_officer, case=case, at=NOW + 108 * DAY, **told)  # type: ignore[arg-type]
    with pytest.raises(CannotStep, match="7 days"):
        cases.answer_step_down(actor=cast.chair, asked=first, signs=True, at=NOW + 108 * DAY)
