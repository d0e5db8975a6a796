"""The rows of one opened case as values, each table read once, whatever its length."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, JSONObject, TruncDate

from fourfold.access import models as access
from fourfold.access.conditions import Among, Here, Holds, IsThere, Made, Mostly, made
from fourfold.access.models import Relation
from fourfold.access.projection import Added, Projection, Staff, Through
from fourfold.access.statements import composed_in
from fourfold.access.terms import LONDON, Compartment, NotFound, Opened, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case, CaseAct, LevelSet, ReviewDue, StateSet
from fourfold.cases.queries.counted import counted_with, others_of, together_of
from fourfold.cases.queries.values import ActRow, Colleague, LevelNow, ReviewNow, StateNow, ThirdParty
from fourfold.cases.terms import Act
from fourfold.intake.models import Allegation, Version
from fourfold.intake.rules import mentioned, proposed_in, words_beside_answer
from fourfold.intake.terms import Channel, RecordingClass
from fourfold.linkage.models import Match
from fourfold.linkage.terms import Verdict
from fourfold.people.models import ThirdContactSaid
from fourfold.people.terms import Part, ThirdRole
from fourfold.words import Word, day_said, sentence

MOST_DRAWN = 2_000
SNIPPET = 160


def levels_of(opened: Opened) -> list[LevelSet]:
    """Return every level that was set, the newest first; none where the risk is closed to the reader."""
    if not opened.may_read(Compartment.RISK):
        return []
    return _levels(opened)


@composed_in
def _levels(opened: Opened) -> QuerySet[LevelSet]:
    return LevelSet.objects.of(opened).order_by("-set_at", "-recorded_at", "id")


def states_of(opened: Opened) -> list[StateSet]:
    """Return every state that the case entered, the newest first."""
    return _states(opened)


@composed_in
def _states(opened: Opened) -> QuerySet[StateSet]:
    return StateSet.objects.of(opened).order_by("-entered_at", "-recorded_at", "id")


def reviews_of(opened: Opened) -> list[ReviewDue]:
    """Return every review, the newest first; none where the risk is closed to the reader."""
    if not opened.may_read(Compartment.RISK):
        return []
    return _reviews(opened)


@composed_in
def _reviews(opened: Opened) -> QuerySet[ReviewDue]:
    return ReviewDue.objects.of(opened).order_by("-recorded_at", "-due_at", "id")


def acts_of(
    opened: Opened, *, most: int = MOST_DRAWN, removed: bool = False, beyond: tuple[datetime, UUID] | None = None
) -> tuple[ActRow, ...]:
    """Return the acts that belong to the case now, the newest first, at most two thousand where nobody asks for more.

    With `removed` also those that were taken off it again, and of each who added it and who took it off. `beyond`: those
    that follow the act of this moment and key.
    """
    place = dict(zip(("moment", "act"), beyond, strict=True)) if beyond else {}
    return _acts_read(opened, _drawn(opened, most, removed, **place))


def _acts_read(opened: Opened, found: Iterable[Any]) -> tuple[ActRow, ...]:
    sees_contact = opened.may_read(Compartment.VICTIM_CONTACT)
    return tuple(
        ACT(
            row,
            third=_third(row.third, sees_contact),
            later=_later(row.later),
            also=sentence("Told in report {1} too, and counted once", together_of(row.also)) if row.also else "",
            joined_by=getattr(row, "added_by", ""),
            left_by=getattr(row, "taken_off_by", None) or "",
        )
        for row in found
    )


@composed_in
def _drawn(opened: Opened, most: int, removed: bool, *, moment: Any = None, act: Any = None) -> QuerySet[Any]:
    acts = with_names(all_acts(opened)) if removed else current_acts(opened)
    if moment is not None:
        acts = acts.filter(Q(happened_at__lt=moment) | Q(happened_at=moment, id__gt=act), happened_at__lte=moment)
    return ACT.only(_with_later(opened, _with_third(opened, with_people(acts, "allegation_id"))))[:most]


def with_names(acts: QuerySet[Any]) -> QuerySet[Any]:
    """Let each act carry who added it and who took it off. No further statement."""

    def name(path: str) -> Subquery:
        return Subquery(access.Staff.objects.filter(pk=OuterRef(path)).values("name"))

    return acts.annotate(added_by=name("recorded_by"), taken_off_by=name("left_by"))


def _with_later(opened: Opened, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Let each act carry what the last later version of its report is recorded as, if one came. No further statement."""
    came = Version.objects.unscoped("part of a scoped list").filter(allegation=OuterRef("allegation"))
    acts = CaseAct.objects.unscoped("part of a scoped list")
    inside = Q(case=OuterRef("case"))
    if opened.as_of:  # no index holds what counted with another then: those that did are found once for all
        counted = acts.filter(case=opened.file, same_as__isnull=False, left_at__lte=opened.as_of)
        came, inside = came.filter(received_at__lte=opened.as_of), Q(Among("pk", counted.values("pk")))
    same = counted_with(acts.filter(inside))
    day = Cast(TruncDate("received_at", tzinfo=LONDON), TextField())
    said = JSONObject(recorded="recorded_class", written="class_as_recorded", day=day)
    same = same.filter(same_as=OuterRef("allegation"))
    rows = rows.annotate(also=Subquery(others_of(same)))
    return rows.annotate(later=Subquery(came.order_by("-number").values(said=said)[:1]))


