"""Recording, at the sitting, who attended, who sent apologies and who was absent."""

from collections.abc import Sequence
from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.panel.drafts import AttendanceDraft
from fourfold.panel.models import Attended, Sitting
from fourfold.panel.queries import attendance
from fourfold.panel.queries.sittings import local_day
from fourfold.panel.terms import Came, CannotConvene

LONGEST = 120


def record_attendance(
    *, actor: Actor, sitting: Sitting, said: AttendanceDraft, at: datetime, seen: str | None = None
) -> tuple[Attended, ...]:
    """Record who was at a sitting; what was recorded before and is unchanged stays. Nobody is recorded by default.

    `seen` names the rows that stood before the writer's eyes. Raises CannotConvene before the day of the sitting, for
    somebody who was not invited, or for a name that is too long; Conflict where a colleague recorded it meanwhile.
    """
    access.require(actor, Permission.PANEL_CONVENE, at=at, site=sitting.site)
    if local_day(at) < local_day(sitting.starts_at):
        raise CannotConvene("others", "This sitting has not taken place. Record who attended on its day or later.")
    if any(len(name) > LONGEST for name in said.names):
        raise CannotConvene("others", "A line must be 120 characters or fewer. Put each person on a new line.")
    with audit.recorded(actor, "panel.attendance_recorded", at=at) as entry:
        Sitting.objects.select_for_update().get(pk=sitting.pk)
        access_queries.refuse_unseen("Who attended", attendance.recorded_of(sitting), seen, _said)
        people, others = attendance.standing_of(sitting)
        invited = attendance.invited_to(sitting)
        if not set(said.came) <= set(invited):
            raise CannotConvene("others", "Somebody is no longer invited. Read the list again.")
        rows = [
            Attended(
                sitting=sitting,
                staff=staff,
                profession=invited[staff],
                came=came,
                recorded_at=at,
                recorded_by=actor.staff,
            )
            for staff, came in said.came.items()
            if staff not in people or people[staff].came != came
        ]
        rows += [
            Attended(sitting=sitting, name=name, came=Came.ATTENDED, recorded_at=at, recorded_by=actor.staff)
            for name in said.names
            if name not in others
        ]
        rows += [
            Attended(sitting=sitting, name=name, came=Came.ABSENT, recorded_at=at, recorded_by=actor.staff)
            for name in others
            if name not in said.names
        ]
        for row in rows:
            row.save()
            entry.about(row)
        return tuple(rows)


def _said(rows: Sequence[Attended]) -> dict[str, object]:
    names = access_queries.names_of(row.staff for row in rows if row.staff)
    return {
        "came": "; ".join(
            f"{names.get(row.staff, '') if row.staff else row.name}: {Came(row.came).words}" for row in rows
        )
    }
