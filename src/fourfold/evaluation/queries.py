"""Reading casework as de-identified rows, and reading what was computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Sum

from fourfold import stats
from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission, Refused
from fourfold.audit import commitments
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct, LevelSet, Triage
from fourfold.evaluation.models import Extract, Question, Result
from fourfold.evaluation.plans import AnalysisPlan, deviations, from_stored
from fourfold.evaluation.report.terms import Origin
from fourfold.evaluation.terms import (
    COLUMNS,
    CurveShown,
    Effect,
    ExtractChanged,
    ExtractRow,
    Findings,
    NotRegistered,
    PlanChanged,
    SiteResult,
)
from fourfold.gateways import parquet
from fourfold.panel.models import Decision
from fourfold.plan.models import Session, StaffMinutes

WHY = "a de-identified extract, rows leave without names, dates or places"


def deidentified_rows(*, actor: Actor, question: Question, until: datetime, at: datetime) -> list[ExtractRow]:
    """Return one row for each case opened before `until`, with days instead of dates and a pseudonym of this question.

    Nine statements and those of `require_registered`, whatever the number of cases. Raises Refused for whoever may not
    freeze extracts, and NotRegistered or PlanChanged where the question does not stand as it was registered.
    """
    if not access_queries.may(actor, Permission.EXTRACT_FREEZE):
        raise Refused("role", "Only an evaluator freezes extracts.")
    require_registered(question, at=at)
    key = str(question.pk)
    cases = list(
        Case.objects.unscoped(WHY)
        .filter(opened_at__lt=until)
        .order_by("pk")
        .values_list("pk", "site", "opened_at", "relationship")
    )
    acts = _acts(until)
    managed = _managed_from(until)
    levels = dict(_first(LevelSet.objects.unscoped(WHY).order_by("set_at").values_list("case_id", "level")))
    attended = _totals(Session.objects.unscoped(WHY).filter(attendance="attended").values("case_id"), Count("pk"))
    minutes = _totals(StaffMinutes.objects.unscoped(WHY).values("case_id"), Sum("minutes"))
    audit.consulted(actor, "extract.rows", at=at, compartments=frozenset({"core", "risk"}), count=len(cases))
    return [_row(key, case, acts[case[0]], managed.get(case[0]), levels, attended, minutes, until) for case in cases]


def _acts(until: datetime) -> dict[UUID, list[tuple[datetime, bool | None]]]:
    found: dict[UUID, list[tuple[datetime, bool | None]]] = defaultdict(list)
    rows = CaseAct.objects.unscoped(WHY).filter(left_at__isnull=True, happened_at__lt=until)
    for case, happened, former in rows.values_list("case_id", "happened_at", "allegation__former_partner"):
        found[case].append((happened, former))
    return found


def _managed_from(until: datetime) -> dict[UUID, datetime]:
    """Return when management of a case began: direct management at triage, or the panel's first decision."""
    began: dict[UUID, datetime] = {}
    direct = Triage.objects.unscoped(WHY).filter(outcome="direct_management", case__isnull=False, decided_at__lt=until)
    decided = Decision.objects.unscoped(WHY).filter(decided_at__lt=until)
    for case, at in (
        *direct.values_list("case_id", "decided_at"),
        *decided.values_list("item__case_id", "decided_at"),
    ):
        began[case] = min(began.get(case, at), at)
    return began


def _first(pairs: Iterable[tuple[UUID, str]]) -> Iterable[tuple[UUID, str]]:
    seen: set[UUID] = set()
    for case, value in pairs:
        if case not in seen:
            seen.add(case)
            yield case, value


def _totals(rows: Any, what: Any) -> dict[UUID, int]:
    return {row["case_id"]: row["total"] for row in rows.annotate(total=what)}


