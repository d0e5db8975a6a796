"""Reading casework as de-identified rows, and frozen extracts back, behind the registration of their question."""

import hmac
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import BigIntegerField, Exists, F, Func, OuterRef, QuerySet, Subquery, When
from django.db.models import Case as Choice

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
CASES_AT_ONCE, NOBODY, A_DAY = 10_000, UUID(int=0), 86_400
BY_OPENING = frozenset({"opened_year", "opened_month"})
#: The definition joins by the place of a case among them; the pseudonym takes its place in what comes of it.
TABLES = {
    "opened" if name == "cases" else name: {
        column: "INTEGER" if column == "pseudonym" else kind
        for column, kind in kinds.items()
        if column not in BY_OPENING
    }
    for name, kinds in definition.SOURCES.items()
} | {"named": {"place": "INTEGER", "name": "VARCHAR"}}
STATEMENT = (
    "WITH day AS (SELECT *, make_timestamp(opened_s * 1000000) AS opened FROM opened), "  # noqa: S608
    "cases AS (SELECT *, year(opened) AS opened_year, month(opened) AS opened_month FROM day) SELECT d.* REPLACE (n.name AS pseudonym, COALESCE(act_days, []) AS act_days, COALESCE(custody_from, []) AS custody_from, "
    f"COALESCE(custody_until, []) AS custody_until) FROM ({definition.definition()}) d JOIN named n ON n.place = d.pseudonym"
)
Asked = tuple[str, int, str, tuple[Any, ...]]
WHY = "a de-identified extract, rows leave without names, dates or places"


