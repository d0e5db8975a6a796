"""What happened to somebody's own cases since they left: what others did, newest first."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, TruncDate

from fourfold.access import signatories
from fourfold.access.conditions import Among, Holds
from fourfold.access.paging import WHOLE
from fourfold.access.scoping import opens
from fourfold.access.statements import Call, composed, for_nobody, run_ahead
from fourfold.access.terms import LONDON, Compartment
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct, LevelSet, StateSet
from fourfold.cases.queries.listing import related_to
from fourfold.cases.terms import State
from fourfold.intake.models import Allegation
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


def since_you_left(*, actor: Actor, at: datetime) -> Callable[..., SinceYouLeft]:
    """Return what finds what others did to the actor's own cases since the visit before this one, which has been asked. The rest
    is run with what a page asks next. Somebody with two records is one.

    Who was away for long is told of the last two weeks. Three statements and the log's; one for whoever never left.
    """
    left_at = next(iter(_earlier(staff=actor.staff, before=at - SAME_VISIT)), None)
    since = {"since": max(left_at, at - LONGEST_AWAY)} if left_at else {}
    if since:
        run_ahead(_acts.call(actor, at, **since), _levels_and_states.call(actor, at, **since), waits=True)

    def found(*, has_parts: bool = True) -> SinceYouLeft:
        told = _happened(actor, at, since, has_parts=has_parts) if since else ()
        alerts = sorted(told, key=lambda alert: alert.at, reverse=True)[:WHOLE]
        audit.consulted(actor, "case.alerts", at=at, compartments={"core"}, count=len(alerts))
        return SinceYouLeft(left_at, tuple(alerts))

    return found


def ahead(actor: Actor, at: datetime) -> Call:
    """Return what `since_you_left` asks first, to be run ahead."""
    return _earlier.call(staff=actor.staff, before=at - SAME_VISIT)


@for_nobody
def _earlier(*, staff: Any, before: Any) -> QuerySet[Entry, Any]:
    return Entry.objects.filter(actor=staff, at__lt=before).order_by("-seq").values_list("at", flat=True)[:1]


def _happened(actor: Actor, at: datetime, since: dict[str, datetime], *, has_parts: bool) -> Iterator[Alert]:
    for case, many, stand, when, happened_at, occurred in _acts(actor, at, **since) if has_parts else ():
        yield Alert(when, case, _added(many, many - stand, f"{happened_at.astimezone(LONDON):%-d %B}", bool(occurred)))
    for when, case, said in _levels_and_states(actor, at, **since):
        if said[:1].isdigit():
            breach = sentence("the breach of {1} was withdrawn", f"{date.fromisoformat(said):%-d %B}")
            yield Alert(when, case, breach)
        elif said in set(State):
            yield Alert(when, case, sentence("the case is {1} now", named(said)))
        else:
            yield Alert(when, case, sentence("the level was set ({1})", named(said)))


def _added(many: int, removed: int, day: str, occurred: bool) -> Sentence:
    """Return how many acts were added to a case, and of which day the last was: a feed brings hundreds in a night."""
    if many == 1:
        act = sentence("an act of {1}", day) if occurred else sentence("an act told on {1}", day)
        return sentence("{1} was added, and is removed again", act) if removed else sentence("{1} was added", act)
    last = sentence("the last of {1}", day) if occurred else sentence("the last told on {1}", day)
    said = sentence("{1} were added, {2}", counted(many, "act"), last)
    return sentence("{1}; {2} of them removed again", said, f"{removed:,}") if removed else said


@composed
def _acts(actor: Actor, at: datetime, *, since: Any) -> QuerySet[Any]:
    """Return for each of the actor's cases to which others added acts: how many, how many of them stand, when the last came, and of
    the latest, whenever it came, when it happened or was told, and whether its day is known. Each case's door is asked once."""
    added = CaseAct.objects.unscoped("of cases that are scoped").filter(joined_at__gt=since, joined_at__lte=at)
    added = added.order_by()
    # By the index of acts first, for few of somebody's cases have new ones: no door is looked at for the others.
    some = added.filter(case__in=related_to(actor, at)).values("case")
    cases = Case.objects.visible_to(actor, at=at).filter(pk__in=some)
    rows = added.exclude(recorded_by__in=signatories.records_of(actor))
    latest = rows.filter(case=OuterRef("case")).order_by("-happened_at", "pk").values("allegation")[:1]
    report = Allegation.objects.unscoped("of such an act").filter(pk=OuterRef("report")).values("occurred_from")
    named = Case.objects.unscoped("of what was scoped").filter(pk=OuterRef("case")).values("reference")
    found = (
        rows.filter(Among("case", cases.values("pk")))
        .values("case")
        .annotate(
            many=Count("allegation", distinct=True),  # one that was removed and came back is one
            stand=Count("allegation", distinct=True, filter=Q(left_at=None)),
            joined=Max("joined_at"),
            happened=Max("happened_at"),
        )
    )
    found = found.annotate(reference=Subquery(named), report=Subquery(latest)).annotate(occurred=Subquery(report))
    return found.values_list("reference", "many", "stand", "joined", "happened", "occurred")


@composed
def _levels_and_states(actor: Actor, at: datetime, *, since: Any) -> QuerySet[Any]:
    risk = opens(actor, Compartment.RISK, "case", at=at)
    levels = _others(actor, at, LevelSet, since, "set_at", "set_in", risk)
    states = _others(actor, at, StateSet, since, "entered_at", "state")
    found = levels.union(states, _breaches(actor, at, since), all=True)
    return found.order_by("-set_at")[:WHOLE]


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
