"""Who attended a sitting, as it was recorded there; where nobody recorded it, that stands instead."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from fourfold.access import queries as access_queries
from fourfold.access.roles import casework_sites
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.panel.models import Attended, Invitation, Sitting
from fourfold.panel.queries.sittings import local_day, sitting_to_fill
from fourfold.panel.terms import Came

GONE = "somebody who left"
#: For so long a sitting is asked about on the day; later its minutes say that nobody recorded it. Our own choice.
LOOKED_BACK = timedelta(days=28)


@dataclass(frozen=True)
class Seat:
    """Somebody who was invited: what they answered (None: nothing), and what was recorded of them at the sitting."""

    staff: UUID
    name: str
    profession: str
    coming: bool | None
    came: Came | None

    @property
    def proposed(self) -> Came | None:
        """What the form begins with: what was recorded, or what they answered themselves; nothing where neither is."""
        if self.came is None and self.coming is not None:
            return Came.ATTENDED if self.coming else Came.APOLOGIES
        return self.came


@dataclass(frozen=True)
class AttendancePage:
    """Everybody who was invited to a sitting, others who came, and the rows that say so."""

    sitting: UUID
    starts_at: datetime
    seats: tuple[Seat, ...]
    others: tuple[str, ...]
    has_begun: bool
    seen: str


@dataclass(frozen=True)
class Unrecorded:
    """A sitting that took place and of which nobody has recorded who attended; `mine`: the reader was to chair it."""

    id: UUID
    starts_at: datetime
    mine: bool


def attendance_missing(*, actor: Actor, at: datetime) -> tuple[Unrecorded, ...]:
    """Return the sittings of the last 28 days, at the actor's units, to which people were invited and whose attendance
    nobody has recorded, the earliest first. One statement and the log's.
    """
    here = [site for site in casework_sites(actor) if access_queries.may(actor, Permission.PANEL_CONVENE, site=site)]
    took_place = Sitting.objects.filter(site__in=sorted(here), starts_at__lte=at, starts_at__gt=at - LOOKED_BACK)
    took_place = took_place.filter(Exists(Invitation.objects.filter(sitting=OuterRef("pk"))))
    rows = took_place.exclude(Exists(Attended.objects.filter(sitting=OuterRef("pk")))).order_by("starts_at", "pk")
    found = tuple(Unrecorded(row.pk, row.starts_at, row.chair == actor.staff) for row in rows)
    audit.consulted(actor, "panel.attendance_missing", at=at, compartments={Compartment.ADMIN.value}, count=len(found))
    return found


def invited_to(sitting: Sitting) -> dict[UUID, str]:
    """Return who was invited to a sitting, each with their profession. One statement."""
    rows = Invitation.objects.filter(sitting=sitting).order_by("profession", "staff")
    return dict(rows.values_list("staff", "profession"))


def recorded_of(sitting: Sitting) -> list[Attended]:
    """Return what was recorded of a sitting's attendance, the earliest first. One statement."""
    return list(Attended.objects.filter(sitting=sitting).order_by("recorded_at", "pk"))


def standing_of(sitting: Sitting) -> tuple[dict[UUID, Attended], list[str]]:
    """Return what was recorded last of each invited person, and who else attended, by name. One statement."""
    people, others = {}, {}
    for row in recorded_of(sitting):
        if row.staff:
            people[row.staff] = row
        else:
            others[row.name] = row.came
    return people, [name for name, came in others.items() if came == Came.ATTENDED]


def attendance_page(*, actor: Actor, sitting_id: UUID, at: datetime) -> AttendancePage:
    """Return who was invited to a sitting and what was recorded of each, or raise NotFound. Five statements."""
    found = sitting_to_fill(actor=actor, sitting_id=sitting_id)
    rows = list(Invitation.objects.filter(sitting=found).order_by("profession", "staff"))
    names = access_queries.names_of(row.staff for row in rows)
    people, others = standing_of(found)
    audit.consulted(actor, "panel.attendance", at=at, compartments={Compartment.ADMIN.value}, count=len(rows))
    return AttendancePage(
        sitting=found.pk,
        starts_at=found.starts_at,
        seats=tuple(
            Seat(
                row.staff,
                names.get(row.staff, GONE),
                row.profession,
                row.coming,
                Came(people[row.staff].came) if row.staff in people else None,
            )
            for row in rows
        ),
        others=tuple(others),
        has_begun=local_day(at) >= local_day(found.starts_at),
        seen=" ".join(str(row.pk) for row in recorded_of(found)),
    )
