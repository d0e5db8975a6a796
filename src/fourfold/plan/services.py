"""Opening actions and saying what became of them; sessions, minutes of work, clinical notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, NotFound, Opened, Permission, Refused, Side
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Conflict, Operation
from fourfold.cases.models import Case
from fourfold.panel import queries as panel_queries
from fourfold.panel.models import Decision, Measure
from fourfold.panel.terms import Strand
from fourfold.plan import rules
from fourfold.plan.models import Action, ClinicalNote, Session, StaffMinutes, StatusSet, Untold, VictimTold
from fourfold.plan.rules import Step
from fourfold.plan.terms import Attendance, CannotAct, PastAction, PastMinutes, PastSession, Status
from fourfold.programme import queries as programme

BATCH = 500


def open_actions(*, actor: Actor, decision: Decision, at: datetime) -> list[Action]:
    """Open one action for each measure of a decision that has none yet; calling it twice opens nothing twice."""
    case = decision.item.case
    opened = access.require(actor, Permission.ACTION_OPEN, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    with audit.recorded(actor, "actions.opened", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        waiting = Measure.objects.of(_sure(opened)).filter(decision=decision, action__isnull=True)
        return [entry.about(_of_measure(actor, case, measure, at)) for measure in waiting.order_by("position", "pk")]


def _sure(opened: Opened | None) -> Opened:
    if opened is None:  # `require` opens the file whenever it is named
        raise NotFound
    return opened


def _of_measure(actor: Actor, case: Case, measure: Measure, at: datetime) -> Action:
    return Action.objects.create(
        case=case,
        measure=measure,
        strand=measure.strand,
        what=measure.what,
        owner_partner=measure.owner_partner,
        owner=measure.owner,
        due_on=measure.due_on,
        tell_victim_first=measure.tell_victim_first,
        opened_at=at,
        **access_queries.held_by(actor, "decided", at=at),
    )


def open_action(  # noqa: PLR0913 - an action is all of this
    *,
    actor: Actor,
    case: Case,
    strand: Strand,
    what: str,
    owner_partner: str,
    due_on: date | None,
    at: datetime,
    owner: UUID | None = None,
    tell_victim_first: bool = False,
) -> Action:
    """Open an action beside the panel's measures. Raises CannotAct naming the field that is missing or past."""
    access.require(actor, Permission.ACTION_OPEN, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    partners = frozenset(partner.code for partner in programme.site(case.site).partners)
    if why := rules.why_not_open(what, owner_partner, partners, due_on, at.date()):
        raise CannotAct(*why)
    with audit.recorded(actor, "action.opened", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        return entry.about(
            Action.objects.create(
                case=case,
                strand=strand,
                what=what.strip(),
                owner_partner=owner_partner,
                owner=owner or None,
                due_on=due_on,
                tell_victim_first=tell_victim_first,
                opened_at=at,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def update_action(
    *,
    actor: Actor,
    action: Action,
    status: Status,
    at: datetime,
    reason: str = "",
    version: int | None = None,
    victim_told_at: datetime | None = None,
    countersigned_by: Actor | None = None,
) -> StatusSet:
    """Say what became of an action; each status is a row with its reason.

    An action before which the victim must be told is not done until a safe contact has told her (`victim_told_at`,
    or a telling on record), or a second person has signed the reason for going ahead. Raises CannotAct naming what
    is missing, and Conflict where somebody changed the action since `version`.
    """
    case = action.case
    opened = access.require(
        actor, Permission.ACTION_UPDATE, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
    )
    second = _second(actor, countersigned_by, case, at)
    with audit.recorded(actor, "action.updated", at=at, file=case.pk) as entry:
        now = _locked(_sure(opened), action, version)
        told_at = victim_told_at or _told_at(_sure(opened), now)
        signed = _signed(_sure(opened), now)
        signer = second.staff if second else (signed.signed_by if signed else None)
        words = reason.strip() or (signed.reason if signed else "")
        step = Step(Status(now.status), status, words, now.tell_victim_first, told_at, signer is not None, at)
        if why := rules.why_not_status(step):
            raise CannotAct(*why)
        _give_status(opened, now, status)
        return entry.about(
            StatusSet.objects.create(
                action=now,
                status=status,
                set_at=at,
                reason=words,
                victim_told_at=told_at,
                countersigned_by=signer,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def _told_at(opened: Opened, action: Action) -> datetime | None:
    tellings = VictimTold.objects.of(opened).filter(action=action)
    return tellings.order_by("told_at").values_list("told_at", flat=True).first()


def _signed(opened: Opened, action: Action) -> Untold | None:
    """The latest reason for going ahead that a second person has signed."""
    signed = Untold.objects.of(opened).filter(action=action, signed_at__isnull=False)
    return signed.order_by("-signed_at").first()


def note_victim_told(
    *, actor: Actor, action: Action, at: datetime, told_at: datetime | None = None, contact: UUID | None = None
) -> VictimTold:
    """Record that the victim was told of an action before it is taken, by the advocate who told her.

    `contact` is the safe contact in which she was told. Raises CannotAct for a moment that lies ahead.
    """
    case = action.case
    access.require(
        actor, Permission.SUPPORT_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.VICTIM_CONTACT
    )
    if told_at is not None and told_at > at:
        raise CannotAct("told_at", "This lies in the future. Record it when she has been told.")
    with audit.recorded(actor, "victim.told", at=at, file=case.pk) as entry:
        return entry.about(
            VictimTold.objects.create(
                action=action,
                told_at=told_at or at,
                contact=contact,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def ask_to_go_ahead(*, actor: Actor, action: Action, reason: str, at: datetime) -> Untold:
    """Ask that a step may be taken before the victim was told; the reason is what a second person signs."""
    case = action.case
    access.require(actor, Permission.ACTION_UPDATE, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    if not action.tell_victim_first:
        raise CannotAct("reason", "This action does not wait for the victim. Say what became of it.")
    if not reason.strip():
        raise CannotAct("reason", "Say why she cannot be told first: it is what your colleague signs.")
    with audit.recorded(actor, "untold.asked", at=at, file=case.pk) as entry:
        return entry.about(
            Untold.objects.create(
                action=action, reason=reason.strip(), **access_queries.held_by(actor, "entered", at=at)
            )
        )


def sign_untold(*, actor: Actor, asked: Untold, at: datetime) -> Untold:
    """Sign, as a second person, that a step may be taken before the victim was told. Raises CannotAct."""
    case = asked.action.case
    opened = access.require(
        actor, Permission.LEVEL_COUNTERSIGN, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
    )
    with audit.recorded(actor, "untold.signed", at=at, file=case.pk) as entry:
        now = Untold.objects.of(_sure(opened)).select_for_update().get(pk=asked.pk)
        if now.recorded_by == actor.staff:
            raise CannotAct("reason", "The second signature must be another person's. Ask a colleague.")
        if now.signed_at is not None:
            raise CannotAct("reason", "This was signed already. Open the plan again.")
        now.signed_at, now.signed_by = at, actor.staff
        now.save(update_fields=["signed_at", "signed_by"])
        return entry.about(now)


def _second(actor: Actor, second: Actor | None, case: Case, at: datetime) -> Actor | None:
    """Return the second person, if it is another one who may sign for the unit."""
    if second is None or second.staff == actor.staff:
        return None
    access.require(second, Permission.LEVEL_COUNTERSIGN, at=at, site=case.site, file=case.pk)
    return second


def _locked(opened: Opened, action: Action, version: int | None) -> Action:
    """Return the action as it stands, held until the transaction ends; raise Conflict if it is not as was seen."""
    now = Action.objects.of(opened).select_for_update().get(pk=action.pk)
    if version is not None and now.version != version:
        raise _conflict(opened, now)
    return now


def _conflict(opened: Opened, now: Action) -> Conflict:
    last = StatusSet.objects.of(opened).filter(action=now).order_by("-set_at", "-recorded_at").first()
    theirs: dict[str, object] = {"status": now.status, "reason": last.reason if last else ""}
    if last is not None:
        theirs |= {
            "set_by": access_queries.names_of([last.recorded_by]).get(last.recorded_by, ""),
            "set_at": last.set_at,
        }
    return Conflict("This action", theirs, now.version)


def _give_status(opened: Opened | None, now: Action, status: Status) -> None:
    held = Action.objects.of(_sure(opened)).filter(pk=now.pk, version=now.version)
    if not held.update(status=status, version=F("version") + 1):
        raise Conflict("This action", {"status": now.status}, now.version + 1)
    now.status, now.version = status, now.version + 1


def plan_session(
    *, actor: Actor, case: Case, strand: Strand, planned_at: datetime, at: datetime, direct_work: bool = False
) -> Session:
    """Plan a session of psychological or social work; what is said in it is clinical and stands elsewhere.

    `direct_work` is psychological work with the subject, which the gate keeps shut while there is, or may be, an
    investigation. Raises CannotAct.
    """
    opened = access.require(
        actor, Permission.SESSION_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
    )
    if why := _why_not_session(_sure(opened), case, strand, direct_work, at):
        raise CannotAct("direct_work", why)
    with audit.recorded(actor, "session.planned", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        return entry.about(
            Session.objects.create(
                case=case,
                strand=strand,
                planned_at=planned_at,
                direct_work=direct_work,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def _why_not_session(opened: Opened, case: Case, strand: Strand, direct_work: bool, at: datetime) -> str | None:
    if direct_work and strand is not Strand.PSYCHOLOGICAL:
        return "Direct work is psychological. Choose that strand, or leave direct work out."
    working = programme.working(case.site, at.date())
    return rules.why_not_plan_session(
        direct_work=direct_work,
        under_investigation=panel_queries.investigation(opened),
        therapy_while_investigated=working.therapy_while_investigated,
    )


def settle_session(*, actor: Actor, session: Session, attendance: Attendance, at: datetime) -> Session:
    """Say what became of a planned session, once. Raises CannotAct."""
    case = session.case
    opened = access.require(
        actor, Permission.SESSION_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
    )
    with audit.recorded(actor, "session.settled", at=at, file=case.pk) as entry:
        now = Session.objects.of(_sure(opened)).select_for_update().get(pk=session.pk)
        if why := rules.why_not_settle(Attendance(now.attendance), attendance, now.planned_at, at):
            raise CannotAct(*why)
        now.attendance, now.settled_at = attendance, at
        now.save(update_fields=["attendance", "settled_at"])
        return entry.about(now)


def log_minutes(
    *,
    actor: Actor,
    case: Case,
    minutes: int,
    worked_on: date,
    at: datetime,
    role: str = "",
    on_what: str = "",
) -> StaffMinutes:
    """Log minutes of one's own work on a case, under a role held at its site (the only one, if there is one).

    Raises CannotAct.
    """
    access.require(actor, Permission.MINUTES_LOG, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    roles = frozenset(held for site, held in actor.memberships if site == case.site)
    chosen = role or (next(iter(roles)) if len(roles) == 1 else "")
    if why := rules.why_not_log(minutes, worked_on, at.date(), chosen, roles):
        raise CannotAct(*why)
    with audit.recorded(actor, "minutes.logged", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        return entry.about(
            StaffMinutes.objects.create(
                case=case,
                role=chosen,
                minutes=minutes,
                worked_on=worked_on,
                on_what=on_what.strip(),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def write_clinical_note(*, actor: Actor, case: Case, side: Side, text: str, at: datetime) -> ClinicalNote:
    """Keep what a clinician writes about the person in treatment: the victim's clinicians are not the subject's.

    Raises CannotAct for an empty note, Refused for a clinician of the other side.
    """
    opened = access.require(
        actor, Permission.NOTE_CLINICAL, at=at, site=case.site, file=case.pk, writes=Compartment.CLINICAL
    )
    if side not in _sure(opened).sides:
        audit.refused(actor, str(Permission.NOTE_CLINICAL), at=at, rule=f"side {side}", file=case.pk)
        raise Refused("compartment", "This part of the file is not open to you.")
    if not text.strip():
        raise CannotAct("text", "Write the note, or leave the page without saving.")
    with audit.recorded(actor, "clinical_note.written", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        entry.compartments = {Compartment.CLINICAL.value}
        return entry.about(
            ClinicalNote.objects.create(
                case=case, side=side, text=text.strip(), **access_queries.held_by(actor, "entered", at=at)
            )
        )


# --- taking over ------------------------------------------------------------------------------------------


def take_over(*, actor: Actor, rows: Iterable[PastAction | PastSession | PastMinutes], at: datetime) -> int:
    """Bring in past actions, sessions and minutes in batches of 500 with one entry each; return how many.

    Raises NotFound for a case that is not open to the actor, Refused where a role does not include one of them.
    """
    remaining, total = iter(rows), 0
    while batch := list(islice(remaining, BATCH)):
        with audit.recorded(actor, "plan.taken_over", at=at, operation=Operation.COLLECTION) as entry:
            made = _past_batch(actor, batch, at)
            entry.seal(made)
        total += len(batch)
    return total


Past = PastAction | PastSession | PastMinutes
NEEDED: dict[type, Permission] = {
    PastAction: Permission.ACTION_OPEN,
    PastSession: Permission.SESSION_RECORD,
    PastMinutes: Permission.MINUTES_LOG,
}


def _past_batch(actor: Actor, batch: list[Past], at: datetime) -> list[models.Model]:
    found = Case.objects.visible_to(actor, at=at).in_bulk({past.case for past in batch})
    if len(found) < len({past.case for past in batch}):
        raise NotFound
    for site, permission in {(found[past.case].site, NEEDED[type(past)]) for past in batch}:
        access.require(actor, permission, at=at, site=site)
    held = access_queries.held_by(actor, "taken over", at=at)
    measures = _measures_without_action(found)
    actions = [(past, _past_action(past, measures, held)) for past in batch if isinstance(past, PastAction)]
    statuses = [status for past, action in actions for status in _past_statuses(past, action, held)]
    made: list[models.Model] = [*Action.objects.bulk_create(action for _, action in actions)]
    made += StatusSet.objects.bulk_create(statuses)
    made += Session.objects.bulk_create(_past_session(past, held) for past in batch if isinstance(past, PastSession))
    made += StaffMinutes.objects.bulk_create(
        _past_minutes(past, held) for past in batch if isinstance(past, PastMinutes)
    )
    return made


def _measures_without_action(cases: Iterable[UUID]) -> dict[tuple[UUID, str, str], list[UUID]]:
    """Return the panel's measures of these cases that nobody carries out yet, by case, strand and words."""
    rows = Measure.objects.unscoped("the cases were opened").filter(
        decision__item__case__in=list(cases), action__isnull=True
    )
    found: dict[tuple[UUID, str, str], list[UUID]] = defaultdict(list)
    for case, strand, what, measure in rows.values_list("decision__item__case", "strand", "what", "pk"):
        found[case, strand, what].append(measure)
    return found


def _past_action(past: PastAction, measures: dict[tuple[UUID, str, str], list[UUID]], held: dict[str, Any]) -> Action:
    """Make a past action; one that says what a measure of the same case says carries out that measure."""
    same = measures[past.case, past.strand, past.what]
    return Action(
        case_id=past.case,
        measure_id=past.measure or (same.pop() if same else None),
        strand=past.strand,
        what=past.what,
        owner_partner=past.owner_partner,
        owner=past.owner,
        due_on=past.due_on,
        tell_victim_first=past.tell_victim_first,
        opened_at=past.opened_at,
        status=past.statuses[-1].status if past.statuses else Status.OPEN,
        version=1 + len(past.statuses),
        **{**held, "recorded_at": past.opened_at, "recorded_by": past.opened_by},
    )


def _past_statuses(past: PastAction, action: Action, held: dict[str, Any]) -> list[StatusSet]:
    return [
        StatusSet(
            action=action,
            status=given.status,
            set_at=given.set_at,
            reason=given.reason,
            victim_told_at=given.victim_told_at,
            **{**held, "recorded_at": given.set_at, "recorded_by": given.set_by},
        )
        for given in past.statuses
    ]


def _past_session(past: PastSession, held: dict[str, Any]) -> Session:
    return Session(
        case_id=past.case,
        strand=past.strand,
        planned_at=past.planned_at,
        attendance=past.attendance,
        settled_at=past.settled_at,
        direct_work=past.direct_work,
        **{**held, "recorded_at": past.planned_at, "recorded_by": past.planned_by},
    )


def _past_minutes(past: PastMinutes, held: dict[str, Any]) -> StaffMinutes:
    return StaffMinutes(
        case_id=past.case,
        role=past.role,
        minutes=past.minutes,
        worked_on=past.worked_on,
        on_what=past.on_what,
        **{**held, "recorded_by": past.worked_by},
    )
