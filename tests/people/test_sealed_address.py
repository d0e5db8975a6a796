"""Where she truly is: one asks, another answers, the first opens it once and soon; for everybody else it is not there."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Membership, Relation, Staff
from fourfold.access.terms import Compartment, NotFound, Refused, RelationKind, Role, Unscoped
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.people import queries
from fourfold.people import services as people
from fourfold.people.models import AddressAnswered, AddressAsked, AddressOpened, SafeAddress
from fourfold.people.queries import messages, safe_address
from fourfold.people.rules import safe_address as rules
from fourfold.people.terms import AskState, Channel, SafeContactRule, UnsafeContact
from tests.cast import NOW, Cast
from tests.people.builders import File

pytestmark = pytest.mark.django_db

ADDRESS = "Flat 2, 9 Invented Mews, Nowhere"
REASON = "She did not answer and was taken to hospital tonight."
MINUTE = timedelta(minutes=1)
SOON = NOW + 5 * MINUTE
OTHERS = ["officer", "second_officer", "clinician", "outreach", "analyst", "chair", "coordinator", "governance"]


def keep(cast: Cast, hers: File, address: str = ADDRESS) -> SafeAddress:
    return people.keep_safe_address(
        actor=cast.advocate, case_file=hers.file, victim=hers.victim, address=address, at=NOW
    )


def ask(actor: Actor, hers: File, reason: str = REASON, at: datetime = NOW) -> AddressAsked:
    return people.ask_for_safe_address(actor=actor, case_file=hers.file, victim=hers.victim, reason=reason, at=at)


def say_yes(actor: Actor, asked: AddressAsked, at: datetime = NOW) -> AddressAnswered:
    return people.answer_for_safe_address(actor=actor, asked=asked, given=True, at=at)


def granted(cast: Cast, hers: File) -> AddressAsked:
    """Keep an address, ask for it, and let a second advocate say yes."""
    keep(cast, hers)
    asked = ask(cast.advocate, hers)
    say_yes(cast.second_advocate, asked)
    return asked


def reveal(actor: Actor, asked: AddressAsked, at: datetime = SOON) -> str:
    return people.reveal_safe_address(actor=actor, asked=asked, at=at)


def also_advocate(cast: Cast, hers: File, name: str = "second_advocate") -> None:
    """Let a second person be her named advocate too."""
    kind, staff = RelationKind.ADVOCATE, cast.staff[name].pk
    access.relate(actor=cast.coordinator, file=hers.file, staff=staff, kind=kind, at=NOW - timedelta(hours=1))


def nothing_was_opened() -> bool:
    return not AddressOpened.objects.unscoped("test").exists()


# ---- the rules ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "answered_after", "opened", "after", "state"),
    [
        (None, None, False, 0, AskState.WAITING),
        (None, None, False, 479, AskState.WAITING),
        (None, None, False, 480, AskState.LAPSED),
        (True, 400, False, 400, AskState.GRANTED),
        (True, 400, False, 414, AskState.GRANTED),
        (True, 400, False, 415, AskState.LAPSED),
        (True, 479, False, 485, AskState.GRANTED),
        (False, 10, False, 11, AskState.REFUSED),
        (False, 10, False, 900, AskState.REFUSED),
        (True, 10, True, 12, AskState.OPENED),
        (True, 10, True, 900, AskState.OPENED),
    ],
)
def test_where_a_request_stands(
    given: bool | None, answered_after: int | None, opened: bool, after: int, state: AskState
) -> None:
    """Minutes after it was asked: eight hours for an answer, fifteen minutes from a yes, and opened once."""
    answered_at = None if answered_after is None else NOW + answered_after * MINUTE
    opened_at = NOW + 11 * MINUTE if opened else None
    assert rules.state_of(NOW, given, answered_at, opened_at, NOW + after * MINUTE) is state


@given(st.sampled_from([None, False, True]), st.integers(0, 2000), st.integers(0, 3000), st.booleans())
def test_nothing_opens_without_a_yes_of_the_last_fifteen_minutes(
    said: bool | None, answered_after: int, later: int, opened: bool
) -> None:
    answered_at = None if said is None else NOW + answered_after * MINUTE
    at = (answered_at or NOW) + later * MINUTE
    state = rules.state_of(NOW, said, answered_at, at if opened else None, at)
    opens = rules.why_not_open(state=state, mine=True) is None
    assert opens == (said is True and later < 15 and not opened)
    assert rules.why_not_open(state=state, mine=False) is not None


@pytest.mark.parametrize(
    ("reason", "running", "refused"),
    [
        (REASON, False, False),
        (REASON, True, True),
        ("because                    x        ", False, True),
        ("   too short        ", False, True),
        ("", False, True),
    ],
)
def test_a_request_wants_a_reason_and_one_at_a_time(reason: str, running: bool, refused: bool) -> None:
    assert (rules.why_not_ask(reason=reason, running=running) is not None) is refused


@pytest.mark.parametrize(
    ("state", "same_person", "given", "words", "field"),
    [
        (AskState.WAITING, False, True, "", None),
        (AskState.WAITING, False, False, "Ring her sister first.", None),
        (AskState.WAITING, False, False, "   ", "words"),
        (AskState.WAITING, True, True, "", "given"),
        (AskState.GRANTED, False, False, "No.", "given"),
        (AskState.REFUSED, False, True, "", "given"),
        (AskState.OPENED, False, True, "", "given"),
        (AskState.LAPSED, False, True, "", "given"),
    ],
)
def test_who_may_answer_and_how(state: AskState, same_person: bool, given: bool, words: str, field: str | None) -> None:
    not_second = rules.BY_ANOTHER if same_person else None
    why = rules.why_not_answer(state=state, not_second=not_second, given=given, words=words)
    assert (why and why[0]) == field


@pytest.mark.parametrize("before", [False, True])
def test_one_person_who_is_on_record_twice_is_not_both_advocates(cast: Cast, hers: File, before: bool) -> None:
    """Whether it comes to be known before the answer or after it: the address stays sealed."""
    keep(cast, hers)
    asked = ask(cast.advocate, hers)
    if not before:
        say_yes(cast.second_advocate, asked)
    twin = cast.staff["second_advocate"]
    Staff.objects.filter(pk=twin.pk).update(person=cast.advocate.staff)
    twin.refresh_from_db()
    if before:
        with pytest.raises(UnsafeContact, match="cannot approve this yourself"):
            say_yes(cast.second_advocate, asked)
    with pytest.raises((Refused, UnsafeContact)):
        reveal(cast.advocate, asked)
    assert nothing_was_opened()


@pytest.mark.parametrize("days", [None, 0, 2])
def test_a_new_advocate_answers_no_request_before_the_agency_has_vouched_and_three_days_passed(
    cast: Cast, hers: File, days: int | None
) -> None:
    keep(cast, hers)
    asked = ask(cast.advocate, hers)
    new = cast.staff["second_advocate"]
    Staff.objects.filter(pk=new.pk).update(vouched_at=None if days is None else NOW - timedelta(days=days))
    new.refresh_from_db()
    with pytest.raises(NotFound):
        say_yes(cast.second_advocate, asked)
    new.vouched_at = NOW - timedelta(days=3)
    new.save()
    say_yes(cast.second_advocate, asked)
    assert reveal(cast.advocate, asked) == ADDRESS


# ---- sealing ------------------------------------------------------------------------------------------------------


def test_the_address_is_sealed_with_a_key_that_is_not_in_the_database(cast: Cast, hers: File) -> None:
    kept = keep(cast, hers)
    assert "Invented" not in kept.sealed
    assert kept.sealed.startswith("seal.1:")


def test_an_empty_address_is_refused_by_name(cast: Cast, hers: File) -> None:
    with pytest.raises(UnsafeContact) as fault:
        keep(cast, hers, "  ")
    assert fault.value.field == "address"


def test_a_sealed_address_opens_only_in_its_own_place(cast: Cast, hers: File) -> None:
    from fourfold.gateways.keyring import CannotOpen

    asked = granted(cast, hers)
    second = keep(cast, hers, "Somewhere else")
    second.sealed = SafeAddress.objects.unscoped("test").exclude(pk=second.pk).get().sealed
    second.recorded_at = NOW + timedelta(hours=1)
    second.save()
    with pytest.raises(CannotOpen):
        reveal(cast.advocate, asked)
    assert nothing_was_opened(), "what could not be read does not count as the one opening"


# ---- two people ---------------------------------------------------------------------------------------------------


def test_one_asks_another_says_yes_and_the_first_opens_it(cast: Cast, hers: File) -> None:
    asked = granted(cast, hers)
    assert reveal(cast.advocate, asked) == ADDRESS
    entry = Entry.objects.latest("seq")
    body = json.loads(entry.body)
    assert (entry.action, entry.operation) == ("safe_address.revealed", "disclosure")
    assert body["more"]["second"] == str(cast.staff["second_advocate"].pk)
    assert "hospital" not in entry.body
    opened = AddressOpened.objects.unscoped("test").get()
    assert (opened.asked_id, opened.recorded_by, opened.recorded_at) == (asked.pk, cast.advocate.staff, SOON)
    assert opened.address == SafeAddress.objects.unscoped("test").get()
    actions = Entry.objects.filter(action__startswith="safe_address.").order_by("seq").values_list("action", flat=True)
    assert list(actions) == [f"safe_address.{step}" for step in ("kept", "asked", "answered", "revealed")]
    assert audit_queries.verify().clean


def test_the_newest_address_is_opened(cast: Cast, hers: File) -> None:
    asked = granted(cast, hers)
    people.keep_safe_address(
        actor=cast.advocate, case_file=hers.file, victim=hers.victim, address="She moved tonight", at=NOW + MINUTE
    )
    assert reveal(cast.advocate, asked) == "She moved tonight"


def test_it_opens_once(cast: Cast, hers: File) -> None:
    asked = granted(cast, hers)
    reveal(cast.advocate, asked)
    with pytest.raises(UnsafeContact, match="already been opened on this request"):
        reveal(cast.advocate, asked)
    assert AddressOpened.objects.unscoped("test").count() == 1


def test_of_two_openings_at_once_the_table_takes_one(cast: Cast, hers: File, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when both have read that nothing was opened yet."""
    asked = granted(cast, hers)
    reveal(cast.advocate, asked)
    monkeypatch.setattr(safe_address, "state_of", lambda row, at: AskState.GRANTED)
    with pytest.raises(UnsafeContact, match="already been opened on this request"):
        reveal(cast.advocate, asked)
    monkeypatch.setattr(safe_address, "state_of", lambda row, at: AskState.WAITING)
    with pytest.raises(UnsafeContact, match="already been answered"):
        say_yes(cast.second_advocate, asked)
    assert audit_queries.verify().clean


