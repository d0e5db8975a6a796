"""Looking for courses of conduct among reports that nobody joined, and keeping what people say of them.

Everything is made from the reports and from what people confirmed, and can be made anew; nothing is merged, no class
is changed, no case is opened by it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db.models import QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Permission, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases import rules
from fourfold.cases.models import CourseJudged, PossibleAct, PossibleCourse, Summary
from fourfold.cases.queries import possible_courses as possible_queries
from fourfold.cases.queries.rows import with_breach
from fourfold.cases.services.compared import AT_ONCE, Compared, compare, in_parts
from fourfold.cases.services.reports import FOR_NOBODY
from fourfold.cases.terms import Act, CannotStep, CourseVerdict, LookedAt, Several, Telling, Thread, Together
from fourfold.gateways.bulk import insert_rows, made, room
from fourfold.intake import queries as intake
from fourfold.intake.terms import ToldLast
from fourfold.linkage import queries as linkage
from fourfold.linkage import weights

#: So many new courses are kept with one entry.
MOST_NEW = 5_000
#: Of so many reports it is read at once what they say.
MOST_READ = 2_000
MOST_SPELLINGS = 8


@dataclass(frozen=True)
class Looked:
    """What a look for courses found at a site: how many stand, how many of them are new, and how many ended."""

    standing: int
    new: int
    ended: int


def find_courses(
    *,
    actor: Actor,
    site: str,
    at: datetime,
    compared: Compared | None = None,
    between: Callable[[], None] = lambda: None,
) -> Looked:
    """Look for possible courses of conduct that have a report at a site, and keep what changed since the last look.

    Reports of every site are compared, where they are not among the `compared`; each site's course holds its own only. What
    is found again in the same reports keeps its row and what was said of it; a later version of a report, or one that was
    recognised as a breach since, makes it a new one, and so do other reasons where nobody has judged it yet. Reads for
    nobody in particular: whoever is walled off must not decide what they are walled off from. One entry seals the new rows;
    of very many one for each five thousand, and what is found no more ends with the last: whoever is killed before leaves
    too much, and nothing out. `between` is called again and again until all is compared, and may raise.
    """
    access.require(actor, Permission.ALLEGATION_VIEW, at=at, site=site)
    with room():
        own = weights.of_site(linkage.folder_of_weights(), site)
        belonging = compared.by(own, site, between) if compared else compare(own, between)
        return _looked(actor, site, _found(belonging, site, between), at)


def _looked(actor: Actor, site: str, found: Iterable[_Course], at: datetime) -> Looked:
    standing = PossibleCourse.objects.unscoped(FOR_NOBODY).filter(site=site, ended_at__isnull=True)
    before, new = _Before(standing), 0
    changed = before.changed(found)
    some = list(islice(changed, MOST_NEW))
    while more := list(islice(changed, MOST_NEW)):
        with audit.recorded(actor, "courses.found", at=at, operation=Operation.COMBINATION) as entry:
            entry.seal(_put(actor, standing, site, some, at))
            entry.more = {"site": site, "new": len(some)}
        some, new = more, new + len(some)
    new, gone, stays = new + len(some), before.gone(), list(in_parts(before.stays(), most=MOST_NEW))
    for part in stays[:-1]:
        with audit.recorded(actor, "courses.found", at=at, operation=Operation.COMBINATION) as entry:
            standing.filter(pk__in=part).update(looked_at=at)
            entry.more = {"site": site, "again": len(part)}
    with audit.recorded(actor, "courses.found", at=at, operation=Operation.COMBINATION) as entry:
        for part in in_parts(gone):
            standing.filter(pk__in=part).update(ended_at=at)
        for part in stays[-1:]:
            standing.filter(pk__in=part).update(looked_at=at)
        entry.seal(_put(actor, standing, site, some, at))
        ended = len(gone) + before.replaced
        entry.more = {"site": site, "standing": before.count, "new": new, "ended": ended}
    return Looked(before.count, new, ended)


def _put(
    actor: Actor, standing: QuerySet[PossibleCourse], site: str, some: Sequence[_Changed], at: datetime
) -> list[PossibleCourse]:
    """Keep what changed, and end what it takes the place of: two of the same reports cannot stand."""
    for part in in_parts(pk for _, pk in some if pk is not None):
        standing.filter(pk__in=part).update(ended_at=at)
    return _kept(actor, site, [course for course, _ in some], at)


class _Before:
    """The courses that stood before a look, each by what makes it this one, and those of them that it finds again."""

    def __init__(self, standing: QuerySet[PossibleCourse]) -> None:
        judged = CourseJudged.objects.unscoped(FOR_NOBODY).filter(course__in=standing, undone_at__isnull=True)
        answered = frozenset(judged.values_list("course", flat=True))
        rows = standing.values_list("kind", "members", "pk", "points", "reasons").iterator(chunk_size=AT_ONCE)
        self._stood: dict[bytes, tuple[UUID, bytes | None]] = {
            _digest(kind, members): (pk, None if pk in answered else _digest(points, reasons))
            for kind, members, pk, points, reasons in rows
        }
        self._ends, self._stays = {pk for pk, _ in self._stood.values()}, list[UUID]()
        self.count, self.replaced = 0, 0

    def changed(self, found: Iterable[_Course]) -> Iterator[_Changed]:
        """Yield what was found and did not stand so before, with what stood of the same reports; what somebody has judged
        stands whatever its reasons are."""
        for course in found:
            self.count += 1
            pk, why = self._stood.get(_digest(course.kind, course.members), (None, b""))
            if pk is not None:
                self._ends.discard(pk)
            if pk and why in (None, _digest(course.columns.get("points", 0), course.columns.get("reasons", []))):
                self._stays.append(pk)
            else:
                self.replaced += pk is not None
                yield course, pk

    def gone(self) -> list[UUID]:
        """Return what was not found again."""
        return list(self._ends)

    def stays(self) -> list[UUID]:
        """Return what was."""
        return self._stays


def _digest(*said: object) -> bytes:
    """Return sixteen bytes that stand for what is said: of a million courses, texts and reasons do not fit."""
    return sha256(json.dumps(said, sort_keys=True).encode()).digest()[:16]


@dataclass(frozen=True)
class _Course:
    """What belongs together as it was found, before it is kept."""

    kind: Together
    members: str
    whole: UUID
    acts: tuple[UUID, ...]
    third: tuple[UUID, ...]
    columns: dict[str, Any]


#: A course as it was found, and what stood of the same reports, if anything did.
_Changed = tuple[_Course, UUID | None]


def _found(belonging: rules.Belonging, site: str, between: Callable[[], None]) -> Iterator[_Course]:
    parts = _of_site(belonging.threads(site), site)
    for some in in_parts(parts, between, most=MOST_READ, size=lambda part: len(part[1]) + len(part[2])):
        facts = _facts(act for _, acts, third, _ in some for act in (*acts, *third))
        yield from (_course(thread, acts, third, facts, answered) for thread, acts, third, answered in some)
    for several in in_parts(belonging.several(site), between, most=MOST_READ, size=lambda each: len(each.told)):
        facts = _facts((act for each in several for act in each.acts if each.sites[act] == site), _OF_SEVERAL)
        yield from (_of_several(each, facts) for each in several)


Part = tuple[Thread, tuple[UUID, ...], tuple[UUID, ...], int]


def _of_site(threads: Iterable[Thread], site: str) -> Iterator[Part]:
    """Yield the part of each thread that lies at a site: two reports or more, or one where other sites hold more.

    Of what the subject reports of the victim only what nobody is walled off from counts: a reason must not tell of it.
    """
    shut = access_queries.files_shut_to_somebody()
    for thread in threads:
        sites = thread.sites
        acts = tuple(act for act in thread.acts if sites[act] == site)
        third = tuple(act for act in thread.third if sites[act] == site)
        elsewhere = len(thread.acts) > len(acts)
        answered = sum(sites[act] == site and act not in shut for act in thread.answers)
        if acts and (len(acts) + len(third) > 1 or elsewhere):
            yield thread, acts, third, answered


# ---- what a course comes to ----------------------------------------------------------------------------------------

#: What is read of the reports of one of whom several others are told, of which nothing is reasoned; and of a course.
_OF_SEVERAL = ("allegation", "happened_at", "allegation__recorded_class", "allegation__system", "found_breach")
_FACTS = (
    *(*_OF_SEVERAL, "no_breach", "kinds", "dangers", "allegation__included_classes", "allegation__former_partner"),
    *("allegation__breach_of", "allegation__confirmed", "allegation__subject_name", "allegation__words"),
    *("allegation__relationship", "victim_address", "subject_address"),
)


def _facts(ids: Iterable[UUID], columns: Sequence[str] = _FACTS) -> dict[UUID, dict[str, Any]]:
    """Return what the reports say, by the latest version of each: what its force has put right counts as put right."""
    wanted = sorted(set(ids))
    found: dict[UUID, dict[str, Any]] = {}
    for some in in_parts(wanted):
        rows = with_breach(Summary.objects.unscoped(FOR_NOBODY).filter(allegation__in=some), "allegation").values(
            *columns
        )
        later = intake.told_last(some)
        found |= {row["allegation"]: _put_right(row, later.get(row["allegation"])) for row in rows}
    return found


def _put_right(row: dict[str, Any], now: ToldLast | None) -> dict[str, Any]:
    if now is None:
        return row | {"version": 1}
    return row | {
        "version": now.number,
        "happened_at": now.happened_at,
        "allegation__recorded_class": now.recorded_class,
        "allegation__included_classes": now.included_classes,
        "allegation__former_partner": now.former_partner,
        "allegation__subject_name": now.subject or row.get("allegation__subject_name", ""),
    }


def _course(
    thread: Thread, acts: tuple[UUID, ...], third: tuple[UUID, ...], facts: dict[UUID, dict[str, Any]], answered: int
) -> _Course:
    rows, here = _in_order(acts, facts), set(acts)
    told = [one for one in thread.told if one.act in here]
    looked_at = [_looked_at(row) for row in rows]
    reasons = rules.why_stalking(looked_at, third_parties=len(third), answered=answered)
    rising = rules.why_rising(looked_at, third=[facts[act]["happened_at"] for act in third])
    return _Course(
        kind=Together.COURSE,
        members=_members(told, third, facts, beside_others=thread.beside_others),
        whole=_whole(Together.COURSE, thread.told),
        acts=acts,
        third=third,
        columns={
            **_common(rows, told),
            "third_parties": len(third),
            "points": rules.points_of(reasons),
            "reasons": [asdict(why) for why in reasons],
            "rising": sum(why.points for why in rising),
            "rising_because": [asdict(why) for why in rising],
        },
    )


def _of_several(several: Several, facts: dict[UUID, dict[str, Any]]) -> _Course:
    """Return one person's reports of the site; those of the same person elsewhere are only of the same whole."""
    here = [(told, other) for told, other in zip(several.told, several.others, strict=True) if told.act in facts]
    told = [one for one, _ in here]
    acts = tuple(dict.fromkeys(one.act for one in told))
    rows = _in_order(acts, facts)
    return _Course(
        kind=several.kind,
        members=_members(told, (), facts),
        whole=_whole(several.kind, several.told),
        acts=acts,
        third=(),
        columns={
            **_common(rows, told),
            "others": len({other for _, other in here} - {None}),
        },
    )


