"""Opening actions and saying what became of them; the victim is told first."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.askers import Needs, why_not_answer
from fourfold.access.models import Staff
from fourfold.access.terms import LONDON, Compartment, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Conflict, Operation
from fourfold.cases.models import Case
from fourfold.panel.measures import class_of, why_not_kind
from fourfold.panel.models import Decision, Measure
from fourfold.panel.terms import MeasureKind, PlanClass, Strand
from fourfold.plan import queries, rules
from fourfold.plan.models import Action, Moved, StatusSet, Untold, VictimTold
from fourfold.plan.rules import Move, Step
from fourfold.plan.services.kept import first_missed
from fourfold.plan.terms import Because, CannotAct, Status
from fourfold.programme import queries as programme

BY_ANOTHER = "A different person must give the second signature. Ask a colleague."


def open_actions(*, actor: Actor, decision: Decision, at: datetime) -> list[Action]:
    """Open one action for each measure of a decision that has none yet; calling it twice opens nothing twice."""
    case = decision.item.case
    opened = access.require(actor, Permission.ACTION_OPEN, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    with audit.recorded(actor, "actions.opened", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        waiting = Measure.objects.of(opened).filter(decision=decision, action__isnull=True)
        return [entry.about(_of_measure(actor, case, measure, at)) for measure in waiting.order_by("position", "pk")]


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
        kind=measure.kind,
        plan_class=measure.plan_class,
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
    kind: MeasureKind | None = None,
    plan_class: PlanClass | None = None,
) -> Action:
    """Open an action besides the panel's measures. Raises CannotAct naming the field that is missing or past.

    What the subject is bound to notice (`MeasureKind.tells_victim_first`) waits for the victim, whoever asks.
    """
    access.require(actor, Permission.ACTION_OPEN, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    partners = frozenset(dict(programme.partners_of(case.site)))
    if why := rules.why_not_open(what, owner_partner, partners, due_on, at.date()):
        raise CannotAct(*why)
    if why_kind := why_not_kind(kind, strand):
        raise CannotAct("kind", why_kind)
    with audit.recorded(actor, "action.opened", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        return entry.about(
            Action.objects.create(
                case=case,
                strand=strand,
                what=what.strip(),
                owner_partner=owner_partner,
                owner=owner or None,
                due_on=due_on,
                tell_victim_first=tell_victim_first or (kind is not None and kind.tells_victim_first),
                kind=kind or "",
                plan_class=class_of(kind, strand, plan_class) or "",
                opened_at=at,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def update_action(  # noqa: PLR0913 - a status is what it is with everything that speaks for it
    *,
    actor: Actor,
    action: Action,
    status: Status,
    at: datetime,
    reason: str = "",
    version: int | None = None,
    victim_told_at: datetime | None = None,
    countersigned_by: Actor | None = None,
    because: Because | None = None,
) -> StatusSet:
    """Record what happened to an action; each status is a row with its reason, and what is not done with its kind.

    An action before which the victim must be told is not done until a safe contact (`victim_told_at`,
    or one on record), or a second person has signed the reason for going ahead. Raises CannotAct naming what
    is missing, and Conflict where somebody changed the action since `version`.
    """
    case = action.case
    opened = access.require(
        actor, Permission.ACTION_UPDATE, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
    )
    second = _second(actor, countersigned_by, case, at)
    with audit.recorded(actor, "action.updated", at=at, file=case.pk) as entry:
        now = _locked(opened, action, version)
        told_at = victim_told_at or _told_at(opened, now)
        waits = status is Status.DONE and now.tell_victim_first and told_at is None
        signed = _signed(opened, now) if waits else None
        signer = signed.signed_by if signed else second.staff if second else None
        words = signed.reason if signed else reason.strip()
        step = Step(Status(now.status), status, words, now.tell_victim_first, told_at, signer is not None, at, because)
        if why := rules.why_not_status(step):
            raise CannotAct(*why)
        _give_status(opened, now, status, at)
        return entry.about(
            StatusSet.objects.create(
                action=now,
                status=status,
                set_at=at,
                reason=words,
                because=because if because and status is Status.NOT_DONE else "",
                victim_told_at=told_at,
                countersigned_by=signer,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def move_action(
    *,
    actor: Actor,
    action: Action,
    owner: UUID | None,
    due_on: date,
    at: datetime,
    reason: str = "",
    version: int | None = None,
) -> Moved:
    """Give an action to a person of its agency (None: to nobody in particular), or another day with the reason for it.

    The action says who has it and by when now; each change is a row with what stood before. Raises CannotAct naming
    what is missing, and Conflict where somebody changed the action since `version`.
    """
    case = action.case
    opened = access.require(
        actor, Permission.ACTION_UPDATE, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
    )
    with audit.recorded(actor, "action.moved", at=at, file=case.pk) as entry:
        now = _locked(opened, action, version)
        staff = frozenset(pk for pk, _ in queries.could_own(case.site, now.owner_partner, at=at))
        today = at.astimezone(LONDON).date()
        if why := rules.why_not_move(
            Move(Status(now.status), now.owner, owner, now.due_on, due_on, staff, reason, today)
        ):
            raise CannotAct(*why)
        if owner not in (None, now.owner) and _is_kept_from(owner, case, at):
            raise CannotAct("owner", "This person cannot work on this case. Choose another.")
        moved = entry.about(
            Moved.objects.create(
                action=now,
                owner_before=now.owner,
                owner_after=owner,
                due_before=now.due_on,
                due_after=due_on,
                moved_at=at,
                reason=reason.strip(),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )
        if today > now.due_on:
            now.missed_on = first_missed(now)
        now.owner, now.due_on, now.version = owner, due_on, now.version + 1
        now.save(update_fields=["owner", "due_on", "version", "missed_on"])
        entry.about(now)
        return moved


def _is_kept_from(staff: UUID, case: Case, at: datetime) -> bool:
    """Return whether a wall stands between a member of staff and the case: work given to them would be on nobody's day."""
    person = access_queries.actor_of(Staff.objects.get(pk=staff), at=at)
    return access_queries.is_walled(person, (case.pk, case.victim_id, case.subject_id), at=at)