@pytest.mark.parametrize(
    ("given", "at", "words"),
    [
        (None, SOON, "No colleague has answered"),
        (False, SOON, "said no"),
        (True, NOW + 15 * MINUTE, "has run out"),
    ],
    ids=["unanswered", "refused", "expired"],
)
def test_without_a_yes_of_just_now_it_stays_shut(
    cast: Cast, hers: File, given: bool | None, at: datetime, words: str
) -> None:
    keep(cast, hers)
    asked = ask(cast.advocate, hers)
    if given is not None:
        people.answer_for_safe_address(
            actor=cast.second_advocate, asked=asked, given=given, words="Ring her sister first.", at=NOW
        )
    with pytest.raises(UnsafeContact, match=words) as fault:
        reveal(cast.advocate, asked, at)
    assert fault.value.field == "opening"
    assert nothing_was_opened()


def test_nobody_is_both(cast: Cast, hers: File) -> None:
    keep(cast, hers)
    asked = ask(cast.advocate, hers)
    with pytest.raises(UnsafeContact) as fault:
        say_yes(cast.advocate, asked)
    assert fault.value.field == "given"
    with pytest.raises(UnsafeContact):
        reveal(cast.advocate, asked)
    assert nothing_was_opened()


def test_who_said_yes_does_not_open_it(cast: Cast, hers: File) -> None:
    """Not even where both are her named advocates."""
    also_advocate(cast, hers)
    asked = granted(cast, hers)
    with pytest.raises(UnsafeContact, match="Only the advocate who asked"):
        reveal(cast.second_advocate, asked)