def deidentified_rows(
    *, actor: Actor, question: Question, until: datetime, at: datetime, wellbeing: Iterable[WellbeingScore] = ()
) -> parquet.Derived[ExtractRow]:
    """Return one row for each case opened before `until`, with days instead of dates and a pseudonym of this question.

    The rows are what `extract.sql` says of the tables without names. They stream: a few thousand cases are read at once,
    in one statement. Raises Refused for whoever may not freeze extracts, and NotRegistered or PlanChanged where
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


def _streamed(key: str, until: datetime, wellbeing: Iterable[WellbeingScore]) -> parquet.Derived[ExtractRow]:
    """Return the rows of some cases at a time: the definition joins nothing across two cases."""
    return parquet.Derived(STATEMENT, TABLES, _batches(key, until, wellbeing), _row)


def _batches(key: str, until: datetime, wellbeing: Iterable[WellbeingScore]) -> Iterator[parquet.Batch]:
    """Yield the tables that the definition reads, a case's place in each pseudonym's, and the pseudonym of each place."""
    scores = defaultdict[str, list[WellbeingScore]](list)
    for score in wellbeing:
        scores[score.case.hex].append(score)
    asked, last = list(_asked(until)), NOBODY
    if connection.vendor == "sqlite":  # a process of the server, too, reads all of the file now (config/wsgi.py)
        connection.ensure_connection()
        connection.connection.execute("PRAGMA mmap_size=2147418112")
    while True:
        (_, places, read, *of_cases), *others = _read(until, last, asked)
        if not (names := json.loads(read)):
            return
        last = UUID(max(names))
        yield _laid(key, until, scores, (places, names, of_cases), others)


def _laid(
    key: str, until: datetime, scores: Mapping[str, Sequence[WellbeingScore]], cases: Any, others: Any
) -> parquet.Batch:
    """Yield the tables of one batch: worked out where they are laid down, so while the next batch is being read."""
    places, names, of_cases = cases
    yield "until", [f"[{math.floor(until.timestamp())}]"]
    yield "named", [places, json.dumps(_pseudonyms(key, names))]
    yield "opened", [places, *of_cases]
    yield from ((name, columns) for name, *columns in others)
    brought = [
        (place, each.instrument, math.floor(each.answered_at.timestamp()), each.total)
        for place, name in zip(json.loads(places) if scores else (), names, strict=bool(scores))
        for each in scores.get(name.replace("-", ""), ())
    ]
    if brought:
        yield "wellbeing", [json.dumps(each) for each in zip(*brought, strict=True)]


def _read(until: datetime, after: UUID, asked: Sequence[Asked]) -> list[list[str]]:
    """Return of the cases after one, and of what is asked of them, a name and the JSON list of each column: one statement, so all
    of it stood at one moment, and no row of it passes through the framework.
    """
    listed, joined = "json_group_array({})", "({}) r WHERE r.of_case = c.of_case"
    if connection.vendor == "postgresql":
        listed = "COALESCE(array_to_json(array_agg({}))::text, '[]')"
        # By the index of each case: it would read the whole table for every batch.
        joined = "LATERAL (SELECT * FROM ({}) s WHERE s.of_case = c.of_case OFFSET 0) r"
    columns = {"of_case": F("pk"), "site_": F("site"), "opened_s": _Seconds("opened_at")}
    columns |= {f"said_{name}": F(path) for name, path in definition.TAKEN_OVER.items()}
    cases = _cases(until).filter(pk__gt=after).order_by("pk").values(**columns)[:CASES_AT_ONCE].query.sql_with_params()
    asks, values = [f"SELECT 'cases', {', '.join(map(listed.format, ['place', *columns]))} FROM chosen"], [*cases[1]]  # noqa: S608
    for name, number, rows, of_rows in asked:
        said = ", ".join(
            [listed.format(f"r.said{each}") for each in range(number)] + ["NULL"] * (len(columns) - number)
        )
        asks.append(
            f"SELECT '{name}', {listed.format('place')}, {said} FROM chosen c CROSS JOIN {joined.format(rows)}"  # noqa: S608
        )
        values += of_rows
    placed = "SELECT o.*, ROW_NUMBER() OVER () AS place FROM"
    with connection.cursor() as cursor:
        cursor.execute(f"WITH chosen AS MATERIALIZED ({placed} ({cases[0]}) AS o) {' UNION ALL '.join(asks)}", values)
        found = [[each for each in row if each is not None] for row in cursor.fetchall()]
    return sorted(found, key=lambda row: row[0] != "cases")


def _asked(until: datetime) -> Iterator[Asked]:
    """Yield what the definition reads of cases: the table, how many columns, and the statement with its values."""

    def of(name: str, model: Any, *columns: Any, case: str = "case_id", **filters: Any) -> Asked:
        named = {f"said{number}": column for number, column in enumerate(columns)}
        rows = model.objects.unscoped(WHY).filter(**filters).values(of_case=F(case), **named)
        return (name, len(columns), *rows.query.sql_with_params())

    of_allegation = {"allegation": OuterRef("allegation"), "verdict": Verdict.THIRD, "undone_at": None}
    third = Exists(Match.objects.unscoped(WHY).filter(**of_allegation))
    done = StatusSet.objects.unscoped(WHY).filter(action=OuterRef("pk"), status="done").order_by("set_at")
    # Fidelity is what was promised against what was done: a day that was moved later does not make the promise kept, so
    # the day that stood before the first move counts, to its end.
    moved = Moved.objects.unscoped(WHY).filter(action=OuterRef("pk")).order_by("moved_at", "recorded_at")
    first = When(Exists(moved), then=Subquery(moved.values("due_before")[:1]))
    promised = _Seconds(Choice(first, default="due_on")) + A_DAY - 1
    done_at = _Seconds(Subquery(done.values("set_at")[:1]))
    began, former_partner = _Seconds("decided_at"), F("former_partner")
    yield of("acts", CaseAct, _Seconds("happened_at"), former_partner, third, left_at=None, happened_at__lt=until)
    yield of("levels", LevelSet, _Seconds("set_at"), F("level"), set_at__lt=until)
    yield of("management", Triage, began, outcome="direct_management", decided_at__lt=until)
    yield of("management", Decision, began, case="item__case_id", decided_at__lt=until)
    yield of("custody", Custody, _Seconds("held_from"), _Seconds("ended__released_at"), held_from__lt=until)
    yield of("sessions", Session, F("attendance"), planned_at__lt=until)
    yield of("staff_minutes", StaffMinutes, F("minutes"), worked_on__lte=until)
    yield of("steps", Action, promised, done_at)
    yield of("steps", ReviewDue, _Seconds("due_at"), _Seconds("done_at"), superseded_at=None)


class _Seconds(Func):
    """A moment, or the beginning of a day, as whole seconds since 1970 (UTC)."""

    output_field = BigIntegerField()
    template = "CAST(FLOOR(DATE_PART('epoch', %(expressions)s)) AS bigint)"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, Any]:
        """Read only the whole seconds of what is written: SQLite would round the rest of them."""
        return super().as_sql(compiler, connection, template="unixepoch(substr(%(expressions)s, 1, 19))", **more)


def _pseudonyms(key: str, cases: Iterable[str]) -> list[str]:
    """Return the pseudonym of each identifier, which PostgreSQL writes with hyphens and SQLite without."""
    salt = commitments.keyring().salt(f"extract/{key}")
    bare = (case.replace("-", "") for case in cases)
    named = (f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:]}" for one in bare)
    return [hmac.digest(salt, one.encode(), "sha256").hex()[:20] for one in named]


def units_of(question: Question) -> dict[str, str]:
    """Return for each pseudonym of a question the unit that releases of every question know the case by.

    It stays beside the release: without it nobody could see that two questions were asked of nearly the same cases.
    """
    cases = [pk.hex for pk in Case.objects.unscoped(WHY).values_list("pk", flat=True).iterator()]
    return dict(zip(_pseudonyms(str(question.pk), cases), _pseudonyms("every release", cases), strict=True))


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
