"""Reading what was computed: the latest findings, registered plans, and the reports that were released."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from itertools import repeat
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Through
from fourfold.access.terms import NotFound, Permission, Refused, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.evaluation.models import Extract, Question, Release, Result
from fourfold.evaluation.plans import AnalysisPlan, deviations, from_stored
from fourfold.evaluation.queries.extracts import current_plan, require_registered
from fourfold.evaluation.report.reading import ReleasedEffect, read_effect
from fourfold.evaluation.report.terms import Origin
from fourfold.evaluation.terms import Findings, FlowRow, PlanChanged
from fourfold.programme.queries import first_days_of_sites, names_of_sites


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


def latest_findings(*, actor: Actor, at: datetime, to_plan_with: bool = False) -> EvaluationPage | None:
    """Return what was computed last, or None where nothing was yet. Two statements.

    `to_plan_with`: raises PlanChanged and NotRegistered where it was computed by a plan that is not the one that was registered.
    """
    _require_reader(actor)
    result = Result.objects.select_related("extract__question").order_by("-computed_at").first()
    if result is None:
        return None
    if to_plan_with:
        require_registered(result.extract.question, at=at)
    audit.consulted(actor, "evaluation.page", at=at, count=1)
    came_from = origin(result.extract, rollout=(), code_version=result.code_version, at=at)
    return EVALUATION(result, amendments=came_from.amendments, deviations=came_from.deviations)


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
        amendments=tuple(
            (amendment.number, amendment.reason, amendment.sha256, amendment.after_outcomes) for amendment in chain
        ),
        deviations=deviations(question.plan, carried_out),
        frozen_at=extract.frozen_at,
        until=extract.until,
        extract_sha256=extract.sha256,
        code_version=code_version,
        made_at=at,
        rollout=rollout,
        flow=tuple(FlowRow(**row) for row in extract.manifest.get("flow", ())),
        sites=names_of_sites(),
        live_on=first_days_of_sites(),
    )


def latest_question() -> Question | None:
    return Question.objects.order_by("-registered_at").first()


def read_findings(values: dict[str, Any]) -> Findings:
    found: Findings = _read_value(Findings, values)
    return found


def _read_value(kind: Any, stored: Any) -> Any:
    """Return what `asdict` made of a value, by the annotations of its fields; what was not stored keeps its default."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _read_value(hints[name], value) for name, value in stored.items()})  # type: ignore[operator]
    kinds = [part for part in get_args(kind) if part is not NoneType]
    if stored is None or not kinds:
        return stored
    if get_origin(kind) is not tuple:
        return _read_value(kinds[0], stored)
    each = repeat(kinds[0]) if kinds[-1] is Ellipsis else kinds
    return tuple(_read_value(part, value) for part, value in zip(each, stored, strict=False))


EVALUATION = Projection(
    EvaluationPage,
    Result,
    *("amendments", "deviations"),
    title="extract__question__title",
    plan="extract__question__plan",
    plan_sha256="extract__question__sha256",
    registered_at="extract__question__registered_at",
    frozen_at="extract__frozen_at",
    until="extract__until",
    extract_sha256="extract__sha256",
    result="id",
    findings=Through(read_findings, "values"),
)


@dataclass(frozen=True)
class PlanShown:
    """A registered plan as its page shows it: its lines now, its chain, what was frozen, and what left."""

    id: UUID
    title: str
    lines: tuple[tuple[str, str], ...]
    sha256: str
    registered_at: datetime
    amendments: tuple[tuple[int, str, str, bool], ...]
    deviations: tuple[tuple[str, str, str], ...]
    extracts: tuple[tuple[datetime, int, str], ...]
    releases: tuple[ReleaseShown, ...]
    plan: AnalysisPlan


@dataclass(frozen=True)
class ReleaseShown:
    """A report that left, to choose from a list."""

    id: UUID
    title: str
    released_at: datetime
    status: str


@dataclass(frozen=True)
class ReleasePage:
    """A report that left, part by part, with the hashes of its files."""

    id: UUID
    title: str
    released_at: datetime
    status: str
    said: str
    parts: tuple[dict[str, Any], ...]
    hashes: dict[str, str]


