"""One allegation the whole way, played through the services with people of its own and told as sentences.

`play` runs on the database as it is, with new people each time; every step commits by itself, as it would in a unit.
It returns whether everything that the story says has held.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

from fourfold import journey
from fourfold.access.terms import NotFound, Role
from fourfold.assessment import services as assessment
from fourfold.assessment.terms import AssessmentError
from fourfold.audit import queries as audit_queries
from fourfold.cases import queries as case_queries
from fourfold.cases import services as cases
from fourfold.cases.terms import CannotStep, Level, Outcome, Trigger
from fourfold.demo import feed, load, moves, wordings
from fourfold.demo.founding import Company, acting
from fourfold.demo.invented import Inventor, misspelt
from fourfold.demo.leading import condition_of, conditions
from fourfold.demo.learning import NEW_AREA
from fourfold.demo.moves import Pair, Row
from fourfold.demo.roster import address_of
from fourfold.demo.tale import LONDON, Tale, counted
from fourfold.demo.truth import TRUTH
from fourfold.evaluation import queries as evaluation_queries
from fourfold.evaluation import services as evaluation
from fourfold.gateways.transport import Outbox
from fourfold.intake import services as intake
from fourfold.intake.terms import RecordingClass
from fourfold.linkage import queries as linkage_queries
from fourfold.linkage import services as linkage
from fourfold.orders import services as orders
from fourfold.orders.terms import BreachDecision, CannotOrder, OrderKind, StepDetails
from fourfold.panel import queries as panel_queries
from fourfold.panel import services as panel
from fourfold.panel.terms import CannotDecide
from fourfold.people import services as people
from fourfold.people.queries import contact as contact_queries
from fourfold.people.terms import Channel, MarkKind, Part, SafeContactRule
from fourfold.rollout import queries as rollout_queries
from fourfold.support import queries as support_queries
from fourfold.support import services as support
from fourfold.support.terms import ContactOutcome

HOUR = timedelta(hours=1)
NOT_LOADED = "The invented programme is not loaded. Run `make run` once (stop it with Ctrl+C), then tell the story."


def play(say: Callable[[str], None] = print, *, at: datetime | None = None) -> bool:
    """Play the story up to `at` (now), say each step as a sentence, and return whether all of it held."""
    if not load.is_loaded():
        say(NOT_LOADED)
        return False
    tale = Tale(say, at or _now(), Company("cheshire"))
    pair = _new_people(tale)
    first, second = _told(tale, pair)
    _who(tale, first, second)
    case = _screened(tale, first, second)
    _support_begins(tale, case)
    _assessed(tale, case)
    _decided(tale, case)
    _acted_on(tale, case)
    _broken(tale, case, pair)
    _learned_from(tale)
    _rolled_out(tale)
    _provable(tale)
    return not tale.broken


def _now() -> datetime:
    fixed: str = settings.FOURFOLD.app_clock
    return datetime.fromisoformat(fixed).astimezone(UTC) if fixed else datetime.now(UTC)


def _new_people(tale: Tale) -> Pair:
    """Invent a victim and a subject whom no telling had before; her number is of the range kept for the story."""
    inventor = Inventor(secrets.randbits(48))
    on = tale.ends_at.date()
    victim = replace(inventor.victim("Halton", on), phone=_story_number(), sex="F", name=inventor.name("F"))
    subject = replace(inventor.subject("Halton", on), sex="M", name=inventor.name("M"))
    return Pair(replace(victim, email=""), subject)


def _story_number() -> str:
    """Return a mobile number for drama that no invented history uses."""
    return f"07700 900{700 + secrets.randbelow(300)}"


# ---- told ----------------------------------------------------------------------------------------------------------


def _told(tale: Tale, pair: Pair) -> tuple[Row, Row]:
    """Import the morning's export of three rows, twice; return the two allegations that could be read."""
    tale.chapter("Told")
    at = tale.on(0, 9)
    analyst = tale.who(Role.POLICE_ANALYST, at)
    numbers = [f"{secrets.randbelow(10**7):07d}" for _ in range(3)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        feed.write(path, _three_rows(tale, pair, numbers))
        totals = intake.import_file(actor=analyst, path=path, mapping=feed.MAPPING, site=tale.company.site, at=at)
        again = intake.import_file(actor=analyst, path=path, mapping=feed.MAPPING, site=tale.company.site, at=at)
    tale.tell(
        f"The police analyst imports the force's export: {counted(totals.read, 'row')} read, {totals.accepted} accepted "
        f"word for word, {totals.quarantined} held back ({totals.reasons[0][0] if totals.reasons else 'no reason'})."
    )
    tale.tell(f"The police analyst imports the same file again by mistake: {again.accepted} accepted, nothing doubled.")
    for one in (totals, again):
        tale.hold(one.read == one.accepted + one.duplicates + one.quarantined, "every row read is accounted for")
    tale.hold((totals.accepted, totals.quarantined, again.accepted) == (2, 1, 0), "two rows kept once, one held back")
    first, second = (_at_the_desk(tale, f"06/{number}", at) for number in numbers[:2])
    return first, second


def _three_rows(tale: Tale, pair: Pair, numbers: list[str]) -> list[dict[str, str]]:
    """Return two acts, the second with her name as a tired hand wrote it, and one of a day that no calendar has."""
    inventor = Inventor(int(numbers[0]))
    misspelt_victim = replace(pair.victim, name=misspelt(pair.victim.name, inventor.dice))
    suspect = feed.suspect(pair.subject, "Ex partner")
    return [
        feed.act(
            numbers[0],
            tale.on(-3, 21),
            "8L",
            "He rang nine times in an evening and hung up when her brother answered.",
            **feed.victim(pair.victim),
            **suspect,
        ),
        feed.act(
            numbers[1],
            tale.on(0, 7),
            "8R",
            "Flowers were left on the step. The card says that she would be sorry. She has asked him to stop.",
            **feed.victim(misspelt_victim),
            **suspect,
        ),
        feed.act(numbers[2], tale.on(0, 7), "8L", "He waited by the gate.") | {"Reported date": "31/02/2026"},
    ]


def _at_the_desk(tale: Tale, reference: str, at: datetime) -> Row:
    """Return the allegation with this reference, found where the analyst finds it."""
    analyst = tale.who(Role.POLICE_ANALYST, at)
    after: UUID | None = None
    while True:
        page = case_queries.untriaged(actor=analyst, at=at, after=after)
        found = next((row.id for row in page.rows if row.reference == reference), None)
        if found is not None:
            return linkage_queries.allegation(analyst, found, at=at)
        if page.after is None:
            raise LookupError(f"{reference} is not at the desk")
        after = page.after


# ---- who -----------------------------------------------------------------------------------------------------------


def _who(tale: Tale, first: Row, second: Row) -> None:
    """Put both people on record from the first act, find them again in the second, undo, and confirm again."""
    tale.chapter("Who")
    at = tale.on(0, 12)
    analyst = tale.who(Role.POLICE_ANALYST, at)
    her: Row = cases.confirm_match(actor=analyst, allegation=first, part=Part.VICTIM, at=at).victim
    him: Row = cases.confirm_match(actor=analyst, allegation=first, part=Part.SUBJECT, at=at).subject
    tale.tell(f"The police analyst puts {her.name} and {him.name} on record from the first allegation.")
    proposals = linkage.propose_matches(actor=analyst, allegation=second, at=at)
    hers = [one for one in proposals if one.victim_id == her.pk]
    tale.hold(bool(hers), "the second allegation is proposed as the same victim, although her name is misspelt")
    for one in hers:
        agreeing = ", ".join(each["field"] for each in one.evidence if each["weight"] > 0)
        tale.tell(f"Linkage proposes {her.name} for “{second.victim_name}” with its evidence: {agreeing}.")
    match = cases.confirm_match(actor=analyst, allegation=second, part=Part.VICTIM, victim=her, at=at)
    cases.confirm_match(actor=analyst, allegation=second, part=Part.SUBJECT, subject=him, at=at)
    tale.tell("The police analyst confirms both people; nothing was merged silently.")
    _undo_and_confirm(tale, second, match, her)


def _undo_and_confirm(tale: Tale, second: Row, match: Row, her: Row) -> None:
    at = tale.on(0, 15)
    colleague = tale.who(Role.UNIT_COORDINATOR, at)
    cases.undo_match(actor=colleague, match=match, reason="the spelling made me doubt", at=at)
    tale.hold(linkage_queries.people_of(second.pk)[0] is None, "an undone match is not counted")
    cases.confirm_match(
        actor=colleague, allegation=second, part=Part.VICTIM, victim=her, reason="same telephone and birth", at=at
    )
    tale.hold(linkage_queries.people_of(second.pk)[0] == her, "a match that is confirmed again counts again")
    tale.tell("The unit coordinator undoes the link in doubt, rings the officer, and confirms it again.")


# ---- screened ------------------------------------------------------------------------------------------------------


def _screened(tale: Tale, first: Row, second: Row) -> Row:
    """Look at the desk's page, answer FOUR, and take the case on for the panel; return the case."""
    tale.chapter("Screened")
    at = tale.on(0, 16)
    analyst = tale.who(Role.POLICE_ANALYST, at)
    page = case_queries.desk_page(actor=analyst, allegation_id=second.pk, at=at)
    tale.hold(page.two_acts, "two acts by one person are a course of conduct")
    tale.hold(page.class_check is not None, "the class check speaks for a former partner's second act")
    tale.tell(f"The desk says: {page.class_check.says if page.class_check else 'nothing about the class'}")
    with tale.refused(CannotStep, "The police analyst tries to let it leave the desk without a reason."):
        cases.triage(actor=analyst, allegation=second, outcome=Outcome.PANEL, reason=" ", at=at)
    reason = "second act in three days by a former partner, and fear"
    triage = journey.case_taken_on(
        actor=analyst, allegation=second, answers=moves.FOUR, outcome=Outcome.PANEL, reason=reason, at=at
    )
    cases.triage(actor=analyst, allegation=first, outcome=Outcome.PANEL, reason="the first act of that case", at=at)
    case = triage.case
    tale.tell(f"The police analyst answers FOUR and takes it on as {case.reference}: panel, because {reason}.")
    moves.give_team(tale.company, case, at=at + HOUR)
    tale.tell("The unit coordinator gives officer, advocate, clinician and outreach worker their parts in the case.")
    with tale.refused(NotFound, "A police officer in London opens the case."):
        stranger = Company("london").of(Role.POLICE_OFFICER, at)
        case_queries.case_of(actor=stranger, reference=case.reference, at=at + HOUR)
    return case


# ---- her own file --------------------------------------------------------------------------------------------------


def _support_begins(tale: Tale, case: Row) -> None:
    """Agree how she may be reached; a call at a wrong moment is stopped, a text at a right one is written."""
    tale.chapter("Her advocate")
    at = tale.on(1, 9, 30)
    advocate = tale.who(Role.VICTIM_ADVOCATE, at)
    rule = SafeContactRule((Channel.TEXT,), from_time=tale.on(1, 10).time(), until_time=tale.on(1, 14).time())
    support.agree_contact(actor=advocate, case=case, rule=rule, at=at)
    _make_sure_the_number_is_hers(tale, case, at)
    tale.tell("She rings herself; the victim advocate agrees with her: text only, 10:00 to 14:00, never a message.")
    called = support.attempt_contact(
        actor=advocate, case=case, channel=Channel.CALL, outcome=ContactOutcome.REACHED, at=tale.on(1, 10, 40)
    )
    tale.hold(called.outcome == ContactOutcome.STOPPED, "a call against her rule is stopped")
    tale.tell(f"The victim advocate is about to call at 10:40; the system stops it: {called.why_stopped}")
    text = "Is tomorrow at eleven still good for you?"
    message = _text(tale, case, text, tale.on(1, 11))
    tale.hold(message.state == "sent", "a text within her hours leaves")
    tale.tell("The victim advocate writes at 11:00; the text leaves, naming nobody and nothing.")
    late = support.send_message(actor=advocate, case=case, channel=Channel.TEXT, text=text, at=tale.on(1, 16, 20))
    tale.hold(late.state == "stopped", "a text outside her hours stays")
    support.keep_address(actor=advocate, case=case, address="with her sister", at=tale.on(1, 11, 30))
    tale.tell("She says where she sleeps; the victim advocate seals it, and no other page changes.")


def _make_sure_the_number_is_hers(tale: Tale, case: Row, at: datetime) -> None:
    """Take another number of the story's range while the one on record was somebody else's before: then it is hostile."""
    advocate = tale.who(Role.VICTIM_ADVOCATE, at)
    safe_hour = tale.on(1, 11)
    for _ in range(40):
        why, _ = contact_queries.why_not_contact_now(case.victim_id, Channel.TEXT, at=safe_hour, leaves_message=False)
        if why is None:
            return
        people.add_reach(actor=advocate, victim=case.victim, kind=MarkKind.PHONE, value=_story_number(), at=at)
    tale.hold(False, "a number that is hers alone is found")


def _text(tale: Tale, case: Row, text: str, at: datetime) -> Row:
    """Write a text and let the outbox go; return the message as her file shows it then."""
    advocate = tale.who(Role.VICTIM_ADVOCATE, at)
    journey.message_sent(
        actor=advocate,
        case=case,
        channel=Channel.TEXT,
        text=text,
        transport=Outbox(Path(settings.FOURFOLD.data_dir) / "outbox"),
        at=at,
    )
    return support_queries.victim_file(actor=advocate, reference=case.reference, at=at).messages[0]


# ---- assessed ------------------------------------------------------------------------------------------------------


def _assessed(tale: Tale, case: Row) -> None:
    """Fill in the checklist with two answers not known; the advice may raise the level, never lower it."""
    tale.chapter("Assessed")
    at = tale.on(2, 11)
    officer = tale.who(Role.POLICE_OFFICER, at)
    answers = moves.first_line("fear", "threats", "earlier_reports", unknown=("weapons", "suicide_talk"))
    with tale.refused(AssessmentError, "The police officer sets medium alone, below the advice."):
        assessment.record_assessment(
            actor=officer,
            case=case,
            instrument="first-line",
            answers=answers,
            professional_level=Level.MEDIUM,
            reason="he seems calm",
            at=at,
        )
    made = assessment.record_assessment(
        actor=officer,
        case=case,
        instrument="first-line",
        answers=answers,
        professional_level=Level.HIGH,
        reason="threats, and two things that nobody knows yet",
        at=at,
    )
    tale.hold(made.advice_state == "incomplete", "two answers not known make the advice incomplete, never lower")
    tale.tell(f"The police officer sets high beside an advice of {Level(made.advised).label} that is incomplete.")
    assessment.record_assessment(
        actor=tale.who(Role.MENTAL_HEALTH_PROFESSIONAL, at),
        case=case,
        instrument="judgement",
        answers=moves.judgement(Level.VERY_HIGH),
        reason="imminence within weeks, and nothing that holds him",
        at=tale.on(3, 14),
    )
    tale.tell("The mental health professional records a structured judgement: very high.")


# ---- decided -------------------------------------------------------------------------------------------------------


def _decided(tale: Tale, case: Row) -> None:
    """Hear four professions alone, then together; a decision without her safety is refused."""
    tale.chapter("Decided")
    sits_at, company = tale.on(5, 10), tale.company
    [item] = moves.bring_before_panel(company, [case], starts_at=sits_at, at=tale.on(3, 16))
    chair = tale.who(Role.PANEL_CHAIR, sits_at)
    moves.give_view(company, item, Role.POLICE_OFFICER, Level.HIGH, at=sits_at - 2 * HOUR)
    page = panel_queries.item_page(
        actor=tale.who(Role.VICTIM_ADVOCATE, sits_at), item_id=item.pk, at=sits_at - 2 * HOUR
    )
    tale.hold(bool(page.why_not_see_views) and not page.views, "nobody sees a view before giving one")
    tale.tell("The police officer gives a view; the victim advocate, who has not, cannot see it yet.")
    levels = dict(zip(moves.FOUR_PROFESSIONS[1:], (Level.VERY_HIGH, Level.HIGH, Level.VERY_HIGH), strict=True))
    for role, level in levels.items():
        moves.give_view(company, item, role, level, at=sits_at - HOUR)
        tale.tell(f"The {role.label} gives a view alone: {level.label}.")
    panel.open_views(actor=chair, item=item, at=sits_at)
    draft = moves.draft(company, Level.VERY_HIGH, sits_at.date(), order=True)
    with tale.refused(CannotDecide, "The panel chair records a decision without an answer on the victim's safety."):
        panel.record_decision(actor=chair, item=item, draft=replace(draft, victim_safety=""), at=sits_at + HOUR)
    journey.panel_decided(actor=chair, item=item, draft=draft, at=sits_at + HOUR)
    tale.tell(
        f"The panel chair records the one decision: very high, an order is sought, "
        f"{counted(len(draft.measures), 'measure')} with owner and date, one dissent kept."
    )


# ---- acted on ------------------------------------------------------------------------------------------------------


def _acted_on(tale: Tale, case: Row) -> None:
    """Apply for an interim order and have it made; it is not served before she knows."""
    tale.chapter("Acted on")
    officer = tale.who(Role.POLICE_OFFICER, tale.on(6, 9))
    order = orders.apply_for(
        actor=officer,
        case=case,
        kind=OrderKind.SPO_INTERIM,
        conditions=conditions(),
        reason=wordings.ORDER_REASONS["yes"],
        at=tale.on(6, 9),
    )
    tale.tell(f"The police officer applies for an interim order with {counted(len(conditions()), 'condition')}.")
    journey.order_made(actor=officer, order=order, details=StepDetails(), at=tale.on(8, 12))
    tale.tell("The police officer records that the court has made it.")
    with tale.refused(CannotOrder, "The police officer records that it was served, although she was not told."):
        journey.order_served(actor=officer, order=order, details=StepDetails(), at=tale.on(9, 9))
    told = journey.victim_reached(
        actor=tale.who(Role.VICTIM_ADVOCATE, tale.on(9, 11)),
        case=case,
        channel=Channel.TEXT,
        outcome=ContactOutcome.REACHED,
        orders_ahead=[order],
        at=tale.on(9, 11),
    )
    tale.hold(bool(told.safe), "she is told first, in a safe contact")
    tale.tell("The victim advocate reaches her at 11:00 and tells her what is about to happen.")
    journey.order_served(actor=officer, order=order, details=StepDetails(), at=tale.on(9, 15))
    tale.tell("The police officer records that he was served at 15:00.")


def _broken(tale: Tale, case: Row, pair: Pair) -> None:
    """Let him break the order: a new act of the same conduct, a review brought forward, a new assessment."""
    tale.chapter("Broken")
    coordinator = tale.who(Role.UNIT_COORDINATOR, tale.on(12, 15))
    summary = "Quiet since service. She sleeps at her sister's."
    cases.record_review(actor=coordinator, case=case, level=None, summary=summary, at=tale.on(12, 15))
    tale.tell("The unit coordinator records the review of day 12: quiet since service.")
    breach = _breach(tale, case, pair, tale.on(12, 23, 30))
    officer = tale.who(Role.POLICE_OFFICER, tale.on(13, 9))
    for what in BreachDecision:
        journey.breach_decided(actor=officer, breach=breach, what=what, done=True, reason="", at=tale.on(13, 9))
    tale.tell("The police officer decides within the 48 hours: arrest, charge, victim told.")
    assessment.record_assessment(
        actor=officer,
        case=case,
        instrument="first-line",
        answers=moves.first_line("fear", "threats", "earlier_reports", "breach", "escalation"),
        professional_level=Level.VERY_HIGH,
        reason="breach within days of service",
        at=tale.on(13, 11),
    )
    tale.tell("The police officer assesses again: very high stays.")
    _too_early(tale, case)


def _breach(tale: Tale, case: Row, pair: Pair, at: datetime) -> Row:
    """Record the breach as it was told in the night, and see what it forces."""
    officer = tale.who(Role.POLICE_OFFICER, at)
    before = case_queries.pattern(actor=officer, reference=case.reference, at=at)
    words = "He wrote to her from a new account: now you have made me do this."
    told = pair.told(tale.company, at - HOUR, words, RecordingClass.MALICIOUS_COMMUNICATIONS)
    condition = condition_of(tale.company, case, 1, at)
    breach = journey.breach_reported(actor=officer, condition=condition, told=told, at=at)
    after = case_queries.pattern(actor=officer, reference=case.reference, at=at)
    was, now = before.header.review, after.header.review
    tale.hold(after.course.acts == before.course.acts + 1, "a breach is the next act of the same course of conduct")
    tale.hold(
        was is not None and now is not None and now.due_at < was.due_at and now.trigger is Trigger.BREACH,
        "a breach brings the review forward",
    )
    due = f"from {_moment(was.due_at)} to {_moment(now.due_at)}" if was and now else ""
    tale.tell(
        f"The police officer records a breach of condition 1 in the night of day 12: act {after.course.acts} of the "
        f"same course of conduct. The review moves {due}."
    )
    return breach


def _moment(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%-d %B, %H:%M}"


def _too_early(tale: Tale, case: Row) -> None:
    at = tale.on(14, 10)
    with tale.refused(CannotStep, "The unit coordinator wants to step the case down."):
        cases.step_down(
            actor=tale.who(Role.UNIT_COORDINATOR, at),
            case=case,
            reason="he is charged",
            victim_told_at=at - HOUR,
            countersigned_by=tale.who(Role.PANEL_CHAIR, at),
            at=at,
        )


# ---- learned from, rolled out, provable ----------------------------------------------------------------------------


def _learned_from(tale: Tale) -> None:
    """Freeze a new extract under the registered question, compute, and find the planted effect again.

    The extract ends where the story begins: what is played here is no part of the programme's truth.
    """
    tale.chapter("Learned from")
    at = tale.ends_at
    evaluator = acting(address_of(Role.EVALUATOR), at)
    question: Row = evaluation_queries.latest_question()
    extract = evaluation.freeze_extract(actor=evaluator, question=question, until=tale.on(0, 0), at=at)
    tale.tell(f"The evaluator freezes {extract.rows} de-identified cases; SHA-256 {extract.sha256}.")
    evaluation.compute_findings(actor=evaluator, extract=extract, at=at)
    page = evaluation_queries.latest_findings(actor=evaluator, at=at)
    found = page.findings.hazard_ratio if page else None
    if found is None or found.low is None or found.high is None:
        tale.hold(False, "the evaluation shows a hazard ratio")
        return
    tale.tell(
        f"The evaluator reads: hazard ratio of the next act under management {found.estimate:.2f} "
        f"(95 % interval {found.low:.2f} to {found.high:.2f}); the truth planted in this invented programme is "
        f"{TRUTH.hazard_ratio:.2f}."
    )
    tale.hold(found.low <= TRUTH.hazard_ratio <= found.high, "the planted effect lies inside its interval")


def _rolled_out(tale: Tale) -> None:
    """Say what one area without a unit should expect."""
    tale.chapter("Rolled out")
    lead = acting(address_of(Role.PROGRAMME_LEAD), tale.ends_at)
    estimate = rollout_queries.area_estimate(actor=lead, code=NEW_AREA, at=tale.ends_at)
    tale.hold(bool(estimate.figures) and bool(estimate.recommendation), "an area gets figures and a recommendation")
    for figure in estimate.figures[:3]:
        shown = figure.range
        tale.tell(
            f"The programme lead reads for {estimate.area.name}: {figure.what}, {shown.middle} a year "
            f"({shown.low} to {shown.high})."
        )
    tale.tell(f"The recommendation begins: {estimate.recommendation[0]}")
    tale.tell(f"It names {counted(len(estimate.gaps), 'gap')} in what is known; what is missing is never zero.")


def _provable(tale: Tale) -> None:
    """Read the whole log."""
    tale.chapter("Provable")
    verdict = audit_queries.verify()
    tale.hold(verdict.clean, "the log holds")
    tale.tell(f"The governance lead has the log read: {verdict.entries:,} entries, each following from the one before.")