def test_a_no_has_words_which_the_one_who_asked_reads(cast: Cast, hers: File) -> None:
    keep(cast, hers)
    asked = ask(cast.advocate, hers)
    answer = {"actor": cast.second_advocate, "asked": asked, "given": False, "at": NOW}
    with pytest.raises(UnsafeContact) as fault:
        people.answer_for_safe_address(**answer)  # type: ignore[arg-type]
    assert fault.value.field == "words"
    people.answer_for_safe_address(**answer, words="Ring her sister first.")  # type: ignore[arg-type]
    shown = safe_address.address_asked(actor=cast.advocate, file=hers.file, asked=asked.pk, at=NOW)
    assert (shown.state, shown.words, shown.answered_by) == (
        AskState.REFUSED,
        "Ring her sister first.",
        "Second Advocate",
    )
    with pytest.raises(UnsafeContact, match="already been answered"):
        say_yes(cast.second_advocate, asked)


def test_what_was_asked_hours_ago_is_asked_again(cast: Cast, hers: File) -> None:
    keep(cast, hers)
    asked = ask(cast.advocate, hers)
    with pytest.raises(UnsafeContact, match="already"):
        ask(cast.advocate, hers)
    late = NOW + rules.ANSWERED_WITHIN
    with pytest.raises(UnsafeContact, match="expired"):
        say_yes(cast.second_advocate, asked, at=late)
    assert ask(cast.advocate, hers, at=late).pk != asked.pk


