"""What governs one case: what left it and why, what was asked for, packs, holds, retention and challenges."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Staff
from fourfold.access.statements import composed_in
from fourfold.access.terms import Compartment, Opened, Permission, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.base import Held
from fourfold.cases.models import Case
from fourfold.governance.models import (
    Challenge,
    ConfidenceAnswer,
    ConfidenceAsked,
    Disclosure,
    Hold,
    MoreAsked,
    Pack,
    PackMadeAgain,
    RetentionReview,
)
from fourfold.governance.packs import answer_to
from fourfold.governance.queries import retaining
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.rules import disclosing, retention
from fourfold.governance.schedule import retention as schedule
from fourfold.governance.terms import (
    ChallengeKind,
    ChallengeOutcome,
    Challenger,
    HoldKind,
    LedgerRow,
    PackKind,
    RequestState,
    RetentionDue,
    RetentionFacts,
    VictimAnswer,
)
from fourfold.orders.terms import OrderKind

Kept = TypeVar("Kept", bound=Held)

PAGE = WHOLE


@dataclass(frozen=True)
class ConfidenceShown:
    """A request for a confidence as its reader may see it: never whether there is anything, unless it was released."""

    id: UUID
    asked_at: datetime
    asked_by: str
    partner: str
    sought: str
    enquiry: str
    necessity: str
    tried: str
    authorised_by: str
    counselling: bool
    rebuttal: str
    told_her_at: datetime | None
    not_told_because: str
    expires_on: date
    state: RequestState
    answer: VictimAnswer | None
    victim_words: str
    reason: str
    overrides: bool
    released: str
    may_decide: bool
    may_sign: bool
    waits_for_another: bool  # to sign what the reader decided


@dataclass(frozen=True)
class PackShown:
    """A pack with the proof that came with it."""

    id: UUID
    kind: PackKind
    #: The kind of order that is applied for, in a pack for an application.
    order: OrderKind | None
    asked_by: str
    received_on: date
    due_on: date
    made_at: datetime
    made_by: str
    pdf: UUID
    pdf_sha256: str
    docx: UUID
    docx_sha256: str
    sought: int
    #: In how many places the files made last wait for a decision; the record may have grown since.
    undecided: int
    withheld: tuple[dict[str, str | int], ...]
    released_at: datetime | None
    released_by: str
    may_release: bool

    @property
    def answer(self) -> str:
        """The reference that the subject reads on it; empty for a court."""
        return answer_to(self) if self.kind is PackKind.SUBJECT else ""


@dataclass(frozen=True)
class HoldShown:
    """A hold, standing or lifted."""

    id: UUID
    kind: HoldKind
    reason: str
    since: datetime
    by: str
    lifted_at: datetime | None
    lifted_because: str | None


@dataclass(frozen=True)
class ChallengeShown:
    """What a person said about their record, and its outcome."""

    id: UUID
    by_whom: Challenger
    kind: ChallengeKind
    about: str
    words: str
    received_on: date
    due_on: date
    overdue: bool
    outcome: ChallengeOutcome | None
    reason: str | None
    correction: str | None
    waits_for: str = ""


@dataclass(frozen=True)
class GovernancePage:
    """Everything that governs one case, as far as its reader may see."""

    ledger: tuple[LedgerRow, ...]
    confidences: tuple[ConfidenceShown, ...]
    packs: tuple[PackShown, ...]
    holds: tuple[HoldShown, ...]
    retention: RetentionDue
    reviews: tuple[tuple[datetime, str, str], ...]
    challenges: tuple[ChallengeShown, ...]


GONE = "somebody who left"
LEDGER = Projection(
    LedgerRow,
    Disclosure,
    "expired",
    case="case__reference",
    at="disclosed_at",
    by=Staff("recorded_by", GONE),
    third="third_id",
)
CONFIDENCE = Projection(
    ConfidenceShown,
    ConfidenceAsked,
    *("state", "answer", "victim_words", "reason", "overrides", "released", "may_decide", "may_sign"),
    "waits_for_another",
    asked_at="recorded_at",
    asked_by=Staff("recorded_by", GONE),
    partner="controller",
)
PACK = Projection(
    PackShown,
    Pack,
    *("may_release", "pdf", "pdf_sha256", "docx", "docx_sha256", "sought", "undecided", "withheld"),
    order="application__kind",
    made_at="recorded_at",
    made_by=Staff("recorded_by", GONE),
    released_at="release__recorded_at",
    released_by=Staff("release__recorded_by", GONE),
)
HOLD = Projection(
    HoldShown,
    Hold,
    since="recorded_at",
    by=Staff("recorded_by", GONE),
    lifted_at="lifted__recorded_at",
    lifted_because="lifted__reason",
)
CHALLENGE = Projection(
    ChallengeShown,
    Challenge,
    *("due_on", "overdue", "waits_for"),
    outcome="answered__outcome",
    reason="answered__reason",
    correction="answered__correction",
)


def governance_page(*, actor: Actor, opened: Opened, at: datetime) -> GovernancePage:
    """Return what governs a case that has been opened for the actor. Twenty statements with the log,
    and one for what challenges wait for, however much there is.
    """
    asked = _asked(actor, opened)
    answers = answers_of(asked)
    packs = list(Pack.objects.of(opened).select_related("release", "application").order_by("-recorded_at")[:PAGE])
    ledger = list(
        Disclosure.objects.of(opened)
        .filter(compartment__in=sorted(opened.readable))
        .select_related("case")
        .order_by("-disclosed_at")[:PAGE]
    )
    holds = list(Hold.objects.of(opened).select_related("lifted").order_by("-recorded_at")[:PAGE])
    reviews = list(RetentionReview.objects.of(opened).order_by("-recorded_at")[:PAGE])
    challenges = list(Challenge.objects.of(opened).select_related("answered").order_by("-recorded_at")[:PAGE])
    names = access_queries.names_of(
        CONFIDENCE.staff_in(asked) | PACK.staff_in(packs) | LEDGER.staff_in(ledger) | HOLD.staff_in(holds)
    )
    shown = {Compartment.CORE.value, *(row.compartment for row in ledger)}
    if asked:
        shown |= {Compartment.ADVOCATE_CONFIDENTIAL.value} & {part.value for part in opened.readable}
    audit.consulted(actor, "case.governance", at=at, file=opened.file, compartments=shown, count=len(ledger))
    on, waits = local_day(at), retaining.waits_of(challenges)
    return GovernancePage(
        ledger=tuple(ledger_row(row, names, on) for row in ledger),
        confidences=tuple(_confidence(actor, opened, row, answers[row.pk], names, on) for row in asked),
        packs=packs_shown(actor, packs, names),
        holds=HOLD.all(holds, names=names),
        retention=_retention(opened, on, at),
        reviews=tuple((row.recorded_at, row.get_outcome_display(), row.reason) for row in reviews),
        challenges=tuple(_challenge(row, on, waits[row.pk]) for row in challenges),
    )


def ledger_row(row: Disclosure, names: dict[UUID, str], on: date) -> LedgerRow:
    return LEDGER(row, names=names, expired=row.expires_on is not None and row.expires_on < on)


def _asked(actor: Actor, opened: Opened) -> list[ConfidenceAsked]:
    """Return the requests that concern the actor: those of the actor's own agency, or all of them for an advocate."""
    rows = ConfidenceAsked.objects.of(opened).select_related("decision__signature").order_by("-recorded_at")
    if not access_queries.may(actor, Permission.CONFIDENCE_DECIDE):
        rows = rows.filter(controller=actor.partner)
    return list(rows[:PAGE])