RELEASE = Projection(ReleasePage, Release, title="extract__question__title")
FILES = {
    "html": ("html", "text/html; charset=utf-8"),
    "pdf": ("pdf", "application/pdf"),
    "docx": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "json": ("numbers", "application/json"),
}


def _require_reader(actor: Actor) -> None:
    if not access_queries.may(actor, Permission.EVALUATION_VIEW):
        raise Refused("role", "Your role does not include reading evaluations.")


def releases(*, actor: Actor, question: UUID | None = None) -> tuple[ReleaseShown, ...]:
    """Return the reports that left, the latest first, of one question or of all. One statement."""
    _require_reader(actor)
    rows = Release.objects.order_by("-released_at").values_list(
        "pk", "extract__question__title", "released_at", "status"
    )
    chosen = rows.filter(extract__question=question) if question else rows
    return tuple(ReleaseShown(*row) for row in chosen[:WHOLE])


def plans(*, actor: Actor) -> tuple[tuple[UUID, str, datetime], ...]:
    """Return the registered plans, the latest first: identifier, title, moment. One statement."""
    _require_reader(actor)
    return tuple(Question.objects.order_by("-registered_at").values_list("pk", "title", "registered_at")[:WHOLE])


def plan_row(*, actor: Actor, plan: UUID) -> Question:
    """Return the question that a page is about to write to, or raise NotFound."""
    _require_reader(actor)
    return existing(Question.objects.filter(pk=plan).first())


def plan_page(*, actor: Actor, plan: UUID, at: datetime) -> PlanShown:
    """Return a registered plan with its chain and what came of it; raises NotFound. Five statements and the log's."""
    question = plan_row(actor=actor, plan=plan)
    chain = list(question.amendments.order_by("number"))
    now = chain[-1].plan if chain else question.plan
    audit.consulted(actor, "evaluation.plan", at=at, count=1)
    return PlanShown(
        id=question.pk,
        title=question.title,
        lines=tuple((name, value) for name, _, value in deviations({}, now)),
        sha256=question.sha256,
        registered_at=question.registered_at,
        amendments=tuple(
            (amendment.number, amendment.reason, amendment.sha256, amendment.after_outcomes) for amendment in chain
        ),
        deviations=deviations(question.plan, now),
        extracts=tuple(question.extracts.order_by("-frozen_at").values_list("frozen_at", "rows", "sha256")[:WHOLE]),
        releases=releases(actor=actor, question=question.pk),
        plan=from_stored(now),
    )


def release_page(*, actor: Actor, release: UUID, at: datetime) -> ReleasePage:
    """Return a report that left, or raise NotFound. One statement and the log's."""
    row = _release(actor, release)
    audit.consulted(actor, "evaluation.release", at=at, count=1)
    return RELEASE(row)


def released_effect(*, actor: Actor, at: datetime) -> ReleasedEffect | None:
    """Return what the report that left last says for a new area, or None where none did. Five statements and the log's.

    Raises PlanChanged and NotRegistered where the plan that it was made by is not the one that was registered, or its
    numbers are not those that left.
    """
    _require_reader(actor)
    row = Release.objects.select_related("extract__question").order_by("-released_at").first()
    if row is None:
        return None
    audit.consulted(actor, "evaluation.release", at=at, count=1)
    question = row.extract.question
    require_registered(question, at=at)
    if hashlib.sha256(row.numbers.encode()).hexdigest() != row.hashes.get("json"):
        raise PlanChanged("The numbers of the released report are not those that left: their hash differs.")
    return read_effect(row.numbers, plan=current_plan(question), plan_sha256=question.sha256)


def release_file(*, actor: Actor, release: UUID, name: str, at: datetime) -> tuple[bytes, str]:
    """Return one file of a report that left and its media type, or raise NotFound."""
    if name not in FILES:
        raise NotFound
    row = _release(actor, release)
    column, media = FILES[name]
    audit.consulted(actor, "evaluation.release_file", at=at, count=1)
    content = getattr(row, column)
    return content.encode() if isinstance(content, str) else bytes(content), media


def _release(actor: Actor, release: UUID) -> Release:
    _require_reader(actor)
    return existing(Release.objects.select_related("extract__question").filter(pk=release).first())
