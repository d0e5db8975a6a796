"""Registering a question, freezing the data it is answered from, and computing the answer once."""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from fourfold import stats
from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.evaluation import codebook, plans, queries, rules
from fourfold.evaluation.models import Amendment, Extract, Question, Release, Result
from fourfold.evaluation.report import gate, releasing, writing
from fourfold.evaluation.report.parts import build
from fourfold.evaluation.report.terms import Report
from fourfold.evaluation.terms import (
    COLUMNS,
    ExtractChanged,
    ExtractRow,
    FlowRow,
    NotRegistered,
    PlanChanged,
    PlanRefused,
    QuestionPlan,
    WellbeingScore,
    WouldDiffer,
)
from fourfold.gateways import parquet
from fourfold.programme.queries import names_of_sites

#: What the files of extracts are called.
IDENTIFIER = "-".join("[0-9a-f]" * letters for letters in (8, 4, 4, 4, 12))
#: Seconds after which a file of an extract that nobody has on record is nobody's any more.
UNKNOWN_FOR = 3600


def register_question(*, actor: Actor, title: str, plan: QuestionPlan, at: datetime) -> Question:
    """Register a question and how it will be answered; its hash is fixed before any outcome is looked at.

    Raises NotRegistered where it leaves a part empty, PlanRefused where its words would stop the report.
    """
    access.require(actor, Permission.EVALUATION_REGISTER, at=at)
    if (why := rules.why_not_register(plan)) is not None:
        raise NotRegistered(why)
    if (why := plans.why_not_reportable(title, *plans.texts_of(plan))) is not None:
        raise PlanRefused(why)
    with audit.recorded(actor, "question.registered", at=at, operation=Operation.CONFIGURATION) as entry:
        question = Question.objects.create(
            title=title,
            plan=json.loads(stats.canonical_json(asdict(plan))),
            sha256=plans.plan_hash(plan),
            registered_at=at,
            registered_by=actor.staff,
        )
        entry.about(question)
    return question


def register_plan(*, actor: Actor, plan: plans.AnalysisPlan, at: datetime) -> Question:
    """Register an analysis plan under its title, or return the question where this very plan stands already.

    Raises PlanChanged where a question of this title stands with another plan: what was registered is not replaced.
    """
    access.require(actor, Permission.EVALUATION_REGISTER, at=at)
    known = Question.objects.filter(title=plan.title).order_by("registered_at").first()
    if known is None:
        return register_question(actor=actor, title=plan.title, plan=plan, at=at)
    if plans.plan_hash(queries.current_plan(known)) != plans.plan_hash(plan):
        raise PlanChanged(
            f"The plan “{plan.title}” was registered on {known.registered_at:%-d %B %Y} and says something else. Put the "
            "file back as it was, or amend the plan and give the reason."
        )
    return known


def amend_plan(*, actor: Actor, question: Question, plan: plans.AnalysisPlan, reason: str, at: datetime) -> Amendment:
    """Add a later wording of a plan, chained to the one before, and say whether data had been frozen by then.

    Raises PlanRefused without a reason, without a change, or where its words would stop the report.
    """
    access.require(actor, Permission.EVALUATION_REGISTER, at=at)
    if not reason.strip():
        raise PlanRefused("Say why you are amending the plan.")
    if plans.plan_hash(queries.current_plan(question)) == plans.plan_hash(plan):
        raise PlanRefused("The amendment changes nothing.")
    if (why := plans.why_not_reportable(reason, *plans.texts_of(plan))) is not None:
        raise PlanRefused(why)
    with audit.recorded(actor, "question.amended", at=at, operation=Operation.CONFIGURATION) as entry:
        number, previous = queries.end_of_chain(question)
        written = json.loads(stats.canonical_json(asdict(plan)))
        said = {"number": number + 1, "plan": written, "reason": reason.strip(), "at": at.astimezone(UTC).isoformat()}
        amendment = Amendment.objects.create(
            question=question,
            number=number + 1,
            plan=written,
            reason=reason.strip(),
            sha256=stats.chained_hash(previous, said),
            after_outcomes=question.extracts.exists(),
            amended_at=at,
            amended_by=actor.staff,
        )
        entry.about(amendment)
    return amendment


