"""What colleagues said to each other about a case, each comment only for whoever may see its compartment."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.models import Staff as Colleague
from fourfold.access.paging import Page, page_of
from fourfold.access.projection import Projection, Staff, Through
from fourfold.access.terms import Access, Compartment, Opened, Permission, Purpose, RelationKind, Side
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, Comment, Mention
from fourfold.words import words


@dataclass(frozen=True)
class Place:
    """Where a comment may stand: a compartment, and among clinicians whose."""

    compartment: Compartment
    side: Side = Side.NONE

    @property
    def key(self) -> str:
        """The place as a form says it."""
        return str(self.compartment) if self.side is Side.NONE else f"{self.compartment}-{self.side}"


#: Where a comment may stand, and who reads it there.
PLACES = words(
    {
        Place(Compartment.CORE): "everybody on this case",
        Place(Compartment.RISK): "people who may see the risk",
        Place(Compartment.SUBJECT_IDENTITY): "people who may know who the subject is",
        Place(Compartment.VICTIM_CONTACT): "people who may know how to reach the victim",
        Place(Compartment.POLICE_INTEL): "police intelligence",
        Place(Compartment.ADVOCATE_CONFIDENTIAL): "the victim's advocates only",
        Place(Compartment.CLINICAL, Side.VICTIM): "the victim's clinicians only",
        Place(Compartment.CLINICAL, Side.SUBJECT): "the subject's clinicians only",
    }
)
#: Who may read a place does not always write there: what else their role must include.
RECORDED_BY = {
    Compartment.POLICE_INTEL: Permission.INTELLIGENCE_RECORD,
    Compartment.ADVOCATE_CONFIDENTIAL: Permission.NOTE_CONFIDENTIAL,
    Compartment.CLINICAL: Permission.NOTE_CLINICAL,
}
#: The places that a part in the case opens, and no membership of a unit.
OPENED_BY = {
    Place(Compartment.VICTIM_CONTACT): (RelationKind.ADVOCATE, RelationKind.OIC),
    Place(Compartment.ADVOCATE_CONFIDENTIAL): (RelationKind.ADVOCATE, RelationKind.ADVOCATE_MANAGER),
    Place(Compartment.CLINICAL, Side.VICTIM): (RelationKind.CLINICIAN_OF_VICTIM,),
    Place(Compartment.CLINICAL, Side.SUBJECT): (RelationKind.CLINICIAN_OF_SUBJECT,),
}


@dataclass(frozen=True)
class CommentShown:
    """One comment: who said it, when, for whom it is, and whose eye it asks for."""

    id: UUID
    by: str
    at: datetime
    words: str
    place: Place
    mentioned: tuple[str, ...]


@dataclass(frozen=True)
class CommentPage:
    """A page of comments, the newest first; `places` are where the reader may write, `waiting` mentions of theirs."""

    comments: Page[CommentShown]
    places: tuple[tuple[Place, str], ...]
    waiting: int


def _place(compartment: str, side: str) -> Place:
    return Place(Compartment(compartment), Side(side or Side.NONE))


COMMENT = Projection(
    CommentShown,
    Comment,
    "mentioned",
    by=Staff("recorded_by"),
    at="recorded_at",
    place=Through(_place, "compartment", "side"),
)


def comments_of(*, actor: Actor, opened: Opened, at: datetime, after: str = "") -> CommentPage:
    """Return fifty comments of a case that was opened, as far as the reader may see their compartments.

    Five statements and the log's, however many the comments.
    """
    readable = readable_places(opened)
    shown = page_of(Comment.objects.of(opened).filter(standing_in(readable)), "-recorded_at", "id", after=after)
    mentions = _mentions(shown)
    names = access_queries.names_of(COMMENT.staff_in(shown) | {one for staff in mentions.values() for one in staff})
    listed = shown.map(
        lambda row: COMMENT(
            row, names=names, mentioned=tuple(sorted(names.get(staff, "") for staff in mentions[row.pk]))
        )
    )
    waiting = unread(actor, opened).count()
    shown_of = {str(place.compartment) for place in readable}
    audit.consulted(actor, "case.comments", at=at, file=opened.file, compartments=shown_of, count=len(listed))
    site = Case.objects.of(opened).values_list("site", flat=True).get()
    places = tuple((place, PLACES[place]) for place in readable if may_write(actor, site, opened, place.compartment))
    return CommentPage(listed, places, waiting)


def readable_places(opened: Opened) -> list[Place]:
    """Return the places of a case that was opened in which its reader may read comments."""
    return [
        place
        for place in PLACES
        if opened.may_read(place.compartment) and (place.side is Side.NONE or place.side in opened.sides)
    ]


def standing_in(places: Iterable[Place], prefix: str = "") -> Q:
    """Return the condition that a comment stands in one of these places; `prefix` leads to the comment."""
    found = Q(pk__in=[])
    for place in places:
        side = {} if place.side is Side.NONE else {f"{prefix}side": place.side}
        found |= Q(**{f"{prefix}compartment": place.compartment}, **side)
    return found


def unread(actor: Actor, opened: Opened) -> QuerySet[Mention]:
    """Return what asks for the actor's eye in a case that was opened, in the places that they may read now."""
    asked = Mention.objects.filter(comment__case=opened.file, staff=actor.staff, read_at__isnull=True)
    return asked.filter(standing_in(readable_places(opened), "comment__"))


def _mentions(comments: Iterable[Comment]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = defaultdict(list)
    rows = Mention.objects.filter(comment__in=[row.pk for row in comments])
    for comment, staff in rows.values_list("comment", "staff"):
        found[comment].append(staff)
    return found


def may_read(actor: Actor, compartment: str, side: str, parts: frozenset[str]) -> bool:
    """Return whether a place of a case that is open to the actor is open to them, by their clearance or their parts in it."""
    place = _place(compartment, side)
    if place not in PLACES:
        return False
    if place in OPENED_BY:
        return not parts.isdisjoint(OPENED_BY[place])
    return actor.cleared or place.compartment is not Compartment.POLICE_INTEL


def may_write(actor: Actor, site: str, opened: Opened, compartment: Compartment) -> bool:
    """Return whether the actor writes comments in a compartment that is open to them: intelligence, confidences and what
    is clinical are written by those whose task it is."""
    permission = RECORDED_BY.get(compartment)
    if permission is None:
        return True
    return compartment in opened.writable and access_queries.may(actor, permission, site=site)


def may_see(staff: Colleague, file: UUID, place: Place, *, at: datetime) -> bool:
    """Return whether a colleague, properly signed in for casework, may read a place of a case; nothing is logged."""
    colleague = access_queries.actor_of(staff, at=at, strength="password+totp", purpose=Purpose.CASEWORK)
    told = access_queries.explained(colleague, file, Access.READ, at=at)
    open_to_them = {Place(fact.compartment, fact.side) for fact, why in told if why is None}
    return {Place(Compartment.CORE), place} <= open_to_them
