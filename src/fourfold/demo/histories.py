"""What is on record about each invented case: people, allegations, who they concern, levels, states and reviews.

A `Chronicle` is one case as it went; the functions below turn chronicles into the frozen values that the slices take
over. Pure, from one seed: the same seed, units and day give the same histories.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from fourfold.access.terms import RelationKind, Role
from fourfold.cases import rules as case_rules
from fourfold.cases.terms import (
    Answer,
    Level,
    Outcome,
    PastAct,
    PastCase,
    PastLevel,
    PastReview,
    PastState,
    PastTriage,
    ScreeningAnswers,
    SetBy,
    State,
    Trigger,
)
from fourfold.demo import invented, wordings
from fourfold.demo.courses import SITES, Course
from fourfold.demo.invented import Inventor, Person
from fourfold.demo.roster import Unit
from fourfold.intake.terms import Behaviour, Channel, PastAllegation, PersonAsTold, RecordingClass, Told
from fourfold.linkage.terms import PastMatch
from fourfold.orders.terms import OrderKind
from fourfold.people.terms import MarkKind, PastMark, PastPerson, PastSubject, PastVictim, PersonDetails

LEVELS = tuple(Level)
REVIEW_HOURS = {Level.VERY_HIGH: 72, Level.HIGH: 168, Level.MEDIUM: 720, Level.LOW: 1440}
QUIET = timedelta(days=95)
#: A quiet case is looked at in full every ten weeks, but not in the five days before something happens.
QUIET_REVIEW, REVIEWED_BEFORE = timedelta(days=70), timedelta(days=5)
SOURCE = "invented"
#: The number of the condition that every breach breaks: not to contact the victim.
BROKEN = 1


def anchor_of(at: datetime) -> datetime:
    """Return the last Monday, half past nine, at or before `at`: the day from which the histories count back."""
    morning = at.astimezone(UTC).replace(hour=9, minute=30, second=0, microsecond=0)
    monday = morning - timedelta(days=morning.weekday())
    return monday if monday <= at else monday - timedelta(days=7)


@dataclass(frozen=True)
class Act:
    """One act of a chronicle: when it happened, was told and received, what it was, and what it was recorded as."""

    id: UUID
    happened_at: datetime
    told_at: datetime
    received_at: datetime
    behaviour: Behaviour
    recorded_class: RecordingClass
    words: str
    breach_of: UUID | None = None
    weapon: bool | None = None


@dataclass(frozen=True)
class OrderCourse:
    """When an order was sought, made and served; `ended_at` is when a full order superseded it (None: it stands)."""

    id: UUID
    kind: OrderKind
    applied_at: datetime
    made_at: datetime
    served_at: datetime
    ended_at: datetime | None = None

    def condition(self, number: int) -> UUID:
        """Return the identifier of one of its conditions, which is what a breach is a breach of."""
        return uuid5(self.id, f"condition {number}")

    def binds(self, moment: datetime) -> bool:
        """Return whether the order had been served and had not ended."""
        return self.served_at < moment and (self.ended_at is None or moment < self.ended_at)


@dataclass(frozen=True)
class Chronicle:
    """One case as it went: who, what happened, and when the unit did what."""

    id: UUID
    reference: str
    course: Course
    victim_id: UUID
    victim: Person
    subject_id: UUID
    subject: Person | None
    new_subject: bool
    opened_at: datetime
    acts: tuple[Act, ...]
    level_at_opening: Level
    decided_at: datetime | None
    orders: tuple[OrderCourse, ...]
    team: Mapping[RelationKind, UUID] = field(default_factory=dict)

    @property
    def site(self) -> str:
        return self.course.site

    @property
    def managed_at(self) -> datetime | None:
        """When management began, or None where the unit only advised, or has not decided yet."""
        return self.opened_at if self.course.outcome == Outcome.DIRECT_MANAGEMENT else self.decided_at

    @property
    def last_act_at(self) -> datetime:
        return self.acts[-1].happened_at


@dataclass
class Teller:
    """Tells chronicles one after the other; keeps the subjects told so far, since one may stalk several."""

    inventor: Inventor
    units: Mapping[str, Unit]
    anchor: datetime
    subjects: dict[int, tuple[UUID, Person | None]] = field(default_factory=dict)

    @property
    def dice(self) -> random.Random:
        return self.inventor.dice

    def day(self, days: float) -> datetime:
        """Return the moment so many days from the anchor, to the minute."""
        return self.anchor + timedelta(minutes=round(days * 1440))


def chronicles(teller: Teller, courses: Sequence[Course]) -> tuple[Chronicle, ...]:
    return tuple(_chronicle(teller, course) for course in courses)


def _chronicle(teller: Teller, course: Course) -> Chronicle:
    opened_at = teller.day(course.opened)
    new_subject = course.subject not in teller.subjects
    subject_id, subject = teller.subjects.setdefault(course.subject, _subject(teller, course, opened_at))
    decided_at = teller.day(course.opened + course.managed) if course.managed else None
    orders = _orders(teller, course, decided_at)
    return Chronicle(
        id=teller.inventor.new_id(),
        reference=teller.inventor.reference("FF"),
        course=course,
        victim_id=teller.inventor.new_id(),
        victim=teller.inventor.victim(course.district, opened_at.date()),
        subject_id=subject_id,
        subject=subject,
        new_subject=new_subject,
        opened_at=opened_at,
        acts=_acts(teller, course, opened_at, subject, orders),
        level_at_opening=LEVELS[course.level],
        decided_at=decided_at,
        orders=orders,
        team=_team(teller, course),
    )


def _subject(teller: Teller, course: Course, on: datetime) -> tuple[UUID, Person | None]:
    person = teller.inventor.subject(course.district, on.date()) if course.subject_known else None
    return teller.inventor.new_id(), person


def _team(teller: Teller, course: Course) -> dict[RelationKind, UUID]:
    unit, dice = teller.units[course.site], teller.dice
    team = {RelationKind.OIC: dice.choice(unit.people[Role.POLICE_OFFICER])}
    grave = LEVELS[course.level].rank >= Level.HIGH.rank or bool(course.acts_after)
    if course.managed is not None or dice.random() < 0.4 or grave:  # nobody at high is without an advocate
        team[RelationKind.ADVOCATE] = dice.choice(unit.people[Role.VICTIM_ADVOCATE])
    if course.managed is not None and course.subject_known:
        team[RelationKind.CLINICIAN_OF_SUBJECT] = dice.choice(unit.people[Role.MENTAL_HEALTH_PROFESSIONAL])
        team[RelationKind.OUTREACH] = dice.choice(unit.people[Role.OUTREACH_WORKER])
    return team


def _orders(teller: Teller, course: Course, decided_at: datetime | None) -> tuple[OrderCourse, ...]:
    """Return an interim order after the panel, and often a full one that supersedes it, as far as time has come."""
    if decided_at is None or not course.subject_known or course.level < 2 or teller.dice.random() > 0.55:
        return ()

    def later(days: float) -> datetime:
        return decided_at + timedelta(days=days)

    new_id = teller.inventor.new_id
    interim = OrderCourse(new_id(), OrderKind.SPO_INTERIM, later(2), later(6), later(7))
    full = OrderCourse(new_id(), OrderKind.SPO, later(4), later(62), later(63))
    if full.served_at < teller.anchor and teller.dice.random() < 0.8:
        return replace(interim, ended_at=full.made_at), full
    return (interim,) if interim.served_at + timedelta(days=3) < teller.anchor else ()


# ---- acts ----------------------------------------------------------------------------------------------------------

_USUAL = (Behaviour.CONTACTS, Behaviour.CONTACTS, Behaviour.LOITERS, Behaviour.FOLLOWS, Behaviour.THROUGH_OTHERS)
_GRAVER = (Behaviour.WATCHES, Behaviour.MONITORS, Behaviour.INTERFERES, Behaviour.PUBLISHES, Behaviour.THREATENS)


def _acts(
    teller: Teller, course: Course, opened_at: datetime, subject: Person | None, orders: tuple[OrderCourse, ...]
) -> tuple[Act, ...]:
    days = (*course.acts_before, *course.acts_after)
    return tuple(
        _act(teller, number, opened_at + timedelta(minutes=round(day * 1440)), course, opened_at, subject, orders)
        for number, day in enumerate(days, start=1)
    )


def _act(
    teller: Teller,
    number: int,
    happened_at: datetime,
    course: Course,
    opened_at: datetime,
    subject: Person | None,
    orders: tuple[OrderCourse, ...],
) -> Act:
    dice = teller.dice
    binding = [order.condition(BROKEN) for order in orders if order.binds(happened_at)]
    breach_of = binding[0] if binding and dice.random() < 0.7 else None
    breach = breach_of is not None
    behaviour = _behaviour(dice, course.level)
    template = dice.choice(wordings.BREACH_WORDS if breach else wordings.WORDS[behaviour])
    latest = opened_at if happened_at < opened_at else teller.anchor
    told_at = min(happened_at + timedelta(hours=dice.expovariate(1 / 9)), latest)
    return Act(
        id=teller.inventor.new_id(),
        happened_at=happened_at,
        told_at=told_at.replace(second=0, microsecond=0),
        received_at=min(told_at + timedelta(minutes=dice.randint(5, 300)), latest),
        behaviour=Behaviour.CONTACTS if breach else behaviour,
        recorded_class=_recorded_class(dice, behaviour, number, breach),
        words=invented.spoken(template, subject.sex if subject else "", dice),
        breach_of=breach_of,
        weapon=True if dice.random() < 0.01 * course.level else dice.choice((False, None)),
    )


def _behaviour(dice: random.Random, level: int) -> Behaviour:
    if level == 3 and dice.random() < 0.12:
        return Behaviour.ATTACKS
    return dice.choice(_GRAVER if dice.random() < 0.12 + 0.14 * level else _USUAL)


def _recorded_class(dice: random.Random, behaviour: Behaviour, number: int, breach: bool) -> RecordingClass:
    """Return what an act was recorded as: often each by itself, although from the second act on it is stalking."""
    if breach:
        return RecordingClass.BREACH_OF_ORDER if dice.random() < 0.7 else RecordingClass.MALICIOUS_COMMUNICATIONS
    if number > 1 and dice.random() < 0.42:
        return RecordingClass.STALKING
    return dice.choice(invented.CLASSES_ALONE[behaviour])


# ---- people --------------------------------------------------------------------------------------------------------


def people(teller: Teller, told: Sequence[Chronicle]) -> Iterator[PastPerson]:
    """Yield victims and subjects as they were registered, each once, and further marks of some subjects."""
    for chronicle in told:
        registered_at = chronicle.acts[0].received_at
        vulnerable = teller.dice.choice((None, None, None, False, True))
        yield PastVictim(
            chronicle.victim_id, chronicle.site, _details(chronicle.victim), registered_at, vulnerable, SOURCE
        )
        if chronicle.new_subject:
            details = _details(chronicle.subject) if chronicle.subject else None
            yield PastSubject(chronicle.subject_id, chronicle.site, details, registered_at, SOURCE)
            yield from _marks(teller, chronicle, registered_at)


def _details(person: Person) -> PersonDetails:
    return PersonDetails(
        name=person.name,
        birth=person.birth.isoformat(),
        sex=person.sex,
        phone=person.phone,
        email=person.email,
        address=person.address,
    )


def _marks(teller: Teller, chronicle: Chronicle, told_at: datetime) -> Iterator[PastMark]:
    if chronicle.subject is None:
        return
    new_id, dice = teller.inventor.new_id, teller.dice
    if dice.random() < 0.25:
        yield PastMark(new_id(), chronicle.subject_id, MarkKind.VEHICLE, teller.inventor.vehicle(), told_at)
    if dice.random() < 0.2:
        account = f"demo-account-{dice.randint(10_000, 99_999)}"
        yield PastMark(new_id(), chronicle.subject_id, MarkKind.ACCOUNT, account, told_at)


# ---- allegations ---------------------------------------------------------------------------------------------------


def allegations(teller: Teller, told: Sequence[Chronicle]) -> list[PastAllegation]:
    """Return every act as it was told, in the order of its receiving."""
    pairs = [(act, chronicle) for chronicle in told for act in chronicle.acts]
    pairs.sort(key=lambda pair: (pair[0].received_at, pair[0].id))
    return [
        PastAllegation(act.id, _told(teller, act, chronicle, serial), act.received_at)
        for serial, (act, chronicle) in enumerate(pairs, start=1)
    ]


def _told(teller: Teller, act: Act, chronicle: Chronicle, serial: int) -> Told:
    dice, course = teller.dice, chronicle.course
    channel = _channel(dice, act)
    return Told(
        site=course.site,
        channel=channel,
        told_at=act.told_at,
        words=act.words,
        reference=reference(course.site, act.received_at, serial),
        system=f"{course.site}-records",
        teller=dice.choice(("adult social care", "a housing officer", "a GP practice", "the helpline"))
        if channel is Channel.REFERRAL
        else "",
        occurred_from=act.happened_at,
        time_known=dice.random() < 0.85,
        recorded_class=act.recorded_class,
        class_as_recorded=f"{act.recorded_class.value} {act.recorded_class.words}",
        behaviours=(act.behaviour,) if dice.random() < 0.5 else (),
        place=course.district,
        weapon=act.weapon,
        former_partner=course.former_partner if dice.random() < 0.8 else None,
        victim=_victim_as_told(dice, chronicle.victim),
        subject=_subject_as_told(dice, chronicle),
        breach_of=act.breach_of,
        confirmed=act.recorded_class is not RecordingClass.NO_CRIME,
    )


def reference(site: str, at: datetime, serial: int) -> str:
    """Return a force's own reference of a record."""
    return f"{site[:2].upper()}-{at:%y}-{serial:05d}"


