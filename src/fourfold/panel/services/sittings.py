"""Calling a panel and putting cases before it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import PROFESSIONS, Opened, Permission, Role, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.cases.terms import State
from fourfold.panel import queries
from fourfold.panel.models import Invitation, Item, Sitting
from fourfold.panel.terms import CannotConvene, Phase
from fourfold.programme import queries as programme
from fourfold.words import sentence

LONDON = ZoneInfo("Europe/London")
LONGEST_LIST = 60
"""Cases of one sitting: more than that is two sittings."""


def convene(
    *, actor: Actor, site: str, starts_at: datetime, chair: UUID, cases: Sequence[Case], at: datetime
) -> Sitting:
    """Call a sitting of a site's panel with the cases before it, in the order in which they are heard.

    The quorum of the site's model of working on that day is kept with the sitting. Raises CannotConvene naming the
    day, the chair or the case that is wrong; NotFound for a case that is not open to the actor.
    """
    access.require(actor, Permission.PANEL_CONVENE, at=at, site=site)
    if starts_at.astimezone(LONDON).date() < at.astimezone(LONDON).date():
        raise CannotConvene("starts_at", "The day of the sitting has passed. Give today's or a later one.")
    if not _chairs(chair, site, at):
        raise CannotConvene("chair", "Choose somebody who chairs panels at this site.")
    files = [access.require(actor, Permission.PANEL_CONVENE, at=at, site=site, file=case.pk) for case in cases]
    with audit.recorded(actor, "panel.convened", at=at, operation=Operation.COLLECTION) as entry:
        found = [_to_be_heard(opened, site) for opened in files if opened is not None]
        if not 0 < len(found) <= LONGEST_LIST:
            raise CannotConvene("cases", sentence("Choose 1 to {1} cases for one sitting.", LONGEST_LIST))
        sitting = entry.about(
            Sitting.objects.create(
                site=site,
                starts_at=starts_at,
                chair=chair,
                quorum=list(programme.working(site, starts_at.date()).quorum),
                convened_at=at,
                convened_by=actor.staff,
            )
        )
        why = queries.why_heard((case.pk for case in found), at=at)
        for position, case in enumerate(found, start=1):
            entry.about(_item(actor, sitting, case, position, at, why.get(case.pk, "")))
        for invited in _invitations(sitting, at):
            entry.about(invited)
    return sitting


def _invitations(sitting: Sitting, at: datetime) -> Iterator[Invitation]:
    """Invite whoever holds a profession of the panel at the site, each once, and the chair."""
    unit = access_queries.unit_of(sitting.site, at=at)
    asked = {who.pk: PROFESSIONS[Role(role)] for who, role in unit if Role(role) in PROFESSIONS}
    for staff, profession in (asked | {sitting.chair: asked.get(sitting.chair, "")}).items():
        yield Invitation.objects.create(sitting=sitting, staff=staff, profession=profession, invited_at=at)


def add_item(*, actor: Actor, sitting: Sitting, case: Case, at: datetime, why: str = "") -> Item:
    """Put one more case before a sitting that has been called; `why` says what brings it there."""
    opened = access.require(actor, Permission.PANEL_CONVENE, at=at, site=sitting.site, file=case.pk)
    with audit.recorded(actor, "panel.item_added", at=at, file=case.pk) as entry:
        Sitting.objects.select_for_update().get(pk=sitting.pk)  # two who add one case at once come one after the other
        found = _to_be_heard(opened, sitting.site)
        if Item.objects.of(opened).filter(sitting=sitting).exists():
            raise CannotConvene(
                "cases", sentence("{1} was heard at this sitting. Choose another sitting for it.", found.reference)
            )
        position = Item.objects.unscoped("the next free place of the sitting").filter(sitting=sitting).count() + 1
        if position > LONGEST_LIST:
            raise CannotConvene("cases", sentence("This sitting has {1} cases. Call another one.", LONGEST_LIST))
        said = why or queries.why_heard([found.pk], at=at)[found.pk]
        return entry.about(_item(actor, sitting, found, position, at, said))


def _chairs(staff: UUID, site: str, at: datetime) -> bool:
    return any(who.pk == staff and role == Role.PANEL_CHAIR for who, role in access_queries.unit_of(site, at=at))


def _to_be_heard(opened: Opened, site: str) -> Case:
    """Return the case if it may come before a panel of this site now, or raise CannotConvene."""
    case = existing(Case.objects.of(opened).filter(site=site).first())
    if case.state == State.CLOSED:
        raise CannotConvene("cases", sentence("{1} is closed. Open it again before a panel hears it.", case.reference))
    if Item.objects.of(opened).exclude(phase=Phase.DECIDED).exists():
        raise CannotConvene("cases", sentence("{1} is before a panel already. Decide it there first.", case.reference))
    return case


def _item(actor: Actor, sitting: Sitting, case: Case, position: int, at: datetime, why: str = "") -> Item:
    return Item.objects.create(
        sitting=sitting, case=case, position=position, why=why[:300], **access_queries.held_by(actor, "entered", at=at)
    )