def _row(
    key: str,
    case: tuple[UUID, str, datetime, str],
    acts: list[tuple[datetime, bool | None]],
    managed: datetime | None,
    levels: dict[UUID, str],
    attended: dict[UUID, int],
    minutes: dict[UUID, int],
    until: datetime,
) -> ExtractRow:
    pk, site, opened, relationship = case
    followed = (until - opened).days
    later = sorted((happened - opened).days for happened, _ in acts if (happened - opened).days > 0)
    former = {known for _, known in acts if known is not None}
    return ExtractRow(
        pseudonym=commitments.keyring().commitment(f"extract/{key}", str(pk).encode())[:20],
        site=site,
        quarter=f"{opened.year}-Q{(opened.month - 1) // 3 + 1}",
        level=levels.get(pk, ""),
        prior_acts=sum((happened - opened).days <= 0 for happened, _ in acts),
        former_partner=True if relationship == "former partner" or True in former else (False if former else None),
        managed_day=max((managed - opened).days, 0) if managed else None,
        next_act_day=later[0] if later else None,
        followed_days=followed,
        acts_after=len(later),
        sessions_attended=attended.get(pk, 0),
        staff_minutes=minutes.get(pk, 0),
    )


def require_registered(question: Question, *, at: datetime) -> None:
    """Pass only where the log holds this question's registration and its plan is still the one that was hashed.

    Raises NotRegistered where the log has no entry before this moment, PlanChanged where the plan or an amendment was
    edited afterwards. This stands before every reading of an outcome. Two statements.
    """
    logged = Entry.objects.filter(about_id=question.pk, action="question.registered").order_by("seq").first()
    if logged is None or logged.at > at:
        raise NotRegistered(
            "The log holds no registration of this question. Register its plan before outcomes are read."
        )
    if stats.plan_hash(question.plan) != question.sha256:
        raise PlanChanged("The plan was edited after it was registered: its hash differs. Outcomes stay closed.")
    previous = question.sha256
    for one in question.amendments.order_by("number"):
        said = {
            "number": one.number,
            "plan": one.plan,
            "reason": one.reason,
            "at": one.amended_at.astimezone(UTC).isoformat(),
        }
        if stats.chained_hash(previous, said) != one.sha256:
            raise PlanChanged(
                f"Amendment {one.number} was edited after it was made: its hash differs. Outcomes stay closed."
            )
        previous = one.sha256


def current_plan(question: Question) -> AnalysisPlan:
    """Return the plan as last amended."""
    last = question.amendments.order_by("-number").first()
    return from_stored(last.plan if last else question.plan)


def end_of_chain(question: Question) -> tuple[int, str]:
    """Return the number and the hash of the last amendment, or nought and the plan's own hash."""
    last = question.amendments.order_by("-number").first()
    return (last.number, last.sha256) if last else (0, question.sha256)


def outcomes(*, actor: Actor, extract: Extract, at: datetime) -> list[ExtractRow]:
    """Return the rows of a frozen extract, outcomes and all: the only way to them, and every reading is in the log.

    Raises Refused, NotRegistered, PlanChanged, and ExtractChanged for a file that is not what was frozen.
    """
    if not access_queries.may(actor, Permission.EXTRACT_FREEZE):
        raise Refused("role", "Only an evaluator reads outcomes.")
    require_registered(extract.question, at=at)
    rows = frozen_rows(extract)
    audit.consulted(actor, "extract.outcomes", at=at, count=len(rows))
    return rows


def frozen_rows(extract: Extract) -> list[ExtractRow]:
    """Read a frozen extract back, or raise ExtractChanged where the file is not what was frozen."""
    path = Path(settings.FOURFOLD.extracts_dir) / extract.path
    if parquet.sha256(path) != extract.sha256:
        raise ExtractChanged("The frozen file is missing or is not what was frozen. Freeze a new extract and say why.")
    return [ExtractRow(*row) for row in parquet.read(COLUMNS, path)]