def _channel(dice: random.Random, act: Act) -> Channel:
    if act.breach_of:
        return Channel.BREACH
    return dice.choices((Channel.FEED, Channel.REFERRAL, Channel.DIARY), weights=(72, 18, 10))[0]


def _victim_as_told(dice: random.Random, victim: Person) -> PersonAsTold:
    name = invented.misspelt(victim.name, dice) if dice.random() < 0.15 else victim.name
    return PersonAsTold(
        name=name,
        birth=f"{victim.birth:%d/%m/%Y}" if dice.random() < 0.8 else "",
        sex=victim.sex,
        phone=victim.phone if dice.random() < 0.75 else "",
        email=victim.email if dice.random() < 0.3 else "",
        address=victim.address if dice.random() < 0.7 else "",
    )


def _subject_as_told(dice: random.Random, chronicle: Chronicle) -> PersonAsTold:
    subject, relationship = chronicle.subject, chronicle.course.relationship
    if subject is None:
        return PersonAsTold(name=dice.choice(("", "unknown male", "not known", "unknown, possibly ex")))
    if dice.random() < 0.12:
        return PersonAsTold(name="unknown", relationship=relationship)
    name = invented.misspelt(subject.name, dice) if dice.random() < 0.18 else subject.name
    return PersonAsTold(
        name=name,
        birth=f"{subject.birth:%d %B %Y}" if dice.random() < 0.55 else "",
        sex=subject.sex,
        phone=subject.phone if dice.random() < 0.5 else "",
        address=subject.address if dice.random() < 0.4 else "",
        relationship=relationship,
    )


