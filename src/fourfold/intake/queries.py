"""Reading what was told, the imports that brought it, and what they held back; and proving the batches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Model, Q

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor, Finding
from fourfold.intake import rules
from fourfold.intake.models import Allegation, ImportRun, Quarantined, Retold
from fourfold.intake.proving import root_of
from fourfold.intake.terms import (
    AsTold,
    Behaviour,
    Channel,
    Fault,
    HeldRow,
    PersonAsTold,
    RecordingClass,
    Run,
    Urgency,
)

PAGE = 50


def as_told(allegation_id: UUID, *, actor: Actor, at: datetime) -> AsTold:
    """Return an allegation in the words in which it was told, or raise NotFound; closed fields are None."""
    rows = Allegation.objects.unscoped("opened in the next line").annotate(tellings=Count("retold"))
    row = rows.filter(pk=allegation_id).first()
    if row is None:
        raise NotFound
    opened = access_queries.opened_at_site(actor, row.pk, row.site, row.controller, at=at)
    parts = {Compartment.CORE, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT} & opened.readable
    audit.consulted(
        actor, "allegation.as_told", at=at, file=row.pk, compartments={str(part) for part in parts}, count=1
    )
    return _as_told(row, parts)


def _as_told(row: Allegation, parts: frozenset[Compartment] | set[Compartment]) -> AsTold:
    reach = Compartment.VICTIM_CONTACT in parts
    return AsTold(
        id=row.pk,
        site=row.site,
        channel=Channel(row.channel),
        system=row.system,
        reference=row.reference,
        teller=row.teller,
        told_at=row.told_at,
        received_at=row.received_at,
        occurred_from=row.occurred_from,
        occurred_until=row.occurred_until,
        time_known=row.time_known,
        recorded_class=RecordingClass(row.recorded_class) if row.recorded_class else None,
        class_as_recorded=row.class_as_recorded,
        included_classes=tuple(row.included_classes),
        words=row.words,
        mentions=rules.mentioned(row.words),
        behaviours=tuple(Behaviour(name) for name in row.behaviours),
        weapon=row.weapon,
        former_partner=row.former_partner,
        relationship=row.relationship,
        confirmed=row.confirmed,
        urgency=Urgency(row.urgency),
        urgency_reasons=tuple(row.urgency_reasons),
        breach_of=row.breach_of,
        place=row.place if reach else None,
        victim=_person(row, "victim", with_reach=reach),
        subject=_person(row, "subject", with_reach=True) if Compartment.SUBJECT_IDENTITY in parts else None,
        victim_reach_shown=reach,
        retold=row.tellings,  # type: ignore[attr-defined]
    )


def _person(row: Allegation, part: str, *, with_reach: bool) -> PersonAsTold:
    names = ("name", "birth", "sex", *(("phone", "email", "address") if with_reach else ()))
    told = {name: getattr(row, f"{part}_{name}") for name in names}
    return PersonAsTold(**told, relationship=row.relationship)


# ---- imports and quarantine ---------------------------------------------------------------------------------------


def runs(*, actor: Actor, at: datetime, after: UUID | None = None) -> list[Run]:
    """Return the imports of the actor's sites, the latest first, 50 from the one after `after`; two statements."""
    access.require(actor, Permission.QUARANTINE_VIEW, at=at)
    rows = ImportRun.objects.filter(site__in=actor.sites, file_sha256__gt="")
    if after is not None and (last := rows.filter(pk=after).first()) is not None:
        rows = rows.filter(Q(started_at__lt=last.started_at) | Q(started_at=last.started_at, pk__gt=last.pk))
    shown = list(rows.order_by("-started_at", "pk")[:PAGE])
    names = access_queries.names_of(row.started_by for row in shown)
    return [
        Run(
            id=row.pk,
            site=row.site,
            system=row.system,
            file_name=row.file_name,
            started_at=row.started_at,
            finished_at=row.finished_at,
            started_by=names.get(row.started_by, ""),
            read=row.read,
            accepted=row.accepted,
            duplicates=row.duplicates,
            quarantined=row.quarantined,
            revised=row.revised,
        )
        for row in shown
    ]


def held_rows(
    *, actor: Actor, at: datetime, run: UUID | None = None, after: UUID | None = None, settled: bool = False
) -> list[HeldRow]:
    """Return rows in quarantine at the actor's sites, 50 after `after`, by file and row; one statement, two with `after`.

    `settled` shows those that were resolved instead of those that wait.
    """
    access.require(actor, Permission.QUARANTINE_VIEW, at=at)
    rows = Quarantined.objects.select_related("run").filter(
        site__in=actor.sites, resolved_at__isnull=not settled, **({} if run is None else {"run_id": run})
    )
    if after is not None and (last := rows.filter(pk=after).first()) is not None:
        later = Q(held_at=last.held_at, row_number__gt=last.row_number)
        same = Q(held_at=last.held_at, row_number=last.row_number, pk__gt=last.pk)
        rows = rows.filter(Q(held_at__lt=last.held_at) | later | same)
    return [_held(row) for row in rows.order_by("-held_at", "row_number", "pk")[:PAGE]]


def held_row(held: UUID, *, actor: Actor, at: datetime) -> HeldRow:
    """Return one row in quarantine of the actor's sites, or raise NotFound."""
    access.require(actor, Permission.QUARANTINE_VIEW, at=at)
    row = Quarantined.objects.select_related("run").filter(pk=held, site__in=actor.sites).first()
    if row is None:
        raise NotFound
    return _held(row)


def _held(row: Quarantined) -> HeldRow:
    return HeldRow(
        id=row.pk,
        run=row.run_id,
        site=row.site,
        file_name=row.run.file_name,
        row_number=row.row_number,
        column=row.column,
        fault=Fault(row.fault),
        reason=row.reason,
        held_at=row.held_at,
        resolved_at=row.resolved_at,
        resolution=row.resolution,
    )


# ---- proving the batches ------------------------------------------------------------------------------------------


def faults_of_batches() -> Iterator[Finding]:
    """Yield what differs between the rows of every imported batch and the root that the log holds for it.

    `audit.queries.verify` proves rows that an entry names one by one; a batch of 500 has one root instead.
    """
    sealed = Entry.objects.filter(about_kind="intake.importrun", body__contains='"root"').order_by("seq")
    for seq, body in sealed.values_list("seq", "body").iterator(chunk_size=200):
        entry = json.loads(body)
        batch = entry["more"]
        rows = [row for name, model in _BATCHED for row in _rows_of_batch(model, batch, batch[name])]
        expected = sum(batch[name] for name, _ in _BATCHED)
        if len(rows) != expected:
            yield Finding("row", seq, f"{expected} rows were kept with entry {seq}, {len(rows)} are there")
        elif root_of(rows) != entry["root"]:
            yield Finding("row", seq, f"a row of a feed is not as entry {seq} left it")


_BATCHED: tuple[tuple[str, type[Model]], ...] = (
    ("allegations", Allegation),
    ("retold", Retold),
    ("held", Quarantined),
)


def _rows_of_batch(model: type[Model], batch: dict[str, Any], expected: int) -> list[Model]:
    if not expected:
        return []
    span = (batch["from_row"], batch["to_row"])
    return list(model._base_manager.filter(run=batch["run"], row_number__range=span).order_by("row_number"))
