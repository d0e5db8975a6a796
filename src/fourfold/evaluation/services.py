"""Registering a question, freezing the data it is answered from, and computing the answer once."""

from __future__ import annotations

from dataclasses import asdict, astuple
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.evaluation import queries, rules
from fourfold.evaluation.models import Extract, Question, Result
from fourfold.evaluation.terms import COLUMNS, NotRegistered, QuestionPlan
from fourfold.gateways import parquet


def register_question(*, actor: Actor, title: str, plan: QuestionPlan, at: datetime) -> Question:
    """Register a question and how it will be answered; its hash is fixed before any outcome is looked at."""
    access.require(actor, Permission.EVALUATION_REGISTER, at=at)
    if (why := rules.why_not_register(plan)) is not None:
        raise NotRegistered(why)
    with audit.recorded(actor, "question.registered", at=at, operation=Operation.CONFIGURATION) as entry:
        question = Question.objects.create(
            title=title,
            plan=asdict(plan) | {"adjusted_for": list(plan.adjusted_for)},
            sha256=rules.plan_hash(plan),
            registered_at=at,
            registered_by=actor.staff,
        )
        entry.about(question)
    return question


def freeze_extract(*, actor: Actor, question: Question, until: datetime, at: datetime) -> Extract:
    """Freeze the de-identified rows of every case up to `until` into one Parquet file, and keep its hash."""
    access.require(actor, Permission.EXTRACT_FREEZE, at=at)
    if question.registered_at > at:
        raise NotRegistered("The question is registered later than this moment; freeze after it.")
    rows = queries.deidentified_rows(actor=actor, key=str(question.pk), until=until, at=at)
    with audit.recorded(actor, "extract.frozen", at=at, operation=Operation.COLLECTION) as entry:
        extract = Extract(
            question=question, frozen_at=at, frozen_by=actor.staff, until=until, rows=len(rows), path="", sha256=""
        )
        path = Path(settings.FOURFOLD.extracts_dir) / f"{extract.pk}.parquet"
        extract.sha256 = parquet.write([astuple(row) for row in rows], COLUMNS, path, order_by="pseudonym")
        extract.path = path.name
        extract.save(force_insert=True)
        entry.about(extract)
        entry.count = len(rows)
    return extract


def compute_findings(*, actor: Actor, extract: Extract, at: datetime) -> Result:
    """Compute what may be concluded from a frozen extract, after checking that it is what was frozen."""
    access.require(actor, Permission.EXTRACT_FREEZE, at=at)
    findings = rules.findings(queries.frozen_rows(extract))
    with audit.recorded(actor, "findings.computed", at=at, operation=Operation.COMBINATION) as entry:
        result = Result.objects.create(
            extract=extract, computed_at=at, code_version=f"fourfold {version('fourfold')}", values=asdict(findings)
        )
        entry.about(result)
    return result
