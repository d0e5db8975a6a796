"""fourfold evaluate: from a plan in a file to the report."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from fourfold.cli.console import CANNOT, NOT_ALLOWED, migrate, now, stop
from fourfold.cli.patience import busy
from fourfold.gateways import private


def evaluate(
    plan: Annotated[Path, typer.Argument(help="The analysis plan, a TOML file.")],
    out: Annotated[Path, typer.Option(help="The folder that the report is written to.")],
    email: Annotated[str, typer.Option("--as", help="Act as the holder of this account, an evaluator.")] = "",
    amend: Annotated[str, typer.Option(help="The reason for which the registered plan is amended by this file.")] = "",
    final: Annotated[bool, typer.Option("--final", help="Refuse to write anything that is not final.")] = False,
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Use the extract that was frozen last; freeze none.")
    ] = False,
    extract: Annotated[
        Path | None,
        typer.Option(help="A Parquet file frozen elsewhere, such as on Spark; its hash stands in FILE.sha256."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every number as JSON.")] = False,
) -> None:
    """Register the plan, freeze the data, and write the report: HTML, PDF, DOCX and every number as JSON.

    The plan is hashed and in the log before any outcome is read. Exit code 0: written; 2: the plan or the data cannot be
    used, or the report is not final and --final was asked for; 3: you may not.
    """
    from fourfold.access.terms import Refused
    from fourfold.evaluation import doubts, terms
    from fourfold.stats import StatisticsError

    refusals = (terms.PlanRefused, terms.PlanChanged, terms.SeriesBreak, terms.NotFinal, terms.NotRegistered,
                terms.ExtractChanged, terms.ExtractRefused, terms.WouldDiffer)  # fmt: skip
    try:
        migrate()
        with busy("Registering the plan, freezing the data, computing"):
            release = _released(plan, email, amend, final, _Data(frozen, extract))
    except FileNotFoundError:
        stop(f"There is no file {plan}.", CANNOT)
    except (*refusals, UnicodeDecodeError) as why:
        stop(str(why), CANNOT)
    except StatisticsError as why:
        stop(doubts.rounded(str(why)), CANNOT)  # what a terminal says is kept in somebody's log
    except Refused as why:
        stop(str(why), NOT_ALLOWED)
    with busy("Writing the report as HTML, PDF and DOCX"):
        _write(release, out)
    typer.echo(release.numbers if as_json else f"{release.said}\nWritten to {out}.")


class _Data(NamedTuple):
    """Which data: frozen now, frozen last, or frozen elsewhere."""

    frozen: bool
    brought: Path | None


def _released(plan: Path, email: str, amend: str, final: bool, data: _Data) -> Any:
    from fourfold.evaluation import plans, queries, services
    from fourfold.programme.acting import acting_as
    from fourfold.rollout import queries as rollout

    at = now()
    read = plans.read_plan(plan.read_text(encoding="utf-8"))
    actor = acting_as(email or "evaluator@demo.invalid", at=at)
    if actor is None:
        stop("Say who evaluates: --as and the e-mail address of an evaluator's account.", CANNOT)
    known = queries.question_titled(read.title)
    if amend and known is not None:
        services.amend_plan(actor=actor, question=known, plan=read, reason=amend, at=at)
    question = services.register_plan(actor=actor, plan=read, at=at)
    words = rollout.area_words(actor=actor, code=read.area, at=at)
    extract = _extract(actor, question, data, at)
    return services.release_report(actor=actor, extract=extract, rollout=words, final=final, at=at)


def _extract(actor: Any, question: Any, data: _Data, at: datetime) -> Any:
    from fourfold import journey
    from fourfold.evaluation import queries, services

    if data.brought is not None:
        beside = Path(f"{data.brought}.sha256")
        said = beside.read_text(encoding="utf-8").split()[:1] if beside.exists() else []
        return services.bring_extract(
            actor=actor, question=question, file=data.brought, sha256="".join(said), until=at, at=at
        )
    if not data.frozen:
        return journey.data_frozen(actor=actor, question=question, until=at, at=at)
    last = queries.latest_extract(question)
    if last is None:
        stop("Nothing was frozen under this plan yet. Leave out --frozen.", CANNOT)
    return last


def _write(release: Any, out: Path) -> None:
    private.made(out)
    (out / "report.html").write_text(release.html, encoding="utf-8")
    (out / "report.pdf").write_bytes(bytes(release.pdf))
    (out / "report.docx").write_bytes(bytes(release.docx))
    (out / "numbers.json").write_text(release.numbers, encoding="utf-8")
