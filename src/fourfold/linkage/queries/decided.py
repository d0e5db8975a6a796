"""Opening an allegation, whom it concerns as somebody decided, and which others concern the same people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery, UUIDField

from fourfold.access import queries as access_queries
from fourfold.access import signatories
from fourfold.access.projection import Projection
from fourfold.access.statements import for_nobody
from fourfold.access.terms import Compartment, NotFound, Opened
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.base import asked_once, look_again
from fourfold.intake.models import Allegation
from fourfold.linkage.models import Match
from fourfold.linkage.queries.known import Person
from fourfold.linkage.terms import MatchNow, Verdict
from fourfold.people.models import SamePerson, Subject, ThirdParty, Victim
from fourfold.people.queries.same_person import people_of as records_of_people
from fourfold.people.queries.same_person import records_of
from fourfold.people.terms import Part, ThirdRole

MOST_OF_ONE = 200


def open_allegation(actor: Actor, allegation: Allegation, *, at: datetime) -> Opened:
    """Open an allegation for whoever may see it, or raise NotFound: foreign, walled off and absent look the same."""
    return access_queries.opened_at_site(actor, allegation.pk, allegation.site, allegation.controller, at=at)


def require_told(actor: Actor, allegation: Allegation, *, at: datetime) -> None:
    """Let whoever told an allegation pass, under whichever of their records, or may see it: for steps that show nothing
    of what they find.
    """
    if allegation.recorded_by != actor.staff and not signatories.is_record_of(allegation.recorded_by, actor):
        open_allegation(actor, allegation, at=at)


def allegation(actor: Actor, allegation_id: UUID, *, at: datetime) -> Allegation:
    """Return an allegation for whoever may see it, or raise NotFound; for a page to hand to a service."""
    return opened_allegation(actor, allegation_id, at=at)[0]


def opened_allegation(actor: Actor, allegation_id: UUID, *, at: datetime) -> tuple[Allegation, Opened]:
    """Return an allegation with the key to what of it may be shown, or raise NotFound."""
    row = Allegation.objects.unscoped("opened in the next lines").filter(pk=allegation_id).first()
    if row is None:
        audit.refused(actor, "file.opened", at=at, rule="absent")
        raise NotFound
    return row, open_allegation(actor, row, at=at)


def people_of(allegation_id: UUID) -> tuple[Victim | None, Subject | None]:
    """Return whom an allegation concerns as confirmed now, for services that have opened it; one statement."""
    return asked_once(("people", allegation_id), lambda: _people_of(allegation_id), Match, Victim, Subject)


def _people_of(allegation_id: UUID) -> tuple[Victim | None, Subject | None]:
    found: dict[str, Person] = {
        match.part: match.victim or match.subject  # type: ignore[misc]
        for match in _confirmed(report=allegation_id)
    }
    return found.get(Part.VICTIM), found.get(Part.SUBJECT)  # type: ignore[return-value]


@for_nobody
def _confirmed(report: Any) -> QuerySet[Match]:
    return _standing().filter(allegation=report).select_related("victim", "subject")


def names_two(actor: Actor, allegation: Allegation, *, at: datetime) -> bool:
    """Return whether an allegation names a victim and a subject to the actor, and nobody has decided anything about either."""
    names_subject = Compartment.SUBJECT_IDENTITY in open_allegation(actor, allegation, at=at).readable
    return names_subject and bool(allegation.victim_name and allegation.subject_name) and not _any(report=allegation.pk)


@for_nobody
def _any(report: Any) -> QuerySet[Match, Any]:
    return Match.objects.unscoped("the allegation was opened").filter(allegation=report).values_list("pk")[:1]


def hold(allegations: Iterable[UUID]) -> None:
    """Hold reports until the write that decides on them has ended: of two who decide at once, the second sees the first."""
    wanted = tuple(sorted(allegations))
    asked_once(("held", wanted), lambda: _hold(wanted))


def _hold(allegations: tuple[UUID, ...]) -> None:
    _held(reports=allegations)
    look_again(Match, SamePerson)


@for_nobody
def _held(reports: Any) -> QuerySet[Allegation, Any]:
    held = Allegation.objects.unscoped("the caller has opened them").select_for_update()
    return held.filter(pk__in=reports).order_by("pk").values_list("pk")


def third_of(allegation_id: UUID) -> Match | None:
    """Return what stands of a report's third party, for services that have opened it; one statement."""
    return next(iter(_third_of(report=allegation_id)), None)


@for_nobody
def _third_of(report: Any) -> QuerySet[Match]:
    return _third_parties().filter(allegation=report).select_related("third").order_by("pk")[:1]


