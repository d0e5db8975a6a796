"""Possible courses of conduct among reports that nobody joined: the desk's list, one of them, and what a name finds.

A course is shown where every one of its reports may be: a wall around one closes the whole, or its number would tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Case as Sql
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from fourfold.access import queries as access_queries
from fourfold.access import scoping, signatories
from fourfold.access import services as access
from fourfold.access.models import Agreement
from fourfold.access.paging import WHOLE, Page, page_of
from fourfold.access.projection import Added, Projection, Through
from fourfold.access.statements import Call, Texts, composed, counts
from fourfold.access.terms import Closed, Compartment, NotFound, Permission, SubjectOnly, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import CourseJudged, NameSound, PossibleAct, PossibleCourse, Screening, Summary
from fourfold.cases.queries import other_names
from fourfold.cases.queries.other_names import OtherName
from fourfold.cases.terms import CourseVerdict, Together, Why
from fourfold.intake.models import REFERRED, Allegation, ImportRun
from fourfold.intake.terms import RecordingClass
from fourfold.people.models import VictimReach
from fourfold.people.rules.looked_for import FOUND_BY, NAME, Keys, is_mark, keys_meant, why_found
from fourfold.people.rules.name_search import LIKE_ENOUGH, likeness, sounds_to_look_for
from fourfold.people.terms import MarkKind, Part
from fourfold.words import Word, sentence

#: So many courses, and so many single reports, are compared with a name, the weightiest and the newest.
MOST_WEIGHED = 1_000
#: So many that are not searched are counted; beyond them there are more.
MOST_COUNTED = 100
INSIDE = "part of a scoped list"
CORE = frozenset({"core", "subject_identity"})


@dataclass(frozen=True)
class PossibleRow:
    """A possible course as a list shows it. `subject` None: closed to the reader; "": nobody is named.

    `asked`: the force was asked to reclassify one of its reports; `judged` is what somebody said of it. `found_by` says
    by what a search found it, where it did.
    """

    id: UUID
    kind: Together
    site: str
    victim: str
    victim_spellings: tuple[str, ...]
    subject: SubjectOnly[str]
    subject_spellings: Annotated[tuple[str, ...], Closed(Compartment.SUBJECT_IDENTITY, ())]
    acts: int
    occasions: int
    third_parties: int
    others: int
    first_at: datetime
    last_at: datetime
    last_told: bool
    first_told: bool
    classes: tuple[str, ...]
    sources: tuple[str, ...]
    points: int
    reasons: tuple[Why, ...]
    rising: tuple[Why, ...]
    asked: bool
    judged: CourseVerdict | None
    looked_at: datetime
    found_by: str = ""


def open_course(actor: Actor, course: PossibleCourse, *, at: datetime) -> None:
    """Open a possible course for whoever may see every report of it, or raise NotFound."""
    if not visible_courses(actor, at).filter(pk=course.pk).exists():
        audit.refused(actor, "file.opened", at=at, rule="closed", file=course.pk)
        raise NotFound


def course_row(*, actor: Actor, course: UUID, at: datetime) -> PossibleCourse:
    """Return a possible course for a page to hand to a service, or raise NotFound."""
    return existing(visible_courses(actor, at).filter(pk=course).first())


def visible_courses(actor: Actor, at: datetime) -> QuerySet[PossibleCourse]:
    """Return the courses that stand, every report of which is open to the actor."""
    walled = PossibleAct.objects.unscoped(INSIDE).filter(course=OuterRef("pk"))
    walled = walled.filter(scoping.walled_off(actor, "allegation_id", at=at))
    return PossibleCourse.objects.visible_to(actor, at=at).filter(ended_at__isnull=True).exclude(Exists(walled))


# ---- the list ------------------------------------------------------------------------------------------------------


def possibly_mis_recorded(
    *, actor: Actor, at: datetime, after: str = "", all_of_them: bool = False, less_likely: bool = False
) -> Page[PossibleRow]:
    """Return fifty courses whose reports look like stalking and are recorded as something else, the weightiest first.

    `less_likely`: instead those with as many reasons for it, of which what speaks against them leaves too few points.
    Without those about which somebody said what they are, unless `all_of_them`. Two statements at most and the log's.
    """
    access.require(actor, Permission.ALLEGATION_VIEW, at=at)
    rows = _mis_recorded(actor, at, all_of_them=all_of_them, less_likely=less_likely)
    return _listed(actor, rows, "-points", after, "course.list", at)


def _mis_recorded(actor: Actor, at: datetime, *, all_of_them: bool, less_likely: bool) -> QuerySet[PossibleCourse]:
    within = {"points__gt": 0, "points__lt": rules.LISTED_FROM} if less_likely else {"points__gte": rules.LISTED_FROM}
    rows = visible_courses(actor, at).filter(kind=Together.COURSE, **within)
    return rows if all_of_them else rows.exclude(Exists(_judged()))


def escalating(*, actor: Actor, at: datetime, after: str = "") -> Page[PossibleRow]:
    """Return fifty courses that have grown worse of late, those with the most to say first.

    Of late: in the sixty days up to the newest act, itself no more than sixty days old. Two statements at most and the log's.
    """
    access.require(actor, Permission.ALLEGATION_VIEW, at=at)
    rows = visible_courses(actor, at).filter(kind=Together.COURSE, rising__gt=0, last_at__gte=at - rules.LATELY)
    return _listed(actor, rows, "-rising", after, "course.escalating", at)


def _listed(
    actor: Actor, rows: QuerySet[PossibleCourse], first: str, after: str, action: str, at: datetime
) -> Page[PossibleRow]:
    listed = page_of(annotated(rows), first, "-last_at", "id", after=after).map(row_of(actor, at))
    audit.consulted(actor, action, at=at, compartments=CORE, count=len(listed))
    return listed


def _judged() -> QuerySet[CourseJudged]:
    return CourseJudged.objects.unscoped(INSIDE).filter(course=OuterRef("pk"), undone_at__isnull=True)


def annotated(rows: QuerySet[PossibleCourse]) -> QuerySet[PossibleCourse]:
    """Let each course carry whether the force was asked to reclassify, what was said of it, whether its first and last day are told."""
    asked = Screening.objects.unscoped(INSIDE).filter(reclassification_asked=True)
    asked = asked.filter(allegation__possible_acts__course=OuterRef("pk"))
    dated = PossibleAct.objects.unscoped(INSIDE).filter(course=OuterRef("pk"))
    first, last = (~Exists(dated.filter(allegation__occurred_from=OuterRef(end))) for end in ("first_at", "last_at"))
    said = _judged().values("verdict")[:1]
    return rows.annotate(asked=Exists(asked), said=said, only_told=last, first_only_told=first)


def row_of(actor: Actor, at: datetime) -> Callable[[PossibleCourse], PossibleRow]:
    """Return what makes a value of a course, the subject closed to whoever may not see it; one statement at most."""
    sees_subject = subjects_open_to(actor, at)
    return lambda row: value_of(row, sees_subject(row))


def value_of(row: PossibleCourse, sees_subject: bool) -> PossibleRow:
    """Return a course, read as `annotated`, as a value for whoever may see its subject or may not."""
    return COURSE(row, opened=_OPEN if sees_subject else _SHUT)


SeesSubject = Callable[[Any], bool]


def subjects_open_to(actor: Actor, at: datetime) -> SeesSubject:
    """Return the question whether the actor may see whom a course or a report accuses; one statement where others hold some."""
    sites = cache(lambda: _sites_with_subject(actor, at))
    return lambda row: row.controller == actor.partner or row.site in sites()


def _sites_with_subject(actor: Actor, at: datetime) -> frozenset[str]:
    return frozenset(site for site, mask in _agreed(actor, at) if mask & Compartment.SUBJECT_IDENTITY.bit)


@composed
def _agreed(actor: Actor, at: datetime) -> QuerySet[Agreement, Any]:
    agreed = Agreement.objects.filter(scoping.in_force(at), partner=actor.partner, site__in=sorted(actor.sites))
    return agreed.values_list("site", "compartments")


def _class_words(code: str) -> str:
    return RecordingClass(code).words if code else "not recorded as a crime"


def _whys(stored: list[dict[str, Any]]) -> tuple[Why, ...]:
    return tuple(Why(**why) for why in stored)


_SHUT: frozenset[Compartment] = frozenset()
_OPEN = frozenset({Compartment.SUBJECT_IDENTITY})
COURSE = Projection(
    PossibleRow,
    PossibleCourse,
    "found_by",
    classes=Through(lambda codes: tuple(map(_class_words, codes)), "classes"),
    reasons=Through(_whys, "reasons"),
    rising=Through(_whys, "rising_because"),
    asked=Added("asked"),
    last_told=Added("only_told"),
    first_told=Added("first_only_told"),
    judged=Added("said"),
    looked_at=Through(lambda looked, found: looked or found, "looked_at", "found_at"),
)


# ---- what a name finds ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LooseReport:
    """A report that belongs to no possible course, or the reader's own referral, and by what it was found."""

    id: UUID
    reference: str
    site: str
    victim: str
    told_at: datetime
    recorded_class: str
    found_by: str = ""
    own: bool = False


