"""Reading casework as de-identified rows, and frozen extracts back, behind the registration of their question."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from fourfold import stats
from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission, Refused
from fourfold.audit import commitments
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct, LevelSet, ReviewDue, Triage
from fourfold.evaluation import definition
from fourfold.evaluation.models import Extract, Question
from fourfold.evaluation.plans import AnalysisPlan, from_stored
from fourfold.evaluation.terms import (
    COLUMNS,
    LATER,
    ExtractChanged,
    ExtractRefused,
    ExtractRow,
    FlowRow,
    NotRegistered,
    PlanChanged,
    WellbeingScore,
)
from fourfold.gateways import parquet
from fourfold.linkage.models import Match
from fourfold.linkage.terms import Verdict
from fourfold.orders.models import Custody
from fourfold.panel.models import Decision
from fourfold.plan.models import Action, Moved, Session, StaffMinutes, StatusSet

MOST_ROWS = 500_000
#: Cases that are read at once, so that memory stays flat; and an identifier before every other.
CASES_AT_ONCE, NOBODY = 2_000, UUID(int=0)
WHY = "a de-identified extract, rows leave without names, dates or places"


def deidentified_rows(
    *, actor: Actor, question: Question, until: datetime, at: datetime, wellbeing: Iterable[WellbeingScore] = ()
) -> Iterator[ExtractRow]:
    """Yield one row for each case opened before `until`, with days instead of dates and a pseudonym of this question.

    The rows are what `extract.sql` says of the tables without names. They stream: a few thousand cases are read at once,
    ten statements each time. Raises Refused for whoever may not freeze extracts, and NotRegistered or PlanChanged where
    the question does not stand as it was registered; both at once, before a row is asked for.
    """
    if not access_queries.may(actor, Permission.EXTRACT_FREEZE):
        raise Refused("role", "Only an evaluator freezes extracts.")
    require_registered(question, at=at)
    read = frozenset({Compartment.CORE.value, Compartment.RISK.value})
    count = _cases(until).count()
    audit.consulted(actor, "extract.rows", at=at, compartments=read, count=count)
    return _streamed(str(question.pk), until, wellbeing)


def _cases(until: datetime) -> QuerySet[Case]:
    return Case.objects.unscoped(WHY).filter(opened_at__lt=until)


def _streamed(key: str, until: datetime, wellbeing: Iterable[WellbeingScore]) -> Iterator[ExtractRow]:
    """Yield the rows of some cases at a time: the definition joins nothing across two cases."""
    scores = defaultdict[UUID, list[WellbeingScore]](list)
    for score in wellbeing:
        scores[score.case].append(score)
    columns = ("pk", "site", "opened_at", *definition.TAKEN_OVER.values())
    asked, last = _cases(until).order_by("pk").values_list(*columns), NOBODY
    while cases := list(asked.filter(pk__gt=last)[:CASES_AT_ONCE]):
        last = cases[-1][0]
        brought = chain.from_iterable(scores.get(pk, ()) for pk, *_ in cases)
        for values in parquet.select(definition.definition(), _sources(key, until, cases, brought), definition.SOURCES):
            yield _row(values)


def _sources(
    key: str, until: datetime, cases: Sequence[tuple[Any, ...]], wellbeing: Iterable[WellbeingScore]
) -> dict[str, list[tuple[Any, ...]]]:
    """Return the tables that the definition reads of these cases, with a pseudonym of this question in each one's place."""
    alias = {pk: _pseudonym(key, pk) for pk, *_ in cases}
    first, last = cases[0][0], cases[-1][0]

    def named(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return [(alias[case], *map(_seconds, rest)) for case, *rest in rows if case in alias]

    def of(model: Any, case: str = "case_id", **filters: Any) -> QuerySet[Any]:
        return model.objects.unscoped(WHY).filter(**filters, **{f"{case}__gte": first, f"{case}__lte": last})

    direct = of(Triage, outcome="direct_management", decided_at__lt=until).values_list("case_id", "decided_at")
    decided = of(Decision, "item__case_id", decided_at__lt=until).values_list("item__case_id", "decided_at")
    third = Match.objects.unscoped(WHY).filter(
        allegation=OuterRef("allegation"), verdict=Verdict.THIRD, undone_at__isnull=True
    )
    acts = of(CaseAct, left_at__isnull=True, happened_at__lt=until).annotate(third_party=Exists(third))
    custody = of(Custody, held_from__lt=until)
    done = StatusSet.objects.unscoped(WHY).filter(action=OuterRef("pk"), status="done").order_by("set_at")
    # Fidelity is what was promised against what was done: a day that was moved later does not make the promise kept, so
    # the day that stood before the first move counts.
    moved = Moved.objects.unscoped(WHY).filter(action=OuterRef("pk")).order_by("moved_at", "recorded_at")
    promised = Coalesce(Subquery(moved.values("due_before")[:1]), "due_on")
    done_at = Subquery(done.values("set_at")[:1])
    actions = of(Action).values_list("case_id", promised, done_at)
    reviews = of(ReviewDue, superseded_at__isnull=True).values_list("case_id", "due_at", "done_at")
    return {
        "until": [(_seconds(until),)],
        "cases": [
            (alias[pk], site, _seconds(opened), opened.year, opened.month, *taken_over)
            for pk, site, opened, *taken_over in cases
        ],
        "acts": named(acts.values_list("case_id", "happened_at", "allegation__former_partner", "third_party")),
        "levels": named(of(LevelSet, set_at__lt=until).values_list("case_id", "set_at", "level")),
        "management": named(chain(direct, decided)),
        "custody": named(custody.values_list("case_id", "held_from", "ended__released_at")),
        "sessions": named(of(Session, planned_at__lt=until).values_list("case_id", "attendance")),
        "staff_minutes": named(of(StaffMinutes, worked_on__lte=until).values_list("case_id", "minutes")),
        "steps": named(chain(((case, _end_of(day), at) for case, day, at in actions), reviews)),
        "wellbeing": named((score.case, score.instrument, score.answered_at, score.total) for score in wellbeing),
    }


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, tzinfo=UTC)


