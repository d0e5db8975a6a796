"""Reading what was told, the imports that brought it, and what they held back."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, Model, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.conditions import IsThere
from fourfold.access.paging import PAGE, Page, page_of
from fourfold.access.projection import Added, Projection, Staff, Through
from fourfold.access.statements import for_nobody
from fourfold.access.terms import Compartment, NotFound, Permission, existing
from fourfold.audit import services as audit
from fourfold.audit.commitments import FIRST_EDITION
from fourfold.audit.models import Entry
from fourfold.audit.proofs import UNREADABLE
from fourfold.audit.terms import About, Actor, Finding
from fourfold.base import asked_once
from fourfold.intake import rules
from fourfold.intake.batch_proofs import root_of
from fourfold.intake.feed_files import passed_over
from fourfold.intake.models import (
    Allegation,
    FileDoubt,
    FurtherPerson,
    ImportRun,
    PersonKnownBy,
    Quarantined,
    Retold,
    StoppedFile,
    Version,
)
from fourfold.intake.queries.batches import faults_of_batches as faults_of_batches
from fourfold.intake.queries.batches import leaves as leaves
from fourfold.intake.queries.further import (
    further_as_told,
    further_as_told_last,
    further_told_last,
    further_told_since,
    known_by_first,
    with_known_by,
)
from fourfold.intake.queries.stopped import stopped_file, stopped_files
from fourfold.intake.rules import columns
from fourfold.intake.rules.later_versions import Version as Compared
from fourfold.intake.terms import (
    AsTold,
    CellAsCame,
    Channel,
    FurtherAsTold,
    FurtherToldLast,
    HeldRow,
    KnownBy,
    KnownKind,
    NamesTold,
    PersonAsTold,
    PersonRole,
    RecordingClass,
    RowAsCame,
    Run,
    Stopped,
    ToldLast,
    Urgency,
    VersionAsTold,
)

AS_TOLD = Projection(
    AsTold,
    Allegation,
    *("victim", "subject", "further", "victim_reach_shown", "versions"),
    mentions=Through(rules.mentioned, "words"),
    beside_answer=Through(rules.words_beside_answer, "weapon", "words"),
    retold=Added("tellings"),
)
VERSION = Projection(VersionAsTold, Version, "changes")
RUN = Projection(Run, ImportRun, started_by=Staff("started_by"), passed_over=Through(passed_over, "header_row"))
HELD = Projection(HeldRow, Quarantined, file_name="run__file_name")


def as_told(allegation_id: UUID, *, actor: Actor, at: datetime) -> AsTold:
    """Return an allegation in the words in which it was told, or raise NotFound; closed fields are None."""
    rows = Allegation.objects.unscoped("opened in the next line").annotate(tellings=Count("retold"))
    row = existing(rows.filter(pk=allegation_id).first())
    parts = _parts_open(row, actor, at)
    further = FurtherPerson.objects.unscoped("the allegation was opened above").filter(allegation=row)
    further = further.order_by("role", "place")
    audit.consulted(
        actor, "allegation.as_told", at=at, file=row.pk, compartments={str(part) for part in parts}, count=1
    )
    kept = Version.objects.unscoped("the allegation was opened above").filter(allegation=row).seen()
    later = kept.order_by("number") if row.tellings else ()
    row.known_by = known_by_first([row.pk])[row.pk]
    others = with_known_by([each for each in further if _is_open(each, parts)])
    told = _as_told(row, parts, tuple(_further(each, parts) for each in others))
    return replace(told, versions=tuple(_versions(told, later)))


def _versions(first: AsTold, later: Iterable[Version]) -> Iterator[VersionAsTold]:
    """Yield each later version with what it tells otherwise than the one before, as far as the reader may see both."""
    before = Compared(
        *(first.told_at, first.occurred_from, first.recorded_class, first.words, first.place, first.victim),
        *(first.subject, first.weapon, first.former_partner),
    )
    for row in later:
        now = _compared(row, first)
        yield VERSION(row, changes=rules.changes_between(before, now))
        before = now


def _compared(row: Version, first: AsTold) -> Compared:
    reach = row.victim_reach if first.victim_reach_shown else {}
    told_of_victim = {**row.victim, **reach, "relationship": first.victim.relationship}
    return Compared(
        told_at=row.told_at,
        occurred_from=row.occurred_from,
        recorded_class=RecordingClass(row.recorded_class) if row.recorded_class else None,
        words=row.words,
        place=row.place if first.place is not None else None,
        victim=PersonAsTold.of(told_of_victim),
        subject=PersonAsTold.of(row.subject) if first.subject is not None else None,
        weapon=row.weapon,
        former_partner=row.former_partner,
    )


def told_last(allegations: Iterable[UUID]) -> dict[UUID, ToldLast]:
    """Return what stands now of each allegation that was told again: for rules to look at, shown to nobody. One statement."""
    read = (
        *("number", "occurred_from", "told_at", "recorded_class", "included_classes", "former_partner"),
        "subject__name",
    )
    rows = Version.objects.unscoped("compared by rules, shown to nobody").filter(allegation__in=list(allegations))
    rows = rows.seen()
    return {
        pk: ToldLast(number, occurred or told, code, tuple(included), former, subject or "")
        for pk, number, occurred, told, code, included, former, subject in rows.order_by("number").values_list(
            "allegation_id", *read
        )
    }


def looked_for_again(allegation_id: UUID, *, since: datetime) -> bool:
    """Return whether a later version asks the desk to look again since a moment; one statement."""
    later = Version.objects.unscoped("the allegation was opened").filter(allegation=allegation_id)
    return later.filter(received_at__gt=since).exclude(back_at_desk=[]).exists()


def has_reports(site: str) -> bool:
    """Return whether any allegation is kept at a site; one statement."""
    return Allegation.objects.unscoped("whether there is any").filter(site=site).exists()


def as_told_last(rows: Iterable[Allegation]) -> list[Allegation]:
    """Return allegations as their latest versions tell them: who, when, in which words. Two statements.

    Whoever was told again comes as a copy, which is looked at and never saved; what a version leaves out stays as it was
    told before. For rules, which show nothing, and for allegations that the reader has opened.
    """
    told = list(rows)
    asked = tuple(row.pk for row in told if getattr(row, "said_more", True))
    if len(asked) == 1:
        what = ("told last", asked, audit.page_stands_at())
        last, known = asked_once(what, lambda: _later(asked), Version, PersonKnownBy)
    else:
        last, known = _later(asked) if asked else ({}, {})
    for row in told:
        row.known_by = known.get(row.pk, {})
    return [_told_last(row, last[row.pk]) if row.pk in last else row for row in told]


def with_whether_said_more(rows: QuerySet[Allegation]) -> QuerySet[Allegation]:
    """Have a list tell of each report whether `as_told_last` has anything to ask about it: as of most it has not."""
    later = Version.objects.unscoped("part of a scoped list").filter(allegation=OuterRef("pk"))
    known = PersonKnownBy.objects.unscoped("part of a scoped list").filter(allegation=OuterRef("pk"))
    return rows.annotate(said_more=IsThere(later) | IsThere(known))


def that_say(reports: QuerySet[Allegation], urgency: Urgency) -> tuple[QuerySet[Allegation], QuerySet[Allegation]]:
    """Return those of some reports that say how soon somebody must act as they came, and those of which only a later version
    says so: each by an index of its own.
    """
    later = Version.objects.unscoped("part of a scoped list").filter(urgency=urgency).values("allegation")
    return reports.filter(urgency=urgency), reports.filter(pk__in=later).exclude(urgency=urgency)


def _later(asked: tuple[UUID, ...]) -> tuple[dict[UUID, Version], dict[UUID, dict[str, tuple[KnownBy, ...]]]]:
    return {row.allegation_id: row for row in _versions_of(reports=asked)}, known_by_first(asked)


@for_nobody
def _versions_of(reports: Any) -> QuerySet[Version]:
    return Version.objects.unscoped("compared by rules").filter(allegation__in=reports).seen().order_by("number")


def _told_last(row: Allegation, version: Version) -> Allegation:
    copied = copy(row)
    copied.told_at, copied.occurred_from = version.told_at, version.occurred_from
    copied.words, copied.behaviours = version.words or row.words, version.behaviours
    copied.urgency, copied.urgency_reasons = version.urgency, version.urgency_reasons
    for part, told in (("victim", version.victim | version.victim_reach), ("subject", version.subject)):
        for name in columns.NAMES_OF_EACH:
            if said := told.get(name):
                setattr(copied, f"{part}_{name}", said)
        copied.known_by = {**copied.known_by, part: _known_by_now(row.known_by.get(part, ()), PersonAsTold.of(told))}
    return copied


def _known_by_now(before: tuple[KnownBy, ...], said: PersonAsTold) -> tuple[KnownBy, ...]:
    """Return what a version says somebody is known by; a kind of which it says nothing stays as it was told before."""
    kinds = {each.kind for each in said.known_by}
    return (*(each for each in before if each.kind not in kinds), *said.known_by)


def names_told_last() -> dict[UUID, NamesTold]:
    """Return the names of every report that was told again: compared by rules, shown to nobody. One statement."""
    rows = Version.objects.unscoped("compared by rules, shown to nobody").order_by("number")
    return {
        pk: NamesTold(victim.get("name", ""), victim.get("sex", ""), subject.get("name", ""), subject.get("sex", ""))
        for pk, victim, subject in rows.values_list("allegation_id", "victim", "subject").iterator(chunk_size=5_000)
    }


def _parts_open(row: Allegation, actor: Actor, at: datetime) -> frozenset[Compartment]:
    """Return what of an allegation as told a reader may see. Who referred it may read their own words again, even
    behind a wall: that they vanished would say that one stands."""
    told = frozenset({Compartment.CORE, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT})
    may_be_own = row.channel == Channel.REFERRAL and row.site in actor.sites and actor.active
    if may_be_own and row.recorded_by == actor.staff:
        return told
    try:
        return told & access_queries.opened_at_site(actor, row.pk, row.site, row.controller, at=at).readable
    except NotFound:
        if may_be_own and signatories.is_record_of(row.recorded_by, actor):
            return told
        raise


def _is_open(person: FurtherPerson, parts: frozenset[Compartment]) -> bool:
    return person.role == PersonRole.VICTIM or Compartment.SUBJECT_IDENTITY in parts


def _further(person: FurtherPerson, parts: frozenset[Compartment]) -> FurtherAsTold:
    """Return a further person; how to reach a victim only where that is open, as with the first."""
    reach = person.role == PersonRole.SUBJECT or Compartment.VICTIM_CONTACT in parts
    told = {column.name: getattr(person, column.name) for column in columns.PERSON if reach or not column.reaches}
    return FurtherAsTold(PersonRole(person.role), PersonAsTold(**told, known_by=person.known_by if reach else ()))


def _as_told(row: Allegation, parts: frozenset[Compartment], further: tuple[FurtherAsTold, ...]) -> AsTold:
    reach = Compartment.VICTIM_CONTACT in parts
    return AS_TOLD(
        row,
        opened=parts,
        victim=_person(row, "victim", with_reach=reach),
        subject=_person(row, "subject", with_reach=True) if Compartment.SUBJECT_IDENTITY in parts else None,
        further=further,
        victim_reach_shown=reach,
    )


def _person(row: Allegation, part: str, *, with_reach: bool) -> PersonAsTold:
    shown = (column.name for column in columns.OF_EACH if with_reach or not column.reaches)
    told = {name: getattr(row, f"{part}_{name}") for name in shown}
    known_by = row.known_by.get(part, ()) if with_reach else ()
    return PersonAsTold(**told, relationship=row.relationship, known_by=known_by)


# ---- imports and quarantine ---------------------------------------------------------------------------------------


def runs(*, actor: Actor, at: datetime, after: str = "") -> Page[Run]:
    """Return the imports of the actor's sites, the latest first; two statements."""
    access.require(actor, Permission.QUARANTINE_VIEW, at=at)
    rows = ImportRun.objects.filter(site__in=actor.sites, file_sha256__gt="")
    shown = page_of(rows, "-started_at", "pk", after=after)
    return Page(RUN.all(shown), shown.next)


