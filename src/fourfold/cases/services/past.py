"""Bringing in cases from the time before, with everything that hangs on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db import models

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Permission, Refused, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.base import new_id
from fourfold.cases import rules
from fourfold.cases.models import Case, CaseAct, FollowUp, LevelSet, ReviewDue, Screening, StateSet, Triage
from fourfold.cases.services.desk import _columns_of, leave_desk
from fourfold.cases.services.team import SIDE_OF
from fourfold.cases.terms import CannotStep, PastCase, PastTriage, ScreeningAnswers, State
from fourfold.intake.models import Allegation

BATCH = 500
Past = TypeVar("Past", PastCase, PastTriage)


def take_over(*, actor: Actor, rows: Iterable[PastCase], at: datetime) -> int:
    """Bring in cases from the time before with their acts, levels, states and reviews; return how many cases.

    Batches of 500 with one entry each, whose root stands for every row in it. Each case is opened to the partners of
    its site as a new one would be.
    """
    access.require(actor, Permission.CASE_OPEN, at=at)
    return sum(_take_cases(actor, batch, at) for batch in _batches(rows))


def take_over_triages(*, actor: Actor, rows: Iterable[PastTriage], at: datetime) -> int:
    """Bring in how allegations from the time before left the desk without a case; return how many."""
    access.require(actor, Permission.ALLEGATION_TRIAGE, at=at)
    taken = 0
    for batch in _batches(rows):
        _refuse_foreign(actor, {past.allegation for past in batch})
        made = [row for past in batch for row in _triage_rows(actor, past)]
        _keep(actor, "triage.taken_over", made, at)
        taken += len(batch)
    return taken


def _batches(rows: Iterable[Past]) -> Iterator[list[Past]]:
    incoming = iter(rows)
    while batch := list(islice(incoming, BATCH)):
        yield batch


def _take_cases(actor: Actor, batch: list[PastCase], at: datetime) -> int:
    for site in {past.site for past in batch}:
        access.require(actor, Permission.CASE_OPEN, at=at, site=site)
    _refuse_foreign(actor, {act.allegation for past in batch for act in past.acts})
    rows: list[models.Model] = [row for past in batch for row in _rows_of(actor, past, at)]
    with audit.recorded(actor, "cases.taken_over", at=at) as entry:
        _insert(rows)
        for past in batch:
            rows += access.grant_file(actor=actor, file=past.id, site=past.site, at=past.opened_at)
            for staff, kind in past.team:
                side = {"side": SIDE_OF[RelationKind(kind)]} if RelationKind(kind) in SIDE_OF else {}
                access.relate(
                    actor=actor, file=past.id, staff=staff, kind=RelationKind(kind), at=past.opened_at, **side
                )
        entry.seal(rows)
    return len(batch)


def _keep(actor: Actor, action: str, rows: list[models.Model], at: datetime) -> None:
    with audit.recorded(actor, action, at=at) as entry:
        _insert(rows)
        entry.seal(rows)


def _insert(rows: list[models.Model]) -> None:
    """Insert rows of several tables, the cases first."""
    by_table: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    for row in rows:
        by_table[type(row)].append(row)
    for table in (Case, Screening, Triage, CaseAct, StateSet, LevelSet, ReviewDue, FollowUp):
        table.objects.bulk_create(by_table[table], batch_size=BATCH)
    decided = [row.allegation_id for row in by_table[Triage] if isinstance(row, Triage)]
    for start in range(0, len(decided), BATCH):
        leave_desk(decided[start : start + BATCH])


def _refuse_foreign(actor: Actor, allegations: set[UUID]) -> None:
    found = 0
    wanted = sorted(allegations)
    for start in range(0, len(wanted), BATCH):
        mine = Allegation.objects.unscoped("only whose site it is").filter(
            pk__in=wanted[start : start + BATCH], site__in=actor.sites
        )
        found += mine.count()
    if found < len(wanted):
        raise Refused("site", "An act is an allegation that is not of your unit.")


def _rows_of(actor: Actor, past: PastCase, at: datetime) -> Iterator[models.Model]:
    if not past.states:
        raise CannotStep("states", f"Case {past.reference or past.id} has no state. Give at least the open one.")

    if why := rules.why_not_taken_over([state.state for state in past.states]):
        raise CannotStep("states", f"Case {past.reference or past.id}: {why}")

    def held(at: datetime) -> dict[str, object]:
        return access_queries.held_by(actor, past.source, at=at)

    yield _case(past, held)
    yield from _acts(past, held)
    for state in past.states:
        yield StateSet(
            case_id=past.id,
            state=state.state,
            entered_at=state.entered_at,
            reason=state.reason,
            countersigned_by=state.countersigned_by,
            victim_told_at=state.victim_told_at,
            **held(state.entered_at),
        )
    yield from _levels(past, held)
    yield from _reviews(past, held)
    if past.states[-1].state is State.CLOSED:
        yield from _windows(past, held, at)


Held = Callable[[datetime], dict[str, object]]


def _case(past: PastCase, held: Held) -> Case:
    waiting = [review.due_at for review in past.reviews if review.done_at is None]
    state = past.states[-1].state
    return Case(
        id=past.id,
        **({"reference": past.reference} if past.reference else {}),
        site=past.site,
        victim_id=past.victim,
        subject_id=past.subject,
        relationship=past.relationship,
        opened_at=past.opened_at,
        level=past.levels[-1].level if past.levels else "",
        state=state,
        review_due_at=None if state is State.CLOSED else min(waiting, default=None),
        last_act_at=max((act.happened_at for act in past.acts), default=None),
        acts=len(past.acts),
        **held(past.opened_at),
    )


def _acts(past: PastCase, held: Held) -> Iterator[models.Model]:
    for act in past.acts:
        if act.screening is not None:
            yield _screening(act.allegation, act.screening, held(act.joined_at))
        if act.outcome is not None:
            yield Triage(
                allegation_id=act.allegation,
                case_id=past.id,
                outcome=act.outcome,
                reason=act.reason,
                decided_at=act.joined_at,
                **held(act.joined_at),
            )
        yield CaseAct(
            case_id=past.id,
            allegation_id=act.allegation,
            happened_at=act.happened_at,
            seriousness=act.seriousness,
            joined_at=act.joined_at,
            **held(act.joined_at),
        )


def _screening(allegation: UUID, answers: ScreeningAnswers, held: dict[str, object]) -> Screening:
    return Screening(allegation_id=allegation, **_columns_of(answers), **held)


def _levels(past: PastCase, held: Held) -> Iterator[LevelSet]:
    for level in past.levels:
        columns = held(level.set_at)
        yield LevelSet(
            case_id=past.id,
            level=level.level,
            set_at=level.set_at,
            set_in=level.set_in,
            advised=level.advised or "",
            advice_from=level.advice_from,
            reason=level.reason,
            countersigned_by=level.countersigned_by,
            **columns | ({"recorded_by": level.set_by} if level.set_by else {}),
        )


def _reviews(past: PastCase, held: Held) -> Iterator[ReviewDue]:
    for review in past.reviews:
        yield ReviewDue(
            id=new_id(),
            case_id=past.id,
            due_at=review.due_at,
            trigger=review.trigger,
            because=review.because,
            done_at=review.done_at,
            done_by=review.done_by,
            summary=review.summary,
            **held(review.set_at),
        )


def _windows(past: PastCase, held: Held, at: datetime) -> Iterator[FollowUp]:
    """The windows that are still to come: what nobody asked in the time before cannot be asked any more."""
    closed_at = past.states[-1].entered_at
    for months, opens_at in rules.windows(closed_at):
        if opens_at > at:
            yield FollowUp(id=new_id(), case_id=past.id, months=months, opens_at=opens_at, **held(closed_at))


def _triage_rows(actor: Actor, past: PastTriage) -> Iterator[models.Model]:
    held = access_queries.held_by(actor, past.source, at=past.decided_at)
    if past.screening is not None:
        yield _screening(past.allegation, past.screening, held)
    yield Triage(
        allegation_id=past.allegation,
        outcome=past.outcome,
        reason=past.reason,
        redirected_to=past.redirected_to,
        decided_at=past.decided_at,
        **held,
    )