def matches(teller: Teller, told: Sequence[Chronicle]) -> Iterator[PastMatch]:
    for chronicle in told:
        for act in chronicle.acts:
            decided_at = min(act.received_at + timedelta(minutes=40), teller.anchor)
            new_id = teller.inventor.new_id
            yield PastMatch(act.id, decided_at, victim=chronicle.victim_id, id=new_id(), source=SOURCE)
            yield PastMatch(act.id, decided_at, subject=chronicle.subject_id, id=new_id(), source=SOURCE)


# ---- the cases -----------------------------------------------------------------------------------------------------


def cases(teller: Teller, told: Sequence[Chronicle], at: datetime) -> Iterator[PastCase]:
    """Yield the cases with their acts, levels, states and reviews, as they stand at `at`."""
    for chronicle in told:
        levels, states = levels_of(teller, chronicle), states_of(teller, chronicle)
        yield PastCase(
            id=chronicle.id,
            site=chronicle.site,
            victim=chronicle.victim_id,
            subject=chronicle.subject_id,
            opened_at=chronicle.opened_at,
            relationship=chronicle.course.relationship,
            reference=chronicle.reference,
            acts=tuple(_past_act(teller, chronicle, act) for act in chronicle.acts),
            levels=levels,
            states=states,
            reviews=tuple(_reviews(teller, chronicle, levels[-1], states[-1].state, at)),
            team=tuple((staff, str(kind)) for kind, staff in chronicle.team.items()),
            source=SOURCE,
        )


