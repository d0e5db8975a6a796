"""Minutes of work on a case by role, and what clinicians write that stays with them."""

from datetime import date, datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission, Refused, Side
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.plan import rules
from fourfold.plan.models import ClinicalNote, StaffMinutes
from fourfold.plan.terms import CannotAct


def log_minutes(
    *, actor: Actor, case: Case, minutes: int, worked_on: date, at: datetime, role: str = "", on_what: str = ""
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
    if side not in opened.sides:
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