def _in_order(acts: Iterable[UUID], facts: dict[UUID, dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted((facts[act] for act in acts), key=lambda row: row["happened_at"])


def _members(
    told: Iterable[Telling], third: Iterable[UUID], facts: dict[UUID, dict[str, Any]], *, beside_others: bool = False
) -> str:
    """Return what makes a course this one: its reports, each in the version and as the breach that was looked at.

    Of a household each may have a course of the same reports, their own and beside them the others'. One of these has the
    first report as its own; of the others it is said which are only beside.
    """
    own = [(one.act, one.pair) for one in told]
    is_another = beside_others and min([act for act, _ in own], default=None) != min([act for act, _ in own] + [*third])
    named = own + [(act, " beside" if is_another else "") for act in third]
    said = sorted(f"{act.hex}{pair}{_later(facts[act])}" for act, pair in named)
    return sha256("".join(said).encode()).hexdigest()


def _later(row: dict[str, Any]) -> str:
    """Return what a report is since it was first told: a later version, a breach."""
    version = f" v{row['version']}" if row["version"] > 1 else ""
    return f"{version} b" if row["found_breach"] else version


def _whole(kind: Together, told: Iterable[Telling]) -> UUID:
    """Return what the parts of one whole share at every site, from which no report can be told."""
    act, pair = min((one.act.hex, one.pair) for one in told)
    return uuid5(NAMESPACE_OID, f"{kind} {act} {pair}".strip())


def _common(rows: list[dict[str, Any]], told: Sequence[Telling]) -> dict[str, Any]:
    victims, subjects = _spellings(one.victim for one in told), _spellings(one.subject for one in told)
    return {
        "victim": victims[0] if victims else "",
        "victim_spellings": victims,
        "subject": subjects[0] if subjects else "",
        "subject_spellings": subjects,
        "acts": len(rows),
        "occasions": rules.occasions(row["happened_at"] for row in rows),
        "first_at": rows[0]["happened_at"],
        "last_at": rows[-1]["happened_at"],
        "classes": list(dict.fromkeys(row["allegation__recorded_class"] for row in rows)),
        "sources": list(dict.fromkeys(row["allegation__system"] for row in rows if row["allegation__system"])),
    }


def _looked_at(row: dict[str, Any]) -> LookedAt:
    act = Act(
        at=row["happened_at"],
        recorded_class=row["allegation__recorded_class"],
        former_partner=row["allegation__former_partner"],
        is_breach=(row["allegation__breach_of"] is not None and not row["no_breach"]) or row["found_breach"],
        confirmed=row["allegation__confirmed"],
        behaviours=tuple(row["kinds"]),
    )
    return LookedAt(
        act=act,
        included=tuple(row["allegation__included_classes"]),
        source=row["allegation__system"],
        names_subject=_is_named(row),
        dangers=tuple(row["dangers"]),
        relationship=row["allegation__relationship"],
        words=row["allegation__words"],
        doors=(row["victim_address"], row["subject_address"]),
    )


def _is_named(row: dict[str, Any]) -> bool:
    return rules.names_somebody(row["allegation__subject_name"])


def _spellings(names: Iterable[str]) -> list[str]:
    """Return the names as told, the most frequent first."""
    return [name for name, _ in Counter(filter(None, names)).most_common(MOST_SPELLINGS)]


def _kept(actor: Actor, site: str, new: Sequence[_Course], at: datetime) -> list[PossibleCourse]:
    held = {**access_queries.held_by(actor, "found by rules", at=at), "site": site, "found_at": at}
    kept: list[PossibleCourse] = []
    for some in in_parts(new):
        rows = [
            made(
                PossibleCourse,
                {"kind": each.kind, "whole": each.whole, "members": each.members, **each.columns, **held},
            )
            for each in some
        ]
        insert_rows(rows)
        insert_rows(
            [
                made(PossibleAct, {"course_id": row.pk, "allegation_id": act, "third": third})
                for row, each in zip(rows, some, strict=True)
                for acts, third in ((each.acts, False), (each.third, True))
                for act in acts
            ]
        )
        kept += rows
    return kept


# ---- what people say -----------------------------------------------------------------------------------------------


def judge_course(
    *, actor: Actor, course: PossibleCourse, verdict: CourseVerdict, reason: str, at: datetime
) -> CourseJudged:
    """Keep what somebody said of a possible course, and why. No class changes and no case opens by it.

    Said once; a course to which a report is added since is a new one, and is asked about again. Raises CannotStep.
    """
    possible_queries.open_course(actor, course, at=at)
    access.require(actor, Permission.ALLEGATION_SCREEN, at=at, site=course.site)
    if not reason.strip():
        raise CannotStep("reason", "Say why. One sentence is enough.")
    standing = CourseJudged.objects.unscoped("the course was opened").filter(course=course, undone_at__isnull=True)
    if standing.exists():
        raise CannotStep("verdict", "Somebody has already answered this. Undo that first.")
    with audit.recorded(actor, "course.judged", at=at, file=course.pk) as entry:
        return entry.about(
            CourseJudged.objects.create(
                course=course,
                verdict=verdict,
                reason=reason.strip()[:300],
                judged_at=at,
                judged_by=actor.staff,
                **access_queries.held_by(actor, "desk", at=at),
            )
        )


def undo_course(*, actor: Actor, course: PossibleCourse, reason: str, at: datetime) -> CourseJudged:
    """Undo what was said of a possible course; it is asked about again. The row stays."""
    possible_queries.open_course(actor, course, at=at)
    access.require(actor, Permission.ALLEGATION_SCREEN, at=at, site=course.site)
    if not reason.strip():
        raise CannotStep("undo_reason", "Say why you undo this.")
    standing = CourseJudged.objects.unscoped("the course was opened").filter(course=course, undone_at__isnull=True)
    with audit.recorded(actor, "course.undone", at=at, file=course.pk) as entry:
        judged = existing(standing.select_for_update().first())
        judged.undone_at, judged.undone_by, judged.undone_because = at, actor.staff, reason.strip()[:300]
        judged.save(update_fields=["undone_at", "undone_by", "undone_because"])
        return entry.about(judged)
