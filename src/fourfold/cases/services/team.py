"""Who works on a case, and who is kept from it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.askers import Needs, why_not_answer
from fourfold.access.endings import ASKED_WAITS
from fourfold.access.models import EndAsked, Relation, Staff, Wall
from fourfold.access.roles import casework_sites
from fourfold.access.scoping import walls_against
from fourfold.access.terms import Compartment, NotFound, Permission, RelationKind, Role, Side
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct, PartAsked
from fourfold.cases.queries import ends as ends_queries
from fourfold.cases.terms import CannotStep
from fourfold.linkage import queries as linkage_queries
from fourfold.linkage import services as linkage
from fourfold.people.queries.same_person import records_of_any
from fourfold.words import sentence

ROLE_OF = {
    RelationKind.OIC: Role.POLICE_OFFICER,
    RelationKind.ADVOCATE: Role.VICTIM_ADVOCATE,
    RelationKind.ADVOCATE_MANAGER: Role.VICTIM_ADVOCATE,
    RelationKind.CLINICIAN_OF_VICTIM: Role.MENTAL_HEALTH_PROFESSIONAL,
    RelationKind.CLINICIAN_OF_SUBJECT: Role.MENTAL_HEALTH_PROFESSIONAL,
    RelationKind.OUTREACH: Role.OUTREACH_WORKER,
}
#: What is kept as the answer to what nobody answered.
UNANSWERED = "nobody answered in time"
ANOTHER = "Somebody else of your agency has to confirm this part."
SIDE_OF = {RelationKind.CLINICIAN_OF_VICTIM: Side.VICTIM, RelationKind.CLINICIAN_OF_SUBJECT: Side.SUBJECT}


def assign(
    *, actor: Actor, case: Case, staff: UUID, kind: RelationKind, at: datetime, confirmed_by: Actor | None = None
) -> Relation:
    """Give a member of the unit a part in a case, with somebody else of that person's agency; it opens what it may see.

    `confirmed_by` may be left out where the actor gives parts to people of their own agency and takes none. Raises
    CannotStep where the role does not fit, a wall keeps the person from the case, or nobody else of the agency stands by it.
    """
    _may_ask(actor, case, staff, kind, at)
    second = confirmed_by or actor
    _refuse_second(staff, None if second is actor else actor.staff, second, case, at)
    with audit.recorded(actor, "case.assigned", at=at, file=case.pk) as entry:
        asked = PartAsked(case=case, staff_id=staff, kind=kind, **access_queries.held_by(actor, "entered", at=at))
        asked.answered_at, asked.answered_by, asked.given = at, second.staff, True
        return _give(entry, actor, asked, at)


def ask_part(*, actor: Actor, case: Case, staff: UUID, kind: RelationKind, at: datetime) -> PartAsked:
    """Ask that somebody, who may be the actor, gets a part in a case: it opens nothing until it is confirmed.

    Somebody else of that person's agency confirms it. Who gives parts to people of their own agency is that somebody at
    once. Raises CannotStep as `assign` does, and where it has been asked already.
    """
    _may_ask(actor, case, staff, kind, at)
    try:
        with audit.recorded(actor, "part.asked", at=at, file=case.pk) as entry:
            _let_lapse(entry, case, staff, kind, at)
            asked = PartAsked(case=case, staff_id=staff, kind=kind, **access_queries.held_by(actor, "entered", at=at))
            entry.about(asked)
            if why_not_at_once(actor, case, staff, at) is None:
                asked.answered_at, asked.answered_by, asked.given = at, actor.staff, True
                _give(entry, actor, asked, at)
            else:
                asked.save(force_insert=True)
            return asked
    except IntegrityError as running:
        raise CannotStep(
            "staff", "This has been asked already. Somebody else of the agency has to confirm it."
        ) from running


def _let_lapse(entry: Draft, case: Case, staff: UUID, kind: RelationKind, at: datetime) -> None:
    """Close what was asked of the same part and waited too long, inside the write that asks it again."""
    rows = PartAsked.objects.unscoped("opened above").filter(
        case=case, staff=staff, kind=kind, answered_at__isnull=True
    )
    for row in rows.filter(recorded_at__lt=at - ASKED_WAITS).select_for_update(of=("self",)):
        row.answered_at, row.given, row.refused_because = at, False, UNANSWERED
        row.save(update_fields=["answered_at", "given", "refused_because"])
        entry.about(row)


def answer_part(*, actor: Actor, asked: UUID, given: bool, at: datetime, because: str = "") -> Relation | None:
    """Confirm, as somebody else of that agency, a part that was asked for, or say why not; then it opens nothing.

    Raises NotFound for whoever is neither of the case's unit nor the agency's lead, or is kept from the case;
    CannotStep for who asked or takes the part, where it was answered, and where it waited too long.
    """
    access.require(actor, Permission.PART_CONFIRM, at=at)
    with audit.recorded(actor, "part.answered", at=at) as entry:
        rows = PartAsked.objects.unscoped("who may answer is asked below").select_related("case", "staff")
        row = rows.select_for_update(of=("self",)).filter(pk=asked).first()
        if row is None or not _may_answer(actor, row, at):
            raise NotFound
        entry.file = row.case_id
        if row.answered_at is not None:
            raise CannotStep("given", "Somebody has answered this already.")
        if not given and not because.strip():
            raise CannotStep("because", "Say why not. Whoever asked will read it.")
        row.answered_at, row.answered_by, row.given = at, actor.staff, given
        row.refused_because = "" if given else because.strip()
        if given:
            by, since = row.recorded_by, row.recorded_at
            _refuse_second(row.staff_id, by, actor, row.case, at, field="given", asked_at=since)
            _may_take(row.case, row.staff_id, RelationKind(row.kind), at)
            return _give(entry, actor, row, at)
        row.save(update_fields=["answered_at", "answered_by", "given", "refused_because"])
        entry.about(row)
        return None


def end_case_part(*, actor: Actor, case: Case, relation: UUID, reason: str, at: datetime) -> EndAsked:
    """Ask that somebody's part in a case ends: somebody else of that agency confirms it; one's own ends at once.

    Raises NotFound for a part that does not run, Refused for another's where the actor may not give parts either.
    """
    row = ends_queries.part_in(case.pk, relation, at=at)
    own = signatories.acted_as(actor, [row.staff_id]) == row.staff_id
    needs, writes = (Permission.CASE_VIEW, None) if own else (Permission.CASE_EDIT, Compartment.CORE)
    access.require(actor, needs, at=at, site=case.site, file=case.pk, writes=writes)
    return access.ask_end_of_relation(actor=actor, relation=row, site=case.site, reason=reason, at=at)


def leave_case(*, actor: Actor, case: Case, reason: str, at: datetime) -> list[EndAsked]:
    """End the actor's own parts in a case, at once: the people of the case and the lead of their agency are told.

    Raises NotFound for who has none.
    """
    mine = [part.id for part in ends_queries.own_parts(case.pk, actor=actor, at=at)]
    if not mine:
        raise NotFound
    with audit.recorded(actor, "case.left", at=at, file=case.pk) as entry:
        entry.reason = reason
        return [end_case_part(actor=actor, case=case, relation=part, reason=reason, at=at) for part in mine]


def answer_end(*, actor: Actor, asked: UUID, given: bool, at: datetime, because: str = "") -> EndAsked:
    """Stand by an end that somebody else asked for, or say why not. Raises NotFound for whoever is kept from the case."""
    row = ends_queries.end_to_answer(actor=actor, asked=asked, at=at)
    return access.answer_end(actor=actor, asked=row, given=given, because=because, at=at)


def withdraw_parts(*, actor: Actor, asked_at: datetime, at: datetime) -> int:
    """Take back the parts that the actor asked for at one moment and nobody has answered; return how many."""
    access.require(actor, Permission.CASE_EDIT, at=at)
    mine = PartAsked.objects.unscoped("one's own requests").filter(recorded_by=actor.staff, recorded_at=asked_at)
    with audit.recorded(actor, "part.taken_back", at=at) as entry:
        waiting = list(mine.filter(answered_at__isnull=True).select_for_update())
        for row in waiting:
            row.answered_at, row.answered_by, row.given, row.refused_because = at, actor.staff, False, "taken back"
            row.save(update_fields=["answered_at", "answered_by", "given", "refused_because"])
            entry.about(row)
    return len(waiting)


def why_not_at_once(actor: Actor, case: Case, staff: UUID, at: datetime) -> str | None:
    """Return why a part that the actor gives waits for somebody else of the taker's agency; None: it stands at once."""
    return _why_not_second(staff, None, actor, case, at)


