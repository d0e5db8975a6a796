"""What was put on a record by mistake: withdrawn it counts no more, brought back it counts as it did, and every row stays."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from fourfold.access.terms import NotFound, Refused
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.base import new_id
from fourfold.linkage import shared_keys
from fourfold.linkage.queries.known import marks_of
from fourfold.linkage.terms import Traits
from fourfold.people import queries
from fourfold.people import services as people
from fourfold.people.models import FindingKey, MarkWithdrawn, Subject, SubjectMark, Victim, VictimReach
from fourfold.people.queries.contact import why_not_contact_now
from fourfold.people.services.search_keys import move_keys
from fourfold.people.terms import Channel, InvalidDetails, MarkKind, Part, PersonDetails
from tests.cast import NOW, Cast
from tests.people.builders import confirmed_reach, file_of

LATER = NOW + timedelta(days=1)
STILL_LATER = NOW + timedelta(days=2)
ANY = new_id()  # what was confirmed before its case was kept counts in each
HIM = PersonDetails(name="Dean Marlow", birth="11 February 1979", phone="07700 900777")
HER = PersonDetails(name="Nora Quill", birth="3 May 1985", phone="07700 900123")

#: What is typed wrongly, and what a report tells that only this leads to.
WRONG = [
    (MarkKind.PHONE, "07700 900555", Traits(marks=frozenset({(MarkKind.PHONE, "+447700900555")}))),
    (MarkKind.EMAIL, "d@example.org", Traits(marks=frozenset({(MarkKind.EMAIL, "d@example.org")}))),
    (MarkKind.VEHICLE, "AB12 CDE", Traits(marks=frozenset({(MarkKind.VEHICLE, "AB12CDE")}))),
    (MarkKind.ACCOUNT, "instagram: dean_m", Traits(marks=frozenset({(MarkKind.ACCOUNT, "dean_m")}))),
    (MarkKind.OTHER_NAME, "Ty Ash", Traits("Ty Ash")),
]


@pytest.fixture
def dean(cast: Cast) -> Subject:
    return people.register_subject(actor=cast.analyst, site="northmoor", told=HIM, at=NOW)


@pytest.fixture
def nora(cast: Cast) -> Victim:
    return people.register_victim(actor=cast.analyst, site="northmoor", told=HER, at=NOW)


def added(cast: Cast, subject: Subject, kind: MarkKind, value: str, **more: str) -> SubjectMark:
    return people.add_mark(actor=cast.analyst, subject=subject, kind=kind, value=value, at=NOW, **more)  # type: ignore[arg-type]


def withdraw(
    cast: Cast, mark: SubjectMark, *, reason: str = "Typed into the wrong record.", at: datetime = LATER
) -> MarkWithdrawn:
    return people.withdraw_mark(actor=cast.analyst, subject=mark.subject, mark=mark.pk, reason=reason, at=at)


def undo(cast: Cast, mark: SubjectMark, *, reason: str = "It is his after all.") -> MarkWithdrawn:
    return people.undo_mark_withdrawn(
        actor=cast.officer, subject=mark.subject, mark=mark.pk, reason=reason, at=STILL_LATER
    )


def found(told: Traits, part: Part = Part.SUBJECT) -> list[str]:
    return [each.name for each in shared_keys.sharing("northmoor", part, told)]


def compared(person: Subject | Victim, part: Part) -> set[tuple[MarkKind, str]]:
    """Return by what somebody is compared, by both ways that lead to it."""
    [known] = shared_keys.known(part, [person.pk])
    assert marks_of([person], part)[person.pk] == known.traits.marks
    return set(known.traits.marks)


def keys() -> set[tuple[int, int, uuid.UUID]]:
    return set(FindingKey.objects.values_list("key", "strength", "person"))


@pytest.mark.parametrize(("kind", "value", "told"), WRONG)
def test_a_mark_that_was_withdrawn_finds_nobody_and_brought_back_finds_him_as_before(
    cast: Cast, dean: Subject, kind: MarkKind, value: str, told: Traits
) -> None:
    without, by = keys(), compared(dean, Part.SUBJECT)
    mark = added(cast, dean, kind, value)
    with_it = keys()
    assert found(told) == ["Dean Marlow"]
    withdraw(cast, mark)
    assert (found(told), keys(), compared(dean, Part.SUBJECT)) == ([], without, by)
    undo(cast, mark)
    assert (found(told), keys()) == (["Dean Marlow"], with_it)
    assert compared(dean, Part.SUBJECT) == by | {(kind, mark.key)}


def test_a_key_to_which_something_else_of_his_leads_stays(cast: Cast, dean: Subject) -> None:
    told = Traits(marks=frozenset({(MarkKind.VEHICLE, "AB12CDE")}))
    marks = [added(cast, dean, MarkKind.VEHICLE, "AB12 CDE", source=source) for source in ("told", "diary")]
    for mark, left in zip(marks, (["Dean Marlow"], []), strict=True):
        withdraw(cast, mark)
        assert found(told) == left
    alias = added(cast, dean, MarkKind.OTHER_NAME, "Deen Marlow")  # sounds as his own name does
    withdraw(cast, alias)
    assert found(Traits("Dean Marlow")) == ["Dean Marlow"]


def test_the_same_number_of_another_man_still_finds_him(cast: Cast, dean: Subject) -> None:
    other = people.register_subject(actor=cast.analyst, site="northmoor", told=PersonDetails(name="Karl Obern"), at=NOW)
    mark, _ = (added(cast, each, MarkKind.VEHICLE, "AB12 CDE") for each in (dean, other))
    withdraw(cast, mark)
    assert found(Traits(marks=frozenset({(MarkKind.VEHICLE, "AB12CDE")}))) == ["Karl Obern"]


def test_keys_made_anew_and_keys_that_move_leave_out_what_was_withdrawn(cast: Cast, dean: Subject) -> None:
    withdraw(cast, added(cast, dean, MarkKind.VEHICLE, "AB12 CDE"))
    before = keys()
    people.rebuild_keys(actor=cast.analyst, at=LATER)
    assert keys() == before
    dean.site = "southmere"
    dean.save()
    move_keys(dean, "northmoor")
    assert len(keys()) == len(before)


def test_every_row_stays_with_who_when_and_why(cast: Cast, dean: Subject) -> None:
    mark = added(cast, dean, MarkKind.VEHICLE, "AB12 CDE")
    withdraw(cast, mark, reason=" The neighbour's car. ")
    undo(cast, mark, reason="He bought it.")
    withdraw(cast, mark, reason="He sold it before.", at=STILL_LATER)
    assert SubjectMark.objects.unscoped("a test").get(pk=mark.pk).value == "AB12 CDE"
    last, first = queries.withdrawals_of(Part.SUBJECT, dean.pk)
    assert (first.mark.value, first.reason, first.at, first.by) == (
        "AB12 CDE", "The neighbour's car.", LATER, cast.staff["analyst"].name,
    )  # fmt: skip
    assert (first.undone_at, first.undone_by) == (STILL_LATER, cast.staff["officer"].name)
    assert first.undone_because == "He bought it."
    assert (last.reason, last.undone_at, last.undone_by) == ("He sold it before.", None, "")
    done = Entry.objects.filter(file=dean.pk, action__startswith="mark.").order_by("seq")
    assert list(done.values_list("action", flat=True)) == [
        "mark.added", "mark.withdrawn", "mark.withdrawal_undone", "mark.withdrawn",
    ]  # fmt: skip
    assert audit_queries.verify().clean


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_withdrawn_or_brought_back_without_a_reason(cast: Cast, dean: Subject, reason: str) -> None:
    mark = added(cast, dean, MarkKind.VEHICLE, "AB12 CDE")
    for write in (withdraw, undo):
        with pytest.raises(InvalidDetails, match="Say why") as refused:
            write(cast, mark, reason=reason)
        assert refused.value.field == "reason"
    assert not MarkWithdrawn.objects.unscoped("a test").exists()


def test_the_second_to_withdraw_or_to_undo_is_told_so(cast: Cast, dean: Subject) -> None:
    mark = added(cast, dean, MarkKind.VEHICLE, "AB12 CDE")
    with pytest.raises(InvalidDetails, match="on record again already"):
        undo(cast, mark)
    withdraw(cast, mark)
    with pytest.raises(InvalidDetails, match="withdrawn already"):
        withdraw(cast, mark)
    undo(cast, mark)
    with pytest.raises(InvalidDetails, match="on record again already"):
        undo(cast, mark)


def test_a_mark_of_another_record_is_not_withdrawn_through_this_one(cast: Cast, dean: Subject) -> None:
    other = people.register_subject(actor=cast.analyst, site="northmoor", told=PersonDetails(name="Karl Obern"), at=NOW)
    mark = added(cast, other, MarkKind.VEHICLE, "AB12 CDE")
    with pytest.raises(InvalidDetails):
        people.withdraw_mark(actor=cast.analyst, subject=dean, mark=mark.pk, reason="No.", at=LATER)
    assert not MarkWithdrawn.objects.unscoped("a test").exists()


def test_what_was_withdrawn_may_be_put_on_record_anew(cast: Cast, dean: Subject) -> None:
    withdraw(cast, added(cast, dean, MarkKind.VEHICLE, "AB12 CDE"))
    added(cast, dean, MarkKind.VEHICLE, "AB12 CDE")
    assert found(Traits(marks=frozenset({(MarkKind.VEHICLE, "AB12CDE")}))) == ["Dean Marlow"]


def test_a_search_by_a_number_finds_him_no_more(cast: Cast, dean: Subject) -> None:
    mark = added(cast, dean, MarkKind.PHONE, "07700 900555")
    assert [each.name for each in queries.found("07700 900555", actor=cast.officer, at=LATER)] == ["Dean Marlow"]
    withdraw(cast, mark)
    assert queries.found("07700 900555", actor=cast.officer, at=STILL_LATER) == []


def test_her_messages_keep_away_from_a_number_that_was_withdrawn_from_his_record(cast: Cast, dean: Subject) -> None:
    """Whoever is wrong about this must not bring a message to him."""
    hers = file_of(cast).victim
    mark = added(cast, dean, MarkKind.PHONE, "07700 900111")
    before, _ = why_not_contact_now(hers.pk, Channel.TEXT, case=ANY, at=LATER, leaves_message=False)
    withdraw(cast, mark)
    after, _ = why_not_contact_now(hers.pk, Channel.TEXT, case=ANY, at=LATER, leaves_message=False)
    assert before == after is not None


REFUSED: dict[str, tuple[str, type[Exception]]] = {
    "another site": ("olu", NotFound),
    "a clinician": ("clinician", Refused),
    "an advocate": ("advocate", Refused),
    "governance": ("governance", Refused),
}


@pytest.mark.parametrize(("name", "refusal"), REFUSED.values(), ids=list(REFUSED))
def test_whoever_does_not_say_who_is_who_withdraws_nothing(
    cast: Cast, dean: Subject, name: str, refusal: type[Exception]
) -> None:
    mark = added(cast, dean, MarkKind.VEHICLE, "AB12 CDE")
    said = {"actor": cast.actor(name), "subject": dean, "mark": mark.pk, "reason": "No.", "at": LATER}
    with pytest.raises((refusal, NotFound)):
        people.withdraw_mark(**said)  # type: ignore[arg-type]
    withdraw(cast, mark)
    with pytest.raises((refusal, NotFound)):
        people.undo_mark_withdrawn(**said)  # type: ignore[arg-type]
    assert MarkWithdrawn.objects.unscoped("a test").filter(undone_at=None).count() == 1


# ---- of a victim ----------------------------------------------------------------------------------------------------

Write = Callable[..., object]


def reached(cast: Cast, victim: Victim, kind: MarkKind, value: str) -> VictimReach:
    return people.add_reach(actor=cast.analyst, victim=victim, kind=kind, value=value, at=NOW)


def say(cast: Cast, write: Write, reach: VictimReach) -> None:
    write(actor=cast.analyst, victim=reach.victim, reach=reach.pk, reason="Her sister's.", at=LATER)


@pytest.mark.parametrize(("kind", "value", "told"), WRONG)
def test_what_was_withdrawn_from_a_victims_record_finds_nobody_until_it_is_brought_back(
    cast: Cast, nora: Victim, kind: MarkKind, value: str, told: Traits
) -> None:
    without, by = keys(), compared(nora, Part.VICTIM)
    reach = reached(cast, nora, kind, value)
    with_it = keys()
    say(cast, people.withdraw_reach, reach)
    assert (found(told, Part.VICTIM), keys(), compared(nora, Part.VICTIM)) == ([], without, by)
    [withdrawn] = queries.withdrawals_of(Part.VICTIM, nora.pk)
    assert (withdrawn.mark.value, withdrawn.reason) == (value, "Her sister's.")
    say(cast, people.undo_reach_withdrawn, reach)
    assert (found(told, Part.VICTIM), keys()) == (["Nora Quill"], with_it)


def test_she_is_not_reached_by_a_number_that_was_withdrawn(cast: Cast, nora: Victim) -> None:
    def endpoint() -> str | None:
        _, reach = why_not_contact_now(nora.pk, Channel.TEXT, case=ANY, at=LATER, leaves_message=False)
        return reach and reach.value  # type: ignore[return-value]

    confirmed_reach(cast, VictimReach.objects.unscoped("a test").get(victim=nora, kind="phone"))
    wrong = confirmed_reach(cast, reached(cast, nora, MarkKind.PHONE, "07700 900999"), LATER)
    assert endpoint() == "07700 900999"
    say(cast, people.withdraw_reach, wrong)
    assert endpoint() == "07700 900123"


@pytest.mark.parametrize(("name", "refusal"), [("olu", NotFound), ("clinician", Refused), ("governance", Refused)])
def test_nobody_else_withdraws_what_is_hers(cast: Cast, nora: Victim, name: str, refusal: type[Exception]) -> None:
    reach = reached(cast, nora, MarkKind.VEHICLE, "AB12 CDE")
    for write in (people.withdraw_reach, people.undo_reach_withdrawn):
        with pytest.raises((refusal, NotFound)):
            write(actor=cast.actor(name), victim=nora, reach=reach.pk, reason="No.", at=LATER)
