"""Giving one colleague a part in many cases at once: looked at first, done as one, and undone as one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Relation
from fourfold.access.terms import Compartment, NotFound, Permission, Refused, RelationKind
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, PartAsked
from fourfold.cases.services.team import _is_walled_off, ask_part, why_not_at_once, withdraw_parts
from fourfold.cases.terms import Assigning, CannotStep
from fourfold.words import sentence

MOST = 100
#: How long somebody takes back alone what they gave alone: a slip is seen on the day.
UNDONE_WITHIN = timedelta(days=1)


def assign_many(
    *, actor: Actor, references: Sequence[str], staff: UUID, kind: RelationKind, at: datetime, dry_run: bool = False
) -> tuple[Assigning, ...]:
    """Give somebody a part in each of some cases, and say of each whether it was given, waits for somebody else of that
    person's agency to confirm it, or why not.

    `dry_run` says the same and changes nothing. A case that is not open to the actor is left out as if it were not
    there. What is given in one call is undone by `undo_assignments` with its moment. Raises CannotStep for no case,
    and for more than a hundred.
    """
    access.require(actor, Permission.CASE_EDIT, at=at)
    if not references:
        raise CannotStep("cases", "Choose at least one case.")
    if len(references) > MOST:
        raise CannotStep("cases", sentence("Choose at most {1} cases at once.", MOST))
    open_to_actor = Case.objects.visible_to(actor, at=at).filter(reference__in=list(references))
    return tuple(_assigned(actor, case, staff, kind, at, dry_run) for case in open_to_actor.order_by("reference"))


def _assigned(actor: Actor, case: Case, staff: UUID, kind: RelationKind, at: datetime, dry_run: bool) -> Assigning:
    why_not, waits = _why_not(case, staff, kind, at), False
    if why_not is None:
        waits = why_not_at_once(actor, case, staff, at) is not None
    if why_not is None and not dry_run:
        try:
            ask_part(actor=actor, case=case, staff=staff, kind=kind, at=at)
        except (CannotStep, Refused, NotFound) as refusal:
            why_not = str(refusal) or "You cannot open this case."
    return Assigning(case.reference, case.level, why_not, waits=waits and why_not is None)


def _why_not(case: Case, staff: UUID, kind: RelationKind, at: datetime) -> str | None:
    if staff not in {person.pk for person, _ in access_queries.unit_of(case.site, at=at)}:
        return "This person does not work in the case's unit."
    if _is_walled_off(staff, case, at):
        return "This person cannot work on this case."
    if Relation.objects.filter(file=case.pk, staff=staff, kind=kind, until_at__isnull=True).exists():
        return "This person already has this role."
    return None


def undo_assignments(*, actor: Actor, given_at: datetime, at: datetime) -> int:
    """Take back what the actor asked for at one moment and nobody answered, and the parts that the actor alone gave then.

    Return how many that was. What somebody else confirmed, and what stands longer than a day, ends as `end_case_part` says.
    """
    access.require(actor, Permission.CASE_EDIT, at=at)
    ended = withdraw_parts(actor=actor, asked_at=given_at, at=at)
    if at > given_at + UNDONE_WITHIN:
        return ended
    alone = PartAsked.objects.unscoped("one's own gifts").filter(
        *(Q(recorded_by=actor.staff, answered_by=actor.staff), Q(case=OuterRef("file"), staff=OuterRef("staff"))),
        kind=OuterRef("kind"),
        answered_at=given_at,
    )
    given = Relation.objects.filter(Exists(alone), given_by=actor.staff, from_at=given_at, until_at__isnull=True)
    for relation in given.order_by("id"):
        access.require(actor, Permission.CASE_EDIT, at=at, file=relation.file, writes=Compartment.CORE)
        access.end_relation(actor=actor, relation=relation, at=at)
        ended += 1
    return ended
