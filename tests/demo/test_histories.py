"""The histories: nobody real, nothing impossible, and the failures of the field in their realistic shares."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from fourfold.access.terms import Role
from fourfold.cases.terms import Level, Outcome, PastCase, State
from fourfold.demo import casework, histories, invented, wordings
from fourfold.demo import contacts as contacting
from fourfold.demo.courses import courses
from fourfold.demo.histories import Chronicle, Teller, anchor_of
from fourfold.demo.invented import MEN, STREETS, SURNAMES, WOMEN, Inventor, misspelt
from fourfold.demo.roster import FIRST, Unit, address_of, posts
from fourfold.intake.rules import behaviours_in, mentioned, why_not_keep
from fourfold.intake.terms import PastAllegation, RecordingClass
from fourfold.orders.rules import why_not_conditions, why_not_last
from fourfold.orders.terms import OrderKind, Step
from fourfold.people.rules import key_of, parse_birth
from fourfold.people.rules.messages import why_not_said
from fourfold.people.terms import MarkKind, PastSubject, PastVictim, PersonDetails
from fourfold.plan.terms import Attendance
from fourfold.support.terms import ContactOutcome

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MOBILE = re.compile(r"07700 900[0-6]\d\d")
LANDLINE = re.compile(r"01632 960\d{3}")

#: Well-known people of many callings; an invented name must be none of theirs, whole or in parts.
FAMOUS = [
    "Ada Lovelace",
    "Agatha Christie",
    "Alan Turing",
    "Albert Einstein",
    "Amy Johnson",
    "Boris Johnson",
    "Cate Blanchett",
    "Charles Darwin",
    "Charlotte Bronte",
    "Clive Owen",
    "David Attenborough",
    "David Beckham",
    "Dylan Thomas",
    "Edith Piaf",
    "Elizabeth Windsor",
    "Elon Musk",
    "Emma Watson",
    "Florence Nightingale",
    "George Orwell",
    "Greta Thunberg",
    "Harry Potter",
    "Idris Elba",
    "Isaac Newton",
    "Jane Austen",
    "John Lennon",
    "Judi Dench",
    "Keir Starmer",
    "Margaret Thatcher",
    "Marie Curie",
    "Mo Farah",
    "Rishi Sunak",
    "Rosa Parks",
    "Silas Marner",
    "Stephen Hawking",
    "Stormzy",
    "Suzy Lamplugh",
    "Theresa May",
    "Tony Blair",
    "Victoria Wood",
    "Virginia Woolf",
    "Winston Churchill",
    "Zara Tindall",
]


@dataclass(frozen=True)
class World:
    teller: Teller
    told: tuple[Chronicle, ...]
    allegations: tuple[PastAllegation, ...]
    cases: tuple[PastCase, ...]


def told_again(seed: int = 11, at: datetime = AT, size: float = 0.5) -> World:
    staff = Inventor(1)
    roles: dict[str, dict[Role, list[UUID]]] = defaultdict(lambda: defaultdict(list))
    for post in posts(staff):
        if post.site:
            roles[post.site][post.role].append(staff.new_id())
    units = {site: Unit(site, {role: tuple(ids) for role, ids in by.items()}) for site, by in roles.items()}
    teller = Teller(Inventor(seed), units, anchor_of(at))
    told = histories.chronicles(teller, courses(size=size))
    allegations = tuple(histories.allegations(teller, told))
    return World(teller, told, allegations, tuple(histories.cases(teller, told, at)))


@pytest.fixture(scope="module")
def world() -> World:
    return told_again()


# ---- nobody real ---------------------------------------------------------------------------------------------------


def test_no_invented_name_is_a_famous_one(world: World) -> None:
    surnames = {name.split()[-1] for name in FAMOUS}
    for chronicle in world.told:
        for person in filter(None, (chronicle.victim, chronicle.subject)):
            assert person.name not in FAMOUS
            assert person.name.split()[-1] not in surnames


def test_no_surname_on_the_list_is_a_famous_one() -> None:
    assert not {name.split()[-1] for name in FAMOUS} & set(SURNAMES)


def test_every_name_comes_from_the_lists_and_nobody_has_anothers(world: World) -> None:
    victims = [chronicle.victim.name for chronicle in world.told]
    subjects = {chronicle.subject_id: chronicle.subject.name for chronicle in world.told if chronicle.subject}
    names = [*victims, *subjects.values()]
    assert len(set(names)) == len(names)
    for name in names:
        given, family = name.split(" ", 1)
        assert given in WOMEN + MEN
        assert family in SURNAMES


def test_numbers_come_from_the_ranges_kept_for_drama_and_are_nobody_elses(world: World) -> None:
    victims = [chronicle.victim.phone for chronicle in world.told]
    subjects = {c.subject_id: c.subject.phone for c in world.told if c.subject and c.subject.phone}
    assert all(MOBILE.fullmatch(number) for number in victims)
    assert all(LANDLINE.fullmatch(number) for number in subjects.values())
    numbers = [*victims, *subjects.values()]
    assert len(set(numbers)) == len(numbers)


def test_mail_and_post_can_reach_nobody(world: World) -> None:
    for chronicle in world.told:
        assert chronicle.victim.email.endswith("@demo.invalid") or not chronicle.victim.email
        street, _, postcode = chronicle.victim.address.split(", ")
        assert street.split()[1] in STREETS
        assert postcode.startswith("ZZ")


def test_number_plates_are_never_given_out() -> None:
    inventor = Inventor(1)
    plates = [inventor.vehicle() for _ in range(50)]
    assert all(plate.startswith("Q") and key_of(MarkKind.VEHICLE, plate) for plate in plates)


def test_the_inventor_repeats_itself_from_the_same_seed() -> None:
    one, other = told_again(size=0.1), told_again(size=0.1)
    assert (one.told, one.allegations, one.cases) == (other.told, other.allegations, other.cases)
    assert told_again(seed=12, size=0.1).told != one.told


@pytest.mark.parametrize("days", [1, 3, 6, 40, 200])
def test_what_the_evaluation_reads_is_the_same_whenever_it_is_loaded(days: int) -> None:
    def read(at: datetime) -> list[tuple[int, ...]]:
        return [
            tuple((act.happened_at - case.opened_at).days for act in case.acts)
            for case in told_again(at=at, size=0.1).cases
        ]

    assert read(AT) == read(AT + timedelta(days=days, hours=days))


@pytest.mark.parametrize(
    ("at", "anchor"),
    [
        (datetime(2026, 11, 24, 9, 0, tzinfo=UTC), datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        (datetime(2026, 11, 23, 9, 29, tzinfo=UTC), datetime(2026, 11, 16, 9, 30, tzinfo=UTC)),
        (datetime(2026, 11, 23, 9, 30, tzinfo=UTC), datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        (datetime(2027, 1, 1, 0, 0, tzinfo=UTC), datetime(2026, 12, 28, 9, 30, tzinfo=UTC)),
    ],
)
def test_the_histories_hang_on_the_last_monday(at: datetime, anchor: datetime) -> None:
    assert anchor_of(at) == anchor


# ---- nothing impossible --------------------------------------------------------------------------------------------


def test_every_allegation_can_be_kept_as_it_stands(world: World) -> None:
    assert [why_not_keep(past.told, at=past.received_at) for past in world.allegations if past.received_at > AT] == []
    assert {why_not_keep(past.told, at=past.received_at) for past in world.allegations} == {None}


def test_an_act_happens_before_it_is_told_and_is_told_before_it_is_received(world: World) -> None:
    for chronicle in world.told:
        for act in chronicle.acts:
            assert act.happened_at <= act.told_at + timedelta(minutes=1)
            assert act.told_at <= act.received_at <= world.teller.anchor


def test_the_acts_before_the_opening_were_known_when_the_case_was_opened(world: World) -> None:
    for chronicle in world.told:
        before = chronicle.acts[: len(chronicle.course.acts_before)]
        assert all(act.received_at <= chronicle.opened_at for act in before)


def test_references_are_nobody_elses(world: World) -> None:
    references = [(past.told.system, past.told.reference) for past in world.allegations]
    assert len(set(references)) == len(references)
    assert len({case.reference for case in world.cases}) == len(world.cases)


def test_people_can_be_registered_as_they_were_told_of(world: World) -> None:
    for past in histories.people(world.teller, world.told):
        if isinstance(past, PastVictim | PastSubject) and past.details is not None:
            assert isinstance(past.details, PersonDetails)
            assert parse_birth(past.details.birth, on=past.registered_at.date()) is not None


def test_adults_only(world: World) -> None:
    for chronicle in world.told:
        assert chronicle.opened_at.date() - chronicle.victim.birth >= timedelta(days=18 * 365)


def test_the_subject_of_several_victims_is_registered_once(world: World) -> None:
    subjects = [p.id for p in histories.people(world.teller, world.told) if isinstance(p, PastSubject)]
    assert len(set(subjects)) == len(subjects)
    assert set(subjects) == {chronicle.subject_id for chronicle in world.told}


def test_a_level_falls_only_with_a_reason_and_a_second_signature(world: World) -> None:
    falls = 0
    for case in world.cases:
        for before, after in zip(case.levels, case.levels[1:], strict=False):
            assert before.set_at <= after.set_at
            if after.level < before.level:
                falls += 1
                assert after.countersigned_by is not None
                assert after.countersigned_by != after.set_by
                assert after.reason
    assert falls > 10


def test_the_first_level_is_the_one_that_the_truth_was_told_with(world: World) -> None:
    for chronicle, case in zip(world.told, world.cases, strict=True):
        assert case.levels[0].level is chronicle.level_at_opening
        assert chronicle.opened_at < case.levels[0].set_at < (chronicle.decided_at or AT)


def test_a_case_closes_only_through_step_down_and_after_quiet_months(world: World) -> None:
    ended = Counter(case.states[-1].state for case in world.cases)
    assert all(ended[state] > 10 for state in State)
    for case in world.cases:
        assert [each.state for each in case.states] == list(State)[: len(case.states)]
        for before, after in zip(case.states, case.states[1:], strict=False):
            assert after.entered_at - before.entered_at >= timedelta(days=92)
        if len(case.states) > 1:
            assert case.states[1].entered_at - case.acts[-1].happened_at >= timedelta(days=92)
            assert case.states[1].victim_told_at is not None


def test_every_open_case_waits_for_one_review_and_few_are_overdue(world: World) -> None:
    waiting = [[review for review in case.reviews if review.done_at is None] for case in world.cases]
    for case, reviews in zip(world.cases, waiting, strict=True):
        assert len(reviews) == (case.states[-1].state is not State.CLOSED)
    overdue = sum(review.due_at < AT for reviews in waiting for review in reviews)
    assert 3 <= overdue <= len(world.cases) / 8


# ---- the failures of the field -------------------------------------------------------------------------------------


def test_most_acts_are_recorded_as_something_else_than_stalking(world: World) -> None:
    recorded = Counter(past.told.recorded_class for past in world.allegations)
    share = recorded[RecordingClass.STALKING] / len(world.allegations)
    assert 0.2 < share < 0.4
    assert len(recorded) >= 8


def test_some_names_are_misspelt_and_some_are_missing(world: World) -> None:
    by_act = {act.id: chronicle for chronicle in world.told for act in chronicle.acts}
    wrong = sum(past.told.victim.name != by_act[past.id].victim.name for past in world.allegations)
    assert 0.1 < wrong / len(world.allegations) < 0.2
    nobody = sum(by_act[past.id].subject is None for past in world.allegations)
    assert 0.06 < nobody / len(world.allegations) < 0.2


def test_a_misspelt_name_is_another_text_with_the_same_beginning() -> None:
    inventor = Inventor(4)
    for _ in range(300):
        name = inventor.name("F")
        written = misspelt(name, inventor.dice)
        assert written != name
        assert name[0].lower() in written.lower()


def test_a_breach_is_an_act_that_an_order_forbade(world: World) -> None:
    past = list(casework.orders(world.teller, world.told))
    orders = {condition.id: order for order in past for condition in order.conditions}
    breaches = [(chronicle, act) for chronicle in world.told for act in chronicle.acts if act.breach_of]
    assert len(breaches) >= 5
    for chronicle, act in breaches:
        order = orders[act.breach_of]  # type: ignore[index]
        assert order.case == chronicle.id
        taken = {step.step: step.taken_at for step in order.steps}
        assert taken[Step.SERVED] < act.happened_at < taken.get(Step.ENDED, AT)
        broken = {breach.allegation: order.conditions[breach.condition - 1].id for breach in order.breaches}
        assert broken[act.id] == act.breach_of


def test_orders_are_as_the_law_has_them(world: World) -> None:
    found = list(casework.orders(world.teller, world.told))
    kinds = Counter((order.kind, order.steps[-1].step) for order in found)
    assert kinds[OrderKind.SPO_INTERIM, Step.ENDED] > 0
    assert kinds[OrderKind.SPO, Step.DECLINED] > 0
    for order in found:
        moments = [step.taken_at for step in order.steps]
        assert moments == sorted(moments)
        made = next((step.taken_at for step in order.steps if step.step is Step.MADE), None)
        if made is not None:
            assert why_not_conditions(order.conditions) is None
            assert why_not_last(order.kind, made.date(), order.expires_on) is None


def test_decisions_answer_everything_and_every_profession_of_the_quorum_spoke(world: World) -> None:
    for decision in casework.decisions(world.teller, world.told):
        assert decision.draft.victim_safety
        assert decision.draft.order_reason
        assert decision.draft.measures[-1].strand == "victim_safety"
        assert {view.profession for view in decision.views} >= set(decision.quorum)
        assert all(view.given_at < decision.starts_at for view in decision.views)


def test_sessions_come_off_or_not_for_every_reason(world: World) -> None:
    attendance = Counter(session.attendance for session in casework.sessions(world.teller, world.told))
    assert set(attendance) == set(Attendance)
    assert attendance[Attendance.ATTENDED] > attendance.total() / 2


def test_contacts_are_reached_missed_and_stopped_with_the_reason(world: World) -> None:
    contacts = list(contacting.contacts(world.teller, world.told))
    outcomes = Counter(contact.outcome for contact in contacts)
    assert set(outcomes) == set(ContactOutcome)
    for contact in contacts:
        assert bool(contact.why_stopped) == (contact.outcome is ContactOutcome.STOPPED)
        assert contact.attempted_at <= AT


def test_no_victim_is_left_alone_while_the_level_is_high(world: World) -> None:
    """Silent for two weeks happens, and is what the day's list is for; silent for a season nobody would allow."""
    reached: dict[UUID, datetime] = {}
    for contact in contacting.contacts(world.teller, world.told):
        if contact.outcome is ContactOutcome.REACHED:
            reached[contact.case] = max(contact.attempted_at, reached.get(contact.case, contact.attempted_at))
    silences = [
        (AT - reached.get(chronicle.id, chronicle.opened_at)).days
        for chronicle in world.told
        if histories.states_of(world.teller, chronicle)[-1].state is not State.CLOSED
        and histories.levels_of(world.teller, chronicle)[-1].level in (Level.HIGH, Level.VERY_HIGH)
    ]
    assert len(silences) >= 10
    assert max(silences) <= 45
    assert sum(silence >= 14 for silence in silences) <= len(silences) / 4


