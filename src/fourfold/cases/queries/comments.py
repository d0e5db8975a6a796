"""What colleagues said to each other about a case, each comment only for whoever may see its compartment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.models import Staff
from fourfold.access.terms import Access, Compartment, Opened, Permission, Purpose
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, Comment, Mention

PAGE = 50

#: Where a comment may stand. Clinical notes and an advocate's confidences have places of their own.
COMPARTMENTS = {
    Compartment.CORE: "everybody on this case",
    Compartment.RISK: "whoever may see the risk",
    Compartment.SUBJECT_IDENTITY: "whoever may know who he is",
    Compartment.VICTIM_CONTACT: "whoever may know how to reach her",
    Compartment.POLICE_INTEL: "police intelligence",
}


@dataclass(frozen=True)
class CommentShown:
    """One comment: who said it, when, for whom it is, and whose eye it asks for."""

    id: UUID
    by: str
    at: datetime
    words: str
    compartment: Compartment
    mentioned: tuple[str, ...]


@dataclass(frozen=True)
class CommentPage:
    """A page of comments, the newest first; `places` are where the reader may write, `waiting` mentions of theirs."""

    comments: tuple[CommentShown, ...]
    after: UUID | None
    places: tuple[tuple[Compartment, str], ...]
    waiting: int


@dataclass(frozen=True)
class MentionWaiting:
    """A comment that asks for the reader's eye; its words stay on the page of the case."""

    reference: str
    by: str
    at: datetime


def comments_of(*, actor: Actor, opened: Opened, at: datetime, after: UUID | None = None) -> CommentPage:
    """Return fifty comments of a case that was opened, as far as the reader may see their compartments.

    Five statements and the log's, however many the comments; six with `after`.
    """
    readable = [place for place in COMPARTMENTS if opened.may_read(place)]
    rows = Comment.objects.of(opened).filter(compartment__in=readable).order_by("-recorded_at", "id")
    last = rows.filter(pk=after).values_list("recorded_at", flat=True).first() if after else None
    shown = list((rows if last is None else rows.filter(recorded_at__lt=last))[: PAGE + 1])
    mentions = _mentions(shown)
    names = access_queries.names_of(
        {row.recorded_by for row in shown} | {staff for each in mentions.values() for staff in each}
    )
    listed = tuple(
        CommentShown(
            id=row.pk,
            by=names.get(row.recorded_by, ""),
            at=row.recorded_at,
            words=row.words,
            compartment=Compartment(row.compartment),
            mentioned=tuple(sorted(names.get(staff, "") for staff in mentions[row.pk])),
        )
        for row in shown[:PAGE]
    )
    waiting = Mention.objects.filter(comment__case=opened.file, staff=actor.staff, read_at__isnull=True).count()
    audit.consulted(
        actor, "case.comments", at=at, file=opened.file, compartments={str(c) for c in readable}, count=len(listed)
    )
    site = Case.objects.of(opened).values_list("site", flat=True).get()
    places = tuple((place, COMPARTMENTS[place]) for place in readable if may_write(actor, site, place))
    return CommentPage(listed, listed[-1].id if len(shown) > PAGE else None, places, waiting)


def _mentions(comments: Iterable[Comment]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = defaultdict(list)
    rows = Mention.objects.filter(comment__in=[row.pk for row in comments])
    for comment, staff in rows.values_list("comment", "staff"):
        found[comment].append(staff)
    return found


def mentions_waiting(*, actor: Actor, at: datetime) -> tuple[MentionWaiting, ...]:
    """Return the comments that ask for the actor's eye in cases that they may open, the oldest first; two statements."""
    rows = Mention.objects.filter(
        staff=actor.staff, read_at__isnull=True, comment__case__in=Case.objects.visible_to(actor, at=at).values("pk")
    )
    found = list(rows.select_related("comment__case").order_by("comment__recorded_at", "id")[:PAGE])
    names = access_queries.names_of(row.comment.recorded_by for row in found)
    audit.consulted(actor, "mention.list", at=at, compartments={"core"}, count=len(found))
    return tuple(
        MentionWaiting(row.comment.case.reference, names.get(row.comment.recorded_by, ""), row.comment.recorded_at)
        for row in found
    )


def may_write(actor: Actor, site: str, compartment: Compartment) -> bool:
    """Say whether the actor's role writes comments in a compartment that is open to them: intelligence is recorded by
    those whose task it is."""
    recorded = compartment is Compartment.POLICE_INTEL
    return not recorded or access_queries.may(actor, Permission.INTELLIGENCE_RECORD, site=site)


def may_see(staff: Staff, file: UUID, compartment: Compartment, *, at: datetime) -> bool:
    """Say whether a colleague, properly signed in for casework, may see a compartment of a case; nothing is logged."""
    colleague = access_queries.actor_of(staff, at=at, strength="password+totp", purpose=Purpose.CASEWORK)
    told = access_queries.explained(colleague, file, Access.READ, at=at)
    open_to_them = {fact.compartment for fact, why in told if why is None}
    return {Compartment.CORE, compartment} <= open_to_them