def _past_act(teller: Teller, chronicle: Chronicle, act: Act) -> PastAct:
    opening = act is chronicle.acts[len(chronicle.course.acts_before) - 1]
    outcome = Outcome(chronicle.course.outcome)
    joined_at = max(chronicle.opened_at, min(act.received_at + timedelta(hours=6), teller.anchor))
    return PastAct(
        allegation=act.id,
        happened_at=act.happened_at,
        joined_at=joined_at,
        seriousness=case_rules.seriousness(
            act.recorded_class, (act.behaviour,), weapon=act.weapon, is_breach=act.breach_of is not None
        ),
        screening=_screening(teller.dice, chronicle, act) if opening else None,
        outcome=outcome,
        reason=_REASONS[outcome] if opening else "a further act of a course of conduct that the unit knows",
    )


_REASONS = {
    Outcome.PANEL: "several acts by one person, fear for safety, and questions that no agency answers alone",
    Outcome.DIRECT_MANAGEMENT: "the pattern is clear and cannot wait for the next sitting",
    Outcome.CONSULTATION: "the officer in the case keeps it; the unit advises on safety and on the class",
}


def _screening(dice: random.Random, chronicle: Chronicle, act: Act) -> ScreeningAnswers:
    def asked(likely: float) -> Answer:
        return Answer.NOT_KNOWN if dice.random() < 0.15 else (Answer.YES if dice.random() < likely else Answer.NO)

    wrong_class = act.recorded_class is not RecordingClass.STALKING and len(chronicle.acts) > 1
    return ScreeningAnswers(
        fixated=asked(0.7),
        obsessive=asked(0.65),
        unwanted=asked(0.97),
        repeated=Answer.YES if len(chronicle.course.acts_before) > 1 else asked(0.3),
        immediate_danger=asked(0.08 * chronicle.course.level),
        known_to_staff=Answer.NO,
        reclassification_asked=wrong_class and bool(chronicle.course.former_partner),
    )