def freeze_extract(
    *, actor: Actor, question: Question, until: datetime, at: datetime, wellbeing: Iterable[WellbeingScore] = ()
) -> Extract:
    """Freeze the de-identified rows of every case up to `until` into one Parquet file, and keep its hash.

    `wellbeing` are totals of victims who agreed, which a journey brings from their files; this slice opens none. Raises
    WouldDiffer where this extract and what was frozen or computed before would tell about fewer than ten people.
    """
    access.require(actor, Permission.EXTRACT_FREEZE, at=at)
    if question.registered_at > at:
        raise NotRegistered("The question is registered later than this moment; freeze after it.")
    rows = queries.deidentified_rows(actor=actor, question=question, until=until, at=at, wellbeing=wellbeing)
    flow = queries.flow(actor=actor, until=until)
    extract = _written(rows, actor=actor, question=question, until=until, flow=flow, at=at)
    return _kept(extract, "extract.frozen", actor=actor, at=at)


def _written(
    rows: Iterable[ExtractRow],
    *,
    actor: Actor,
    question: Question,
    until: datetime,
    flow: Iterable[FlowRow] = (),
    at: datetime,
) -> Extract:
    """Write rows to their file as they come, before anything is stored: a long reading keeps nobody else waiting."""
    extract = Extract(question=question, frozen_at=at, frozen_by=actor.staff, until=until)
    path = _file_of(extract)
    extract.path = path.name
    plain = rows if isinstance(rows, parquet.Derived) else map(astuple, rows)
    _throw_away_unknown()
    with _known_or_gone(extract):
        extract.sha256, tally = parquet.write(plain, COLUMNS, path, order_by="pseudonym"), codebook.Tally.of(path)
    extract.rows = tally.rows
    extract.counted = releasing.counted(tally.acted, queries.units_of(question))
    extract.manifest = codebook.manifest(tally, until=until, sha256=extract.sha256, flow=flow)
    return extract


def _kept(extract: Extract, action: str, *, actor: Actor, at: datetime) -> Extract:
    """Store what was written, if it tells of no few beside what was frozen or computed before; a file that nobody knows of
    does not stay behind."""
    with _known_or_gone(extract), audit.recorded(actor, action, at=at, operation=Operation.COLLECTION) as entry:
        _require_far(extract.counted, actor, action, at)
        extract.save(force_insert=True)
        entry.about(extract)
        entry.count = extract.rows
    return extract


@contextmanager
def _known_or_gone(extract: Extract) -> Iterator[None]:
    """Take the file of an extract away where what is done inside fails or is stopped, unless it is on record by then."""
    try:
        yield
    except BaseException:
        if not Extract.objects.filter(pk=extract.pk).exists():
            for path in _files_of(extract):
                path.unlink(missing_ok=True)
        raise


def _throw_away_unknown() -> None:
    """Take away the files of extracts that nobody has on record an hour after: whoever froze them was killed."""
    folder = Path(settings.FOURFOLD.extracts_dir)
    known = {str(pk) for pk in Extract.objects.values_list("pk", flat=True)}
    for path in (path for end in (".parquet", ".draft") for path in folder.glob(f"{IDENTIFIER}{end}")):
        if path.stem not in known and time.time() - path.stat().st_mtime > UNKNOWN_FOR:
            path.unlink(missing_ok=True)


def _require_far(counted: releasing.Counted, actor: Actor, action: str, at: datetime) -> None:
    """Hold what is to be kept against everything that was frozen or computed, of any question; one after the other."""
    audit.hold_the_log()
    try:
        frozen = [(one.frozen_at, _counted_of(one)) for one in Extract.objects.select_related("question")]
        releasing.require_far(counted, [*frozen, *Result.objects.values_list("computed_at", "counted")])
    except (WouldDiffer, ExtractChanged):
        audit.refused(actor, action, at=at, rule="nearly the same cases")
        raise


def _counted_of(extract: Extract) -> releasing.Counted:
    """Return what an extract is compared by; of one that was frozen before that was kept, from its file.

    Raises ExtractChanged where that file is not there: unseen, it could tell of a few beside a new one.
    """
    if extract.counted or not extract.rows:
        return extract.counted
    try:
        acted = queries.acted_in(extract)
    except ExtractChanged as why:
        raise ExtractChanged(
            f"The extract of {extract.frozen_at:%-d %B %Y} has to be compared with what comes after it, and its file is "
            f"missing or was changed. Put {extract.path} back from a backup into the folder of extracts."
        ) from why
    return releasing.counted(acted, queries.units_of(extract.question))


def _file_of(extract: Extract) -> Path:
    return _files_of(extract)[0]


def _files_of(extract: Extract) -> tuple[Path, Path]:
    """Return the file of an extract, and what it is before it is whole."""
    path = Path(settings.FOURFOLD.extracts_dir) / f"{extract.pk}.parquet"
    return path, path.with_suffix(".draft")


