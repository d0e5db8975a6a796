"""The quality board of one unit: the inspector's questions, each with the cases behind it as far as the reader may see.

Whoever works on cases counts the cases whose risk is open to them, so that a wall hides a case from the counts too. Whoever
watches over the unit and opens no file reads the counts of all, without those from which they are kept, as they would
leave: rounded, to the end of last week, and never a count under ten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.conditions import AsIndexed
from fourfold.access.models import Relation
from fourfold.access.paging import Page, page_of_list
from fourfold.access.scoping import opens, walled_off
from fourfold.access.statements import composed, read_ahead
from fourfold.access.terms import Compartment, Permission, Refused, RelationKind, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct, LevelSet, ReviewDue, Screening
from fourfold.cases.terms import SET_BY_ASSESSING, Level, SetBy, State
from fourfold.governance.queries import counting
from fourfold.governance.queries.retaining import LONDON, local_day
from fourfold.governance.questions import questions
from fourfold.governance.rules import quality
from fourfold.governance.rules.quality import NOTHING, Judged, Question, Row, VictimFileFacts
from fourfold.intake.models import Retold
from fourfold.law import rules as law
from fourfold.law.terms import RecordingRule
from fourfold.linkage.models import Match
from fourfold.linkage.terms import Verdict
from fourfold.orders.models import Breach, OrderStep
from fourfold.orders.rules import STALKING_ORDERS
from fourfold.panel.models import Decision
from fourfold.plan.models import Action
from fourfold.programme import queries as programme
from fourfold.stats.disclosure import Suppressed, disclose_count
from fourfold.words import Word, sentence

WHY = "counted for who may read the unit's quality, never shown"


@dataclass(frozen=True)
class CaseBehind:
    """One thing that was answered no: its case, how dangerous it is, since when, and why it is no."""

    reference: str
    level: str
    is_open: bool
    on: date
    why: str
    link: bool


Counted = Callable[[str, list[Judged]], None]
"""Who is told what was judged of each question of a board, by its code, and which cases were opened."""
OPENED = "opened"
#: What `_Read` lists by these names, of few: read as one.
LISTS = ("breached", "decided", "sought", "high", "joined", "asked_again", "of_third_parties")
_PARTS = {Compartment.CORE.value, Compartment.RISK.value}
_RANKS = {"": -5} | {level.value: -level.rank for level in Level}
_COLUMNS = ("pk", "reference", "opened_at", "level", "state")


@dataclass(frozen=True)
class Board:
    """The board: its rows, the furthest below their standard first, and the worst of them in words.

    `breaks` are the recording rules that changed within the four quarters: what was counted changes there with them.
    """

    site: str
    since: date
    until: date
    cases: int
    rows: tuple[Row, ...]
    worst: Row | None
    worst_open: int
    opens_cases: bool
    breaks: tuple[RecordingRule, ...] = ()


@dataclass(frozen=True)
class CasesBehind:
    """The cases behind one question, the most dangerous first."""

    question: Question
    site: str
    of: int
    rows: Page[CaseBehind]


def board(
    *,
    actor: Actor,
    site: str,
    at: datetime,
    files: VictimFileFacts = NOTHING,
    exported: bool = False,
    counted: Counted | None = None,
) -> Board:
    """Return the quality board of a site over the last 91 days, with its trend over four such quarters.

    `files` is what only the victims' own files know. As many statements, however many cases.
    With `exported`, and for whoever opens no file, everything is counted up to the end of last week and leaves as every
    release does: rounded, and nothing under ten. `counted` is told of each question what was judged.
    """
    access.require(actor, Permission.UNIT_VIEW, at=at, site=site)
    small = exported or not access_queries.may(actor, Permission.CASE_VIEW, site=site)
    until = quality.last_week(local_day(at)) if small else local_day(at)
    read = _Read(actor, site, at, until=until if small else None)
    counts = None if small else counting.counted(read, files.offered, until)
    rows, of, opened = _counted(read, files, until, counts) if counts else _told(read, files, until, counted)
    ordered = quality.ordered(rows)
    worst = quality.worst(ordered)
    audit.consulted(actor, "unit.quality", at=at, compartments=_PARTS, count=of)
    since = until - quality.PERIOD + timedelta(days=1)
    breaks = law.series_breaks(until - quality.QUARTERS * quality.PERIOD + timedelta(days=1), until)
    open_high = 0
    if counts and worst:
        code = worst.question.code
        open_high = counts.grave[code] if code in counts.grave else _open_at_very_high(read, code, files, until)
    return Board(site, since, until, opened, ordered, worst, open_high, read.opens, breaks)


def _told(read: _Read, files: VictimFileFacts, until: date, counted: Counted | None) -> tuple[list[Row], int, int]:
    """Return the rows as they would leave, of how many cases, and how many of those are new; say to `counted` of whom."""
    judged = {code: read.judged(code, files) for code in questions()}
    rows = [
        quality.row(question, judged[code], until=until, small_hidden=True) for code, question in questions().items()
    ]
    new = [Judged(pk, local_day(case["opened_at"]), yes=True) for pk, case in read.cases.items()]
    new = quality.in_period(new, until=until)
    if counted is not None:
        for code, asked in ((OPENED, new), *judged.items()):
            counted(code, asked)
    cell = disclose_count(len(new))
    return rows, len(read.cases), 0 if isinstance(cell, Suppressed) else cell.count


def _counted(read: _Read, files: VictimFileFacts, until: date, counts: counting.Counts) -> tuple[list[Row], int, int]:
    """Return the rows, of how many cases, and how many of those are new: the questions of thousands counted by the database."""
    rows = []
    with read_ahead(*(_kept.call(read.actor, read.now, name, read.site) for name in LISTS)):
        for code, question in questions().items():
            if quarters := counts.quarters.get(code):
                rows.append(quality.of_counts(question, quarters[-1], quarters))
            else:
                rows.append(quality.row(question, read.judged(code, files), until=until))
    return rows, sum(counts.opened.values()), counts.opened[quality.QUARTERS - 1]


def _open_at_very_high(read: _Read, code: str, files: VictimFileFacts, until: date) -> int:
    """Return how many cases that are open at very high a question was answered no for."""
    gravest = _Read(read.actor, read.site, read.at, gravest=True)
    behind = quality.in_period(gravest.judged(code, files), until=until)
    gravest.find_others(behind)
    return len({answer.case for answer in behind if not answer.yes and gravest.row_of(answer.case)})


def cases_behind(
    *, actor: Actor, site: str, code: str, at: datetime, files: VictimFileFacts = NOTHING, after: str = ""
) -> CasesBehind:
    """Return the cases that were answered no in the period, as far as they are open to the actor; 50 from `after`.

    Raises NotFound for a question that there is not, Refused for whoever opens no file.
    """
    access.require(actor, Permission.UNIT_VIEW, at=at, site=site)
    if not access_queries.may(actor, Permission.CASE_VIEW, site=site):
        audit.refused(actor, "unit.cases", at=at, rule="role")
        raise Refused("role", "Your role reads the numbers and opens no case.")
    question = existing(questions().get(code))
    # What was due is counted on its day, whatever was before; of what was opened, what came first is asked too.
    read = _Read(actor, site, at, quarters=1 if code == "overdue" else quality.QUARTERS)
    inside = quality.in_period(read.judged(code, files), until=local_day(at))
    read.find_others(inside)
    rows = sorted(read.place_of(number, answer) for number, answer in enumerate(inside) if not answer.yes)
    shown = page_of_list(rows, _key, after=after).map(lambda row: read.behind(inside[int(row[3])]))
    audit.consulted(actor, "unit.cases", at=at, compartments=_PARTS, count=len(shown))
    return CasesBehind(question, site, len(inside), shown)


def _key(place: tuple[int, date, str, str]) -> str:
    return f"{place[1]:%Y%m%d}-{place[2]}-{place[3]}"


class _Read:
    """Everything that the questions are asked of, read once: the rows of one site since four quarters ago."""

    def __init__(
        self,
        actor: Actor,
        site: str,
        at: datetime,
        *,
        until: date | None = None,
        gravest: bool = False,
        quarters: int = quality.QUARTERS,
    ) -> None:
        """Read as of `at`, or as it stood at the end of the day `until`; who may read it is asked at `at`.

        `gravest`: only what is of cases that are open at very high. `quarters`: how many of them back.
        """
        self.actor, self.site, self.now, self.gravest = actor, site, at, gravest
        self.at = at if until is None else datetime.combine(until + timedelta(days=1), time(), tzinfo=LONDON)
        self.today = local_day(at) if until is None else until
        self.opens = access_queries.may(actor, Permission.CASE_VIEW, site=site)
        self.since = self.at - quarters * quality.PERIOD
        self.is_past, self.is_kept = until is not None and self.at < at, self.opens and until is None and not gravest
        self.others: dict[UUID, dict[str, Any]] = {}

    @cached_property
    def cases(self) -> dict[UUID, dict[str, Any]]:
        """The cases that were opened since, by key."""
        opened = self.rows(Case, site=self.site, opened_at__gte=self.since)
        return {row["pk"]: row for row in opened.values(*_COLUMNS)}

    def levels(self, **of: object) -> dict[UUID, list[tuple[datetime, str]]]:
        """Return which levels were set by somebody who assessed, by case."""
        assessed = self.rows(LevelSet, case__site=self.site, set_at__gte=self.since, **of).exclude(set_in=SetBy.TRIAGE)
        levels: dict[UUID, list[tuple[datetime, str]]] = defaultdict(list)
        for case, when, level in assessed.order_by("set_at").values_list("case_id", "set_at", "level"):
            levels[case].append((when, level))
        return levels

    def asked(self, name: str) -> list[Any]:
        """Return a list of ours by its name: of the board as it stands its statement is kept."""
        return _kept(self.actor, self.now, name, self.site) if self.is_kept else list(getattr(self, name)())

    def rows(self, table: Any, **conditions: object) -> Any:
        """Return rows that the actor may count, since four quarters ago."""
        path = getattr(table, "FILE_PATH", "pk")
        if self.is_past:
            conditions["recorded_at__lt"] = self.at
        if self.gravest:
            case = "" if path == "pk" else f"{path.removesuffix('_id')}__"
            conditions |= {f"{case}level": Level.VERY_HIGH, f"{case}state__in": [*set(State) - {State.CLOSED}]}
        if self.opens and table in (Case, ReviewDue):
            return table.objects.visible_to(self.actor, at=self.now, part=Compartment.RISK).filter(**conditions)
        if self.opens:
            seen = table.objects.visible_to(self.actor, at=self.now)
            return seen.filter(opens(self.actor, Compartment.RISK, path, at=self.now), **conditions)
        unscoped = table.objects.unscoped(WHY).exclude(walled_off(self.actor, table.FILE_PATH, at=self.now))
        return unscoped.filter(**conditions)

    def judged(self, code: str, files: VictimFileFacts) -> list[Judged]:
        """Return what a question is asked of, with its answers."""
        asks: dict[str, Callable[[], Iterable[Judged]]] = {
            "assessed": self._assessed,
            "plan": self._planned,
            "breach": self._breaches,
            "order": self._orders,
            "told": lambda: (answer for answer in files.told if answer.on < self.today or answer.yes),
            "advocate": lambda: self._advocates(files.offered),
            "reclassified": self._reclassified,
            "third": self._third_parties,
            "overdue": lambda: chain(self._reviews(), self._actions()),
        }
        return list(asks[code]())

    def find_others(self, judged: Iterable[Judged]) -> None:
        """Read the cases of answers that were opened before."""
        wanted = {answer.case for answer in judged if answer.case} - self.cases.keys()
        if wanted:
            self.others = {row["pk"]: row for row in self.rows(Case, pk__in=wanted).values(*_COLUMNS)}

    def _due(self, days: int) -> Iterator[tuple[UUID, datetime]]:
        """Yield the cases for which a time after opening has run out."""
        for case, row in self.cases.items():
            if row["opened_at"] + timedelta(days=days) <= self.at:
                yield case, row["opened_at"]

    def _assessed(self) -> Iterator[Judged]:
        hours = programme.working(self.site, self.today).review_hours
        levels = self.levels()
        for case, row in self.cases.items():
            first = next(iter(levels[case]), None)
            limit = row["opened_at"] + timedelta(hours=hours[first[1] if first else "high"])
            yes = first is not None and first[0] <= limit
            if yes:
                yield Judged(case, local_day(row["opened_at"]), yes)
            elif limit <= self.at:
                late = sentence("assessed {1}, due {2}", _short(first[0]), _short(limit)) if first else None
                why = late or Word("no level")
                yield Judged(case, local_day(row["opened_at"]), yes, why)

    def _planned(self) -> Iterator[Judged]:
        cases = self.rows(Case, site=self.site, opened_at__gte=self.since)
        rows = Action.objects.unscoped(WHY).filter(case__in=cases.values("pk")).order_by()
        counts = rows.values_list("case_id").annotate(of=Count("pk"), with_person=Count("owner"))
        actions = {case: (of, with_person) for case, of, with_person in counts}
        for case, opened_at in self._due(questions()["plan"].days):
            of, with_person = actions.get(case, (0, 0))
            yes = 0 < of == with_person
            without = sentence("{1} of {2} actions without a person", of - with_person, of)
            yield Judged(case, local_day(opened_at), yes, "" if yes else without if of else Word("no action"))

    def _breaches(self) -> Iterator[Judged]:
        allowed = timedelta(hours=questions()["breach"].hours)
        breaches = self.asked("breached")
        levels = self.levels(case__in={case for case, _ in breaches}) if breaches else {}
        for case, happened in breaches:
            set_at = [when for when, _ in levels.get(case, ())]
            yes = any(happened <= when <= happened + allowed for when in set_at)
            if yes or happened + allowed <= self.at:
                since = next((when for when in set_at if when > happened), None)
                why = sentence("assessed {1}", _short(since)) if since else Word("not assessed since")
                yield Judged(case, local_day(happened), yes, sentence("breach of {1}, {2}", _short(happened), why))

    def breached(self) -> Any:
        stands = Q(withdrawn_at=None) | Q(withdrawn_at__gt=self.at)
        rows = self.rows(Breach, condition__order__case__site=self.site, happened_at__gte=self.since).filter(stands)
        return rows.values_list("condition__order__case_id", "happened_at")

    def _orders(self) -> Iterator[Judged]:
        """Yield the cases at high or very high, and whether a stalking protection order was answered in time."""
        days = timedelta(days=questions()["order"].days)
        answered = self._order_answered()
        for case, opened_at in self.asked("high"):
            first, limit = answered.get(case), opened_at + days
            late = sentence("answered {1}, due {2}", _short(first), _short(limit)) if first else None
            yes = first is not None and first <= limit
            yield Judged(case, local_day(opened_at), yes, late or Word("nobody has answered"))

    def high(self) -> Any:
        grave = AsIndexed("level", Level.HIGH, Level.VERY_HIGH), AsIndexed("set_in", *SET_BY_ASSESSING)
        in_time = {"set_at__gte": self.since, "case__site": self.site, "case__opened_at__gte": self.since}
        before = self.at - timedelta(days=questions()["order"].days)
        high = self.rows(LevelSet, **in_time, case__opened_at__lte=before).filter(*grave)
        if self.is_past:
            high = high.filter(case__recorded_at__lt=self.at)
        return high.order_by().values_list("case_id", "case__opened_at").distinct()

    def _order_answered(self) -> dict[UUID, datetime]:
        """Return when each case first had an answer: a panel's with its reason, or a stalking order on record."""
        first: dict[UUID, datetime] = {}
        for case, when in (*self.asked("decided"), *self.asked("sought")):
            first[case] = min(when, first.get(case, when))
        return first

    def decided(self) -> Any:
        decided = self.rows(Decision, item__case__site=self.site, item__case__opened_at__gte=self.since)
        return decided.filter(AsIndexed("order_reason", said="> ''")).values_list("item__case_id", "decided_at")

    def sought(self) -> Any:
        sought = self.rows(OrderStep, order__case__site=self.site, order__case__opened_at__gte=self.since)
        return sought.filter(AsIndexed("order__kind", *STALKING_ORDERS)).values_list("order__case_id", "taken_at")

    def _advocates(self, offered: frozenset[UUID]) -> Iterator[Judged]:
        named: dict[UUID, datetime] = {}
        opened = self.rows(Case, site=self.site, opened_at__gte=self.since).values("pk")
        rows = Relation.objects.filter(kind=RelationKind.ADVOCATE, file__in=opened, from_at__gte=self.since)
        for file, from_at in rows.order_by("-from_at").values_list("file", "from_at"):
            named[file] = from_at
        days = questions()["advocate"].days
        for case, opened_at in self._due(days):
            since = named.get(case)
            in_time = since is not None and since <= opened_at + timedelta(days=days)
            yes = in_time or case in offered
            why = "" if yes else sentence("named {1}", _short(since)) if since else Word("none named")
            yield Judged(case, local_day(opened_at), yes, why)

    def _reclassified(self) -> Iterator[Judged]:
        of_case = dict(self.asked("joined"))
        for allegation, when, expected, right, reference in self.asked("asked_again"):
            if case := of_case.get(allegation):
                why = sentence("{1} asked for {2}", expected or Word("another class"), reference)
                yield Judged(case, local_day(when), right, why)

    def _put_to_others(self) -> Any:
        asked = Screening.objects.unscoped("of cases that may be counted, in the lists that read it")
        return asked.filter(reclassification_asked=True, recorded_at__gte=self.since)

    def joined(self) -> Any:
        asked = self._put_to_others().values("allegation")
        joined = self.rows(CaseAct, case__site=self.site, left_at=None, allegation__in=asked)
        return joined.values_list("allegation_id", "case_id")

    def asked_again(self) -> Any:
        of_it = {"allegation": OuterRef("allegation"), "recorded_at__gt": OuterRef("recorded_at")}
        asked = self._put_to_others().annotate(put_right=Exists(Retold.objects.unscoped(WHY).filter(**of_it)))
        return asked.values_list("allegation_id", "recorded_at", "class_expected", "put_right", "allegation__reference")

    def _third_parties(self) -> Iterator[Judged]:
        for case, joined, contact, reference in self.asked("of_third_parties"):
            why = "" if contact else sentence("nothing is recorded for the third party of {1}", reference)
            yield Judged(case, local_day(joined), bool(contact), why)

    def of_third_parties(self) -> Any:
        acts = self.rows(CaseAct, case__site=self.site, left_at=None, joined_at__gte=self.since)
        told = Match.objects.unscoped(WHY).filter(verdict=Verdict.THIRD, undone_at__isnull=True)
        acts = acts.filter(allegation__in=told.values("allegation"))  # few: the door is asked of these alone
        told = told.filter(allegation=OuterRef("allegation")).values("third__safe_contact")[:1]
        against = acts.annotate(contact=Subquery(told)).filter(contact__isnull=False)
        return against.values_list("case_id", "joined_at", "contact", "allegation__reference")

    def _reviews(self) -> Iterator[Judged]:
        rows = self.rows(ReviewDue, case__site=self.site, due_at__gte=self.since, due_at__lte=self.at)
        rows = rows.filter(Q(superseded_at__isnull=True) | Q(done_at__isnull=False))
        for case, due, done in rows.values_list("case_id", "due_at", "done_at"):
            if (in_time := done is not None and done <= due) or self.is_past:  # then no word of it is read
                yield Judged(case, local_day(due), in_time)
            else:
                became = sentence("done {1}", _short(done)) if done else Word("not done")
                yield Judged(case, local_day(due), yes=False, why=sentence("review due {1}, {2}", _short(due), became))

    def _actions(self) -> Iterator[Judged]:
        # The door is asked once for each case of the site, and not once for each action.
        rows = Action.objects.unscoped(WHY).filter(case__in=self.rows(Case, site=self.site).values("pk")).order_by()
        rows = counting.actions_due(rows, self.since.date(), self.today)
        for case, due, done in rows.values_list("case_id", "due_by", "settled_on"):
            if (in_time := done is not None and done <= due) or self.is_past:
                yield Judged(case, due, in_time)
            else:
                became = sentence("settled {1}", f"{done:%-d %B}") if done else Word("open")
                yield Judged(case, due, yes=False, why=sentence("action due {1}, {2}", f"{due:%-d %B}", became))

    def place_of(self, number: int, answer: Judged) -> tuple[int, date, str, str]:
        """Return where an answer stands, the gravest first: how grave, its day, its reference, its number."""
        row = self.row_of(answer.case)
        level, reference = (row["level"], row["reference"]) if row else ("", answer.reference)
        return _RANKS[level], answer.on, reference, str(number)

    def behind(self, answer: Judged) -> CaseBehind:
        row = self.row_of(answer.case) or {"reference": answer.reference, "level": "", "state": State.CLOSED}
        is_open = row["state"] != State.CLOSED
        return CaseBehind(row["reference"], row["level"], is_open, answer.on, answer.why, link="pk" in row)

    def row_of(self, case: UUID | None) -> dict[str, Any] | None:
        return (self.cases.get(case) or self.others.get(case)) if case else None


@composed
def _kept(actor: Actor, at: datetime, name: str, site: str) -> Any:
    return getattr(_Read(actor, site, at), name)()


def _short(moment: datetime) -> str:
    return f"{local_day(moment):%-d %B}"