def levels_of(teller: Teller, chronicle: Chronicle) -> tuple[PastLevel, ...]:
    """Return the first level, then what the panel, further acts and quiet months made of it; the same at every asking.

    A level falls only after quiet months, by one step, with a reason and a second signature; the second quiet review
    in a row always takes a step, so that nobody stays at high for a year in which nothing happens.
    """
    return tuple(_levels(teller, chronicle, _own_dice(chronicle, "levels")))


def _levels(teller: Teller, chronicle: Chronicle, dice: random.Random) -> Iterator[PastLevel]:
    unit, level, quiet = teller.units[chronicle.site], chronicle.level_at_opening, 0
    officer, second = chronicle.team[RelationKind.OIC], unit.first(Role.UNIT_COORDINATOR)
    yield PastLevel(level, chronicle.opened_at + timedelta(hours=2), SetBy.TRIAGE, set_by=officer)
    for moment, set_in in _moments(teller, chronicle):
        quiet = quiet + 1 if set_in is SetBy.REVIEW else 0
        if set_in is SetBy.REVIEW and level is not Level.LOW and (quiet > 1 or dice.random() < 0.6):
            level = LEVELS[level.rank - 2]
            reason = "no act for two months, the plan holds, and the victim agrees"
            yield PastLevel(level, moment, set_in, reason, countersigned_by=second, set_by=officer)
        elif set_in is SetBy.PANEL or (set_in is SetBy.PROFESSIONAL and dice.random() < 0.35):
            level = LEVELS[min(level.rank - 1 + (dice.random() < 0.3), 3)]
            yield PastLevel(level, moment, set_in, "decided with all professions heard", set_by=officer)