def test_where_none_was_sealed_her_advocate_is_told_so(cast: Cast, hers: File) -> None:
    with pytest.raises(UnsafeContact, match="No address is sealed"):
        ask(cast.advocate, hers)


# ---- everybody else -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*OTHERS[:-1], "second_advocate"])
def test_nobody_but_her_named_advocate_asks(cast: Cast, hers: File, name: str) -> None:
    keep(cast, hers)
    with pytest.raises(Refused):
        ask(cast.actor(name), hers)


@pytest.mark.parametrize("name", OTHERS[:-1])
def test_nobody_but_an_advocate_answers(cast: Cast, hers: File, name: str) -> None:
    keep(cast, hers)
    asked = ask(cast.advocate, hers)
    with pytest.raises(Refused):
        say_yes(cast.actor(name), asked)


def test_another_site_and_a_walled_advocate_get_404(cast: Cast, hers: File) -> None:
    keep(cast, hers)
    asked = ask(cast.advocate, hers)
    access.declare_conflict(actor=cast.second_advocate, files=[hers.file], at=NOW)
    for name in ("olu", "second_advocate", "station_officer"):
        actor = cast.actor(name)
        for act in (lambda a: ask(a, hers), lambda a: say_yes(a, asked), lambda a: reveal(a, asked)):
            with pytest.raises(NotFound):
                act(actor)
        with pytest.raises(NotFound):
            safe_address.address_asked(actor=actor, file=hers.file, asked=asked.pk, at=NOW)
        assert safe_address.addresses_to_act_on(actor=actor, at=NOW) == ()


def test_an_advocate_of_another_unit_who_is_an_officer_here_is_no_second_advocate(cast: Cast, hers: File) -> None:
    """The permission counts where the victim is, not anywhere."""
    Membership.objects.create(
        staff=cast.staff["second_officer"], role=Role.VICTIM_ADVOCATE, site="southmere", from_at=NOW - timedelta(days=9)
    )
    keep(cast, hers)
    asked = ask(cast.advocate, hers)
    with pytest.raises(Refused):
        say_yes(cast.second_officer, asked)
    assert safe_address.addresses_to_act_on(actor=cast.second_officer, at=NOW) == ()


@pytest.mark.parametrize("ends", ["wall", "role", "account"])
def test_a_yes_ends_with_the_right_to_give_it(cast: Cast, hers: File, ends: str) -> None:
    asked = granted(cast, hers)
    if ends == "wall":
        access.declare_conflict(actor=cast.second_advocate, files=[hers.file], at=NOW)
    elif ends == "role":
        Membership.objects.filter(staff=cast.staff["second_advocate"]).update(until_at=NOW)
    else:
        cast.staff["second_advocate"].active = False
        cast.staff["second_advocate"].save()
    with pytest.raises(Refused):
        reveal(cast.advocate, asked)
    assert nothing_was_opened()