def compute_findings(*, actor: Actor, extract: Extract, at: datetime) -> Result:
    """Compute what may be concluded from a frozen extract, after checking that it is what was frozen.

    Raises WouldDiffer where an earlier result and this one together would tell about fewer than ten people.
    """
    access.require(actor, Permission.EXTRACT_FREEZE, at=at)
    rows = queries.outcomes(actor=actor, extract=extract, at=at)
    findings = rules.findings(rows, called=names_of_sites())
    acted = {row.pseudonym: row.next_act_day is not None for row in rows}
    counted = releasing.counted(acted, queries.units_of(extract.question))
    with audit.recorded(actor, "findings.computed", at=at, operation=Operation.COMBINATION) as entry:
        _require_far(counted, actor, "findings.computed", at)
        result = Result.objects.create(
            extract=extract, computed_at=at, code_version=_code_version(), values=asdict(findings), counted=counted
        )
        entry.about(result)
    return result


def write_report(*, actor: Actor, extract: Extract, rollout: tuple[str, ...] = (), at: datetime) -> Report:
    """Write the report of a frozen extract by its registered plan; that it was written, and its hash, are in the log.

    Raises the refusals of `queries.outcomes`, SeriesBreak, and stats.StatisticsError where nothing may be computed.
    """
    access.require(actor, Permission.EXTRACT_FREEZE, at=at)
    origin = queries.origin(extract, rollout=rollout, code_version=_code_version(), at=at)
    rows = queries.outcomes(actor=actor, extract=extract, at=at)
    report = build(rows, queries.current_plan(extract.question), origin)
    with audit.recorded(actor, "report.written", at=at, operation=Operation.COMBINATION) as entry:
        entry.about(extract)
        entry.count = len(report.numbers)
    return report


def release_report(
    *, actor: Actor, extract: Extract, rollout: tuple[str, ...] = (), final: bool = False, at: datetime
) -> Release:
    """Write the report of an extract, compare it with every earlier release of any question, and keep what leaves.

    Raises what `write_report` raises, also where a made file tells about a few, NotFinal where `final` is asked for and a
    part is missing, and WouldDiffer where this release and an earlier one together would tell about a few.
    """
    report = write_report(actor=actor, extract=extract, rollout=rollout, at=at)
    if final:
        report.require_final()
    found = releasing.totals(report, queries.frozen_rows(extract), queries.units_of(extract.question))
    left = [(when, releasing.read(totals)) for when, totals in Release.objects.values_list("released_at", "totals")]
    computed = [
        (result.computed_at, releasing.total_of(result.counted or _counted_of(result.extract)))
        for result in Result.objects.select_related("extract__question").defer("values")
    ]
    releasing.require_apart(found, [*left, *computed])
    files = writing.files(report)
    gate.require_files_releasable(report, files)
    with audit.recorded(actor, "report.released", at=at, operation=Operation.DISCLOSURE) as entry:
        release = Release.objects.create(
            extract=extract,
            released_at=at,
            released_by=actor.staff,
            status=report.status,
            said=writing.status(report),
            hashes={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
            parts=[asdict(part) for part in report.parts],
            totals=releasing.kept(found),
            html=files["html"].decode(),
            numbers=files["json"].decode(),
            pdf=files["pdf"],
            docx=files["docx"],
        )
        entry.about(release)
    return release


def bring_extract(
    *, actor: Actor, question: Question, file: Path, sha256: str, until: datetime, at: datetime
) -> Extract:
    """Keep an extract of a question that was frozen elsewhere by the same definition, such as on Spark.

    `sha256` is the hash that was said when it was frozen. Raises ExtractChanged where the file is another one or not there,
    ExtractRefused where it lacks a column, stats.StatisticsError where a row cannot be.
    """
    access.require(actor, Permission.EXTRACT_FREEZE, at=at)
    queries.require_registered(question, at=at)
    if not (found := parquet.sha256(file)):
        raise ExtractChanged(f"There is no file {file}. Check the path, or ask for the extract again.")
    if found != sha256.strip().lower():
        raise ExtractChanged(
            f"The file {file} is not the one whose hash was given. Ask for it again, or freeze a new extract."
            if sha256.strip()
            else f"No hash was given for {file}. Put the one that was said when it was frozen into {file}.sha256, beside it."
        )
    rows = queries.rows_of(file)
    rules.require_usable(rows)
    extract = _written(rows, actor=actor, question=question, until=until, at=at)
    extract.manifest["brought_sha256"] = sha256
    return _kept(extract, "extract.brought", actor=actor, at=at)


def _code_version() -> str:
    return f"fourfold {version('fourfold')}"
