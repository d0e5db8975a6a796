"""Which other reports are weighed against a report: looked for by keys, and read at once for all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from fourfold.access.conditions import IsThere
from fourfold.access.scoping import opens_at_site
from fourfold.access.statements import Call, composed, for_nobody
from fourfold.access.terms import Compartment
from fourfold.audit.terms import Actor
from fourfold.cases.models import Summary
from fourfold.cases.queries import rows as acts
from fourfold.cases.queries.crossed import numbers_across
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation, ImportRun
from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.linkage import queries as linkage
from fourfold.linkage.queries.meant import Meant, Told
from fourfold.people.terms import Part

INSIDE = "part of a scoped list"
MOST_WEIGHED = 400
"""So many other reports are weighed against one, those that share most with it first."""
MOST_UNKEYED = 300
#: The same for a list, which asks about many reports at once.
MOST_IN_A_LIST = 20


@dataclass(frozen=True)
class Near:
    """Which reports are weighed against each, what of all of them was read, which tell of one side what the first tells of
    the other, and whether of those that share a key some are left out."""

    of: Mapping[UUID, Sequence[UUID]]
    rows: dict[UUID, Allegation]
    across: Sequence[UUID]
    full: bool


def keys_of(reports: Sequence[Allegation], told: Mapping[UUID, Told], across: bool) -> dict[Any, dict[int, int]]:
    """Return under which keys other reports are looked for, by report; `across` (None) of the first what it tells of one
    side where another tells it of the other."""
    numbers: dict[UUID | None, dict[int, int]] = {
        pk: {
            key: says for part in Part for key, says in linkage.numbers_kept(row.site, part, told[pk].of(part)).items()
        }
        for pk, row in ((row.pk, row) for row in reports)
    }
    if across:
        numbers[None] = numbers_across(reports[0], told[reports[0].pk])
    return numbers


def near_of(
    actor: Actor,
    reports: Sequence[Allegation],
    sharing: Mapping[UUID | None, Sequence[UUID]],
    meant: Mapping[UUID, tuple[Meant, ...]],
    at: datetime,
) -> Near:
    """Read for each report which others share a key with it, which tell of whom it likely means, and what has no keys yet."""
    of_people = linkage.reports_of({one.person for some in meant.values() for one in some if one.sure.counts})
    most = MOST_WEIGHED if len(reports) == 1 else MOST_IN_A_LIST
    across = [pk for pk in sharing.get(None, ())[:MOST_WEIGHED] if pk != reports[0].pk]
    near = {
        own: [
            *(pk for one in meant[own] for pk in of_people.get(one.person, ())[:most]),
            *sharing.get(own, ())[:most],
        ]
        for own in meant
    }
    # Each shares its own keys with itself: it is read again only where another asks for it.
    near = {own: [pk for pk in some if pk != own] for own, some in near.items()}
    wanted = {pk for each in (*near.values(), across) for pk in each}
    fresh = {row.pk: row for row in _without_keys(actor, reports, at)}
    rows = fresh | {row.pk: row for row in reports_read(actor, wanted - fresh.keys(), at)}
    found = {own: [pk for pk in dict.fromkeys((*some, *fresh)) if pk != own] for own, some in near.items()}
    full = len(sharing.get(reports[0].pk, ())) >= MOST_WEIGHED or len(fresh) >= MOST_UNKEYED
    weighed = {pk for each in (*found.values(), across) for pk in each}
    return Near(found, {pk: row for pk, row in rows.items() if pk in weighed}, across, full)


def fresh_ahead(reports: Sequence[Allegation]) -> Call:
    """Return what `near_of` asks whatever is shared, to be run ahead: whether any report may have no keys yet."""
    return _no_keys_yet.call(report=reports[0].pk)


def _without_keys(actor: Actor, reports: Sequence[Allegation], at: datetime) -> list[Allegation]:
    """Return the newest of the reports at the desk that have no keys yet; asked for only where there may be any."""
    if not fresh_ahead(reports).rows():
        return []
    return _fresh(actor, at, reports[0].site, MOST_UNKEYED if len(reports) == 1 else MOST_IN_A_LIST)


@for_nobody
def _no_keys_yet(report: Any) -> QuerySet[Allegation, Any]:
    """List one report, where any of its site may have no keys yet: in an import that goes on, after an upgrade, or by hand."""
    every = Allegation.objects.unscoped(INSIDE).filter(site=OuterRef("site"))
    summaries = Summary.objects.unscoped(INSIDE)
    by_hand = every.filter(~Exists(summaries.filter(allegation=OuterRef("pk"))), at_desk=True, run__isnull=True)
    runs = ImportRun.objects.filter(site=OuterRef("site"), accepted__gt=F("searchable"))
    any_yet = IsThere(runs) | IsThere(summaries.filter(keyed=False)) | IsThere(by_hand)
    return Allegation.objects.unscoped(INSIDE).filter(any_yet, pk=report).values_list("pk", flat=True)


@composed
def _fresh(actor: Actor, at: datetime, site: str, fresh: int) -> QuerySet[Allegation]:
    """Return the newest of the reports at the desk that have no keys yet."""
    not_keyed = Q(summary__isnull=True) | Q(summary__keyed=False)
    waiting = Allegation.objects.visible_to(actor, at=at).filter(not_keyed, at_desk=True, site=site)
    newest = waiting.order_by("-told_at", "id").values("pk")[:fresh]
    return _read(actor, at).filter(pk__in=newest).order_by("-told_at", "id")


_READ = (
    *("site", "controller", "reference", "told_at", "received_at", "occurred_from", "time_known", "recorded_class"),
    *("class_as_recorded", "included_classes", "words", "behaviours", "weapon", "former_partner", "breach_of"),
    *("confirmed", "at_desk"),
    *(f"{part}_{name}" for part in Part for name in NAMES_OF_EACH),
)


def reports_read(actor: Actor, wanted: Collection[UUID], at: datetime) -> list[Allegation]:
    """Return some reports that the actor may see, as they are compared; one statement, none for nothing."""
    return _some_read(actor, at, wanted=tuple(wanted)) if wanted else []


@composed
def _some_read(actor: Actor, at: datetime, wanted: Any) -> QuerySet[Allegation]:
    return _read(actor, at).filter(pk__in=wanted)


def _read(actor: Actor, at: datetime) -> QuerySet[Allegation]:
    shown = linkage.with_whom(acts.with_standing(Allegation.objects.visible_to(actor, at=at)))
    shown = intake.with_whether_said_more(shown.select_related("summary"))
    sees_subject = ExpressionWrapper(opens_at_site(actor, Compartment.SUBJECT_IDENTITY, at=at), BooleanField())
    return shown.only(*_READ, "summary__kinds").annotate(sees_subject=sees_subject)