def test_nobody_stays_at_high_for_a_year_in_which_nothing_happens(world: World) -> None:
    for chronicle in world.told:
        quiet = (AT - max(chronicle.last_act_at, chronicle.opened_at, chronicle.decided_at or chronicle.opened_at)).days
        latest = histories.levels_of(world.teller, chronicle)[-1]
        if quiet > 365 and histories.states_of(world.teller, chronicle)[-1].state is not State.CLOSED:
            assert latest.level in (Level.LOW, Level.MEDIUM)


def test_what_several_parts_of_the_story_ask_of_a_case_is_answered_alike(world: World) -> None:
    for ask in (histories.levels_of, histories.states_of):
        assert ask(world.teller, world.told[0]) == ask(world.teller, world.told[0])


def test_victims_are_better_after_half_a_year_and_more_so_in_managed_cases(world: World) -> None:
    opened = {chronicle.id: chronicle for chronicle in world.told}
    scores: dict[tuple[bool, bool], list[float]] = {}
    for past in contacting.check_ins(world.teller, world.told):
        chronicle = opened[past.case]
        late = (past.answered_at - chronicle.opened_at).days > 150
        worth = [
            4 - casework.wordings.CHECK_IN_CODES.index(code)
            if item == "contact_fear"
            else casework.wordings.CHECK_IN_CODES.index(code)
            for item, code in past.answers.items()
        ]
        scores.setdefault((chronicle.managed_at is not None, late), []).append(sum(worth) / len(worth))
    mean = {key: sum(values) / len(values) for key, values in scores.items()}
    assert mean[True, True] > mean[True, False] + 0.3
    assert mean[True, True] - mean[True, False] > mean[False, True] - mean[False, False]