@dataclass(frozen=True)
class ReportsFound:
    """What a search finds among the reports as they were told: courses first, then single reports.

    `not_searched` says how many reports came so lately that they cannot be looked up yet, up to one more than are counted;
    `more` that not all that sounds like the words could be compared.
    """

    courses: tuple[PossibleRow, ...]
    loose: tuple[LooseReport, ...]
    not_searched: int
    more: bool = False


def reports_found(words: str, *, actor: Actor, at: datetime) -> ReportsFound:
    """Return the reports that a name, or what a subject is known by, may mean, whether anybody joined them or not.

    The closest spelling first, then the most reports. Aliases and former surnames find as names do; those of a subject
    only where the subject is open to the reader, and the victim's are never shown. A victim is never found by a number, which would tell
    whose it is. Whoever referred a report finds it by what they told. Seven statements at most and the log's, answered
    by indexes.
    """
    if not access_queries.may(actor, Permission.ALLEGATION_VIEW) or not words.strip():
        return ReportsFound((), (), 0)
    sees_subject = subjects_open_to(actor, at)
    if is_mark(words):
        keys = keys_meant(words)
        courses, loose = _by_marks(keys, actor, at, sees_subject)
        loose = (*_own_by_marks(keys, actor), *loose)
    else:
        courses = _courses_found(words, actor, at, sees_subject)
        loose = _loose_found(words, actor, at, sees_subject)
    audit.consulted(actor, "report.search", at=at, compartments=CORE, count=len(courses) + len(loose))
    return ReportsFound(courses, loose, _not_searched(actor, at)[0], len(courses) == MOST_WEIGHED)