def _own_dice(chronicle: Chronicle, what: str) -> random.Random:
    """Return chance of its own for what several parts of the story ask of one case."""
    return random.Random(f"{chronicle.id} {what}")  # noqa: S311 -- repeatable on purpose


def _moments(teller: Teller, chronicle: Chronicle) -> list[tuple[datetime, SetBy]]:
    """Return when a level could be set: at the panel, after each further act, and at every review of quiet months."""
    until = states_of(teller, chronicle)[-1]
    last = until.entered_at if until.state is State.CLOSED else teller.anchor
    after = chronicle.acts[len(chronicle.course.acts_before) :]
    ends = [*(act.happened_at for act in after), last]
    starts = [chronicle.opened_at, *(act.happened_at for act in after)]
    moments = [(act.received_at + timedelta(hours=3), SetBy.PROFESSIONAL) for act in after]
    for start, end in zip(starts, ends, strict=True):
        months = range(1, (end - start - REVIEWED_BEFORE) // QUIET_REVIEW + 1)
        moments += [(start + QUIET_REVIEW * number, SetBy.REVIEW) for number in months]
    if chronicle.decided_at is not None:
        moments.append((chronicle.decided_at + timedelta(minutes=25), SetBy.PANEL))
    return sorted((moment, set_in) for moment, set_in in moments if moment < teller.anchor)


def states_of(teller: Teller, chronicle: Chronicle) -> tuple[PastState, ...]:
    """Return *open*, then step-down after three quiet months, then *closed* after three more, for most that may."""
    return tuple(_states(teller, chronicle, _own_dice(chronicle, "states")))


def _states(teller: Teller, chronicle: Chronicle, dice: random.Random) -> Iterator[PastState]:
    yield PastState(State.OPEN, chronicle.opened_at, "opened at triage")
    second = teller.units[chronicle.site].first(Role.UNIT_COORDINATOR)
    began = max(chronicle.last_act_at, chronicle.decided_at or chronicle.opened_at, chronicle.opened_at)
    down = began + QUIET + timedelta(days=dice.randint(0, 20))
    if down > teller.anchor or dice.random() > 0.7:
        return
    told = down - timedelta(days=2)
    yield PastState(State.STEP_DOWN, down, "three quiet months; the plan is finished", second, told)
    closed = down + QUIET + timedelta(days=dice.randint(0, 14))
    if closed < teller.anchor and dice.random() < 0.8:
        yield PastState(State.CLOSED, closed, "no act during step-down; the victim knows how to come back", None, told)


def _reviews(
    teller: Teller, chronicle: Chronicle, level: PastLevel, state: State, at: datetime
) -> Iterator[PastReview]:
    """Yield reviews that were done, and the one that an open case waits for; a few are overdue."""
    coordinator = teller.units[chronicle.site].first(Role.UNIT_COORDINATOR)
    for moment, set_in in _moments(teller, chronicle):
        if set_in is SetBy.REVIEW:
            set_at = max(chronicle.opened_at, moment - timedelta(days=30))
            yield PastReview(
                moment, set_at, Trigger.CLOCK, {}, moment, coordinator, "Reviewed: acts, contacts and actions read."
            )
    if state is State.CLOSED:
        return
    interval = timedelta(hours=REVIEW_HOURS[level.level])
    late = teller.dice.random() < 0.06
    due = at - timedelta(hours=teller.dice.randint(5, 130)) if late else at + interval * teller.dice.uniform(0.04, 1.0)
    yield PastReview(due, max(chronicle.opened_at, due - interval), Trigger.CLOCK, {"level": level.level.value})


# ---- what left the desk without a case ------------------------------------------------------------------------------


def turned_away(teller: Teller, site: str, count: int) -> tuple[list[PastAllegation], list[PastTriage]]:
    """Return allegations that were no stalking, or not the unit's, and how each left the desk."""
    dice, plan = teller.dice, SITES[site]
    first_day = min(district.live_day for district in plan.districts)
    made = [_minor(teller, site, first_day * dice.random(), serial) for serial in range(1, count + 1)]
    triages = [
        PastTriage(
            past.id,
            outcome := dice.choice((Outcome.ADVICE_ONLY, Outcome.REDIRECT)),
            "one act, no fear, and another service is nearer",
            min(past.received_at + timedelta(hours=dice.randint(1, 30)), teller.anchor),
            "the neighbourhood team" if outcome is Outcome.REDIRECT else "",
            ScreeningAnswers(unwanted=Answer.YES, repeated=Answer.NO, immediate_danger=Answer.NO),
            SOURCE,
        )
        for past in made
    ]
    return made, triages


def _minor(teller: Teller, site: str, day: float, serial: int) -> PastAllegation:
    dice, told_at = teller.dice, teller.day(day - 0.3)
    district = dice.choice([each for each in SITES[site].districts if each.live_day <= day] or SITES[site].districts)
    told = Told(
        site=site,
        channel=Channel.REFERRAL,
        told_at=told_at,
        words=dice.choice(wordings.OTHER_WORDS),
        reference=f"{site[:2].upper()}-R-{serial:05d}",
        system=f"{site}-referrals",
        teller=dice.choice(("a neighbourhood officer", "the contact centre")),
        occurred_from=told_at - timedelta(hours=dice.randint(1, 60)),
        recorded_class=dice.choice((RecordingClass.NO_CRIME, RecordingClass.OTHER_CRIME)),
        place=district.name,
        victim=PersonAsTold(name=teller.inventor.name(dice.choice("FM"))),
    )
    return PastAllegation(teller.inventor.new_id(), told, told_at + timedelta(minutes=dice.randint(2, 200)))


def waiting(teller: Teller, told: Sequence[Chronicle], count: int) -> list[PastAllegation]:
    """Return allegations of the last days that nobody at the desk has looked at; each may concern somebody on record."""
    dice = teller.dice
    recent = [each for each in told if each.subject is not None][-3 * count :]
    return [
        _unseen(teller, chronicle, -dice.uniform(0.1, 4.0), serial)
        for serial, chronicle in enumerate(dice.sample(recent, min(count, len(recent))), start=1)
    ]


def _unseen(teller: Teller, chronicle: Chronicle, day: float, serial: int) -> PastAllegation:
    dice, told_at = teller.dice, teller.day(day)
    behaviour = dice.choice(_USUAL)
    told = Told(
        site=chronicle.site,
        channel=Channel.FEED,
        told_at=told_at,
        words=invented.spoken(dice.choice(wordings.WORDS[behaviour]), "M", dice),
        reference=f"{chronicle.site[:2].upper()}-N-{serial:05d}",
        system=f"{chronicle.site}-records",
        occurred_from=told_at - timedelta(hours=dice.randint(1, 40)),
        recorded_class=dice.choice(invented.CLASSES_ALONE[behaviour]),
        place=chronicle.course.district,
        victim=_victim_as_told(dice, replace(chronicle.victim, name=invented.misspelt(chronicle.victim.name, dice))),
        subject=_subject_as_told(dice, chronicle),
    )
    return PastAllegation(teller.inventor.new_id(), told, told_at + timedelta(minutes=30))
