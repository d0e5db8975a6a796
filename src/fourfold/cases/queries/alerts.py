"""What happened to somebody's own cases since they left: what others did, newest first."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Coalesce, TruncDate

from fourfold.access import signatories
from fourfold.access.conditions import Among, Holds, OfGroup
from fourfold.access.paging import WHOLE
from fourfold.access.scoping import opens
from fourfold.access.statements import Call, composed, counts, for_nobody, run_ahead
from fourfold.access.terms import LONDON, Compartment
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct, LevelSet, StateSet
from fourfold.cases.queries.listing import related_to
from fourfold.cases.terms import State
from fourfold.words import Sentence, counted, named, sentence

SAME_VISIT = timedelta(hours=1)
LONGEST_AWAY = timedelta(days=14)


@dataclass(frozen=True)
class Alert:
    """Something that somebody else did to one of the reader's cases."""

    at: datetime
    reference: str
    what: str


@dataclass(frozen=True)
class SinceYouLeft:
    """When the reader left (None: never here before), and what others did since, the newest first.

    The moment itself is shown nowhere: it would tell of work on a case that a wall has closed since.
    """

    left_at: datetime | None
    alerts: tuple[Alert, ...]
    #: How many older ones there are beside those.
    more: int = 0


def since_you_left(*, actor: Actor, at: datetime) -> Callable[..., SinceYouLeft]:
    """Return what finds what others did to the actor's own cases since the visit before this one, which has been asked. The rest
    is run with what a page asks next. Somebody with two records is one.

    Who was away for long is told of the last two weeks. Three statements and the log's; one for whoever never left, and one more
    where there are a thousand to tell of.
    """
    left_at = next(iter(_earlier(staff=actor.staff, before=at - SAME_VISIT)), None)
    since = {"since": max(left_at, at - LONGEST_AWAY)} if left_at else {}
    if since:
        run_ahead(_acts.call(actor, at, **since), _levels_and_states.call(actor, at, **since), waits=True)

    def found(*, has_parts: bool = True) -> SinceYouLeft:
        acts = list(_acts_added(actor, at, since)) if since and has_parts else []
        others = list(_others_did(actor, at, since)) if since else []
        told = sorted(acts + others, key=lambda alert: alert.at, reverse=True)[:WHOLE]
        many = len(acts) + (sum(_how_many(actor, at, **since)) if len(others) == WHOLE else len(others))
        audit.consulted(actor, "case.alerts", at=at, compartments={"core"}, count=len(told))
        return SinceYouLeft(left_at, tuple(told), many - len(told))

    return found


def ahead(actor: Actor, at: datetime) -> Call:
    """Return what `since_you_left` asks first, to be run ahead."""
    return _earlier.call(staff=actor.staff, before=at - SAME_VISIT)


@for_nobody
def _earlier(*, staff: Any, before: Any) -> QuerySet[Entry, Any]:
    return Entry.objects.filter(actor=staff, at__lt=before).order_by("-seq").values_list("at", flat=True)[:1]


def _acts_added(actor: Actor, at: datetime, since: dict[str, datetime]) -> Iterator[Alert]:
    for case, stand, gone, when, happened_at, occurred in _acts(actor, at, **since):
        if case and (stand or gone):  # what is removed and was brought back by the reader is no news
            day = f"{happened_at.astimezone(LONDON):%-d %B}"
            yield Alert(when, case, _added(stand + gone, gone, day, bool(occurred)))


def _others_did(actor: Actor, at: datetime, since: dict[str, datetime]) -> Iterator[Alert]:
    for when, case, said in _levels_and_states(actor, at, **since):
        if said[:1].isdigit():
            breach = sentence("the breach of {1} was withdrawn", f"{date.fromisoformat(said):%-d %B}")
            yield Alert(when, case, breach)
        elif said in set(State):
            yield Alert(when, case, sentence("the case is {1} now", named(said)))
        else:
            yield Alert(when, case, sentence("the level was set ({1})", named(said)))


def _added(many: int, removed: int, day: str, occurred: bool) -> Sentence:
    """Return how many acts were added to a case, and of which day the last is that stands: a feed brings hundreds in a night."""
    if many == 1:
        act = sentence("an act of {1}", day) if occurred else sentence("an act told on {1}", day)
        return sentence("{1} was added, and is removed again", act) if removed else sentence("{1} was added", act)
    if removed == many:
        return sentence("{1} were added, and are removed again", counted(many, "act"))
    last = sentence("the last of {1}", day) if occurred else sentence("the last told on {1}", day)
    said = sentence("{1} were added, {2}", counted(many, "act"), last)
    return sentence("{1}; {2} of them removed again", said, f"{removed:,}") if removed else said


