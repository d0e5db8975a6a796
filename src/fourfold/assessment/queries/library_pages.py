"""A site's library as a reader sees it: every instrument, and one with its licence, its packs and its history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access.projection import Projection
from fourfold.access.projection import Staff as StaffName
from fourfold.access.terms import NotFound, Permission
from fourfold.assessment import instruments
from fourfold.assessment.models import (
    BringingApproved,
    BringingWithdrawn,
    DefinitionImported,
    LicenceRecorded,
    PackBrought,
)
from fourfold.assessment.queries.holdings import GRANTED, Either, Holdings, definition_of, form_of, holdings
from fourfold.assessment.queries.library import FormCard, Origin, card_of, forms_of, in_use, versions_of
from fourfold.assessment.queries.reasons import Group, grouped, reasons_in
from fourfold.assessment.queries.recorded_forms import GONE
from fourfold.assessment.rules import approval as rules
from fourfold.assessment.rules.approval import State
from fourfold.assessment.rules.comparing import Difference, differences
from fourfold.assessment.terms import AssessmentError, Instrument, Score, UnknownInstrument
from fourfold.audit.terms import Actor
from fourfold.words import sentence


@dataclass(frozen=True)
class Shelf:
    """The instruments of a site, and what the reader may do about them."""

    site: str
    cards: tuple[FormCard, ...]
    may_bring: bool
    may_approve: bool
    sites: tuple[str, ...]


@dataclass(frozen=True)
class LicenceLine:
    """One licence on record. `holds` says whether it is in force, `review_due` that somebody should look at it."""

    licensor: str
    reference: str
    granted_on: date
    expires_on: date | None
    review_on: date
    evidence: str
    evidence_sha256: str
    approved_by: str
    approved_at: datetime
    holds: bool
    review_due: bool


@dataclass(frozen=True)
class Piece:
    """A text pack or an imported definition, with who stands for it. `why_not` says why the reader cannot approve it;
    `errors` are what forbids its use."""

    id: UUID
    what: str
    version: int
    language: str
    title: str
    source: str
    sha256: str
    state: State
    why: str
    approvers: tuple[str, ...]
    why_not: str
    may_withdraw: bool
    findings: tuple[Group, ...] = ()
    outcome: str = ""
    claims: str = ""
    proposed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class PiecePage:
    """A pack or a definition by itself: the form that it makes, and what that changes against the one in use."""

    card: FormCard
    piece: Piece
    form: Instrument
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Event:
    """Something that happened to an instrument at a site: when, what, by whom, and in which words."""

    at: datetime
    what: str
    by: str
    words: str = ""


@dataclass(frozen=True)
class InstrumentPage:
    """One instrument of a library: how it stands, its structure, its licences, what was brought in, its history."""

    site: str
    card: FormCard
    form: Instrument
    licences: tuple[LicenceLine, ...]
    pieces: tuple[Piece, ...]
    history: tuple[Event, ...]
    may_bring: bool
    may_approve: bool
    template: bool
    versions: tuple[int, ...]


def site_of(actor: Actor, site: str) -> str:
    """Return the site if the actor may see its library, else raise NotFound, the same for absent and foreign."""
    if not access_queries.may(actor, Permission.INSTRUMENT_VIEW, site=site):
        raise NotFound
    return site


def sites_of(actor: Actor) -> tuple[str, ...]:
    """Return the sites whose library the actor may see, by name."""
    return tuple(
        site for site in sorted(actor.sites) if access_queries.may(actor, Permission.INSTRUMENT_VIEW, site=site)
    )


def shelf(*, actor: Actor, site: str, at: datetime) -> Shelf:
    """Return the library of a site, what is in use first, or raise NotFound: six statements."""
    site_of(actor, site)
    order = list(State)
    return Shelf(
        site=site,
        cards=tuple(sorted(forms_of(site, at=at), key=lambda card: order.index(card.state))),
        may_bring=access_queries.may(actor, Permission.INSTRUMENT_IMPORT, site=site),
        may_approve=access_queries.may(actor, Permission.INSTRUMENT_APPROVE, site=site),
        sites=sites_of(actor),
    )


def instrument_page(*, actor: Actor, site: str, key: str, at: datetime, version: int | None = None) -> InstrumentPage:
    """Return one instrument of a site's library, or raise NotFound: ten statements.

    Without a version, the one in use, or the newest where none is.
    """
    site_of(actor, site)
    held = holdings(site, at=at, key=key, whole=True)
    try:
        card = card_of(held, key, version)
    except UnknownInstrument as unknown:
        raise NotFound from unknown
    events = _Events(site, key, held)
    may_approve = access_queries.may(actor, Permission.INSTRUMENT_APPROVE, site=site)
    return InstrumentPage(
        site=site,
        card=card,
        form=_shown(held, card),
        licences=tuple(_licence(row, events.names, at) for row in reversed(events.licences)),
        pieces=tuple(_piece(each, actor, events.names, may_approve, at) for each in held.everything),
        history=events.listed(),
        may_bring=access_queries.may(actor, Permission.INSTRUMENT_IMPORT, site=site),
        may_approve=may_approve,
        template=card.origin is Origin.STRUCTURE,
        versions=versions_of(held, key),
    )


def piece_page(*, actor: Actor, site: str, key: str, brought: UUID, at: datetime) -> PiecePage:
    """Return one thing that was brought in, to be compared word for word, or raise NotFound: sixteen statements."""
    value = instrument_page(actor=actor, site=site, key=key, at=at)
    held = holdings(site, at=at, key=key, whole=True)
    found = next((each for each in held.everything if each.row.pk == brought), None)
    if found is None:
        raise NotFound
    before = in_use(held, key)
    try:
        form = form_of(found.row)
    except AssessmentError:  # its structure is another one by now; what is known of it can still be taken out of use
        form = value.form
    piece = next(each for each in value.pieces if each.id == brought)
    return PiecePage(value.card, piece, form, differences(before, form) if before else ())


def _shown(held: Holdings, card: FormCard) -> Instrument:
    """Return the form in use; else the structure without its wording, or what was imported and is not in use."""
    found = in_use(held, card.key, card.version)
    if found is not None:
        return found
    imported = held.versions_of(card.key, card.version)
    return definition_of(imported[0].row) if imported else instruments.load(card.key, card.version)


LICENCE = Projection(LicenceLine, LicenceRecorded, "holds", "review_due", approved_by=StaffName("approved_by", GONE))


def _licence(row: LicenceRecorded, names: dict[UUID, str], at: datetime) -> LicenceLine:
    holds = GRANTED(row).holds(at.date())
    return LICENCE(row, names=names, holds=holds, review_due=holds and row.review_on <= at.date())


def _piece(each: Either, actor: Actor, names: dict[UUID, str], may_approve: bool, at: datetime) -> Piece:
    row = each.row
    why_not = rules.why_not_approve(each.bringing, by=actor.staff, robot=False, at=at) or ""
    return Piece(
        id=row.pk,
        what="wording" if isinstance(row, PackBrought) else "whole instrument",
        version=row.version,
        language=row.language,
        title=row.title,
        source=row.source if isinstance(row, PackBrought) else f"{row.file_name}, FHIR {row.dialect}",
        sha256=row.sha256,
        state=each.verdict.state,
        why=each.verdict.why,
        approvers=tuple(names.get(who, GONE) for who in each.approvers),
        why_not=why_not if may_approve else "Your role cannot approve instruments.",
        may_withdraw=may_approve and not rules.is_withdrawn(each.bringing, at=at),
        **_read(row),
    )


def _read(row: PackBrought | DefinitionImported) -> dict[str, Any]:
    """Return what reading a file said: nothing of a pack, which either fits or is refused."""
    if isinstance(row, PackBrought):
        return {}
    form = definition_of(row)
    proposed = [(score.key, _with_bands(form, score)) for score in form.scores if not score.confirmed]
    return {
        "findings": grouped(reasons_in(row.findings), form),
        "outcome": row.outcome,
        "claims": row.claims,
        "proposed": tuple(proposed),
    }


def _with_bands(form: Instrument, score: Score) -> str:
    """Return the title of a score and what its values are called: whoever confirms the one confirms the other."""
    bands = (f"{band.lowest:f} to {band.highest:f} {band.label}" for band in form.bands if band.score == score.key)
    return f"{score.title} ({named})" if (named := "; ".join(bands)) else score.title


class _Events:
    """What happened to an instrument at a site, with the names of those who did it: four statements."""

    def __init__(self, site: str, key: str, held: Holdings) -> None:
        ours = Q(pack__instrument=key) | Q(definition__key=key)
        self.pieces = [each.row for each in held.everything]
        self.licences = list(LicenceRecorded.objects.filter(site=site, instrument=key, approved_at__lte=held.at))
        self.approved = list(BringingApproved.objects.filter(ours, site=site, approved_at__lte=held.at))
        self.withdrawn = list(BringingWithdrawn.objects.filter(ours, site=site, withdrawn_at__lte=held.at))
        self.names = access_queries.names_of(
            {row.brought_by for row in self.pieces}
            | {row.approved_by for row in self.approved}
            | {row.approved_by for row in self.licences}
            | {row.withdrawn_by for row in self.withdrawn}
        )

    def listed(self) -> tuple[Event, ...]:
        return tuple(sorted(self._each(), key=lambda event: event.at, reverse=True))

    def _each(self) -> Iterator[Event]:
        for row in self.pieces:
            what = "Wording added" if isinstance(row, PackBrought) else sentence("Version {1} imported", row.version)
            yield self._event(row.brought_at, what, row.brought_by, row.title)
        for licence in self.licences:
            words = f"{licence.licensor}, {licence.reference}"
            yield self._event(licence.approved_at, "Licence recorded", licence.approved_by, words)
        for approval in self.approved:
            yield self._event(approval.approved_at, "Approved", approval.approved_by, approval.words)
        for withdrawal in self.withdrawn:
            yield self._event(withdrawal.withdrawn_at, "Withdrawn", withdrawal.withdrawn_by, withdrawal.reason)

    def _event(self, at: datetime, what: str, by: UUID, words: str) -> Event:
        return Event(at, what, self.names.get(by, GONE), words)