def answers_of(asked: Iterable[ConfidenceAsked]) -> dict[UUID, list[ConfidenceAnswer]]:
    """Return what the victim answered to each of some requests that were opened before, the earliest first; one statement."""
    answers: dict[UUID, list[ConfidenceAnswer]] = defaultdict(list)
    rows = ConfidenceAnswer.objects.unscoped("of requests that were opened before").filter(asked__in=list(asked)).seen()
    for row in rows.order_by("recorded_at", "pk"):
        answers[row.asked_id].append(row)
    return answers


def _confidence(
    actor: Actor,
    opened: Opened,
    row: ConfidenceAsked,
    answers: list[ConfidenceAnswer],
    names: dict[UUID, str],
    on: date,
) -> ConfidenceShown:
    decision = getattr(row, "decision", None)
    signature = getattr(decision, "signature", None)
    advises = opened.may_read(Compartment.ADVOCATE_CONFIDENTIAL)
    state = state_of(row, answers, on=on)
    police = row.controller == actor.partner and opened.may_read(Compartment.POLICE_INTEL)
    decides = access_queries.may(actor, Permission.CONFIDENCE_DECIDE)
    return CONFIDENCE(
        row,
        names=names,
        state=state,
        answer=VictimAnswer(answers[-1].answer) if answers and advises else None,
        victim_words=answers[-1].words if answers and advises else "",
        reason=decision.reason if decision and (advises or state is not RequestState.WAITING_FOR_SIGNATURE) else "",
        overrides=bool(decision and decision.overrides and decides),
        released=decision.released if decision and state is RequestState.RELEASED and (advises or police) else "",
        may_decide=decides and advises and state in (RequestState.WAITING_FOR_VICTIM, RequestState.TO_DECIDE),
        may_sign=decides
        and signature is None
        and state is RequestState.WAITING_FOR_SIGNATURE
        and decision is not None
        and decision.recorded_by != actor.staff,
        waits_for_another=state is RequestState.WAITING_FOR_SIGNATURE
        and decision is not None
        and decision.recorded_by == actor.staff,
    )


def state_of(row: ConfidenceAsked, answers: list[ConfidenceAnswer], *, on: date) -> RequestState:
    """Return where a request stands on a day, given the answers so far."""
    decision = getattr(row, "decision", None)
    signature = getattr(decision, "signature", None)
    return disclosing.state_of(
        answers=len(answers),
        releases=decision.releases if decision else None,
        overrides=bool(decision and decision.overrides),
        agrees=signature.agrees if signature else None,
        expires_on=row.expires_on,
        on=on,
    )


