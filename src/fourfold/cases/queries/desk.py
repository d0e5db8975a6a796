"""The desk: what waits there, and everything that one allegation's page shows."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.conditions import Here, Holds, Made, made
from fourfold.access.models import Wall
from fourfold.access.paging import PAGE, WHOLE, Page, page_read
from fourfold.access.projection import Added, Projection, Staff, Through
from fourfold.access.projection import Part as Within
from fourfold.access.roles import casework_sites
from fourfold.access.scoping import opens_at_site
from fourfold.access.statements import Call, composed, counts
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case, CaseAct, MayName, Screening, Triage
from fourfold.cases.queries import rows
from fourfold.cases.queries.alike import Alike
from fourfold.cases.queries.behaviours import behaviours_shown
from fourfold.cases.queries.counted import counted_once
from fourfold.cases.queries.desk_page import DeskPage
from fourfold.cases.queries.held import ALONE, Held, acts_of_cases
from fourfold.cases.queries.reached import reached
from fourfold.cases.queries.values import (
    ActRow,
    DeskRow,
    Screened,
    Triaged,
    UnknownSubject,
    WallToConsider,
    as_rules_see,
)
from fourfold.cases.terms import Act, Answer, ClassCheck, Outcome, ScreeningAnswers
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation, Version
from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.intake.terms import RecordingClass, Urgency
from fourfold.linkage import queries as linkage
from fourfold.linkage.models import Match
from fourfold.linkage.terms import Candidate, MatchNow, Sure, Verdict
from fourfold.people.terms import Part
from fourfold.programme import queries as programme

MOST_ACTS = 200
_PART_OF_LIST = "part of a scoped list"
DESK_ROW = Projection(
    DeskRow,
    Allegation,
    words=Through(rows.snippet, "words"),
    victim="victim_name",
    victim_confirmed=Added("victim_confirmed"),
    subject_confirmed=Added("subject_confirmed"),
    screened=Added("screened"),
)


def untriaged(
    *, actor: Actor, at: datetime, after: str = "", urgency: Urgency | None = None, most: int = PAGE
) -> Page[DeskRow]:
    """Return `most` allegations for the desk that have not left it, the newest first. One statement and the log's."""
    return waiting_page(actor=actor, at=at, after=after, urgency=urgency, most=most).map(lambda waits: waits[1])


def waiting_page(
    *, actor: Actor, at: datetime, after: str = "", urgency: Urgency | None = None, most: int = PAGE
) -> Page[tuple[Allegation, DeskRow]]:
    """Return the same, each with the report itself for a query to look at."""

    def beyond(place: Sequence[Any]) -> list[Allegation]:
        after_it = {"told_at": datetime.fromisoformat(place[0]), "report": UUID(str(place[1]))} if place else {}
        return _untriaged(actor, at, urgency, most, **after_it)

    listed = page_read(beyond, lambda row: [row.told_at, row.id], after=after, most=most)
    audit.consulted(actor, "allegation.list", at=at, compartments={"core"}, count=len(listed))
    return listed.map(lambda row: (row, DESK_ROW(row)))


def listed_ahead(actor: Actor, at: datetime, urgency: Urgency | None) -> tuple[Call, ...]:
    """Return what the first page of the desk's list asks, to be run ahead."""
    return _untriaged.call(actor, at, urgency, PAGE), first.call(actor, at, 0)


@composed
def _untriaged(
    actor: Actor, at: datetime, urgency: Urgency | None, most: int, *, told_at: Any = None, report: Any = None
) -> QuerySet[Allegation]:
    waiting, first = _waiting(actor, at), ("-told_at", "id")
    if told_at is not None:
        waiting = waiting.filter(Q(told_at__lt=told_at) | Q(told_at=told_at, id__gt=report), told_at__lte=told_at)
    if urgency is not None:
        says = intake.that_say(waiting, urgency)
        waiting = waiting.filter(pk__in=_together([rows.order_by(*first).values("pk")[: most + 1] for rows in says]))
    return _with_subject(actor, waiting, at).order_by(*first)[: most + 1]