@dataclass(frozen=True)
class EvaluationPage:
    """What the evaluation page shows: the question, its hash, the data's hash, and the findings."""

    title: str
    plan: dict[str, Any]
    plan_sha256: str
    registered_at: datetime
    frozen_at: datetime
    until: datetime
    extract_sha256: str
    computed_at: datetime
    code_version: str
    result: UUID
    findings: Findings
    amendments: tuple[tuple[int, str, str, bool], ...] = ()
    deviations: tuple[tuple[str, str, str], ...] = ()


def latest_findings(*, actor: Actor, at: datetime) -> EvaluationPage | None:
    """Return what was computed last, or None where nothing was yet. Two statements."""
    if not access_queries.may(actor, Permission.EVALUATION_VIEW):
        raise Refused("role", "Your role does not include reading evaluations.")
    result = Result.objects.select_related("extract__question").order_by("-computed_at").first()
    if result is None:
        return None
    audit.consulted(actor, "evaluation.page", at=at, count=1)
    extract, question = result.extract, result.extract.question
    came_from = origin(extract, rollout=(), code_version=result.code_version, at=at)
    return EvaluationPage(
        title=question.title,
        plan=question.plan,
        plan_sha256=question.sha256,
        registered_at=question.registered_at,
        frozen_at=extract.frozen_at,
        until=extract.until,
        extract_sha256=extract.sha256,
        computed_at=result.computed_at,
        code_version=result.code_version,
        result=result.pk,
        findings=read_findings(result.values),
        amendments=came_from.amendments,
        deviations=came_from.deviations,
    )


def question_titled(title: str) -> Question | None:
    """Return the question that was registered first under a title, or None. One statement."""
    return Question.objects.filter(title=title).order_by("registered_at").first()


def latest_extract(question: Question) -> Extract | None:
    """Return the extract of a question that was frozen last, or None. One statement."""
    return question.extracts.order_by("-frozen_at").first()


def origin(extract: Extract, *, rollout: tuple[str, ...], code_version: str, at: datetime) -> Origin:
    """Return where a report of this extract comes from: the plan with its chain, the frozen data, the code."""
    question = extract.question
    chain = list(question.amendments.order_by("number"))
    carried_out = chain[-1].plan if chain else question.plan
    return Origin(
        title=question.title,
        registered_at=question.registered_at,
        plan_sha256=question.sha256,
        amendments=tuple((one.number, one.reason, one.sha256, one.after_outcomes) for one in chain),
        deviations=deviations(question.plan, carried_out),
        frozen_at=extract.frozen_at,
        until=extract.until,
        extract_sha256=extract.sha256,
        code_version=code_version,
        made_at=at,
        rollout=rollout,
    )


def latest_question() -> Question | None:
    """Return the question that was registered last."""
    return Question.objects.order_by("-registered_at").first()


def read_findings(values: dict[str, Any]) -> Findings:
    """Return stored findings as the frozen value they were."""
    return Findings(
        **{
            **values,
            "sites": tuple(_site(site) for site in values["sites"]),
            "hazard_ratio": Effect(**values["hazard_ratio"]),
            "per_hundred": Effect(**values["per_hundred"]),
            "pooled": Effect(**values["pooled"]),
            "predicted": tuple((scale, Effect(**effect)) for scale, effect in values["predicted"]),
            "would_change": tuple(values["would_change"]),
            "cannot_tell": tuple(values["cannot_tell"]),
            "cautions": tuple(values["cautions"]),
        }
    )


def _site(values: dict[str, Any]) -> SiteResult:
    curve = values["curve"]
    shown = None
    if curve is not None:
        shown = CurveShown(
            tuple(tuple(point) for point in curve["points"]), tuple(tuple(pair) for pair in curve["at_risk"])
        )
    return SiteResult(
        **{
            **values,
            "curve": shown,
            "mean_days": Effect(**values["mean_days"]),
            "hazard_ratio": Effect(**values["hazard_ratio"]),
        }
    )