def _told_at(opened: Opened, action: Action) -> datetime | None:
    tellings = VictimTold.objects.of(opened).filter(action=action)
    return tellings.order_by("told_at").values_list("told_at", flat=True).first()


def _signed(opened: Opened, action: Action) -> Untold | None:
    """Return the latest reason for going ahead that a second person has signed, if the step was not taken on it."""
    signed = Untold.objects.of(opened).filter(action=action, signed_at__isnull=False)
    done = StatusSet.objects.of(opened).filter(
        action=action, status=Status.DONE, recorded_at__gte=OuterRef("signed_at")
    )
    return signed.filter(~Exists(done)).order_by("-signed_at").first()


def note_victim_told(
    *, actor: Actor, action: Action, at: datetime, told_at: datetime | None = None, contact: UUID | None = None
) -> VictimTold:
    """Record that an advocate told the victim of an action before it is taken.

    `contact` is the safe contact in which that was. Raises CannotAct for a moment in the future.
    """
    case = action.case
    access.require(
        actor, Permission.SUPPORT_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.VICTIM_CONTACT
    )
    if told_at is not None and told_at > at:
        raise CannotAct("told_at", "This time is in the future. Record it when the victim has been told.")
    with audit.recorded(actor, "victim.told", at=at, file=case.pk) as entry:
        return entry.about(
            VictimTold.objects.create(
                action=action, told_at=told_at or at, contact=contact, **access_queries.held_by(actor, "entered", at=at)
            )
        )


def ask_to_go_ahead(*, actor: Actor, action: Action, reason: str, at: datetime) -> Untold:
    """Ask that a step may be taken before the victim was told; the reason is what a second person signs."""
    case = action.case
    access.require(actor, Permission.ACTION_UPDATE, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    if not action.tell_victim_first:
        raise CannotAct("reason", "This action does not wait for the victim. Record what happened instead.")
    if not reason.strip():
        raise CannotAct("reason", "Say why the victim cannot be told first. Your colleague signs this reason.")
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
        now = Untold.objects.of(opened).select_for_update().get(pk=asked.pk)
        needs = Needs(Permission.ACTION_UPDATE, case.site, case.pk, writes=Compartment.CORE)
        if why := why_not_answer(now.recorded_by, actor, needs, at=at, same=BY_ANOTHER, asked_at=now.recorded_at):
            raise CannotAct("reason", why)
        if now.signed_at is not None:
            raise CannotAct("reason", "This has already been signed. Open the plan again.")
        now.signed_at, now.signed_by = at, actor.staff
        now.save(update_fields=["signed_at", "signed_by"])
        return entry.about(now)


def _second(actor: Actor, second: Actor | None, case: Case, at: datetime) -> Actor | None:
    """Return the second person, if it is another one who may sign for the unit."""
    if second is None or signatories.why_not_second(actor.staff, second, at=at):
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
    said = StatusSet.objects.of(opened).filter(action=now).order_by("-set_at", "-recorded_at").first()
    moved = Moved.objects.of(opened).filter(action=now).order_by("-moved_at", "-recorded_at").first()
    last = max((row for row in (said, moved) if row), key=lambda row: row.recorded_at, default=None)
    names = access_queries.names_of(who for who in (last and last.recorded_by, now.owner) if who)
    theirs: dict[str, object] = {
        "status": now.status,
        "reason": last.reason if last else "",
        "owner": names.get(now.owner, "") if now.owner else "",
        "due_on": now.due_on,
    }
    if last is not None:
        theirs |= {"set_by": names.get(last.recorded_by, ""), "set_at": last.recorded_at}
    return Conflict("This action", theirs, now.version)


def _give_status(opened: Opened | None, now: Action, status: Status, at: datetime) -> None:
    held = Action.objects.of(opened).filter(pk=now.pk, version=now.version)
    if status.is_settled:
        today = at.astimezone(LONDON).date()
        now.settled_on = min(now.settled_on or today, today)
    if not held.update(status=status, settled_on=now.settled_on, version=F("version") + 1):
        raise Conflict("This action", {"status": now.status}, now.version + 1)
    now.status, now.version = status, now.version + 1