def third_parties_of(reports: Collection[UUID]) -> tuple[ThirdParty, ...]:
    """Return the third parties of whom some reports tell, for services that have opened them; one statement."""
    told = _third_parties().filter(allegation__in=reports).values("third")
    return tuple(ThirdParty.objects.unscoped("of reports that were opened").filter(pk__in=told).order_by("pk"))


def reports_of_third(third: UUID) -> set[UUID]:
    """Return the reports that tell of a third party, for services that have opened one of them; one statement."""
    return set(_third_parties().filter(third=third).values_list("allegation", flat=True))


def third_undone_at(allegation_id: UUID) -> datetime | None:
    """Return when it was last undone that a report that was opened tells of a third party; one statement."""
    undone = Match.objects.unscoped("the caller has opened the allegation").filter(
        allegation=allegation_id, verdict=Verdict.THIRD, undone_at__isnull=False
    )
    return undone.order_by("-undone_at").values_list("undone_at", flat=True).first()


def of_third_parties(reports: Collection[UUID]) -> set[UUID]:
    """Return which of some reports tell of a third party where others tell of a victim; one statement."""
    return {pk for (pk,) in _of_thirds(reports=tuple(reports))} if reports else set()


@for_nobody
def _of_thirds(reports: Any) -> QuerySet[Match, Any]:
    return _third_parties().filter(allegation__in=reports).values_list("allegation")


def third_party_of(name: str, *, actor: Actor, among: Collection[UUID], at: datetime) -> ThirdParty | None:
    """Return the third party of this very name whom one of some reports tells of, whom the actor may see."""
    known = ThirdParty.objects.visible_to(actor, at=at).filter(name__iexact=name.strip())
    return known.filter(pk__in=_third_parties().filter(allegation__in=among).values("third")).order_by("id").first()


def _third_parties() -> QuerySet[Match]:
    return Match.objects.unscoped("the caller has opened the allegation").filter(
        verdict=Verdict.THIRD, undone_at__isnull=True
    )


def people_of_many(allegation_ids: Iterable[UUID]) -> dict[UUID, tuple[UUID | None, UUID | None]]:
    """Return the identifiers of victim and subject of each allegation as confirmed now; one statement."""
    pairs: dict[UUID, tuple[UUID | None, UUID | None]] = {}
    for allegation, victim, subject in _confirmed_in(reports=tuple(allegation_ids)):
        before = pairs.get(allegation, (None, None))
        pairs[allegation] = (victim or before[0], subject or before[1])
    return pairs


@for_nobody
def _confirmed_in(reports: Any) -> QuerySet[Match, Any]:
    return _standing().filter(allegation__in=reports).values_list("allegation", "victim", "subject")


def with_whom(reports: QuerySet[Allegation]) -> QuerySet[Allegation]:
    """Let each report of a list carry the victim and the subject whom it is confirmed to tell of, and whether the second
    has a name."""
    standing = _standing().filter(allegation=OuterRef("pk"))
    subject = standing.filter(subject__isnull=False)
    whom: dict[str, Any] = {"victim_is": standing.filter(victim__isnull=False).values("victim")}
    whom["subject_is"] = subject.values("subject")
    shown = {name: Subquery(found[:1], output_field=UUIDField()) for name, found in whom.items()}
    return reports.annotate(**shown, subject_named=Subquery(subject.values("subject__known")[:1]))


def not_them(allegation: Allegation, part: Part) -> frozenset[UUID]:
    """Return whom one part of an allegation that was opened is decided not to be; one statement."""
    rows = Match.objects.unscoped("the allegation was opened").filter(
        allegation=allegation, part=part, verdict=Verdict.NOT_SAME, undone_at__isnull=True
    )
    return frozenset(rows.values_list(str(part), flat=True))


def not_them_among(allegations: Collection[UUID], part: Part) -> frozenset[tuple[UUID, UUID]]:
    """Return whom one part of some reports is decided not to be, each with its report; one statement, none for none."""
    if not allegations:
        return frozenset()
    rows = Match.objects.unscoped("the caller has opened the reports").filter(
        allegation__in=allegations, part=part, verdict=Verdict.NOT_SAME, undone_at__isnull=True
    )
    return frozenset(rows.values_list("allegation", str(part)))