def test_who_is_her_advocate_no_longer_opens_nothing(cast: Cast, hers: File) -> None:
    asked = granted(cast, hers)
    Relation.objects.filter(staff=cast.staff["advocate"]).update(until_at=NOW)
    with pytest.raises(Refused):
        reveal(cast.advocate, asked)


# ---- what is shown ------------------------------------------------------------------------------------------------


def test_a_request_stands_on_the_list_of_whoever_may_answer_and_then_of_the_one_who_asked(
    cast: Cast, hers: File, django_assert_max_num_queries: Any
) -> None:
    keep(cast, hers)
    asked = ask(cast.advocate, hers)

    def waiting(name: str, at: datetime = NOW) -> list[Any]:
        return [one.id for one in safe_address.addresses_to_act_on(actor=cast.actor(name), at=at)]

    assert (waiting("advocate"), waiting("second_advocate")) == ([], [asked.pk])
    say_yes(cast.second_advocate, asked)
    assert (waiting("advocate"), waiting("second_advocate")) == ([asked.pk], [])
    assert waiting("advocate", NOW + 15 * MINUTE) == []
    second = cast.second_advocate
    with django_assert_max_num_queries(2):
        safe_address.addresses_to_act_on(actor=second, at=NOW)
    reveal(cast.advocate, asked)
    assert waiting("advocate") == []
    for name in OTHERS:
        assert waiting(name) == []


def test_every_request_and_what_became_of_it_stays_on_record_for_her_advocate_alone(cast: Cast, hers: File) -> None:
    asked = granted(cast, hers)
    reveal(cast.advocate, asked)

    def read(name: str) -> tuple[Any, ...]:
        actor = cast.actor(name)
        return safe_address.addresses_asked(
            actor=actor, opened=access_queries.opened(actor, hers.file, at=NOW), at=NOW + timedelta(days=30)
        )

    (one,) = read("advocate")
    assert (one.state, one.opened_at, one.reason) == (AskState.OPENED, SOON, REASON)
    for name in ("second_advocate", "officer", "clinician", "coordinator"):
        assert read(name) == ()


def test_no_request_is_read_by_whoever_is_no_advocate(cast: Cast, hers: File) -> None:
    keep(cast, hers)
    asked = ask(cast.advocate, hers)
    assert (
        safe_address.address_asked(actor=cast.second_advocate, file=hers.file, asked=asked.pk, at=NOW).reason == REASON
    )
    for name in OTHERS:
        with pytest.raises(NotFound):
            safe_address.address_asked(actor=cast.actor(name), file=hers.file, asked=asked.pk, at=NOW)


def test_what_others_read_does_not_change_by_a_byte_when_an_address_is_kept_and_opened(cast: Cast, hers: File) -> None:
    """F14: not the record, the search, the messages, nor what was agreed; only the log grows."""
    rule = SafeContactRule((Channel.TEXT,))
    people.agree_safe_contact(actor=cast.advocate, case_file=hers.file, victim=hers.victim, rule=rule, at=NOW)

    def read() -> list[str]:
        seen = []
        for name in ("officer", "clinician", "outreach", "coordinator", "chair", "advocate", "second_advocate"):
            actor = cast.actor(name)
            opened = access_queries.opened(actor, hers.file, at=NOW)
            seen.append(repr({**vars(queries.victim_row(hers.victim.pk, actor=actor, at=NOW)), "_state": ""}))
            seen.append(repr(queries.found("Invented Mews", actor=actor, at=NOW)))
            seen.append(repr(queries.contact.agreed_contact(opened, hers.victim.pk, actor=actor, at=NOW)))
            seen.append(repr(messages.messages_of(opened, hers.victim.pk)))
        return seen

    before = read()
    reveal(cast.advocate, granted(cast, hers))
    assert read() == before


@pytest.mark.parametrize("table", [SafeAddress, AddressAsked, AddressAnswered, AddressOpened])
def test_every_table_of_it_is_in_its_own_compartment_and_a_list_must_say_for_whom(table: Any) -> None:
    assert table.COMPARTMENT is Compartment.SAFE_ADDRESS_SEALED
    with pytest.raises(Unscoped):
        list(table.objects.all())