def reports_ahead(actor: Actor, at: datetime, sounds: Texts) -> tuple[Call, ...]:
    """Return what `reports_found` asks of a name, to be run ahead."""
    named = (each.call(actor, at, sounds=sounds) for each in (_courses_sounding, _loose_sounding))
    return (*named, _not_searched.call(actor, at))


def reports_called(reference: str, *, actor: Actor, at: datetime) -> tuple[LooseReport, ...]:
    """Return the reports open to the actor that have a reference; several where several systems gave it. One statement.

    One alone is said in the log by the page to which it leads.
    """
    wanted = {reference.strip(), reference.strip().upper()} - {""}
    if not wanted or not access_queries.may(actor, Permission.ALLEGATION_VIEW):
        return ()
    found = Allegation.objects.visible_to(actor, at=at).filter(reference__in=wanted).only(*_LOOSE)
    rows = list(found.order_by("-told_at", "id")[:WHOLE])
    if len(rows) > 1:
        audit.consulted(actor, "report.search", at=at, compartments=CORE, count=len(rows))
    return tuple(_loose(row, Word("found by its reference")) for row in rows)


def _by_marks(
    keys: Keys, actor: Actor, at: datetime, sees_subject: SeesSubject
) -> tuple[tuple[PossibleRow, ...], tuple[LooseReport, ...]]:
    """Return courses and single reports by what the subject is known by as told, where the subject is open to the reader."""
    told = _told_with(keys)
    held = PossibleAct.objects.unscoped(INSIDE).filter(allegation__in=told.values("allegation"), third=False)
    rows = visible_courses(actor, at).filter(kind=Together.COURSE, pk__in=held.values("course"))
    by = told.filter(allegation__possible_acts__course=OuterRef("pk"), allegation__possible_acts__third=False)
    shown = annotated(rows).annotate(mark=by.values("mark")[:1]).order_by("-acts", "-last_at", "id")[:WHOLE]
    courses = tuple(
        replace(COURSE(row, opened=_OPEN), found_by=_by_mark(row.mark)) for row in shown if sees_subject(row)
    )
    single = _outside_courses(told, actor, at).order_by("-told_at", "id")
    single = single.annotate(mark=told.filter(allegation=OuterRef("pk")).values("mark")[:1])[:WHOLE]
    return courses, tuple(_loose(row, _by_mark(row.mark)) for row in single if sees_subject(row))


