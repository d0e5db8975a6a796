"""fourfold evaluate: from a plan in a file to the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fourfold.cli.console import CANNOT, NOT_ALLOWED, migrate, now, stop

if TYPE_CHECKING:
    from fourfold.evaluation.report.terms import Report


def evaluate(
    plan: Annotated[Path, typer.Argument(help="The analysis plan, a TOML file.")],
    out: Annotated[Path, typer.Option(help="The folder that the report is written to.")],
    email: Annotated[str, typer.Option("--as", help="Act as the holder of this account, an evaluator.")] = "",
    amend: Annotated[str, typer.Option(help="The reason for which the registered plan is amended by this file.")] = "",
    final: Annotated[bool, typer.Option("--final", help="Refuse to write anything that is not final.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print every number as JSON.")] = False,
) -> None:
    """Register the plan, freeze the data, and write the report: HTML, PDF, DOCX and every number as JSON.

    The plan is hashed and in the log before any outcome is read. Exit code 0: written; 2: the plan or the data cannot be
    used, or the report is not final and --final was asked for; 3: you may not.
    """
    from fourfold.access.terms import Refused
    from fourfold.evaluation import terms
    from fourfold.evaluation.report import writing
    from fourfold.stats import StatisticsError

    refusals = (terms.PlanRefused, terms.PlanChanged, terms.SeriesBreak, terms.NotFinal, terms.NotRegistered,
                terms.ExtractChanged, StatisticsError)  # fmt: skip
    try:
        migrate()
        report = _reported(plan, email, amend)
        if final:
            report.require_final()
    except FileNotFoundError:
        stop(f"There is no file {plan}.", CANNOT)
    except (*refusals, UnicodeDecodeError) as why:
        stop(str(why), CANNOT)
    except Refused as why:
        stop(str(why), NOT_ALLOWED)
    _write(report, out)
    typer.echo(writing.numbers(report) if as_json else f"{writing.status(report)}\nWritten to {out}.")


def _reported(plan: Path, email: str, amend: str) -> Report:
    from fourfold.evaluation import plans, queries, services
    from fourfold.programme import queries as programme
    from fourfold.rollout import queries as rollout

    at = now()
    read = plans.read_plan(plan.read_text(encoding="utf-8"))
    actor = programme.acting_as(email or "evaluator@demo.invalid", at=at)
    if actor is None:
        stop("Say who evaluates: --as and the e-mail address of an evaluator's account.", CANNOT)
    known = queries.question_titled(read.title)
    if amend and known is not None:
        services.amend_plan(actor=actor, question=known, plan=read, reason=amend, at=at)
    question = services.register_plan(actor=actor, plan=read, at=at)
    extract = services.freeze_extract(actor=actor, question=question, until=at, at=at)
    words = rollout.area_words(actor=actor, code=read.area, at=at)
    return services.write_report(actor=actor, extract=extract, rollout=words, at=at)


def _write(report: Report, out: Path) -> None:
    from fourfold.evaluation.report import writing
    from fourfold.gateways import documents

    out.mkdir(parents=True, exist_ok=True)
    paper = writing.paper(report)
    (out / "report.html").write_text(writing.html(report), encoding="utf-8")
    (out / "report.pdf").write_bytes(documents.pdf(paper))
    (out / "report.docx").write_bytes(documents.docx(paper))
    (out / "numbers.json").write_text(writing.numbers(report), encoding="utf-8")
