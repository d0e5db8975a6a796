"""The rows of a case as every service writes them. Called inside a write only, with its entry."""

from datetime import datetime

from django.db.models import Count, F, Max

from fourfold.access import queries as access_queries
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor, Conflict
from fourfold.cases import rules
from fourfold.cases.models import Case, CaseAct, LevelSet, ReviewDue, StateSet
from fourfold.cases.terms import CannotStep, Level, ReviewReason, State, Trigger
from fourfold.programme import queries as programme
from fourfold.programme.terms import ModelOfWorking

KEPT = ("version", "level", "state", "review_due_at", "last_act_at", "acts")
INSIDE = "the case was opened by the service"


def _change(case: Case, version: int | None = None, **columns: object) -> None:
    """Change what lists keep of a case, one version on; raise Conflict where somebody else was first."""
    row = Case.objects.unscoped(INSIDE).filter(pk=case.pk, **({} if version is None else {"version": version}))
    if not row.update(version=F("version") + 1, **columns):
        raise _conflict(case)
    case.refresh_from_db(fields=KEPT)


def _refuse_stale(case: Case, version: int | None) -> None:
    """Raise Conflict where somebody changed the case since the page was shown: that is said before anything else."""
    now = Case.objects.unscoped(INSIDE).filter(pk=case.pk).values_list("version", flat=True).get()
    if version is not None and now != version:
        raise _conflict(case)


def _conflict(case: Case) -> Conflict:
    case.refresh_from_db(fields=KEPT)
    theirs = {"level": case.level, "state": case.state, "review_due_at": case.review_due_at}
    return Conflict(f"Case {case.reference}", theirs=theirs, version=case.version)


def _recount(case: Case) -> None:
    found = CaseAct.objects.unscoped(INSIDE).filter(case=case, left_at__isnull=True)
    _change(case, **found.aggregate(acts=Count("pk"), last_act_at=Max("happened_at")))


def _level_now(case: Case) -> Level | None:
    row = LevelSet.objects.unscoped(INSIDE).filter(case=case).order_by("-set_at", "-recorded_at").first()
    return Level(row.level) if row else None


def _state_now(case: Case) -> StateSet:
    return StateSet.objects.unscoped(INSIDE).filter(case=case).order_by("-entered_at", "-recorded_at")[0]


def _enter(entry: Draft, actor: Actor, case: Case, state: State, at: datetime, **more: object) -> StateSet:
    held = access_queries.held_by(actor, "entered", at=at)
    return entry.about(StateSet.objects.create(case=case, state=state, entered_at=at, **more, **held))


def _open_review(case: Case) -> ReviewDue | None:
    waiting = ReviewDue.objects.unscoped(INSIDE).filter(case=case, done_at__isnull=True, superseded_at__isnull=True)
    return waiting.order_by("due_at", "recorded_at").first()


def _next_review(
    entry: Draft, actor: Actor, case: Case, due_at: datetime, trigger: Trigger, at: datetime, reason: ReviewReason
) -> ReviewDue:
    """Let a new review stand in the place of the one that the case waits for, if it waits for one."""
    return _review(entry, actor, case, due_at, trigger, at, reason, before=_open_review(case))


def _review(
    entry: Draft,
    actor: Actor,
    case: Case,
    due_at: datetime,
    trigger: Trigger,
    at: datetime,
    reason: ReviewReason,
    *,
    before: ReviewDue | None,
) -> ReviewDue:
    if before is not None:
        before.superseded_at = at
        before.save(update_fields=["superseded_at"])
        entry.about(before)
    review = ReviewDue.objects.create(
        case=case,
        due_at=due_at,
        trigger=trigger,
        reason=reason,
        was_due_at=before.due_at if before else None,
        **access_queries.held_by(actor, "entered", at=at),
    )
    return entry.about(review)


def _working(case: Case, at: datetime) -> ModelOfWorking:
    return programme.working(case.site, at.date())


def _clock(case: Case, level: Level | None, at: datetime) -> datetime:
    return rules.review_due(level, at, working=_working(case, at), opened_at=case.opened_at)


def _refuse(why: tuple[str, str] | None) -> None:
    if why is not None:
        raise CannotStep(*why)


def _refuse_closed(case: Case) -> None:
    if case.state == State.CLOSED:
        raise CannotStep("state", "This case is closed. A new act opens it again.")