def packs_shown(actor: Actor, rows: Iterable[Pack], names: dict[UUID, str]) -> tuple[PackShown, ...]:
    """Return packs, each with the files that were made of it last. One statement, and none for no pack."""
    packs = list(rows)
    again = PackMadeAgain.objects.unscoped("of packs that were opened before").filter(pack__in=packs).seen()
    last: dict[UUID, Pack | PackMadeAgain] = {row.pk: row for row in packs}
    last |= {row.pack_id: row for row in (again.order_by("recorded_at", "pk") if packs else ())}
    return tuple(PACK(row, names=names, may_release=_may_release(actor, row), **_files(last[row.pk])) for row in packs)


def _files(made: Pack | PackMadeAgain) -> dict[str, Any]:
    return {
        "pdf": made.pdf,
        "pdf_sha256": made.pdf_sha256,
        "docx": made.docx,
        "docx_sha256": made.docx_sha256,
        "sought": made.sought,
        "undecided": made.undecided or 0,
        "withheld": tuple(made.withheld),
    }


def _may_release(actor: Actor, row: Pack) -> bool:
    waits = getattr(row, "release", None) is None and row.recorded_by != actor.staff
    return waits and access_queries.may(actor, Permission.PACK_RELEASE)


def _challenge(row: Challenge, on: date, waits: Iterable[MoreAsked] = ()) -> ChallengeShown:
    answered = hasattr(row, "answered")
    due_on = retaining.due_of(row, waits, on=on) if waits else row.due_on
    return CHALLENGE(
        row,
        due_on=due_on,
        overdue=not answered and due_on < on,
        waits_for="" if answered else next((ask.asked_for for ask in waits if not hasattr(ask, "came")), ""),
    )


def _retention(opened: Opened, on: date, at: datetime) -> RetentionDue:
    """Return when retention is looked at, which follows from the level: only where the risk is open to the reader."""
    if not opened.may_read(Compartment.RISK):
        return RetentionDue(None, "", "It follows from the level, which is not shown to you.", False)
    if opened.as_of is not None:
        return RetentionDue(None, "", "The unit that has the case now looks at it.", False)
    return retention.review_due(retention_facts(opened, at=at), schedule(), on=on)


def retention_facts(opened: Opened, *, at: datetime) -> RetentionFacts:
    """Return what the retention schedule looks at of one case: the worst it ever was, its last event, its holds."""
    case = Case.objects.of(opened).select_related("subject").get()
    return retaining.facts_of([case], at=at)[case.pk]


def corrections_of(opened: Opened) -> tuple[ChallengeShown, ...]:
    """Return what stands beside the record of an opened case, and what is said of it and not answered. One statement.

    What was refused does not stand beside the record; it stays under disclosures.
    """
    return tuple(_challenge(row, date.max) for row in _corrections(opened))


@composed_in
def _corrections(opened: Opened) -> QuerySet[Challenge]:
    rows = Challenge.objects.of(opened).select_related("answered").exclude(answered__outcome=ChallengeOutcome.REFUSED)
    return rows.order_by("recorded_at")[:PAGE]


def asked_row(*, actor: Actor, opened: Opened, asked: UUID) -> ConfidenceAsked:
    """Return a request that concerns the actor, or raise NotFound."""
    return _one(_asked(actor, opened), asked)


def pack_row(*, opened: Opened, pack: UUID) -> Pack:
    """Return a pack of an opened case, or raise NotFound."""
    return _one(Pack.objects.of(opened).select_related("case__subject", "release", "application"), pack)


def hold_row(*, opened: Opened, hold: UUID) -> Hold:
    """Return a standing hold of an opened case, or raise NotFound."""
    return _one(Hold.objects.of(opened).filter(lifted=None), hold)


def challenge_row(*, opened: Opened, challenge: UUID) -> Challenge:
    """Return a challenge of an opened case that was not answered yet, or raise NotFound."""
    return _one(Challenge.objects.of(opened).filter(answered=None), challenge)


def more_asked_of(*, opened: Opened, challenge: UUID) -> MoreAsked | None:
    """Return what the unit waits for now before it answers a challenge of an opened case; None where it does not."""
    return MoreAsked.objects.of(opened).filter(challenge=challenge, came=None).select_related("challenge__case").first()


def challenge_answered(*, opened: Opened, challenge: UUID, at: datetime) -> tuple[ChallengeShown, str, datetime] | None:
    """Return what was answered to a challenge of an opened case, by whom and when; None where nobody has answered."""
    row = Challenge.objects.of(opened).select_related("answered").filter(pk=challenge, answered__isnull=False).first()
    if row is None:
        return None
    by = access_queries.names_of([row.answered.recorded_by]).get(row.answered.recorded_by, "")
    return _challenge(row, at.date()), by, row.answered.recorded_at


def _one(rows: Iterable[Kept], identifier: UUID) -> Kept:
    return existing(next((row for row in rows if row.pk == identifier), None))
