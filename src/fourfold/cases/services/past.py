"""Bringing in cases from the time before, with everything that hangs on them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.terms import Permission, Refused, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.base import filled, new_id
from fourfold.cases import rules
from fourfold.cases.models import Case, CaseAct, FollowUp, LevelSet, ReviewDue, Screening, StateSet, Triage
from fourfold.cases.services.course import leave_desk
from fourfold.cases.services.desk import _columns_of
from fourfold.cases.services.team import SIDE_OF
from fourfold.cases.terms import CannotStep, PastCase, PastTriage, ScreeningAnswers, State
from fourfold.gateways.bulk import create_in_order
from fourfold.intake.models import Allegation
from fourfold.words import sentence

BATCH = 500


def take_over(*, actor: Actor, rows: Iterable[PastCase], at: datetime) -> int:
    """Bring in cases from the time before with their acts, levels, states and reviews; return how many cases.

    Batches of 500 with one entry each, whose root stands for every row in it. Each case is opened to the partners of
    its site as a new one would be.
    """
    access.require(actor, Permission.CASE_OPEN, at=at)
    return audit.taken_over(
        actor,
        "cases.taken_over",
        rows,
        lambda batch: _take_cases(actor, batch, at),
        at=at,
        operation=Operation.ALTERATION,
    )


def take_over_triages(*, actor: Actor, rows: Iterable[PastTriage], at: datetime) -> int:
    """Bring in how allegations from the time before left the desk without a case; return how many."""
    access.require(actor, Permission.ALLEGATION_TRIAGE, at=at)
    return audit.taken_over(
        actor,
        "triage.taken_over",
        rows,
        lambda batch: _take_triages(actor, batch),
        at=at,
        operation=Operation.ALTERATION,
    )


def _take_triages(actor: Actor, batch: list[PastTriage]) -> list[models.Model]:
    _refuse_foreign(actor, {past.allegation for past in batch})
    return _insert(row for past in batch for row in _triage_rows(actor, past))


def _take_cases(actor: Actor, batch: list[PastCase], at: datetime) -> list[models.Model]:
    for site in {past.site for past in batch}:
        access.require(actor, Permission.CASE_OPEN, at=at, site=site)
    _refuse_foreign(actor, {act.allegation for past in batch for act in past.acts})
    told = _as_told(act.allegation for past in batch for act in past.acts)
    rows = _insert(row for past in batch for row in _rows_of(actor, past, told, at))
    team = {staff for past in batch for staff, _ in past.team}
    if signatories.acted_as(actor, team) in team:
        raise CannotStep("team", "Nobody brings a case in with a part for themselves.")
    for past in batch:
        rows += access.grant_file(actor=actor, file=past.id, site=past.site, at=past.opened_at)
        for staff, kind in past.team:
            side: dict[str, Any] = {"side": SIDE_OF[RelationKind(kind)]} if RelationKind(kind) in SIDE_OF else {}
            access.relate(actor=actor, file=past.id, staff=staff, kind=RelationKind(kind), at=past.opened_at, **side)
    return rows


def _insert(made: Iterable[models.Model]) -> list[models.Model]:
    """Insert rows of several tables, the cases first, and return them."""
    rows = list(made)
    create_in_order(rows, Case, Screening, Triage, CaseAct, StateSet, LevelSet, ReviewDue, FollowUp)
    decided = [row.allegation_id for row in rows if isinstance(row, Triage)]
    for start in range(0, len(decided), BATCH):
        leave_desk(decided[start : start + BATCH])
    return rows


def _refuse_foreign(actor: Actor, allegations: set[UUID]) -> None:
    found = 0
    wanted = sorted(allegations)
    for start in range(0, len(wanted), BATCH):
        mine = Allegation.objects.unscoped("only whose site it is").filter(
            pk__in=wanted[start : start + BATCH], site__in=actor.sites
        )
        found += mine.count()
    if found < len(wanted):
        raise Refused("site", "One of the acts is an allegation of another unit.")


Told = Mapping[UUID, tuple[bool, bool | None]]


def _as_told(allegations: Iterable[UUID]) -> Told:
    """Return of each report whether it tells of a breach, which counts from when it joined, and what it says of partners."""
    told, wanted = Allegation.objects.unscoped("only how the acts of a case count"), sorted(allegations)
    found = (told.filter(pk__in=wanted[at : at + BATCH]) for at in range(0, len(wanted), BATCH))
    asked = ("pk", "breach_of", "former_partner")
    return {pk: (breach is not None, former) for some in found for pk, breach, former in some.values_list(*asked)}


def _rows_of(actor: Actor, past: PastCase, told: Told, at: datetime) -> Iterator[models.Model]:
    if not past.states:
        raise CannotStep(
            "states", sentence("Case {1} has no state. Give at least the open one.", past.reference or past.id)
        )

    if why := rules.why_not_taken_over([state.state for state in past.states]):
        raise CannotStep("states", sentence("Case {1}: {2}", past.reference or past.id, why))

    def held(at: datetime) -> dict[str, object]:
        return access_queries.held_by(actor, past.source, at=at)

    yield _case(past, held)
    yield from _acts(past, told, held)
    for state in past.states:
        yield filled(StateSet, state, case_id=past.id, **held(state.entered_at))
    for level in past.levels:
        by = {"recorded_by": level.set_by} if level.set_by else {}
        yield filled(LevelSet, level, "set_by", case_id=past.id, **held(level.set_at) | by)
    for review in past.reviews:
        yield filled(ReviewDue, review, "set_at", case_id=past.id, **held(review.set_at))
    if past.states[-1].state is State.CLOSED:
        yield from _windows(past, held, at)


Held = Callable[[datetime], dict[str, object]]


def _case(past: PastCase, held: Held) -> Case:
    waiting = [review.due_at for review in past.reviews if review.done_at is None]
    state = past.states[-1].state
    reference = ("reference",) if not past.reference else ()
    return filled(
        Case,
        past,
        *("acts", "levels", "states", "reviews", "team", *reference),
        level=past.levels[-1].level if past.levels else "",
        state=state,
        review_due_at=None if state is State.CLOSED else min(waiting, default=None),
        last_act_at=max((act.happened_at for act in past.acts), default=None),
        acts=len(past.acts),
        **held(past.opened_at),
    )


def _acts(past: PastCase, told: Told, held: Held) -> Iterator[models.Model]:
    for act in past.acts:
        if act.screening is not None:
            yield _screening(act.allegation, act.screening, held(act.joined_at))
        if act.outcome is not None:
            yield filled(
                Triage,
                act,
                *("happened_at", "joined_at", "seriousness", "screening"),
                case_id=past.id,
                decided_at=act.joined_at,
                **held(act.joined_at),
            )
        is_breach, former_partner = told[act.allegation]
        yield filled(
            CaseAct,
            act,
            *("screening", "outcome", "reason"),
            case_id=past.id,
            breach_at=act.joined_at if is_breach else None,
            former_partner=former_partner,
            **held(act.joined_at),
        )


def _screening(allegation: UUID, answers: ScreeningAnswers, held: dict[str, object]) -> Screening:
    return Screening(allegation_id=allegation, **_columns_of(answers), **held)


def _windows(past: PastCase, held: Held, at: datetime) -> Iterator[FollowUp]:
    """Yield the windows that are still to come: what nobody asked in the time before cannot be asked any more."""
    closed_at = past.states[-1].entered_at
    for months, opens_at in rules.windows(closed_at):
        if opens_at > at:
            yield FollowUp(id=new_id(), case_id=past.id, months=months, opens_at=opens_at, **held(closed_at))


def _triage_rows(actor: Actor, past: PastTriage) -> Iterator[models.Model]:
    held = access_queries.held_by(actor, past.source, at=past.decided_at)
    if past.screening is not None:
        yield _screening(past.allegation, past.screening, held)
    yield filled(Triage, past, "screening", **held)