def _later(said: dict[str, str] | None) -> str:
    if said is None:
        return ""
    written = said["written"] or Word("not recorded as a crime")
    recorded = RecordingClass(said["recorded"]).label if said["recorded"] else written
    return sentence("A later version of {1} says: {2}", day_said(date.fromisoformat(said["day"])), recorded)


def acts_against_third(opened: Opened) -> tuple[tuple[datetime, bool, ThirdParty], ...]:
    """Return when each act against a third party happened, whether only the day of telling is known, and whom it was
    against, the newest first: all of them."""
    sees_contact = opened.may_read(Compartment.VICTIM_CONTACT)
    told = ((at, day is None, _third(said, sees_contact)) for at, day, said in _against_third(opened))
    return tuple((at, undated, third) for at, undated, third in told if third is not None)


@composed_in
def _against_third(opened: Opened) -> QuerySet[Any, Any]:
    told = Match.objects.unscoped("part of a scoped list").filter(allegation=OuterRef("allegation"))
    acts = current_acts(opened).filter(Exists(told.filter(verdict=Verdict.THIRD)))  # few: only of these is it read
    if opened.as_of is None:  # and they are found by an index alone, in whatever order
        listed = CaseAct.objects.unscoped("of a list of this file").filter(pk__in=acts.order_by().values("pk"))
        acts = listed.order_by("-happened_at", "id")
    rows = _with_third(opened, acts).filter(third__isnull=False)
    return rows.values_list("happened_at", "allegation__occurred_from", "third")


def current_acts(opened: Opened) -> QuerySet[CaseAct]:
    stand = Q(left_at__isnull=True)
    return all_acts(opened).filter(Mostly(stand) if opened.as_of else stand)  # then no index says it


def all_acts(opened: Opened) -> QuerySet[CaseAct]:
    return CaseAct.objects.of(opened).order_by("-happened_at", "id")