def _pseudonym(key: str, case: UUID) -> str:
    return commitments.keyring().commitment(f"extract/{key}", str(case).encode())[:20]


def units_of(question: Question) -> dict[str, str]:
    """Return for each pseudonym of a question the unit that releases of every question know the case by.

    It stays beside the release: without it nobody could see that two questions were asked of nearly the same cases.
    """
    cases = Case.objects.unscoped(WHY).values_list("pk", flat=True)
    return {_pseudonym(str(question.pk), pk): _pseudonym("every release", pk) for pk in cases.iterator()}


def _seconds(value: Any) -> Any:
    """Return a moment as whole seconds since 1970, and everything else as it is."""
    return math.floor(value.timestamp()) if isinstance(value, datetime) else value


def _row(values: Iterable[Any], names: Iterable[str] = COLUMNS) -> ExtractRow:
    """Return a row from its values, an empty tuple where a column of lists holds none."""
    read: dict[str, Any] = {
        name: tuple(value or ()) if COLUMNS[name].endswith("[]") else value
        for name, value in zip(names, values, strict=True)
    }
    return ExtractRow(**read)


def flow(*, actor: Actor, until: datetime) -> tuple[FlowRow, ...]:
    """Return how many allegations left each site's desk by which exit, up to a moment. One statement."""
    if not access_queries.may(actor, Permission.EXTRACT_FREEZE):
        raise Refused("role", "Only an evaluator counts referrals.")
    rows = Triage.objects.unscoped(WHY).filter(decided_at__lt=until).order_by("decided_at")
    last = {allegation: (site, outcome) for allegation, site, outcome in rows.values_list(
        "allegation_id", "allegation__site", "outcome"
    )}  # fmt: skip
    return tuple(FlowRow(site, outcome, count) for (site, outcome), count in sorted(Counter(last.values()).items()))


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
    for amendment in question.amendments.order_by("number"):
        said = {
            "number": amendment.number,
            "plan": amendment.plan,
            "reason": amendment.reason,
            "at": amendment.amended_at.astimezone(UTC).isoformat(),
        }
        if stats.chained_hash(previous, said) != amendment.sha256:
            raise PlanChanged(
                f"Amendment {amendment.number} was edited after it was made: its hash differs. Outcomes stay closed."
            )
        previous = amendment.sha256


def current_plan(question: Question) -> AnalysisPlan:
    last = question.amendments.order_by("-number").first()
    return from_stored(last.plan if last else question.plan)


def end_of_chain(question: Question) -> tuple[int, str]:
    """Return the number and the hash of the last amendment, or zero and the plan's own hash."""
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
    try:
        return rows_of(_frozen_file(extract))
    except ExtractRefused as why:
        raise ExtractChanged(f"The frozen file is not an extract any more. {why}") from why


def acted_in(extract: Extract) -> dict[str, bool]:
    """Return of each pseudonym of a frozen extract whether a further act was seen: what extracts are compared by.

    It is shown to nobody. Raises ExtractChanged where the file is not what was frozen.
    """
    read = parquet.read(("pseudonym", "next_act_day"), _frozen_file(extract))
    return {pseudonym: day is not None for pseudonym, day in read}


def _frozen_file(extract: Extract) -> Path:
    path = Path(settings.FOURFOLD.extracts_dir) / extract.path
    if parquet.sha256(path) != extract.sha256:
        raise ExtractChanged("The frozen file is missing or is not what was frozen. Freeze a new extract and say why.")
    return path


def rows_of(path: Path) -> list[ExtractRow]:
    """Read the rows of a Parquet file with the columns of an extract, or raise ExtractRefused."""
    try:
        number = parquet.count(path)
        if number > MOST_ROWS:
            raise ExtractRefused(
                f"The file holds {number:,} rows; a report reads {MOST_ROWS:,} at most, case by case. Ask such a file with "
                "the functions of fourfold.stats that end in _from_parquet."
            )
        there = [name for name in COLUMNS if name not in LATER or name in parquet.columns(path)]
        return [_row(values, there) for values in parquet.read(there, path)]
    except parquet.Unreadable as why:
        raise ExtractRefused(f"The file cannot be read as an extract: {why} Freeze it by the one definition.") from why