def _own_by_marks(keys: Keys, actor: Actor) -> tuple[LooseReport, ...]:
    """Return the actor's own referrals, which no desk shows them, by what they told of the subject themselves.

    Never by an address: that one of theirs is not found would say that it is a victim's.
    """
    given: Keys = {kind: several for kind, several in keys.items() if kind is not MarkKind.ADDRESS}
    if not given:
        return ()
    told = _told_with(given).filter(version=1)  # a later version is not the author's own
    own = Allegation.objects.unscoped("the actor's own words").filter(
        REFERRED, recorded_by__in=signatories.records_of(actor)
    )
    own = own.filter(site__in=actor.sites, pk__in=told.values("allegation")).only(*_LOOSE)
    own = own.annotate(mark=told.filter(allegation=OuterRef("pk")).values("mark")[:1]).order_by("-told_at", "id")
    return tuple(replace(_loose(row, _by_mark(row.mark)), own=True) for row in own[:WHOLE])


def _by_mark(kind: str) -> Word:
    return sentence("found by the subject’s {1}", FOUND_BY[MarkKind(kind)])


def _told_with(keys: Keys) -> Any:
    """Return what tells a subject's number, mailbox, car, account or address, and as `mark` which; no address that is a victim's too."""
    rows = Summary.objects.unscoped(INSIDE).annotate(marks_told=Cast("subject_marks", TextField()))
    by_kind = {kind: reduce(or_, (_tells(kind, key) for key in several)) for kind, several in keys.items()}
    first = [When(condition, then=Value(str(kind))) for kind, condition in by_kind.items()]
    return rows.annotate(mark=Sql(*first, default=Value(""))).exclude(mark="")


def _tells(kind: MarkKind, key: str) -> Q:
    if kind in rules.SEVERAL:
        return Q(marks_told__contains=f'"{kind}", "{key}"')
    if kind is not MarkKind.ADDRESS:
        return Q(**{f"subject_{kind}": key})
    homes = VictimReach.objects.unscoped(INSIDE).filter(kind=kind, key=OuterRef("subject_address"))
    at_door = Q(subject_address__gte=key, subject_address__lt=f"{key}zzzz")
    return at_door & ~Q(victim_address=F("subject_address")) & ~Q(Exists(homes))


def _outside_courses(told: QuerySet[Summary], actor: Actor, at: datetime) -> QuerySet[Allegation]:
    """Return the reports open to the actor that belong to no course that they see; one in a course is found with it."""
    in_a_course = visible_courses(actor, at).filter(
        kind=Together.COURSE, possible_acts__allegation=OuterRef("pk"), possible_acts__third=False
    )
    rows = Allegation.objects.visible_to(actor, at=at).filter(pk__in=told.values("allegation"))
    return rows.exclude(Exists(in_a_course)).only(*_LOOSE)


def _sounding(sounds: Any) -> QuerySet[Summary]:
    heard = NameSound.objects.unscoped(INSIDE).filter(sound__in=sounds)
    return Summary.objects.unscoped(INSIDE).filter(pk__in=heard.values("summary"))


@composed
def _courses_sounding(actor: Actor, at: datetime, sounds: Any) -> QuerySet[PossibleCourse]:
    told = _sounding(sounds).values("allegation")
    held = PossibleAct.objects.unscoped(INSIDE).filter(allegation__in=told, third=False)
    rows = visible_courses(actor, at).filter(kind=Together.COURSE, pk__in=held.values("course"))
    return annotated(rows).order_by("-acts", "-last_at", "id")[:MOST_WEIGHED]