def held_rows(
    *, actor: Actor, at: datetime, run: UUID | None = None, after: str = "", settled: bool = False
) -> Page[HeldRow]:
    """Return rows in quarantine at the actor's sites, by file and row; one statement.

    `settled` shows those that were resolved instead of those that wait.
    """
    access.require(actor, Permission.QUARANTINE_VIEW, at=at)
    rows = Quarantined.objects.select_related("run").filter(
        site__in=actor.sites, resolved_at__isnull=not settled, **({} if run is None else {"run_id": run})
    )
    return page_of(rows, "-held_at", "row_number", "pk", after=after).map(HELD)


def held_row(held: UUID, *, actor: Actor, at: datetime) -> HeldRow:
    """Return one row in quarantine of the actor's sites, or raise NotFound."""
    access.require(actor, Permission.QUARANTINE_VIEW, at=at)
    row = existing(Quarantined.objects.select_related("run").filter(pk=held, site__in=actor.sites).first())
    return HELD(row)


def rows_to_mend(
    *, actor: Actor, at: datetime, run: UUID, after: str = "", most: int = PAGE
) -> tuple[tuple[str, ...], Page[RowAsCame]]:
    """Return the columns of an import's file and its rows that wait with their cells, in the order of the file.

    Two statements and the log's. Raises NotFound for another site's import.
    """
    access.require(actor, Permission.QUARANTINE_RESOLVE, at=at)
    found = existing(ImportRun.objects.filter(pk=run, site__in=actor.sites).first())
    rows = Quarantined.objects.filter(run=found, resolved_at__isnull=True)
    shown = page_of(rows, "row_number", "pk", after=after, most=most).map(lambda row: _as_came(row, found))
    audit.consulted(
        actor,
        "quarantine.cells",
        at=at,
        fields=frozenset({"raw"}),
        count=len(shown),
        about=About("intake.importrun", run),
    )
    return tuple(found.columns), shown


def row_to_mend(held: UUID, *, actor: Actor, at: datetime) -> RowAsCame:
    """Return one row that waits with its cells, or raise NotFound."""
    access.require(actor, Permission.QUARANTINE_RESOLVE, at=at)
    row = existing(Quarantined.objects.select_related("run").filter(pk=held, site__in=actor.sites).first())
    audit.consulted(
        actor, "quarantine.cells", at=at, fields=frozenset({"raw"}), count=1, about=About("intake.quarantined", held)
    )
    return _as_came(row, row.run)


def _as_came(row: Quarantined, run: ImportRun) -> RowAsCame:
    row.run = run
    cells = tuple(
        CellAsCame(column, cell if isinstance(cell, str) else str(cell.get("beginning", "")), isinstance(cell, str))
        for column in run.columns
        for cell in (row.raw.get(column, ""),)
    )
    rest = [str(value) for name, value in row.raw.items() if name not in run.columns]
    return RowAsCame(HELD(row), cells, "; ".join(rest))