def _with_third(opened: Opened, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Let each act carry the third party whom it was against, as a report says last. No further statement."""
    told = Match.objects.unscoped("part of a scoped list").filter(
        allegation=OuterRef("allegation"), verdict=Verdict.THIRD
    )
    stood = Q(undone_at__isnull=True)
    if opened.as_of:
        stood = Q(stood | Q(undone_at__gt=opened.as_of), decided_at__lte=opened.as_of)
    told = told.filter(stood).order_by("-decided_at")
    columns = {"id": "third", "name": "third__name", "role": "role", "safe_contact": "third__safe_contact"}
    return rows.annotate(third=Subquery(told.values(said=JSONObject(**columns))[:1]))


def third_in(opened: Opened, third: UUID, *, actor: Actor, at: datetime) -> tuple[ThirdParty, str]:
    """Return a third party of an opened case, and which row said last how to contact them ("" for none), or raise NotFound."""
    found = next((each for *_, each in acts_against_third(opened) if each.id == third), None)
    if found is None or Compartment.VICTIM_CONTACT not in opened.writable:
        raise NotFound
    said = ThirdContactSaid.objects.unscoped("of a case that was opened").filter(third=third)
    last = said.order_by("-recorded_at", "-id").values_list("pk", flat=True).first()
    shown = {Compartment.VICTIM_CONTACT.value}
    audit.consulted(actor, "case.third_party", at=at, file=opened.file, compartments=shown, count=1)
    return found, str(last or "")


def _third(said: dict[str, str] | None, sees_contact: bool) -> ThirdParty | None:
    if said is None:
        return None
    contact = said["safe_contact"] if sees_contact else ""
    return ThirdParty(UUID(said["id"]), said["name"], ThirdRole(said["role"]), contact)


def with_people(reports: QuerySet[Any], path: str = "pk") -> QuerySet[Any]:
    """Let each report carry whether somebody confirmed both its victim and its subject: only then is the act confirmed.

    That a record is told, or lies in a case, confirms nobody. No further statement.
    """
    return reports.annotate(
        people_confirmed=Holds(confirmed(Part.VICTIM).joined("AND", confirmed(Part.SUBJECT)), report=path)
    )


def with_standing(reports: QuerySet[Any], path: str = "pk") -> QuerySet[Any]:
    """Let each report carry whether its people are confirmed, and whether it was found to be a breach of an order,
    and with which other report it counts.

    An act of a case says the second itself (`breach_at`). No further statement.
    """
    told = counted_with(CaseAct.objects.unscoped("part of a scoped list").filter(allegation=OuterRef(path)))
    reports = reports.annotate(counts_with=Subquery(told.order_by("-left_at").values("same_as")[:1]))
    return with_breach(with_people(reports, path), path)


def with_breach(reports: QuerySet[Any], path: str = "pk") -> QuerySet[Any]:
    """Let each report carry whether it was found to be a breach of an order, whatever it was told as, and whether that it
    is one was withdrawn.
    """
    return reports.annotate(
        found_breach=Holds(_breach(withdrawn=False), report=path), no_breach=Holds(_breach(withdrawn=True), report=path)
    )


@cache
def _breach(*, withdrawn: bool) -> Made:
    acts = CaseAct.objects.unscoped("part of a scoped list")
    counted = acts.filter(breach_at__isnull=False, breach_until__isnull=not withdrawn)
    return made(counted.filter(allegation=Here("report")))


def broke_order(row: Allegation) -> bool:
    """Return whether a report is a breach of an order: told as one, or, where `with_breach` read it, found to be one, and
    not withdrawn since.
    """
    told = row.breach_of is not None and not getattr(row, "no_breach", False)
    return told or getattr(row, "found_breach", False)


@cache
def confirmed(part: Part) -> Made:
    """Make the condition that somebody is confirmed to be the one whom a `report` names."""
    standing = Match.objects.unscoped("part of a scoped list").filter(verdict=Verdict.SAME, undone_at__isnull=True)
    return made(standing.filter(allegation=Here("report"), part=part))


def team_of(
    opened: Opened, at: datetime, *, staff: Iterable[UUID] = ()
) -> tuple[tuple[Colleague, ...], dict[UUID, str]]:
    """Return who works on the case now, by their part, and what other members of staff are called. One statement."""
    wanted = {f"staff_{number}": one for number, one in enumerate(sorted(set(staff) - {None}))}
    found = [*_team(opened, at=at, **wanted)]
    team = [Colleague(who, name, RelationKind(kind), since) for who, name, kind, since in found if since is not None]
    names = {who: name for who, name, _, since in found if since is None}
    return tuple(sorted(team, key=lambda one: (one.kind, one.name))), names


@composed_in
def _team(opened: Opened, *, at: datetime, **staff: UUID) -> QuerySet[Any, Any]:
    rows = Relation.objects.filter(file=opened.file, from_at__lte=at)
    rows = rows.filter(Q(until_at__isnull=True) | Q(until_at__gt=at))
    rows = rows.exclude(kind__in=(RelationKind.PARTY, RelationKind.PSD_NAMED))
    if opened.as_of is None:  # who handed a case over works on it no more
        site = Case.objects.unscoped("of a case that was opened").filter(pk=opened.file).values("site")[:1]
        unit = access.Membership.objects.filter(Q(until_at=None) | Q(until_at__gt=at), site=Subquery(site))
        rows = rows.filter(staff__in=unit.values("staff"))
    team = rows.order_by().values_list("staff_id", "staff__name", "kind", "from_at")
    if not staff:
        return team
    never = Cast(Value(None), DateTimeField())
    return team.union(
        access.Staff.objects.filter(pk__in=list(staff.values())).values_list("pk", "name", Value(""), never), all=True
    )


def allegation_row(row: Allegation) -> ActRow:
    """Return an allegation as a value, confirmed where `with_people` found so, with how serious it is by the rules."""
    kinds = kinds_of(row)
    is_breach, confirmed = broke_order(row), getattr(row, "people_confirmed", False)
    seriousness = seriousness_of(row, kinds, is_breach=is_breach)
    return ALLEGATION(
        row,
        happened_at=happened_at(row),
        seriousness=seriousness,
        kinds=kinds,
        confirmed=confirmed,
        is_breach=is_breach,
        same_as=getattr(row, "counts_with", None),
    )


def happened_at(row: Allegation) -> datetime:
    """Return when an act happened, or, where nobody said, when it was told."""
    return row.occurred_from or row.told_at


def last_act_told(case: Case) -> bool:
    """Return whether nobody told the day of the last act, for services that have opened the case."""
    return Case.objects.unscoped("opened before").filter(last_only_told(), pk=case.pk).exists()


def last_only_told() -> Any:
    """Return whether nobody told the day of a case's last act, so that it stands at that of telling; inside a list."""
    told = CaseAct.objects.unscoped("part of a scoped list").filter(case=OuterRef("pk"), left_at__isnull=True)
    return ~IsThere(told.filter(happened_at=OuterRef("last_act_at"), allegation__occurred_from__isnull=False))


def when_known(occurred: datetime | None, time_known: bool) -> bool | None:
    """Return whether the hour of an act was told; None where not even the day was, and its moment is that of telling."""
    return None if occurred is None else time_known


def seriousness_of(row: Allegation, behaviours: Iterable[str], *, is_breach: bool) -> int:
    """Return how serious an act is by the rules, given its behaviours and whether it broke an order."""
    return rules.seriousness(row.recorded_class, behaviours, weapon=row.weapon, is_breach=is_breach)


def act_of(row: Allegation, behaviours: Iterable[str]) -> Act:
    return Act(
        at=happened_at(row),
        recorded_class=row.recorded_class,
        former_partner=row.former_partner,
        is_breach=broke_order(row),
        confirmed=row.confirmed,
        behaviours=tuple(behaviours),
        undated=row.occurred_from is None,
    )


def kinds_of(row: Allegation) -> tuple[str, ...]:
    """Return the kinds of an act: what is kept of it, or what was told, or else what the word rules propose.

    What is kept follows what people confirmed and rejected; it is there only where it was read with the row.
    """
    summary = row._state.fields_cache.get("summary")
    return kinds_from(summary.kinds if summary else None, row.behaviours, row.words)


def kinds_from(kept: list[str] | None, behaviours: list[str], words: str) -> tuple[str, ...]:
    if kept is not None:
        return tuple(kept)
    return tuple(behaviours) or tuple(str(kind) for kind in proposed_in(mentioned(words)))


def _seriousness(
    kept: list[str] | None,
    behaviours: list[str],
    words: str,
    recorded: str,
    weapon: bool | None,
    breach_at: datetime | None,
    breach_until: datetime | None,
) -> int:
    """Return how serious an act is: one figure on every page, by what it is held to show now."""
    kinds = kinds_from(kept, behaviours, words)
    return rules.seriousness(recorded, kinds, weapon=weapon, is_breach=_is_breach(breach_at, breach_until))


def _referred_by(channel: str, recorded_by: UUID) -> UUID | None:
    return recorded_by if channel == Channel.REFERRAL else None


def _is_breach(breach_at: datetime | None, breach_until: datetime | None) -> bool:
    return breach_at is not None and breach_until is None


def snippet(words: str) -> str:
    """Return the beginning of the words, cut between two of them."""
    plain = " ".join(words.split())
    if len(plain) <= SNIPPET:
        return plain
    return plain[:SNIPPET].rsplit(" ", 1)[0] + " …"


LEVEL = Projection(LevelNow, LevelSet, set_by=Staff("recorded_by"), countersigned_by=Staff("countersigned_by"))
STATE = Projection(StateNow, StateSet, by=Staff("recorded_by"), countersigned_by=Staff("countersigned_by"))
REVIEW = Projection(
    ReviewNow,
    ReviewDue,
    because=Through(rules.why_due, "trigger", "reason"),
    on=Through(lambda reason: date.fromisoformat(reason["on"]) if "on" in reason else None, "reason"),
    set_at="recorded_at",
    set_by=Staff("recorded_by"),
    done_by=Staff("done_by"),
)
ACT = Projection(
    *(ActRow, CaseAct, "third", "later", "also", "joined_by", "left_by"),
    allegation="allegation_id",
    reference="allegation__reference",
    time_known=Through(when_known, "allegation__occurred_from", "allegation__time_known"),
    kinds=Through(kinds_from, "allegation__summary__kinds", "allegation__behaviours", "allegation__words"),
    words=Through(snippet, "allegation__words"),
    beside_answer=Through(words_beside_answer, "allegation__weapon", "allegation__words"),
    recorded_class="allegation__recorded_class",
    class_as_recorded="allegation__class_as_recorded",
    included_classes="allegation__included_classes",
    seriousness=Through(
        _seriousness,
        *("allegation__summary__kinds", "allegation__behaviours", "allegation__words"),
        *("allegation__recorded_class", "allegation__weapon", "breach_at", "breach_until"),
    ),
    confirmed=Added("people_confirmed"),
    is_breach=Through(_is_breach, "breach_at", "breach_until"),
    referred_by=Through(_referred_by, "allegation__channel", "allegation__recorded_by"),
)
ALLEGATION = Projection(
    ActRow,
    Allegation,
    *("happened_at", "seriousness", "kinds", "confirmed", "is_breach", "left_at", "left_because", "third"),
    *("later", "also", "joined_by", "left_by", "referred_by", "same_as"),
    allegation="id",
    time_known=Through(when_known, "occurred_from", "time_known"),
    words=Through(snippet, "words"),
    beside_answer=Through(words_beside_answer, "weapon", "words"),
    joined_at="received_at",
)
