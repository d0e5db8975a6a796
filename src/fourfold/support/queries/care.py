"""Care, as the advocate reads it: consent, the steps of the safety plan, entitlements, feedback, others at risk."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Staff
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.support import rules
from fourfold.support.models import AtRisk, AtRiskStep, Consent, EntitlementSaid, PlanStep, PlanStepReview, Satisfaction
from fourfold.support.queries.rows import found_in, opened_file
from fourfold.support.terms import (
    AtRiskKind,
    AtRiskStepKind,
    ConsentMatter,
    ConsentState,
    EntitlementAnswer,
    StepOutcome,
)


@dataclass(frozen=True)
class ConsentShown:
    """What the victim answered on one matter, when, why, and whether it is the latest word on it."""

    matter: ConsentMatter
    to_whom: str
    state: ConsentState
    why: str
    at: datetime
    by: str
    latest: bool


@dataclass(frozen=True)
class StepShown:
    """A step of the safety plan with its last review, which is its version; `next_on` of None: it ended."""

    id: UUID
    words: str
    who: str
    agreed_at: datetime
    outcome: StepOutcome | None
    found: str
    reviewed_at: datetime | None
    next_on: date | None
    overdue: bool
    version: str


@dataclass(frozen=True)
class EntitlementShown:
    """An entitlement: by when, its latest outcome, which is its version, and where that is written."""

    code: str
    words: str
    source: str
    due_on: date | None
    answer: EntitlementAnswer | None
    said_at: datetime | None
    note: str
    overdue: bool
    version: str


@dataclass(frozen=True)
class SatisfactionShown:
    """What the victim thought of the help; an answer left out is None."""

    at: datetime
    answers: tuple[tuple[str, int | None], ...]
    declined: bool
    words: str


@dataclass(frozen=True)
class AtRiskShown:
    """Somebody at risk in their own right, with what was done (the last is the version) and when somebody looks again."""

    id: UUID
    name: str
    kind: AtRiskKind
    birth_year: int | None
    lives_with_her: bool | None
    risk: str
    steps: tuple[tuple[datetime, AtRiskStepKind, str, str], ...]
    next_on: date | None
    ended: bool
    overdue: bool
    version: str


CONSENT = Projection(ConsentShown, Consent, "latest", at="said_at", by=Staff("recorded_by", "the victim"))
STEP = Projection(
    StepShown, PlanStep, *("outcome", "found", "reviewed_at", "next_on", "overdue", "version"), agreed_at="recorded_at"
)
AT_RISK = Projection(AtRiskShown, AtRisk, *("steps", "next_on", "ended", "overdue", "version"))


@dataclass(frozen=True)
class CarePage:
    """Care. What only the advocate reads is empty, and `confidential` false, for the officer in the case."""

    case: UUID
    reference: str
    confidential: bool
    consents: tuple[ConsentShown, ...]
    steps: tuple[StepShown, ...]
    entitlements: tuple[EntitlementShown, ...]
    satisfaction: tuple[SatisfactionShown, ...]
    at_risk: tuple[AtRiskShown, ...]
    may_record: bool
    may_add: bool


def care_page(*, actor: Actor, reference: str, at: datetime, confidences: bool = True) -> CarePage:
    """Return the care of a victim, or raise NotFound for whoever may not read how the victim is reached.

    `confidences` of False leaves out what was told to the advocate alone, for a page that shows nothing of it.
    """
    case, opened = opened_file(actor, reference, at, Compartment.VICTIM_CONTACT, "victim.care")
    opened = opened if confidences else opened.without(Compartment.ADVOCATE_CONFIDENTIAL)
    confidential = opened.may_read(Compartment.ADVOCATE_CONFIDENTIAL)
    shown = {Compartment.VICTIM_CONTACT.value} | ({Compartment.ADVOCATE_CONFIDENTIAL.value} if confidential else set())
    audit.consulted(actor, "victim.care", at=at, file=case.pk, compartments=shown, count=1)
    today = rules.day_of(at)
    may = access_queries.may
    return CarePage(
        case=case.pk,
        reference=case.reference,
        confidential=confidential,
        consents=_consents(opened) if confidential else (),
        steps=_steps(opened, today) if confidential else (),
        entitlements=_entitlements(opened, case, today),
        satisfaction=_satisfaction(opened) if confidential else (),
        at_risk=_at_risk(opened, today),
        may_record=Compartment.ADVOCATE_CONFIDENTIAL in opened.writable and may(actor, Permission.SUPPORT_RECORD),
        may_add=Compartment.VICTIM_CONTACT in opened.writable and may(actor, Permission.SUPPORT_VIEW),
    )


def _consents(opened: Opened) -> tuple[ConsentShown, ...]:
    rows = list(Consent.objects.of(opened).order_by("-said_at", "-id")[:WHOLE])
    names = access_queries.names_of(CONSENT.staff_in(rows))
    latest = {(row.matter, row.to_whom): row.pk for row in reversed(rows)}
    return tuple(CONSENT(row, names=names, latest=latest[row.matter, row.to_whom] == row.pk) for row in rows)


def _steps(opened: Opened, today: date) -> tuple[StepShown, ...]:
    latest = {row.step_id: row for row in PlanStepReview.objects.of(opened).order_by("recorded_at", "id")}
    shown = [_step(row, latest.get(row.pk), today) for row in PlanStep.objects.of(opened).order_by("recorded_at", "id")]
    return tuple(sorted(shown, key=lambda step: (step.next_on is None, step.next_on or today, step.agreed_at)))


def _step(row: PlanStep, review: PlanStepReview | None, today: date) -> StepShown:
    next_on = row.review_on if review is None else review.next_on
    return STEP(
        row,
        outcome=StepOutcome(review.outcome) if review else None,
        found=review.words if review else "",
        reviewed_at=review.recorded_at if review else None,
        next_on=next_on,
        overdue=rules.is_overdue(next_on, today),
        version=str(review.pk) if review else "",
    )


def _entitlements(opened: Opened, case: Case, today: date) -> tuple[EntitlementShown, ...]:
    said = {row.code: row for row in EntitlementSaid.objects.of(opened).order_by("recorded_at", "id")}
    begun = rules.day_of(case.opened_at)
    shown = []
    for each in rules.entitled_to(begun, today):
        row = said.get(each.code)
        answer = EntitlementAnswer(row.answer) if row else None
        due = rules.due_day(each, begun)
        settled = answer is not None and answer is not EntitlementAnswer.NOT_YET
        shown.append(
            EntitlementShown(
                each.code,
                each.words,
                each.source,
                due,
                answer,
                row.recorded_at if row else None,
                row.words if row else "",
                not settled and rules.is_overdue(due, today),
                str(row.pk) if row else "",
            )
        )
    return tuple(shown)


def _satisfaction(opened: Opened) -> tuple[SatisfactionShown, ...]:
    rows = Satisfaction.objects.of(opened).order_by("-asked_at", "-id")[:WHOLE]
    names = ("heard", "informed", "safer", "again")
    return tuple(
        SatisfactionShown(row.asked_at, tuple((name, getattr(row, name)) for name in names), row.declined, row.words)
        for row in rows
    )


def _at_risk(opened: Opened, today: date) -> tuple[AtRiskShown, ...]:
    steps: dict[UUID, list[AtRiskStep]] = {}
    for step in AtRiskStep.objects.of(opened).order_by("recorded_at", "id"):
        steps.setdefault(step.person_id, []).append(step)
    rows = AtRisk.objects.of(opened).order_by("recorded_at", "id")
    return tuple(_person(row, steps.get(row.pk, []), today) for row in rows)


def _person(row: AtRisk, steps: list[AtRiskStep], today: date) -> AtRiskShown:
    ended = bool(steps) and steps[-1].what == AtRiskStepKind.ENDED
    next_on = None if ended else (steps[-1].next_on if steps else row.review_on)
    return AT_RISK(
        row,
        steps=tuple((step.recorded_at, AtRiskStepKind(step.what), step.words, step.to_whom) for step in steps),
        next_on=next_on,
        ended=ended,
        overdue=rules.is_overdue(next_on, today),
        version=str(steps[-1].pk) if steps else "",
    )


def step_row(*, actor: Actor, reference: str, step: UUID, at: datetime) -> PlanStep:
    """Return the step that a page is about to review, or raise NotFound."""
    _, opened = opened_file(actor, reference, at, Compartment.ADVOCATE_CONFIDENTIAL, "victim.care")
    return found_in(PlanStep.objects.of(opened).filter(pk=step))


def at_risk_row(*, actor: Actor, reference: str, person: UUID, at: datetime) -> AtRisk:
    """Return the person at risk that a page is about to write to, or raise NotFound."""
    _, opened = opened_file(actor, reference, at, Compartment.VICTIM_CONTACT, "victim.care")
    return found_in(AtRisk.objects.of(opened).filter(pk=person))


def names_at_risk(case: Case) -> tuple[str, ...]:
    """Return the names of the people at risk in every case of a case's subject: looked for in what leaves, never shown."""
    rows = AtRisk.objects.unscoped("looked for in a made document, never shown").filter(case__subject=case.subject_id)
    return tuple(rows.values_list("name", flat=True).distinct())