def pressing(*, actor: Actor, at: datetime) -> tuple[list[tuple[Allegation, DeskRow]], bool]:
    """Return the reports at the desk that said danger now as they came, and those of which a version alone ever said so, the
    newest thousand of each; and whether more do. One statement and the log's.
    """
    rows = _pressing(actor, at, WHOLE)
    audit.consulted(actor, "allegation.list", at=at, compartments={"core"}, count=len(rows))
    came = [row for row in rows if row.urgency == Urgency.NOW]
    told = [row for row in rows if row.urgency != Urgency.NOW]
    return [(row, DESK_ROW(row)) for row in (*came[:WHOLE], *told[:WHOLE])], max(len(came), len(told)) > WHOLE


@composed
def _pressing(actor: Actor, at: datetime, most: int) -> QuerySet[Allegation]:
    says = intake.that_say(Allegation.objects.visible_to(actor, at=at).filter(at_desk=True), Urgency.NOW)
    newest = _together([rows.order_by("-told_at", "id").values("pk")[: most + 1] for rows in says])
    return _with_subject(actor, _waiting(actor, at).filter(pk__in=newest), at).order_by("-told_at", "id")


def _together(lists: Iterable[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    """Return the reports of several lists as one: of one of several PostgreSQL would look through all that wait.

    SQLite takes none that is cut as a part of another.
    """
    every = Allegation.objects.unscoped(_PART_OF_LIST)
    one, *others = (every.filter(pk__in=rows).values("pk") for rows in lists)
    return one.union(*others)


@composed
def besides(actor: Actor, at: datetime, *, these: Any) -> QuerySet[Allegation, Any]:
    """Return a report that waits at the desk and is none of these, where there is any."""
    waiting = Allegation.objects.visible_to(actor, at=at).filter(at_desk=True).exclude(pk__in=these)
    return waiting.order_by().values_list("pk")[:1]


MOST_LATE = 1_000


#: In which time somebody looks at an allegation.
Allowed = Mapping[Urgency, timedelta]


def untriaged_late(*, actor: Actor, at: datetime, within: Allowed, apart_from: Iterable[UUID] = ()) -> int:
    """Return how many allegations of the desk wait longer than the urgency of any version allows, from when that came; of more
    than a thousand one more than that. One statement and the log's.

    Of a version that came before all that is allowed it is not asked: what it tells of came earlier, and is late by itself.
    """
    many = sum(late_ahead(actor, at, within, apart_from).rows())
    audit.consulted(actor, "allegation.list", at=at, compartments={"core"}, count=many)
    return min(many, MOST_LATE + 1)


def late_ahead(actor: Actor, at: datetime, within: Allowed, apart_from: Iterable[UUID]) -> Call:
    """Return what `untriaged_late` asks, to be run ahead."""
    before = {f"{urgency}_before": at - span for urgency, span in within.items()}
    since, apart = at - max(within.values()), tuple(apart_from)
    return _late.call(actor, at, tuple(within), MOST_LATE, apart=apart, since=since, **before)


@counts
def _late(
    actor: Actor, at: datetime, asked: tuple[Urgency, ...], most: int, *, apart: Any, since: Any, **before: Any
) -> Any:
    waiting = Allegation.objects.visible_to(actor, at=at).filter(at_desk=True).exclude(pk__in=apart)
    late = {each: Q(urgency=each, received_at__lt=before[f"{each}_before"]) for each in asked}
    found = [waiting.filter(said).order_by().values("pk")[: most + 1] for said in late.values()]
    told = reduce(or_, (said & Q(received_at__gte=since) for said in late.values()))
    versions = Version.objects.unscoped(_PART_OF_LIST).filter(told).values("allegation")
    later = waiting.filter(pk__in=versions).exclude(reduce(or_, late.values()))
    return [(rows,) for rows in (*found, later.order_by().values("pk")[: most + 1])]


def _waiting(actor: Actor, at: datetime) -> QuerySet[Allegation]:
    return (
        Allegation.objects.visible_to(actor, at=at)
        .filter(at_desk=True)
        .annotate(
            victim_confirmed=Holds(_confirmed(Part.VICTIM), allegation="pk"),
            subject_confirmed=Holds(_confirmed(Part.SUBJECT), allegation="pk"),
            screened=Holds(_screened_at_all(), allegation="pk"),
        )
    )


MOST_NAMED = 60


def first_at_desk(*, actor: Actor, at: datetime, newest: int = 0) -> list[tuple[Allegation, DeskRow]]:
    """Return the reports at the desk that are acts of a case that is not closed, or share most with its people, and those that
    say danger now and have waited longest; sixty of each at most. And the `newest`.

    One statement, by indexes that hold these alone. Sharing keys says little: `unit_holds` says whom they name.
    """
    return [(row, DESK_ROW(row)) for row in first(actor, at, newest)]


@composed
def first(actor: Actor, at: datetime, newest: int) -> QuerySet[Allegation]:
    waiting = Allegation.objects.visible_to(actor, at=at).filter(at_desk=True)
    says = intake.that_say(waiting, Urgency.NOW)
    longest = (rows.order_by("told_at", "-id").values("pk")[:MOST_NAMED] for rows in says)
    lists = (
        _may_name(actor, at).values("allegation"),
        *longest,
        waiting.order_by("-told_at", "id").values("pk")[:newest],
    )
    return _with_subject(actor, _waiting(actor, at).filter(pk__in=_together(lists)), at).order_by("-told_at", "id")


def _with_subject(actor: Actor, reports: QuerySet[Allegation], at: datetime) -> QuerySet[Allegation]:
    """Let each report carry what `unit_holds` would else ask of it, and no more than it and its row are made of."""
    sees_subject = ExpressionWrapper(opens_at_site(actor, Compartment.SUBJECT_IDENTITY, at=at), BooleanField())
    return intake.with_whether_said_more(reports.only(*DESK_ROW.columns, *_HELD).annotate(sees_subject=sees_subject))


#: What `unit_holds` and `journey.holding` read of a report besides its row at the desk.
_HELD = (
    *("controller", "occurred_from", "occurred_until", "time_known"),
    *(f"{part}_{name}" for part in Part for name in NAMES_OF_EACH),
)


def _may_name(actor: Actor, at: datetime) -> QuerySet[MayName]:
    shown = Exists(Case.objects.visible_to(actor, at=at).filter(pk=OuterRef("file")))
    waits = Exists(Allegation.objects.visible_to(actor, at=at).filter(pk=OuterRef("allegation")))
    rows = MayName.objects.filter(waits, shown, site__in=sorted(casework_sites(actor)))
    return rows.order_by("-says", "allegation", "file")[:MOST_NAMED]


@cache
def _confirmed(part: Part) -> Made:
    """Make the condition that somebody is confirmed to be the one whom an allegation names."""
    standing = Match.objects.unscoped(_PART_OF_LIST).filter(verdict=Verdict.SAME, undone_at__isnull=True)
    return made(standing.filter(allegation=Here("allegation"), part=part))


@cache
def _screened_at_all() -> Made:
    """Make the condition that the desk answered about an allegation."""
    return made(Screening.objects.unscoped(_PART_OF_LIST).filter(allegation=Here("allegation")))


SCREENED = Projection(
    Screened,
    Screening,
    answers=Within(Projection(ScreeningAnswers, Screening)),
    at="recorded_at",
    by=Staff("recorded_by"),
)
TRIAGED = Projection(Triaged, Triage, "case", at="decided_at", by=Staff("recorded_by"))
WALL = Projection(
    WallToConsider,
    Screening,
    "case",
    reference="allegation__reference",
    site="allegation__site",
    asked_at="recorded_at",
)


def desk_page(*, actor: Actor, allegation_id: UUID, at: datetime, held: Held = ALONE) -> DeskPage:
    """Return the desk's page for one allegation, or raise NotFound.

    The people whom it may concern are looked for afresh each time, so somebody put on record since is found. `held` is
    what the unit holds of the people told of (`unit_holds`): what may belong with it is counted, never as confirmed.
    """
    told = intake.as_told(allegation_id, actor=actor, at=at)
    allegation, opened = linkage.opened_allegation(actor, allegation_id, at=at)
    decided = linkage.matches(actor, allegation, at=at, opened=opened)
    victim, subject = (_standing(decided, part) for part in Part)
    third = next((one for one in decided if one.verdict is Verdict.THIRD and one.undone_at is None), None)
    told_of = {act.pk: act for act in _acts(actor, allegation, victim, subject, at)}
    shown, possible = _once(allegation_id, told_of.values(), _possible(actor, told_of, held, at))
    acts = [told_of[act.allegation] for act in shown]
    seen = [rows.act_of(act, rows.kinds_of(act)) for act in acts]
    with_possible = [*seen, *(as_rules_see(each) for each in possible)]
    case = _case(actor, victim, subject, at)
    screened, triaged = _screened(allegation), _triaged(actor, allegation, at)
    return DeskPage(
        told=told,
        victim=victim,
        subject=subject,
        third=third,
        decided=decided,
        victims=_candidates(actor, allegation, Part.VICTIM, victim, opened, at, third is not None),
        subjects=_candidates(actor, allegation, Part.SUBJECT, subject, opened, at),
        unknown=_unknown(actor, victim, subject, at),
        acts=shown,
        course=rules.course_of_conduct(seen),
        two_acts=rules.two_acts(seen),
        class_check=_class_check(allegation, acts, seen),
        held=held,
        attached=_attached(actor, allegation, at) if triaged and triaged.case and not case else None,
        possible=possible,
        possible_course=rules.course_of_conduct(with_possible),
        possible_two_acts=rules.two_acts(with_possible),
        possible_check=_class_check(allegation, [*acts, *held.of_the_pair], with_possible) if possible else None,
        screened=screened,
        triaged=triaged,
        waits=allegation.at_desk,
        case=case,
        outcomes=tuple(Outcome(name) for name in programme.working(told.site, at.date()).triage_outcomes),
        names=access_queries.names_of(each.decided_by for each in decided),
        behaviours=behaviours_shown(told.id, told.behaviours, told.words),
    )


def _standing(decided: tuple[MatchNow, ...], part: Part) -> MatchNow | None:
    return next(
        (each for each in decided if each.part is part and each.verdict is Verdict.SAME and each.undone_at is None),
        None,
    )


def _candidates(
    actor: Actor,
    allegation: Allegation,
    part: Part,
    confirmed: MatchNow | None,
    opened: Opened,
    at: datetime,
    third: bool = False,
) -> tuple[Candidate, ...]:
    """Return whom one part may concern; nobody is looked for once somebody is confirmed who has a name."""
    if (confirmed and confirmed.named) or third:
        return ()
    theirs = reached(actor=actor, at=at) if part is Part.VICTIM else frozenset()
    return tuple(linkage.candidates(actor, allegation, part, at=at, opened=opened, reached=theirs))


def _acts(
    actor: Actor, allegation: Allegation, victim: MatchNow | None, subject: MatchNow | None, at: datetime
) -> list[Allegation]:
    """Return this allegation and those of the same people that the actor may see, oldest first.

    While nobody has said who did it, no other act of the victim is one of these: it may be somebody else's.
    """
    pair = [one.person for one in (victim, subject) if one and one.person]
    if len(pair) < len(Part) and allegation.at_desk and allegation.breach_of is None:
        return [allegation]  # nobody has said that it is a breach, or none
    found = linkage.earlier_allegations(pair[0], pair[1]).values("pk") if len(pair) == len(Part) else ()
    visible = Allegation.objects.visible_to(actor, at=at).filter(Q(pk__in=found) | Q(pk=allegation.pk))
    visible = rows.with_standing(visible.select_related("summary"))
    return sorted(visible[:MOST_ACTS], key=lambda act: (rows.happened_at(act), act.pk))


def _once(
    own: UUID, told: Iterable[Allegation], possible: Iterable[ActRow]
) -> tuple[tuple[ActRow, ...], tuple[ActRow, ...]]:
    """Return acts and possible acts, of two reports of one event the one that the page is about, or that counts."""
    acts, more = tuple(rows.allegation_row(act) for act in told), tuple(possible)
    once = {each.allegation for each in counted_once((*acts, *more), kept=own)}
    return tuple(each for each in acts if each.allegation in once), tuple(
        each for each in more if each.allegation in once
    )


def _possible(actor: Actor, known: Container[UUID], held: Held, at: datetime) -> tuple[ActRow, ...]:
    """Return the reports that may be acts of the same pair and are not confirmed to be: alike ones, and those of its cases."""
    confirmed = (one for one in held.alike if one.victim is Sure.CONFIRMED and one.subject)
    found = {one.act.allegation: one.act for one in (*held.of_the_pair, *confirmed)}
    found |= {one.allegation: one for one in acts_of_cases(actor, held, at=at)}
    others = (one for pk, one in found.items() if pk not in known)
    return tuple(sorted(others, key=lambda one: (one.happened_at, one.allegation)))


def _class_check(allegation: Allegation, acts: Sequence[Allegation | Alike], seen: list[Act]) -> ClassCheck | None:
    partners = {each.former_partner for each in acts}
    return rules.class_check(
        seen,
        recorded_as=RecordingClass(allegation.recorded_class) if allegation.recorded_class else None,
        former_partner=True if True in partners else (None if None in partners else False),
        on=allegation.told_at.date(),
        included=allegation.included_classes,
    )


def _case(actor: Actor, victim: MatchNow | None, subject: MatchNow | None, at: datetime) -> str | None:
    if victim is None or subject is None or subject.person is None:
        return None
    found = Case.objects.visible_to(actor, at=at).filter(victim=victim.person, subject=subject.person)
    return found.values_list("reference", flat=True).first()


def _attached(actor: Actor, allegation: Allegation, at: datetime) -> str | None:
    acts = CaseAct.objects.visible_to(actor, at=at).filter(allegation=allegation, left_at__isnull=True)
    return acts.values_list("case__reference", flat=True).first()


UNKNOWN = Projection(UnknownSubject, Case, id="subject", case="reference")


def _unknown(
    actor: Actor, victim: MatchNow | None, subject: MatchNow | None, at: datetime
) -> tuple[UnknownSubject, ...]:
    """Return the subjects whom nobody can name yet in cases of this victim, while this one's is not confirmed."""
    if victim is None or subject is not None:
        return ()
    found = Case.objects.visible_to(actor, at=at).filter(victim=victim.person, subject__known=False)
    return UNKNOWN.all(found.order_by("-opened_at")[:WHOLE])


def _screened(allegation: Allegation) -> Screened | None:
    found = Screening.objects.unscoped("the allegation was opened").filter(allegation=allegation)
    return next(iter(SCREENED.all(found.order_by("-recorded_at", "id")[:1])), None)


def _triaged(actor: Actor, allegation: Allegation, at: datetime) -> Triaged | None:
    found = Triage.objects.unscoped("the allegation was opened").filter(allegation=allegation)
    row = found.order_by("-decided_at", "id").first()
    if row is None:
        return None
    visible = Case.objects.visible_to(actor, at=at).filter(pk=row.case_id).values_list("reference", flat=True)
    names = access_queries.names_of([row.recorded_by])
    return TRIAGED(row, names=names, case=visible.first() if row.case_id else None)


def asked_for_a_wall(actor: Actor, *, at: datetime) -> QuerySet[Screening]:
    """Return the answers by which the desk asks for a wall, where none stands, for the inside of a list of oversight."""
    rows = Screening.objects.unscoped("references only, for the governance lead of the site")
    known = rows.filter(known_to_staff=Answer.YES)  # found first: sites hold many more reports
    rows = rows.filter(pk__in=known.values("pk"), allegation__site__in=sorted(actor.sites))
    return rows.exclude(
        Exists(Wall.objects.filter(Q(until_at__isnull=True) | Q(until_at__gt=at), file=OuterRef("allegation")))
    )


def walls_to_consider(*, actor: Actor, at: datetime) -> tuple[WallToConsider, ...]:
    """Return the allegations of the actor's sites about which the desk said that somebody in them is known to staff.

    For governance leads, who open no case: references only. One around which a wall stands already is not listed.
    """
    access.require(actor, Permission.WALL_SET, at=at)
    found = asked_for_a_wall(actor, at=at).select_related("allegation").order_by("-recorded_at", "id")[:WHOLE]
    cases = dict(
        Triage.objects.unscoped("references only")
        .filter(allegation__in=[row.allegation_id for row in found], case__isnull=False)
        .values_list("allegation", "case__reference")
    )
    return tuple(WALL(row, case=cases.get(row.allegation_id)) for row in found)