def _give(entry: Draft, actor: Actor, asked: PartAsked, at: datetime) -> Relation:
    """Let a part that was confirmed stand, and say whether it is the first that this person holds in any case."""
    held = Relation.objects.filter(staff__in=signatories.records_of_person(asked.staff_id), kind__in=list(ROLE_OF))
    asked.first = entry.more["first"] = not held.exists()
    asked.save()
    entry.about(asked)
    kind, opened = RelationKind(asked.kind), asked.case.opened_at
    side = SIDE_OF.get(kind, Side.NONE)
    given = access.relate(
        actor=actor, file=asked.case_id, staff=asked.staff_id, kind=kind, side=side, at=at, opened_at=opened
    )
    entry.about(given)
    return given


def _may_ask(actor: Actor, case: Case, staff: UUID, kind: RelationKind, at: datetime) -> None:
    access.require(actor, Permission.CASE_EDIT, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    _may_take(case, staff, kind, at)


def _may_take(case: Case, staff: UUID, kind: RelationKind, at: datetime) -> None:
    role = ROLE_OF.get(RelationKind(kind))
    if role is None:
        raise CannotStep("kind", "You cannot give this role here.")
    if role not in {held for person, held in access_queries.unit_of(case.site, at=at) if person.pk == staff}:
        raise CannotStep("staff", sentence("Choose a {1} of this unit.", role.label))
    if _is_walled_off(staff, case, at):
        raise CannotStep("staff", "This person cannot work on this case. Choose another.")


def _may_answer(actor: Actor, asked: PartAsked, at: datetime) -> bool:
    """Return whether somebody is of the taker's agency and of the case's unit, or that agency's lead, and no wall stands."""
    case = asked.case
    here = case.site in casework_sites(actor) or Role.AGENCY_LEAD in actor.roles
    walled = access_queries.is_walled(actor, (case.pk, case.victim_id, case.subject_id), at=at)
    return here and actor.partner == asked.staff.partner and not walled


def _refuse_second(
    taker: UUID,
    asker: UUID | None,
    second: Actor,
    case: Case,
    at: datetime,
    field: str = "staff",
    asked_at: datetime | None = None,
) -> None:
    if (why := _why_not_second(taker, asker, second, case, at, asked_at)) is not None:
        audit.refused(second, "case.assigned", at=at, rule="two people", file=case.pk)
        raise CannotStep(field, why)


def _why_not_second(
    taker: UUID, asker: UUID | None, second: Actor, case: Case, at: datetime, asked_at: datetime | None = None
) -> str | None:
    """Return why somebody cannot stand by a part that another takes, or None; `asker` None: it is the second who asks.

    Who asks stands by it alone only where it is theirs to give parts.
    """
    agency = Staff.objects.values_list("partner", flat=True).get(pk=taker)
    if asker is None and not access_queries.may(second, Permission.PART_GIVE, site=case.site):
        return "Somebody else of the same agency has to confirm this part."
    others = (taker,) if asker is None else (taker, asker)
    needs = Needs(Permission.CASE_EDIT, case.site, case.pk, writes=Compartment.CORE)
    by = {"same": ANOTHER, "agency": agency, "asked_at": asked_at}
    whys = (why_not_answer(who, second, needs, at=at, asks=who == asker, **by) for who in others)
    return next((why for why in whys if why is not None), None)


def _is_walled_off(staff: UUID, case: Case, at: datetime) -> bool:
    walls = Wall.objects.filter(file__in=(case.pk, case.victim_id, case.subject_id), from_at__lte=at)
    walls = walls.filter(Q(until_at__isnull=True) | Q(until_at__gt=at))
    partner = Staff.objects.values_list("partner", flat=True).get(pk=staff)
    return walls.filter(walls_against(signatories.records_of_person(staff), partner)).exists()


def wall_off(
    *, actor: Actor, case: Case, at: datetime, reason: str, staff: UUID | None = None, partner: str = ""
) -> None:
    """Keep a member of staff, or a whole agency, from a case, its acts, its victim and its subject.

    From the next request these do not exist. Set by a governance lead of the case's site, who need not open the case.
    """
    if case.site not in actor.sites:
        raise NotFound
    if not reason.strip():
        raise CannotStep("reason", "Say why they are kept from the case.")
    files = files_around(case)
    access.set_wall(actor=actor, files=files, staff=staff, partner=partner, reason=reason.strip(), at=at)
    linkage.wall_what_came(actor=actor, site=case.site, at=at)


def declare_conflict(*, actor: Actor, case: Case, at: datetime) -> None:
    """Close a case, its acts and its people to the actor, who knows somebody in it; no explanation is asked."""
    access_queries.opened(actor, case.pk, at=at)
    access.declare_conflict(actor=actor, files=files_around(case), at=at)
    linkage.wall_what_came(actor=actor, site=case.site, at=at)


def files_around(case: Case) -> list[UUID]:
    """Return every file that a wall around a case must stand around: also allegations that may still join it, third parties
    of them, and what belongs to another record of the same victim or the same subject."""
    waiting = linkage_queries.allegations_of_pair(case.victim_id, case.subject_id)
    around = files_of_people({case.victim_id, case.subject_id}, cases=[case.pk])
    third = linkage_queries.third_parties_of([*around, *waiting])
    return list(dict.fromkeys([*around, *sorted(waiting), *(each.pk for each in third)]))


def files_of_people(people: set[UUID], *, cases: Iterable[UUID] = (), all_cases: bool = False) -> list[UUID]:
    """Return people's records, those of the same person too, and the cases and acts of the latter.

    With `cases` these cases and their acts as well; with `all_cases` every case of any of the records.
    """
    records = records_of_any(people)
    others = records if all_cases else records - people
    more = Case.objects.unscoped("for walls").filter(Q(victim__in=others) | Q(subject__in=others))
    every = {*cases, *more.values_list("pk", flat=True)}
    acts = CaseAct.objects.unscoped("for walls").filter(case__in=every).values_list("allegation", flat=True)
    return list(dict.fromkeys([*sorted(every), *sorted(records), *sorted(set(acts))]))
