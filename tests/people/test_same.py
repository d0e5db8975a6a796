"""Two records found to be one person: both stay, the stricter holds at every moment, and parting makes it as it was."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.access.models import Wall
from fourfold.access.services import say_of_wall, set_wall
from fourfold.access.terms import NotFound, Refused, WallKind
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.base import new_id
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import CannotStep
from fourfold.intake.models import Allegation
from fourfold.linkage import queries as linkage
from fourfold.people import services as people
from fourfold.people.models import SafeContact, SamePerson, Victim
from fourfold.people.queries import contact
from fourfold.people.queries.same_person import records_of
from fourfold.people.rules import contact as rules
from fourfold.people.terms import Channel, InvalidDetails, MarkKind, Part, PersonDetails, SafeContactRule
from tests.cases.builders import further_act, known, open_case, told
from tests.cast import NOW, Cast
from tests.people.builders import confirmed_reach, merged

LATER, STILL_LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
ANY = new_id()  # what was confirmed before its case was kept counts in each


def registered(cast: Cast, name: str = "Nora Quill") -> Victim:
    return people.register_victim(actor=cast.analyst, site="northmoor", told=PersonDetails(name=name), at=NOW)


def merge(cast: Cast, one: Victim, other: Victim, *, at: datetime = LATER, actor: str = "analyst") -> SamePerson:
    return merged(cast, one, other, reason="Her maiden name; she says so.", at=at, by=actor)


def part(cast: Cast, one: Victim, other: Victim, *, at: datetime = STILL_LATER) -> SamePerson:
    return cases.part_people(actor=cast.officer, one=one, other=other, reason="Two cousins.", at=at)


def first_act(case: Case) -> Allegation:
    return case.case_acts.unscoped("a test").select_related("allegation").get().allegation


def test_both_records_stay_and_which_are_one_is_known_as_of_any_moment(cast: Cast) -> None:
    one, other, third = registered(cast), registered(cast, "Nora Fairlamb"), registered(cast, "Nora Hale")
    merge(cast, one, other)
    merge(cast, other, third)
    part(cast, one, other)
    assert records_of(one.pk, at=NOW) == {one.pk}
    assert records_of(one.pk, at=LATER) == {one.pk, other.pk, third.pk}
    assert records_of(one.pk, at=STILL_LATER) == records_of(one.pk) == {one.pk}
    assert records_of(other.pk) == {other.pk, third.pk}
    assert Victim.objects.unscoped("a test").count() == 3
    kept = SamePerson.objects.unscoped("a test").get(undone_at__isnull=False)
    assert (kept.decided_by, kept.undone_by) == (cast.analyst.staff, cast.officer.staff)
    assert audit_queries.verify().clean


def test_acts_of_both_records_count_as_one_course_until_they_are_parted(cast: Cast) -> None:
    case = open_case(cast)
    again = told(cast.analyst, at=LATER, victim_name="Nora Fairlamb")
    other, _ = known(cast, again, None, case.subject, at=LATER)
    assert linkage.earlier_allegations(case.victim_id, case.subject_id).count() == 1
    merge(cast, case.victim, other)
    assert linkage.earlier_allegations(case.victim_id, case.subject_id).count() == 2
    assert linkage.earlier_allegations(other.pk, case.subject_id).count() == 2
    part(cast, case.victim, other)
    assert linkage.earlier_allegations(case.victim_id, case.subject_id).count() == 1
    case.refresh_from_db()
    assert case.acts == 1


@pytest.mark.parametrize("wall_first", [True, False])
def test_a_wall_around_either_stands_around_both_whichever_came_first(cast: Cast, wall_first: bool) -> None:
    mine, hers = open_case(cast), open_case(cast, victim_name="Nora Fairlamb", subject_name="Ty Ash", victim_phone="")
    walled = cast.second_officer

    def wall() -> None:
        cases.wall_off(actor=cast.governance, case=mine, staff=walled.staff, reason="a cousin", at=LATER)

    if wall_first:
        wall()
    merge(cast, mine.victim, hers.victim)
    if not wall_first:
        wall()
    for victim in (mine.victim, hers.victim):
        assert not Victim.objects.visible_to(walled, at=STILL_LATER).filter(pk=victim.pk).exists()
        assert Victim.objects.visible_to(cast.officer, at=STILL_LATER).filter(pk=victim.pk).exists()
    assert not type(hers).objects.visible_to(walled, at=STILL_LATER).filter(pk=hers.pk).exists()
    act = first_act(hers)
    assert not type(act).objects.visible_to(walled, at=STILL_LATER).filter(pk=act.pk).exists()


def test_undoing_a_merging_takes_the_walls_back_to_what_they_were_with_an_entry_of_its_own(cast: Cast) -> None:
    one, other = registered(cast), registered(cast, "Nora Fairlamb")
    set_wall(actor=cast.governance, files=[one.pk], staff=cast.second_officer.staff, at=NOW)
    before = standing_walls()
    for again in (0, 2):  # what was taken back is set again by the next merging
        merge(cast, one, other, at=LATER + timedelta(hours=again))
        assert Wall.objects.get(file=other.pk, until_at__isnull=True).kind == WallKind.PROVISIONAL
        part(cast, one, other, at=STILL_LATER + timedelta(hours=again))
        assert standing_walls() == before
    entries = Entry.objects.filter(action="wall.taken_back")
    assert {entry.file for entry in entries} == {other.pk}
    assert len(entries) == 2
    assert audit_queries.verify().findings == ()


def test_undoing_a_merging_leaves_what_stood_before_it_and_what_somebody_said_is_to_stay(cast: Cast) -> None:
    one, other = registered(cast), registered(cast, "Nora Fairlamb")
    for file, name in ((one, "second_officer"), (other, "second_officer"), (one, "outreach")):
        set_wall(actor=cast.governance, files=[file.pk], staff=cast.staff[name].pk, at=NOW)
    merge(cast, one, other)
    came = Wall.objects.get(file=other.pk, staff=cast.staff["outreach"], kind=WallKind.PROVISIONAL)
    say_of_wall(actor=cast.second_governance, wall=came.pk, lifts=False, reason="She knows both.", at=LATER)
    part(cast, one, other)
    assert len(standing_walls()) == 4


def three(cast: Cast) -> tuple[Case, Case, Case]:
    mine = open_case(cast)
    hers = open_case(cast, victim_name="Nora Fairlamb", subject_name="Ty Ash", victim_phone="")
    return mine, hers, open_case(cast, victim_name="Nora Hale", subject_name="Al Oak", victim_phone="")


def test_a_wall_that_another_merging_still_needs_stands_when_one_is_undone(cast: Cast) -> None:
    one, other, third = three(cast)
    walled, at = cast.second_officer, NOW + timedelta(hours=4)
    for case in (one, third):
        cases.wall_off(actor=cast.governance, case=case, staff=walled.staff, reason="a cousin", at=NOW)
    before = standing_walls()

    def seen() -> list[bool]:
        rows: list[tuple[type[Victim | Case | Allegation], object]] = [(Victim, other.victim_id), (Case, other.pk)]
        rows.append((Allegation, first_act(other).pk))
        return [kind.objects.visible_to(walled, at=at).filter(pk=pk).exists() for kind, pk in rows]

    merge(cast, one.victim, other.victim)
    merge(cast, other.victim, third.victim, at=LATER + timedelta(minutes=1))
    part(cast, one.victim, other.victim)
    assert records_of(other.victim_id) == {other.victim_id, third.victim_id}
    assert seen() == [False, False, False]
    assert Entry.objects.filter(action="wall.set_again").values_list("file", flat=True).distinct().count() == 3
    part(cast, other.victim, third.victim, at=NOW + timedelta(hours=3))
    assert seen() == [True, True, True]
    assert standing_walls() == before
    assert audit_queries.verify().findings == ()


def test_a_wall_that_came_down_a_chain_of_mergings_falls_with_the_link_that_bore_it(cast: Cast) -> None:
    one, other, third = three(cast)
    cases.wall_off(actor=cast.governance, case=one, staff=cast.second_officer.staff, reason="a cousin", at=NOW)
    before = standing_walls()
    merge(cast, one.victim, other.victim)
    merge(cast, other.victim, third.victim, at=LATER + timedelta(minutes=1))
    assert len(standing_walls()) > len(before)
    part(cast, one.victim, other.victim)
    assert standing_walls() == before
    assert Entry.objects.filter(action="wall.taken_back", file=third.victim_id).count() == 1
    assert audit_queries.verify().findings == ()


def test_a_wall_that_the_merging_of_two_subjects_needs_too_stands_when_the_victims_are_parted(cast: Cast) -> None:
    one, other, third = three(cast)
    walled = cast.second_officer
    for case in (one, third):
        cases.wall_off(actor=cast.governance, case=case, staff=walled.staff, reason="a cousin", at=NOW)
    merge(cast, one.victim, other.victim)
    cases.merge_people(
        actor=cast.analyst, one=other.subject, other=third.subject, reason="One man.", at=LATER + timedelta(minutes=1)
    )
    part(cast, one.victim, other.victim)
    assert not Case.objects.visible_to(walled, at=NOW + timedelta(hours=4)).filter(pk=other.pk).exists()
    assert audit_queries.verify().findings == ()


def standing_walls() -> set[tuple[object, ...]]:
    return set(Wall.objects.filter(until_at__isnull=True).values_list("file", "staff", "partner", "kind"))


# ---- how she may be reached ---------------------------------------------------------------------------------------

RULES = st.builds(
    SafeContactRule,
    channels=st.lists(st.sampled_from(list(Channel)), unique=True).map(tuple),
    from_time=st.none() | st.times().map(lambda when: when.replace(microsecond=0)),
    until_time=st.none() | st.times().map(lambda when: when.replace(microsecond=0)),
    leave_message=st.booleans(),
    confirmed=st.booleans(),
)
MOMENTS = st.integers(0, 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(st.lists(RULES, min_size=1, max_size=3), st.sampled_from(list(Channel)), MOMENTS, st.booleans())
def test_of_several_rules_the_stricter_holds_at_every_moment(
    agreed: list[SafeContactRule], channel: Channel, at: datetime, leaves: bool
) -> None:
    def why(rule: SafeContactRule) -> str | None:
        return rules.why_not_contact(rule, channel=channel, at=at, hostile=False, leaves_message=leaves)

    held = rules.strictest(agreed)
    assert held is not None
    assert (why(held) is None) == all(why(rule) is None for rule in agreed)
    if (window := rules.next_window(held, at)) is not None:
        assert all(rules.is_within(rule, window[0]) for rule in agreed)


def agree(cast: Cast, victim: Victim, *channels: Channel, hours: tuple[int, int] = (0, 0)) -> None:
    SafeContact.objects.create(
        victim=victim,
        channels=[str(channel) for channel in channels],
        from_time=time(hours[0]) if any(hours) else None,
        until_time=time(hours[1]) if any(hours) else None,
        confirmed_at=NOW,
        controller="northmoor-advocacy",
        basis="advocacy",
        source="victim",
        recorded_at=NOW,
        recorded_by=cast.advocate.staff,
    )


def test_what_was_agreed_on_either_record_binds_while_they_are_one(cast: Cast) -> None:
    one, other = registered(cast), registered(cast, "Nora Fairlamb")
    for victim in (one, other):
        told = people.add_reach(actor=cast.analyst, victim=victim, kind=MarkKind.PHONE, value="07700 900123", at=NOW)
        confirmed_reach(cast, told)
    agree(cast, one, Channel.TEXT, Channel.CALL)
    agree(cast, other, Channel.TEXT, hours=(10, 12))
    morning = NOW.replace(hour=11)

    def may(victim: Victim, channel: Channel, at: datetime) -> bool:
        return contact.why_not_contact_now(victim.pk, channel, case=ANY, at=at, leaves_message=False)[0] is None

    assert not may(one, Channel.TEXT, morning)  # the number is on two women's records: it may be somebody else's
    merge(cast, one, other)
    assert may(one, Channel.TEXT, morning)
    assert may(other, Channel.TEXT, morning)
    assert not may(one, Channel.CALL, morning)  # agreed on one record only
    assert not may(one, Channel.TEXT, NOW.replace(hour=15))
    every = records_of(one.pk)
    assert contact.ways_now(one.pk, every, contact.rule_of(one.pk), case=ANY, at=morning)[Channel.CALL] is not None
    part(cast, one, other)
    assert not may(one, Channel.TEXT, morning)


# ---- who may, and what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "error"), [("olu", NotFound), ("advocate", Refused)])
def test_who_may_not_merge(cast: Cast, name: str, error: type[Exception]) -> None:
    one, other = registered(cast), registered(cast, "Nora Fairlamb")
    with pytest.raises(error):
        merge(cast, one, other, actor=name)
    assert not SamePerson.objects.unscoped("a test").exists()


def test_nobody_merges_into_a_record_behind_their_wall(cast: Cast) -> None:
    one, other = registered(cast), registered(cast, "Nora Fairlamb")
    set_wall(actor=cast.governance, files=[other.pk], staff=cast.second_officer.staff, at=NOW)
    with pytest.raises(NotFound):
        merge(cast, one, other, actor="second_officer")


def test_what_is_no_merging_is_refused_with_the_field_to_mend(cast: Cast) -> None:
    one, other = registered(cast), registered(cast, "Nora Fairlamb")
    subject = people.register_subject(actor=cast.analyst, site="northmoor", told=PersonDetails(name="Dean Ash"), at=NOW)
    for wrong in (one, subject):
        with pytest.raises(InvalidDetails) as refused:
            merge(cast, one, wrong)  # type: ignore[arg-type]
        assert refused.value.field == "person"
    with pytest.raises(InvalidDetails, match="Say how you know"):
        merged(cast, one, other, reason=" ", at=LATER)
    merge(cast, one, other)
    with pytest.raises(InvalidDetails, match="one person already"):
        merge(cast, other, one)
    part(cast, one, other)
    with pytest.raises(InvalidDetails, match="two people already"):
        part(cast, one, other)


# ---- one record that holds two people ----------------------------------------------------------------------------


def test_a_record_that_holds_two_people_is_split_and_both_histories_stay(cast: Cast) -> None:
    case = open_case(cast)
    mistaken = further_act(cast, case, at=LATER)
    case.refresh_from_db()
    assert case.acts == 2
    new = cases.split_person(
        actor=cast.officer,
        person=case.victim,
        allegations=[mistaken],
        reason="Her cousin of the same name.",
        at=STILL_LATER,
    )
    case.refresh_from_db()
    assert case.acts == 1
    assert new.pk != case.victim_id
    assert linkage.people_of(mistaken.pk) == (new, case.subject)
    decided = linkage.matches(cast.analyst, mistaken, at=STILL_LATER)
    assert [(each.person, each.undone_because) for each in decided if each.part is Part.VICTIM] == [
        (new.pk, ""),
        (case.victim_id, "Her cousin of the same name."),
    ]
    assert audit_queries.verify().clean


def test_a_split_names_allegations_that_are_the_persons_and_leaves_her_one(cast: Cast) -> None:
    case = open_case(cast)
    only = first_act(case)
    foreign = told(cast.analyst)
    for wrong in ([], [foreign], [only]):
        with pytest.raises(CannotStep) as refused:
            cases.split_person(actor=cast.officer, person=case.victim, allegations=wrong, reason="Two.", at=LATER)
        assert refused.value.field == "allegations"
