"""The leading cases of the invented programme, played through the services so that every page has living content.

At Cheshire, as it stands today: an urgent allegation at the desk that may concern somebody on record; a case before
the panel whose members have not all spoken; one decided last week, its plan under way; one with an order in force, a
breach since yesterday that waits for a decision, and a review that is overdue.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from fourfold import journey
from fourfold.access.terms import Role
from fourfold.cases import services as cases
from fourfold.cases.terms import Level
from fourfold.demo import feed, moves, packing, wordings
from fourfold.demo.confirming import confirm_what_was_told
from fourfold.demo.founding import Company
from fourfold.demo.histories import Chronicle
from fourfold.demo.invented import Inventor, Person, misspelt
from fourfold.demo.moves import Pair, Row
from fourfold.intake.terms import RecordingClass, Told
from fourfold.orders import queries as orders_queries
from fourfold.orders import services as orders
from fourfold.orders.terms import ConditionDraft, ConditionKind, OrderKind, ProtectedDraft, Protects, Step, StepDetails
from fourfold.panel import queries as panel_queries
from fourfold.panel.terms import Strand
from fourfold.people.terms import Channel, SafeContactRule
from fourfold.plan import services as plan
from fourfold.plan.terms import Attendance
from fourfold.support import services as support
from fourfold.support.terms import ContactOutcome, NoteKind

LONDON = ZoneInfo("Europe/London")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HOME = Company("cheshire")


def play(at: datetime, told: Sequence[Chronicle], inventor: Inventor) -> None:
    """Play the leading cases up to `at`; `told` are Cheshire's chronicles, of which some come before the panel too."""
    _at_the_desk(at, told, inventor)
    _before_the_panel(at, told, _pair(inventor, at, "Halton"))
    _decided(at, _pair(inventor, at, "Warrington"))
    packing.play(at, _under_an_order(at, _pair(inventor, at, "Halton")), told)


def _pair(inventor: Inventor, at: datetime, area: str) -> Pair:
    return Pair(inventor.victim(area, at.date()), inventor.subject(area, at.date()))


def london(at: datetime, days: int, hour: int, minute: int = 0) -> datetime:
    """Return an hour on London's clocks so many days from today."""
    day = at.astimezone(LONDON).date() + timedelta(days=days)
    return datetime.combine(day, time(hour, minute), tzinfo=LONDON)


# ---- at the desk ---------------------------------------------------------------------------------------------------


def _at_the_desk(at: datetime, told: Sequence[Chronicle], inventor: Inventor) -> None:
    """Bring in what came this morning: an urgent act whose victim is known under another spelling, and a feed."""
    known = next(each for each in reversed(told) if each.subject is not None and len(each.acts) >= 4)
    subject = replace(known.subject or known.victim, phone="")
    victim = _under_another_spelling(known.victim, inventor)
    words = (
        "She rings from the bathroom. He is outside now and has been at the door since seven. He shouted that he will "
        "kill her if she does not open. She has seen a knife. Flowers were left on the step on Friday; this is at least "
        "the fifth time since summer."
    )
    pair = Pair(victim, subject, known.course.relationship)
    told_at = at - 50 * MINUTE
    urgent = pair.told(HOME, told_at, words, RecordingClass.MALICIOUS_COMMUNICATIONS, reference="CH-TODAY-1")
    moves.receive(HOME, urgent)
    _feed(at, known)


def _under_another_spelling(person: Person, inventor: Inventor) -> Person:
    return replace(person, name=misspelt(person.name, inventor.dice), email="")