def test_what_leaves_the_desk_without_a_case_is_advice_or_another_service(world: World) -> None:
    made, triages = histories.turned_away(world.teller, "london", 30)
    assert {past.id for past in made} == {triage.allegation for triage in triages}
    assert {triage.outcome for triage in triages} == {Outcome.ADVICE_ONLY, Outcome.REDIRECT}
    for triage in triages:
        assert bool(triage.redirected_to) == (triage.outcome is Outcome.REDIRECT)


@pytest.mark.parametrize("sex", ["F", "M", ""])
def test_what_was_said_reads_as_english_whoever_did_it(sex: str) -> None:
    inventor = Inventor(2)
    templates = [each for said in wordings.WORDS.values() for each in said] + list(wordings.BREACH_WORDS)
    for template in templates:
        words = invented.spoken(template, sex, inventor.dice)
        assert not re.search(r"[{}]|\b[Tt]hey (was|has|is|(?!always)\w+s)\b|\d(th|st|nd|rd)\b", words), words
        assert words[0].isupper() or words[0].isdigit()
        assert words.endswith((".", "!"))


def test_the_desk_finds_a_behaviour_in_nearly_everything_that_was_said() -> None:
    inventor = Inventor(2)
    templates = [each for said in wordings.WORDS.values() for each in said]
    found = [behaviours_in(mentioned(invented.spoken(each, "M", inventor.dice))) for each in templates]
    assert sum(map(bool, found)) >= 0.8 * len(templates)


# ---- who works there -----------------------------------------------------------------------------------------------


def test_about_forty_people_work_there_over_all_eleven_roles() -> None:
    staff = posts(Inventor(1))
    assert 38 <= len(staff) <= 46
    assert {post.role for post in staff} == set(Role) - {Role.VICTIM, Role.AGENCY_SYSTEM}
    assert len({post.email for post in staff}) == len({post.name for post in staff}) == len(staff)


def test_there_is_one_address_to_remember_for_each_profession() -> None:
    addresses = {post.email: post for post in posts(Inventor(1))}
    assert set(FIRST) == set(Role) - {Role.VICTIM, Role.AGENCY_SYSTEM}
    for role in FIRST:
        post = addresses[address_of(role)]
        assert post.role is role
        assert post.site in ("cheshire", "")


def test_no_text_to_a_victim_in_the_story_tells_what_it_is_about() -> None:
    assert why_not_said("Is tomorrow at eleven still good for you?") is None