def _courses_found(words: str, actor: Actor, at: datetime, sees_subject: SeesSubject) -> tuple[PossibleRow, ...]:
    rows = _courses_sounding(actor, at, sounds=Texts(sounds_to_look_for(words)))
    shown = tuple(COURSE(row, opened=_OPEN if sees_subject(row) else _SHUT) for row in rows)
    others = other_names.in_courses(words, [row.id for row in shown])
    weighed = [_weighed(words, row, others.get(row.id, ())) for row in shown]
    weighed.sort(key=lambda pair: (-round(pair[0], 1), -pair[1].acts, pair[1].victim))
    return tuple(row for alike, row in weighed if alike >= LIKE_ENOUGH)


def _weighed(words: str, row: PossibleRow, others: Iterable[OtherName]) -> tuple[float, PossibleRow]:
    names = {Part.VICTIM: row.victim_spellings}
    if row.subject is not None:
        names[Part.SUBJECT] = row.subject_spellings
    by_name = [
        (likeness(words, name), _by_name(words, part, name))
        for part, spellings in names.items()
        for name in spellings
        if name
    ]
    by_another = other_names.closest(words, names, (other for other in others if other.is_of(names)))
    alike, says = max((*by_name, by_another), key=lambda each: each[0])
    return alike, replace(row, found_by=says)


def _by_name(words: str, part: Part, name: str) -> Word:
    as_written = why_found(words, name) == NAME
    if part is Part.VICTIM:
        return Word(
            "found by the name of the victim" if as_written else "found by the name of the victim, spelt differently"
        )
    if as_written:
        return sentence("found by the name of the subject: {1}", name)
    return sentence("found by the name of the subject, spelt differently: {1}", name)


@composed
def _loose_sounding(actor: Actor, at: datetime, sounds: Any) -> QuerySet[Allegation]:
    return _outside_courses(_sounding(sounds), actor, at).order_by("-told_at", "id")[:MOST_WEIGHED]


def _loose_found(words: str, actor: Actor, at: datetime, sees_subject: SeesSubject) -> tuple[LooseReport, ...]:
    """Return single reports by the name of the victim or the subject, or by another name of either."""
    shown = _loose_sounding(actor, at, sounds=Texts(sounds_to_look_for(words)))
    others = other_names.in_reports(words, [row.pk for row in shown])
    weighed = [(*_closest(words, row, sees_subject(row), others.get(row.pk, ())), row) for row in shown]
    weighed.sort(key=lambda each: -round(each[0], 1))
    return tuple(_loose(row, says) for alike, says, row in weighed if alike >= LIKE_ENOUGH)


def _closest(words: str, row: Allegation, sees_subject: bool, others: Iterable[OtherName]) -> tuple[float, str]:
    """Return how like the closest name of a report is to what was typed, and what to say where it is not the victim's."""
    names = {Part.VICTIM: (row.victim_name,)}
    named = [(Part.VICTIM, row.victim_name)]
    if sees_subject:
        names[Part.SUBJECT] = (row.subject_name,)
        named.append((Part.SUBJECT, row.subject_name))
    found = [(likeness(words, name), _by_name(words, part, name)) for part, name in named]
    return max((*found, other_names.closest(words, names, others)), key=lambda each: each[0])


_LOOSE = ("reference", "site", "controller", "victim_name", "subject_name", "told_at", "recorded_class")


def _loose(row: Allegation, found_by: str) -> LooseReport:
    recorded = _class_words(row.recorded_class)
    return LooseReport(row.pk, row.reference, row.site, row.victim_name, row.told_at, recorded, found_by)


@counts
def _not_searched(actor: Actor, at: datetime) -> list[tuple[QuerySet[Allegation, Any]]]:
    # Of imports only those that kept a row since all of theirs were found made: else each report there is would be looked at.
    asked = ImportRun.objects.filter(accepted__gt=F("searchable")).values("pk")
    some = Q(run__isnull=True) | Q(run__in=asked)
    rows = Allegation.objects.visible_to(actor, at=at).filter(some, summary__isnull=True)
    return [(rows.values("site")[: MOST_COUNTED + 1],)]