def reports_of(people: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Return the allegations confirmed to tell of each of some people, the newest two hundred of each; one statement."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    if not people:
        return found
    for allegation, victim, subject in _confirmed_of(people=tuple(people)):
        if len(found[victim or subject]) < MOST_OF_ONE:
            found[victim or subject].append(allegation)
    return found


@for_nobody
def _confirmed_of(people: Any) -> QuerySet[Match, Any]:
    rows = _standing().filter(Q(victim__in=people) | Q(subject__in=people)).order_by("-decided_at", "id")
    return rows.values_list("allegation", "victim", "subject")


def earlier_allegations(
    victim_id: UUID, subject_id: UUID | None, before: datetime | None = None
) -> QuerySet[Allegation]:
    """Return the allegations confirmed to concern this victim and this subject, oldest first.

    A subject of None: those of this victim, whoever did it. `before` keeps those told before that moment. Records that
    were found to be one person count as one, from then on until that is undone. For services; a page filters what its
    reader may see with `visible_to`.
    """
    records = records_of_people(filter(None, (victim_id, subject_id)))
    found = _of_records(records[victim_id], records[subject_id] if subject_id else None)
    return found if before is None else found.filter(told_at__lt=before)


def _of_records(victims: Any, subjects: Any) -> QuerySet[Allegation]:
    found = Allegation.objects.unscoped("filtered by confirmed people").filter(
        pk__in=_standing().filter(victim__in=victims).values("allegation")
    )
    if subjects is not None:
        found = found.filter(pk__in=_standing().filter(subject__in=subjects).values("allegation"))
    return found.order_by("told_at", "id")


_of_pair = for_nobody(_of_records)


def told_of_pair(victim_id: UUID, subject_id: UUID) -> list[Allegation]:
    """Return the rows of `earlier_allegations`; a write that asks at several steps reads them once."""
    what = ("told of", victim_id, subject_id)
    return asked_once(what, lambda: _told_of_pair(victim_id, subject_id), Match, SamePerson, Allegation)


def _told_of_pair(victim_id: UUID, subject_id: UUID) -> list[Allegation]:
    records = records_of_people((victim_id, subject_id))
    return _of_pair(victims=tuple(records[victim_id]), subjects=tuple(records[subject_id]))


def allegations_of_pair(victim_id: UUID, subject_id: UUID) -> set[UUID]:
    """Return the allegations that concern this victim and this subject, or one of them while the other is not confirmed.

    For walls, which must stand around what a later confirmation would join; four statements.
    """
    victims, subjects = records_of(victim_id), records_of(subject_id)
    either = _standing().filter(Q(victim__in=victims) | Q(subject__in=subjects)).values_list("allegation", flat=True)
    return {
        allegation
        for allegation, (victim, subject) in people_of_many(either).items()
        if victim in {*victims, None} and subject in {*subjects, None}
    }


def _standing() -> QuerySet[Match]:
    return Match.objects.unscoped("the caller has opened the allegation").filter(
        verdict=Verdict.SAME, undone_at__isnull=True
    )


def matches(
    actor: Actor, allegation: Allegation, *, at: datetime, opened: Opened | None = None
) -> tuple[MatchNow, ...]:
    """Return every decision on who an allegation concerns, undone ones too, newest first; one statement once `opened`."""
    opened = opened or open_allegation(actor, allegation, at=at)
    rows = (
        Match.objects.of(opened)
        .select_related("victim", "subject", "third")
        .order_by("-decided_at", "-recorded_at", "id")
    )
    sees_subject = opened.may_read(Compartment.SUBJECT_IDENTITY)
    return tuple(_match_now(row, sees_subject) for row in rows)


def matches_of_many(rows: Sequence[Allegation], sees_subject: Mapping[UUID, bool]) -> dict[UUID, tuple[MatchNow, ...]]:
    """Return what stands decided on who some reports concern, which the caller has opened; one statement."""
    standing = Match.objects.unscoped("the caller has opened the reports").filter(
        allegation__in=[row.pk for row in rows], undone_at__isnull=True
    )
    found: dict[UUID, tuple[MatchNow, ...]] = {row.pk: () for row in rows}
    for row in standing.select_related("victim", "subject", "third").order_by("-decided_at", "id"):
        found[row.allegation_id] += (_match_now(row, sees_subject[row.allegation_id]),)
    return found


def match(actor: Actor, match_id: UUID, *, at: datetime) -> Match:
    """Return one decision for whoever may open its allegation, or raise NotFound; for a service to act upon."""
    row = Match.objects.unscoped("opened in the next line").select_related("allegation").filter(pk=match_id).first()
    if row is None:
        raise NotFound
    open_allegation(actor, row.allegation, at=at)
    return row


_MATCH = Projection(MatchNow, Match, "person", "name", "named", "role")


def _match_now(row: Match, sees_subject: bool) -> MatchNow:
    shown = (row.victim or row.subject) if row.part == Part.VICTIM or sees_subject else None
    named = row.subject is None or row.subject.known
    name = row.third.name if row.third else shown.name if shown else ""
    role = ThirdRole(row.role) if row.role else None
    return _MATCH(row, person=shown.pk if shown else None, name=name, named=named, role=role)
