"""What was written in one's own open cases: comments for everybody on the case, and the titles of documents.

Only the core is searched, which whoever may open a case may read: a hit elsewhere would tell that something is there.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.conditions import IsThere
from fourfold.access.paging import WHOLE
from fourfold.access.statements import Call, composed, for_nobody, together
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, Comment
from fourfold.cases.queries.listing import Mine, newest_of, own, related_to
from fourfold.cases.terms import State
from fourfold.exhibits.models import Exhibit

#: Fewer letters stand in every other text.
SHORTEST = 3
MOST_CASES = 100
AROUND = 80
INSIDE = "in the core of cases of a scoped list"


@dataclass(frozen=True)
class WrittenFound:
    """A comment in which the words stand, with what stands around them, or a document with them in its title."""

    reference: str
    words: str
    by: str
    at: datetime
    exhibit: UUID | None = None


def written_found(words: str, *, actor: Actor, at: datetime) -> tuple[WrittenFound, ...]:
    """Return the comments and the documents, the newest first, of the actor's own open cases in which some words stand.

    Of the hundred such cases that were opened last; one statement where nothing is written so, five at most and the log's,
    answered by the index of each case's comments and documents.
    """
    words = words.strip()
    if len(words) < SHORTEST or not (asked := _anywhere(actor, at, words=words)):
        return ()
    if asked == [False]:
        audit.consulted(actor, "written.search", at=at, compartments={"core"}, count=0)
        return ()
    newest = _own_open(actor, at, newest_own)
    if len(newest) < MOST_CASES and (not newest or newest[0][2]):
        newest = _own_open(actor, at, own)
    references = {pk: reference for pk, reference, *_ in newest}
    if not references:
        return ()
    given: dict[str, Any] = {"cases": tuple(references), "words": words}
    calls = [_commented.call(**given)]
    if access_queries.may(actor, Permission.DOCUMENT_VIEW):
        calls.append(_titled.call(actor, at, **given))
    comments, *others = together(*calls)
    kept: list[Exhibit] = [row for some in others for row in some]
    names = access_queries.names_of(row.recorded_by for row in (*comments, *kept))
    audit.consulted(actor, "written.search", at=at, compartments={"core"}, count=len(comments) + len(kept))
    return (
        *(
            WrittenFound(
                references[row.case_id], around(row.words, words), names.get(row.recorded_by, ""), row.recorded_at
            )
            for row in comments
        ),
        *(
            WrittenFound(references[row.file], row.title, names.get(row.recorded_by, ""), row.recorded_at, row.pk)
            for row in kept
        ),
    )


def written_ahead(words: str, actor: Actor, at: datetime) -> tuple[Call, ...]:
    """Return what `written_found` asks first, to be run ahead."""
    return () if len(words.strip()) < SHORTEST else (_anywhere.call(actor, at, words=words.strip()),)


newest_own = newest_of(MOST_CASES + 10)


@composed
def _anywhere(actor: Actor, at: datetime, words: Any) -> QuerySet[Case, bool]:
    """Return of the first open case of the actor's own whether the words stand in any such case.

    The door of each need not be looked at where they stand in none. Whoever has very many cases is told that they may.
    """
    theirs, is_open = related_to(actor, at), ~Q(state=State.CLOSED)
    # Begun at what is written in the actor's own: whether a case is open is looked at of those in which the words stand.
    still = Case.objects.unscoped("only whether there is something to look for").filter(is_open)
    said, called = _said(words, case__in=theirs), _called(actor, words, file__in=theirs)
    seen = Case.objects.visible_to(actor, at=at).filter(is_open, pk__in=theirs)
    written = Q(Exists(theirs[WHOLE : WHOLE + 1])) | Q(Exists(said.filter(IsThere(still.filter(pk=OuterRef("case"))))))
    written |= Q(Exists(called.filter(IsThere(still.filter(pk=OuterRef("file"))))))
    return seen.annotate(written=written).values_list("written", flat=True)[:1]


@composed
def _own_open(actor: Actor, at: datetime, mine: Mine) -> QuerySet[Case, Any]:
    is_open = ~Q(state=State.CLOSED)
    theirs = mine(Case.objects.visible_to(actor, at=at).filter(is_open), actor, at, is_open, None)
    more = ("has_more",) if mine is newest_own else ()
    return theirs.order_by("-opened_at", "id").values_list("pk", "reference", *more)[:MOST_CASES]


@for_nobody
def _commented(cases: Any, words: Any) -> QuerySet[Comment]:
    return _said(words, case__in=cases).order_by("-recorded_at", "id")[:WHOLE]


@composed
def _titled(actor: Actor, at: datetime, cases: Any, words: Any) -> QuerySet[Exhibit]:
    return _called(actor, words, file__in=cases).defer("content").order_by("-recorded_at", "id")[:WHOLE]


def _said(words: Any, **of: Any) -> QuerySet[Comment]:
    return Comment.objects.unscoped(INSIDE).filter(compartment=Compartment.CORE, words__icontains=words, **of)


def _called(actor: Actor, words: Any, **of: Any) -> QuerySet[Exhibit]:
    titled = Exhibit.objects.unscoped(INSIDE).filter(compartment=Compartment.CORE, title__icontains=words, **of)
    return titled.open_to(actor.staff)


def around(text: str, words: str) -> str:
    """Return what stands around the first place of some words in a text, cut at eighty letters on each side."""
    place = max(text.lower().find(words.lower()), 0)
    begins, ends = max(place - AROUND, 0), place + len(words) + AROUND
    return ("… " if begins else "") + " ".join(text[begins:ends].split()) + (" …" if ends < len(text) else "")