def _feed(at: datetime, known: Chronicle) -> None:
    """Import a small export in which two rows cannot be read, so that quarantine has something to mend."""
    yesterday = at - DAY
    rows = [
        feed.act("0900001", yesterday, "8R", "Calls all night from a withheld number.", **feed.victim(known.victim)),
        feed.act("0900002", yesterday, "8L", "Waited by the gate.") | {"Reported date": "31/02/2026"},
        feed.act("0900003", yesterday, "7Z", "A letter without a stamp.", Location="Warrington"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cheshire-yesterday.csv"
        feed.write(path, rows)
        analyst = HOME.of(Role.POLICE_ANALYST, at)
        journey.feed_brought(actor=analyst, path=path, mapping=feed.MAPPING, site=HOME.site, at=at)


# ---- before the panel ----------------------------------------------------------------------------------------------


def _before_the_panel(at: datetime, told: Sequence[Chronicle], pair: Pair) -> None:
    """Bring a new case, and those that wait, before tomorrow's sitting; only the officer has spoken."""
    opened_at = at - 5 * DAY
    case = moves.take_on(HOME, _three_acts(pair, opened_at), at=opened_at, reason="three acts in five weeks, and fear")
    moves.give_team(HOME, case, at=opened_at + HOUR)
    moves.assess(HOME, case, Level.HIGH, at=opened_at + DAY)
    _seek(case, at)
    convened_at = at - 2 * DAY
    waiting = [each.id for each in told if each.course.outcome == "panel" and each.decided_at is None][:3]
    coordinator = HOME.of(Role.UNIT_COORDINATOR, convened_at)
    others = panel_queries.cases_to_hear(actor=coordinator, chosen=waiting, at=convened_at)
    items = moves.bring_before_panel(HOME, [case, *others], starts_at=london(at, 1, 10), at=convened_at)
    moves.give_view(HOME, items[0], Role.POLICE_OFFICER, Level.HIGH, at=at - DAY)


def _three_acts(pair: Pair, before: datetime) -> list[Told]:
    acts = (
        (34, "He rang nine times in an evening and hung up when her brother answered.", RecordingClass.HARASSMENT),
        (12, "He was sitting in his car outside the house until she drew the curtains.", RecordingClass.NO_CRIME),
        (1, "He wrote that she would be sorry and that he knows the school.", RecordingClass.MALICIOUS_COMMUNICATIONS),
    )
    return [pair.told(HOME, before - days * DAY, words, recorded) for days, words, recorded in acts]


# ---- decided -------------------------------------------------------------------------------------------------------


def _decided(at: datetime, pair: Pair) -> None:
    """Decide a case six days ago: four views, one dissent, a plan that is under way, a colleague kept out."""
    opened_at = at - 21 * DAY
    case = moves.take_on(HOME, _three_acts(pair, opened_at), at=opened_at, reason="third act by a former partner")
    moves.give_team(HOME, case, at=opened_at + HOUR)
    moves.assess(HOME, case, Level.HIGH, at=opened_at + DAY)
    sits_at = london(at, -6, 10)
    [item] = moves.bring_before_panel(HOME, [case], starts_at=sits_at, at=sits_at - 3 * DAY)
    moves.hear(HOME, item, (Level.HIGH, Level.VERY_HIGH, Level.HIGH, Level.HIGH), at=sits_at - HOUR)
    moves.decide(HOME, item, Level.HIGH, order=False, at=sits_at + HOUR)
    _keep_out_the_cousin(case, at=sits_at + 2 * HOUR)
    _work_on(case, at)
    _bail(case, at)
    reviewed_at = london(at, -3, 15)
    cases.record_review(
        actor=HOME.of(Role.UNIT_COORDINATOR, reviewed_at),
        case=case,
        level=None,
        summary="No act since the sitting. The housing officer has found a place; the victim sleeps better.",
        at=reviewed_at,
    )
    _stand_by_her(case, at)


def _bail(case: Row, at: datetime) -> None:
    """Keep the conditions of the subject's bail before charge, which ends within three weeks."""
    *_, requirement = conditions()
    orders.record_order(
        actor=HOME.of(Role.POLICE_OFFICER, at),
        case=case,
        kind=OrderKind.BAIL,
        conditions=(conditions()[0], requirement),
        details=StepDetails(taken_at=london(at, -5, 11), expires_on=(at + 20 * DAY).date()),
        at=london(at, -5, 12),
    )


def _seek(case: Row, at: datetime) -> None:
    """Seek an order that protects the victim's son too: considered, authorised by a superintendent, applied for."""
    officer = HOME.of(Role.POLICE_OFFICER, at)
    begun = orders.consider(
        actor=officer,
        case=case,
        kind=OrderKind.SPO_INTERIM,
        reason="three acts and a threat within five weeks",
        at=london(at, -4, 10),
    )
    orders.take_step(
        actor=officer,
        order=begun,
        step=Step.AUTHORISED,
        details=StepDetails(reason="by the superintendent on duty"),
        at=london(at, -3, 16),
    )
    orders.apply_for(
        actor=officer,
        case=case,
        kind=OrderKind.SPO_INTERIM,
        conditions=conditions(),
        reason=wordings.ORDER_REASONS["yes"],
        court="Halton Magistrates' Court (invented)",
        protects=Protects(others=(ProtectedDraft("Bryn (aged nine)", "a son"),)),
        at=london(at, -2, 9),
    )


def _keep_out_the_cousin(case: Row, *, at: datetime) -> None:
    """Wall an officer off the case of a cousin, by the governance lead of another agency."""
    cousin = HOME.of(Role.POLICE_OFFICER, at, 3)
    governance = HOME.of(Role.GOVERNANCE_LEAD, at)
    cases.wall_off(
        actor=governance, case=case, staff=cousin.staff, reason="a cousin of the officer is the subject", at=at
    )


def _work_on(case: Row, at: datetime) -> None:
    """Plan social sessions, the victim told before the first, one cancelled for lack of staff; and log minutes."""
    outreach = HOME.of(Role.OUTREACH_WORKER, at)
    for days, attendance in ((-4, Attendance.ATTENDED), (-2, Attendance.CANCELLED_FOR_WANT_OF_STAFF), (3, None)):
        session = plan.plan_session(
            actor=outreach, case=case, strand=Strand.SOCIAL, planned_at=london(at, days, 14), at=at - 5 * DAY
        )
        if session.action is not None:
            told_at = at - 5 * DAY + HOUR
            plan.note_victim_told(actor=HOME.of(Role.VICTIM_ADVOCATE, told_at), action=session.action, at=told_at)
        if attendance is not None:
            plan.settle_session(actor=outreach, session=session, attendance=attendance, at=london(at, days, 16))
    for role, minutes in ((Role.POLICE_OFFICER, 95), (Role.VICTIM_ADVOCATE, 140), (Role.OUTREACH_WORKER, 60)):
        plan.log_minutes(
            actor=HOME.of(role, at),
            case=case,
            minutes=minutes,
            worked_on=(at - 3 * DAY).date(),
            on_what="contact",
            at=at,
        )


# ---- support -------------------------------------------------------------------------------------------------------


def _stand_by_her(case: Row, at: datetime) -> None:
    """Agree how the victim may be reached, reach them, be stopped once by the rule, and hear how they are."""
    advocate = HOME.of(Role.VICTIM_ADVOCATE, at)
    rule = SafeContactRule((Channel.TEXT,), from_time=time(10), until_time=time(14))
    support.agree_contact(
        actor=advocate, case=case, rule=rule, code_phrase="the library book is back", at=london(at, -19, 11)
    )
    confirm_what_was_told(advocate, case, london(at, -19, 11))
    support.keep_address(actor=advocate, case=case, address="with a sister, 4 Quincewood Rise", at=london(at, -19, 11))
    support.write_note(
        actor=advocate, case=case, kind=NoteKind.WISH, text="Wants it to stop, and to stay in work.", at=at - 18 * DAY
    )
    support.attempt_contact(
        actor=advocate, case=case, channel=Channel.CALL, outcome=ContactOutcome.NOT_REACHED, at=london(at, -9, 10, 40)
    )
    for days, outcome in (
        (-16, ContactOutcome.REACHED),
        (-8, ContactOutcome.NOT_REACHED),
        (-3, ContactOutcome.REACHED),
    ):
        support.attempt_contact(
            actor=advocate, case=case, channel=Channel.TEXT, outcome=outcome, minutes=20, at=london(at, days, 11)
        )
    for days, well in ((-16, 1), (-3, 2)):
        answers = dict.fromkeys(wordings.CHECK_IN_ITEMS, wordings.CHECK_IN_CODES[well])
        answers["contact_fear"] = wordings.CHECK_IN_CODES[4 - well]
        support.check_in(actor=advocate, case=case, answers=answers, at=london(at, days, 11, 30))


# ---- under an order ------------------------------------------------------------------------------------------------


def _under_an_order(at: datetime, pair: Pair) -> Row:
    """Serve an interim order on a subject who breaks it; the breach waits for a decision, the review is overdue."""
    opened_at = at - 45 * DAY
    case = moves.take_on(HOME, _three_acts(pair, opened_at), at=opened_at, reason="threats by a former partner")
    moves.give_team(HOME, case, at=opened_at + HOUR)
    moves.assess(HOME, case, Level.VERY_HIGH, at=opened_at + DAY)
    sits_at = london(at, -38, 10)
    [item] = moves.bring_before_panel(HOME, [case], starts_at=sits_at, at=sits_at - 3 * DAY)
    moves.hear(HOME, item, (Level.VERY_HIGH,) * 4, at=sits_at - HOUR)
    moves.decide(HOME, item, Level.VERY_HIGH, order=True, at=sits_at + HOUR)
    _stand_by_her(case, at)
    interim_order(HOME, case, at=london(at, -36, 10), days=(3, 5))
    _break_it(at, case, pair)
    return case


def interim_order(company: Company, case: Row, *, at: datetime, days: tuple[int, int]) -> Row:
    """Apply for an interim order, have it made, tell the victim first, serve it; `days` after applying: made, served."""
    officer, advocate = company.of(Role.POLICE_OFFICER, at), company.of(Role.VICTIM_ADVOCATE, at)
    order = orders.apply_for(
        actor=officer,
        case=case,
        kind=OrderKind.SPO_INTERIM,
        conditions=conditions(),
        reason=wordings.ORDER_REASONS["yes"],
        court="Halton Magistrates' Court (invented)",
        at=at,
    )
    made_at, served_at = (at + number * DAY for number in days)
    journey.order_made(actor=officer, order=order, details=StepDetails(), at=made_at)
    journey.victim_reached(
        actor=advocate,
        case=case,
        channel=Channel.TEXT,
        outcome=ContactOutcome.REACHED,
        orders_ahead=[order],
        at=served_at + HOUR,
    )
    journey.order_served(actor=officer, order=order, details=StepDetails(), at=served_at + 5 * HOUR)
    orders.take_step(actor=officer, order=order, step=Step.NOTIFIED, at=served_at + DAY + 5 * HOUR)
    return order


def conditions() -> tuple[ConditionDraft, ...]:
    """Return four conditions that can be read aloud."""
    *prohibitions, requirement = wordings.CONDITIONS
    return (
        *(ConditionDraft(ConditionKind.PROHIBITION, text) for text in prohibitions),
        ConditionDraft(ConditionKind.REQUIREMENT, requirement),
    )


def condition_of(company: Company, case: Row, number: int, at: datetime) -> Row:
    """Return one condition of the order that binds in a case, to be handed to whoever records its breach."""
    officer = company.of(Role.POLICE_OFFICER, at)
    page = orders_queries.orders_page(actor=officer, reference=case.reference, at=at)
    shown = next(each for each in page.binding[0].conditions if each.number == number)
    return orders_queries.condition_row(actor=officer, condition=shown.id, at=at)


def _break_it(at: datetime, case: Row, pair: Pair) -> None:
    """Let the subject break the order in the night before last; whoever is on duty records it, and nobody decides."""
    told_at = at - 30 * HOUR
    condition = condition_of(HOME, case, 1, told_at)
    road = pair.victim.address.partition(",")[0]
    words = f"He wrote from a new account: I know the light on the stairs at {road}. The order says no contact by any means."
    told = pair.told(HOME, told_at - HOUR, words, RecordingClass.MALICIOUS_COMMUNICATIONS, reference="CH-BREACH-1")
    journey.breach_reported(actor=HOME.of(Role.POLICE_OFFICER, told_at), condition=condition, told=told, at=told_at)