@composed
def _acts(actor: Actor, at: datetime, *, since: Any) -> QuerySet[Any]:
    """Return for each of the actor's cases to which others added acts its reference, None where its door is closed; how many of
    them stand, how many are removed again and have not come back, when the last came, and of the latest that stands, whenever it
    came, when it happened or was told, and whether its day is known; of the latest that is removed where none stands.

    Each act is read once, of its index alone, and then each door is asked once."""
    every = CaseAct.objects.unscoped("of cases whose doors are asked").order_by()
    rows = every.filter(joined_at__gt=since, joined_at__lte=at)
    rows = rows.exclude(recorded_by__in=signatories.records_of(actor))
    stands = every.filter(case=OuterRef("case"), allegation=OuterRef("allegation"), left_at=None)
    latest = rows.filter(case=OuterRef("case"), happened_at=OfGroup(OuterRef("happened")))
    latest = latest.order_by(F("left_at").asc(nulls_first=True), F("allegation__occurred_from").asc(nulls_last=True))
    case = Case.objects.visible_to(actor, at=at).filter(pk=OuterRef("case"))
    found = (
        rows.filter(Among("case", related_to(actor, at)))
        .values("case")
        .annotate(
            stand=Count("joined_at", filter=Q(left_at=None)),
            # Several rows of one act may only be among those that are removed: so many are not told from one another.
            gone=Count("allegation", distinct=True, filter=Q(Q(left_at__isnull=False), ~Exists(stands))),
            joined=Max("joined_at"),
            happened=Coalesce(Max("happened_at", filter=Q(left_at=None)), Max("happened_at")),
        )
    )
    occurred = Subquery(latest.values("allegation__occurred_from")[:1])
    found = found.annotate(reference=Subquery(case.values("reference")), occurred=occurred)
    return found.values_list("reference", "stand", "gone", "joined", "happened", "occurred")


@composed
def _levels_and_states(actor: Actor, at: datetime, *, since: Any) -> QuerySet[Any]:
    first, *others = _each(actor, at, since)
    return first.union(*others, all=True).order_by("-set_at")[:WHOLE]


@counts
def _how_many(actor: Actor, at: datetime, *, since: Any) -> list[tuple[QuerySet[Any]]]:
    return [(each,) for each in _each(actor, at, since)]


def _each(actor: Actor, at: datetime, since: Any) -> tuple[QuerySet[Any], ...]:
    risk = opens(actor, Compartment.RISK, "case", at=at)
    levels = _others(actor, at, LevelSet, since, "set_at", "set_in", risk)
    return levels, _others(actor, at, StateSet, since, "entered_at", "state"), _breaches(actor, at, since)


def _breaches(actor: Actor, at: datetime, since: Any) -> QuerySet[Any]:
    """Return when others withdrew a breach in the actor's own cases, or one that the actor had recorded, and its day."""
    records = signatories.records_of(actor)
    rows = CaseAct.objects.visible_to(actor, at=at).filter(breach_until__gt=since, breach_until__lte=at)
    recorded = Q(allegation__breaches__recorded_by__in=records, allegation__breaches__condition__order__case=F("case"))
    rows = rows.filter(Q(case__in=related_to(actor, at)) | recorded)
    day = Cast(TruncDate("happened_at", tzinfo=LONDON), TextField())
    rows = rows.exclude(breach_until_by__in=records)
    return rows.annotate(day=day).values_list("breach_until", "case__reference", "day").order_by().distinct()


def _others(actor: Actor, at: datetime, table: Any, since: Any, moment: str, what: str, *parts: Holds) -> QuerySet[Any]:
    """Return when, in which case and what others did to the actor's cases: a list that begins at those cases."""
    rows = table.objects.visible_to(actor, at=at).filter(*parts).exclude(recorded_by__in=signatories.records_of(actor))
    # Its case is read of what was found: joined, each of the actor's own cases would be read first.
    reference = Subquery(Case.objects.unscoped("of what was scoped").filter(pk=OuterRef("case")).values("reference"))
    lately = {f"{moment}__gt": since, f"{moment}__lte": at}
    # A list of its own: PostgreSQL would read the index of every case there is, for those few that are the actor's.
    rows = rows.filter(Among("case", related_to(actor, at)), **lately).annotate(of_case=reference)
    return rows.values_list(moment, "of_case", what).order_by()


def my_references(*, actor: Actor, references: Iterable[str], at: datetime) -> frozenset[str]:
    """Return in which of these cases the actor has a part, to say which rows of a list are theirs. One statement."""
    part = related_to(actor, at).filter(file=OuterRef("pk"))
    mine = Case.objects.unscoped("which rows of a scoped list are the actor's own").filter(Exists(part))
    return frozenset(mine.filter(reference__in=set(references)).values_list("reference", flat=True))


def open_references(*, actor: Actor, references: Iterable[str], at: datetime) -> frozenset[str]:
    """Return which of these references lead to cases that the actor may open now. One statement."""
    rows = Case.objects.visible_to(actor, at=at).filter(reference__in=list(references))
    return frozenset(rows.values_list("reference", flat=True))
