"""A programme as large as a country's: a hundred thousand cases, written table by table in minutes, not services in days.

Everything that a list or a page reads is there: people, allegations, acts, levels, states, reviews, actions and what
became of them, sessions, grants, relations and walls. What no measured page reads (matches, proposals, the log of how
each row came) is left out. Every name is made of syllables, so that it is nobody's; the same seed makes the same rows.
Works on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, models, transaction

from fourfold.access.models import Grant, Relation, Wall
from fourfold.access.terms import TEAM_COMPARTMENTS, Compartment, bits
from fourfold.cases.models import Case, CaseAct, LevelSet, ReviewDue, StateSet, Triage
from fourfold.duties import services as duties
from fourfold.gateways.bulk import count_what_grew, refresh_statistics
from fourfold.intake.models import Allegation
from fourfold.people.models import Subject, SubjectMark, Victim
from fourfold.people.rules.identifiers import phone_key
from fourfold.people.rules.names import name_key, sound_key
from fourfold.plan.models import Action, Session, StatusSet


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SEED = 20261124
DAYS = 1_400
BATCH = 20_000
FIRST = _words("mar dan lo ka sin be tor el wi ra no fen ju hal pe gri sa ol ti ve")
SECOND = _words("a el in o na ri ka mon de lia ren vi so ta lle y us ban ne ro")
THIRD = _words("by ton wick dale mere ford ley stead more ham worth croft combe field gate holt")
MIDDLE = _words("ar en il or um esk ant ell ing orth ast ock ind ull erd ash")
LEVELS = ("low", "medium", "medium", "high", "high", "very_high")
KINDS = ("contacts", "follows", "watches", "threatens", "loiters", "publishes", "interferes", "monitors")
EVERYTHING = bits(set(Compartment) - {Compartment.SAFE_ADDRESS_SEALED, Compartment.PSD_COVERT})
TEAM = bits(TEAM_COMPARTMENTS)


@dataclass(frozen=True)
class Unit:
    """A site with its partners (the police first), its officers and advocates, and its share of the cases."""

    site: str
    partners: tuple[str, ...]
    officers: tuple[str, ...]
    advocates: tuple[str, ...]
    share: int = 1


@dataclass(frozen=True)
class Filled:
    """What was written: rows by table, and the reference of the case with the most acts."""

    rows: dict[str, int]
    longest: str


class Table:
    """One table that is written from tuples: the named columns from the rows, every other one from its default."""

    def __init__(self, model: type[models.Model], *named: str) -> None:
        fields = {field.attname: field for field in model._meta.concrete_fields}
        rest = [name for name in fields if name not in named]
        self.name, self.count = model._meta.db_table, 0
        self.columns = [str(fields[name].column) for name in (*named, *rest)]
        self.rest = tuple(_default(fields[name]) for name in rest)

    def write(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Write the rows in batches, by COPY where the database can."""
        rows = iter(rows)
        while batch := [(*row, *self.rest) for row in islice(rows, BATCH)]:
            self.count += len(batch)
            columns = ", ".join(f'"{column}"' for column in self.columns)
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    with cursor.copy(f'COPY "{self.name}" ({columns}) FROM STDIN') as copy:
                        for row in batch:
                            copy.write_row(row)
                else:
                    places = ", ".join(["%s"] * len(self.columns))
                    cursor.executemany(f'INSERT INTO "{self.name}" ({columns}) VALUES ({places})', batch)


HELD = {"controller": "", "basis": "police.law_enforcement", "source": "bench", "recorded_by": f"{7:032x}"}


def _default(field: models.Field[Any, Any]) -> object:
    if field.attname in HELD:
        return HELD[field.attname]
    if field.null:
        return None
    if isinstance(field, models.JSONField):
        return "{}" if field.default is dict else "[]"
    value = field.get_default()
    return value.value if hasattr(value, "value") else value


class Chance:
    """Identifiers, names and days from one seed, as the text that both databases take."""

    def __init__(self, seed: int, today: datetime) -> None:
        self.dice = random.Random(seed)
        self.start = today - timedelta(days=DAYS)
        self.days = [f"{self.start + timedelta(days=number):%Y-%m-%d}" for number in range(DAYS + 800)]

    def id(self) -> str:
        """Return a random identifier."""
        return f"{self.dice.getrandbits(128):032x}"

    def name(self) -> tuple[str, str]:
        """Return a given name and a family name, of some millions of pairs."""
        pick = self.dice.choice
        given = f"{pick(FIRST)}{pick(SECOND)}".title()
        return given, f"{pick(FIRST)}{pick(MIDDLE)}{pick(THIRD)}".title()

    def moment(self, day: int) -> str:
        """Return a moment on a day counted from the start."""
        number = self.dice.randrange(86_400)
        return f"{self.days[day]} {number // 3600:02}:{number % 3600 // 60:02}:{number % 60:02}"

    def birth(self) -> str:
        """Return a day of birth of somebody grown up."""
        return str(date(1945, 1, 1) + timedelta(days=self.dice.randrange(21_900)))


def misspelt(name: str, dice: random.Random) -> str:
    """Return a name as somebody in a hurry types it: two letters swapped, one lost, one doubled, or another vowel."""
    place = dice.randrange(1, len(name) - 1)
    before, here, after = name[:place], name[place], name[place + 1 :]
    return dice.choice(
        (
            before + after[:1] + here + after[1:],
            before + after,
            before + here + here + after,
            before + (dice.choice("aeiou") if here in "aeiou" else here + "h") + after,
        )
    )


def counted() -> None:
    """Let the database count its tables, for else it plans for others: PostgreSQL does so by itself after a while, SQLite where a
    command begins.
    """
    refresh_statistics()
    count_what_grew()


def fill(units: Sequence[Unit], *, today: datetime, cases: int = 100_000, longest: int = 10_000) -> Filled:
    """Write `cases` cases with about six acts each, and one with `longest`, shared among the units."""
    writer = _Writer(Chance(SEED, today), units)
    with without_indexes(*_MODELS) if cases >= BATCH else nullcontext():
        rows = writer.cases(cases, longest)
        while batch := list(islice(rows, 2_000)):
            with transaction.atomic():  # one for all would leave a log as large as the file on SQLite
                writer.keep(batch)
    counted()
    deque(duties.checked(mend=True), maxlen=0)  # what waits in them, which a write of a service would have kept
    counted()
    return Filled({table.name: table.count for table in writer.tables}, writer.longest)


class without_indexes:  # noqa: N801 -- reads as a sentence
    """Take the indexes and triggers of large tables away while they are filled with what fits together, and make them again."""

    TAKEN = {
        "sqlite": "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL",
        "postgresql": "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
        " AND indexname::regclass NOT IN (SELECT conindid FROM pg_constraint)",
    }
    TABLE = {"sqlite": "tbl_name", "postgresql": "tablename"}

    def __init__(self, *models: type[models.Model]) -> None:
        self.tables, self.made = [model._meta.db_table for model in models], list[str]()

    def __enter__(self) -> None:
        engine = connection.vendor
        places = ", ".join(["%s"] * len(self.tables))
        with connection.cursor() as cursor:
            if engine == "postgresql":
                cursor.execute(
                    "SET session_replication_role = replica"
                )  # what is pointed to is written: nothing to look up
            cursor.execute(f"{self.TAKEN[engine]} AND {self.TABLE[engine]} IN ({places})", self.tables)
            for kind, name, made in cursor.fetchall():
                self.made.append(made)
                cursor.execute(f'DROP {kind} "{name}"')

    def __exit__(self, *_: object) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET session_replication_role = DEFAULT")
                cursor.execute("SET maintenance_work_mem = '1GB'")
            for made in self.made:
                cursor.execute(made)


_MODELS = (
    Victim,
    Subject,
    SubjectMark,
    Allegation,
    Triage,
    Case,
    CaseAct,
    LevelSet,
    StateSet,
    ReviewDue,
    Action,
    StatusSet,
    Session,
    Grant,
    Relation,
    Wall,
)


class _Writer:
    """Writes cases with all that hangs on each."""

    def __init__(self, chance: Chance, units: Sequence[Unit]) -> None:
        self.chance, self.units, self.longest = chance, units, ""
        self.subjects: dict[str, list[tuple[str, str]]] = {unit.site: [] for unit in units}
        person = ("id", "site", "given_name", "family_name", "name_key", "sound_key", "birth_on", "sex")
        held = ("controller", "recorded_at")
        self.victim = Table(Victim, *person, *held)
        self.subject = Table(Subject, *person, *held)
        self.mark = Table(SubjectMark, "id", "subject_id", "kind", "value", "key", *held)
        self.case = Table(
            Case,
            *("id", "reference", "site", "victim_id", "subject_id", "relationship", "opened_at"),
            *("level", "state", "review_due_at", "last_act_at", "acts", *held),
        )
        self.allegation = Table(
            Allegation,
            *("id", "site", "channel", "system", "reference", "told_at", "received_at", "occurred_from"),
            *("recorded_class", "words", "behaviours", "victim_name", "subject_name", "urgency", "at_desk", *held),
        )
        self.act = Table(CaseAct, "id", "case_id", "allegation_id", "happened_at", "seriousness", "joined_at", *held)
        self.triage = Table(Triage, "id", "allegation_id", "case_id", "outcome", "reason", "decided_at", *held)
        self.level = Table(LevelSet, "id", "case_id", "level", "set_at", "set_in", *held)
        self.state = Table(StateSet, "id", "case_id", "state", "entered_at", *held)
        self.review = Table(ReviewDue, "id", "case_id", "due_at", "trigger", "done_at", *held)
        self.action = Table(
            Action,
            *("id", "case_id", "strand", "what", "owner_partner", "owner", "due_on", "opened_at", "status", *held),
        )
        self.status = Table(StatusSet, "id", "action_id", "status", "set_at", *held)
        self.session = Table(Session, "id", "case_id", "strand", "planned_at", "attendance", *held, "recorded_by")
        self.grant = Table(Grant, "id", "file", "site", "partner", "compartments", "from_at")
        self.relation = Table(Relation, "id", "file", "staff_id", "kind", "from_at", "opened_at", "given_by")
        self.wall = Table(Wall, "id", "file", "staff_id", "kind", "from_at", "set_by")
        self.tables = [each for each in vars(self).values() if isinstance(each, Table)]

    def cases(self, count: int, longest: int) -> Iterator[dict[Table, list[tuple[Any, ...]]]]:
        """Yield the rows of one case after the other; the first one is the longest, and is its unit's first officer's."""
        shares = [unit for unit in self.units for _ in range(unit.share)]
        for number in range(count):
            unit = self.units[0] if number == 0 else self.chance.dice.choice(shares)
            acts = longest if number == 0 else 1 + min(int(self.chance.dice.expovariate(0.2)), 60)
            yield self._case(unit, number, acts)

    def keep(self, batch: list[dict[Table, list[tuple[Any, ...]]]]) -> None:
        """Write a batch, what is pointed to before what points to it."""
        for table in self.tables:
            table.write(row for rows in batch for row in rows.get(table, ()))

    def _case(self, unit: Unit, number: int, acts: int) -> dict[Table, list[tuple[Any, ...]]]:
        chance, dice = self.chance, self.chance.dice
        pk, victim = chance.id(), chance.id()
        day = DAYS - 30 if number == 0 else dice.randrange(30, DAYS - 1)
        opened, police = chance.moment(day), unit.partners[0]
        held = (police, opened)
        rows: dict[Table, list[tuple[Any, ...]]] = {}
        victim_row = self._person(self.victim, victim, unit.site, "F", held, rows)
        subject, subject_row = self._subject(unit, held, rows)
        officer = unit.officers[0] if number == 0 else dice.choice(unit.officers)
        level, reference = dice.choice(LEVELS), f"FF-{number:05X}"
        days = sorted(max(0, min(DAYS - 1, day + int(dice.gauss(0, 60)))) for _ in range(acts))
        self._acts(rows, unit, pk, reference, days, victim_row, subject_row, held)
        state = "open" if number == 0 or dice.random() < 0.3 else dice.choice(("step_down", "closed", "closed"))
        due = chance.moment(min(DAYS + dice.randrange(-6, 60), DAYS + 700)) if state != "closed" else None
        self.longest = self.longest or reference
        rows[self.case] = [
            (
                *(pk, reference, unit.site, victim, subject, "former partner", opened),
                *(level, state, due, chance.moment(days[-1]), acts, *held),
            )
        ]
        rows[self.level] = [(chance.id(), pk, level, opened, "triage", *held)]
        rows[self.state] = [(chance.id(), pk, each, opened, *held) for each in dict.fromkeys(("open", state))]
        rows[self.review] = [(chance.id(), pk, opened, "opened", opened, *held)]
        if due is not None:
            rows[self.review].append((chance.id(), pk, due, "clock", None, *held))
        self._plan(rows, unit, pk, officer, day, is_open=due is not None, held=held)
        rows[self.grant] = [
            (chance.id(), pk, unit.site, partner, EVERYTHING if partner == police else TEAM, opened)
            for partner in unit.partners
        ]
        team = [(officer, "oic"), *([(dice.choice(unit.advocates), "advocate")] if unit.advocates else [])]
        rows[self.relation] = [(chance.id(), pk, who, kind, opened, opened, officer) for who, kind in team]
        if number % 500 == 499:
            rows[self.wall] = [(chance.id(), pk, dice.choice(unit.officers), "assigned", opened, officer)]
        return rows

    def _plan(
        self,
        rows: dict[Table, list[tuple[Any, ...]]],
        unit: Unit,
        case: str,
        officer: str,
        day: int,
        *,
        is_open: bool,
        held: tuple[str, str],
    ) -> None:
        """Write four actions, of which two of an open case wait and half have no person, and two sessions."""
        chance, dice = self.chance, self.chance.dice
        waiting = [DAYS + dice.randrange(-40, 30) for _ in range(2)] if is_open else []
        days = [*waiting, *(min(DAYS - 1, day + dice.randrange(2, 60)) for _ in range(4 - len(waiting)))]
        rows[self.action], rows[self.status] = [], []
        for place, due in enumerate(days):
            pk, waits = chance.id(), place < len(waiting)
            rows[self.action].append(
                (
                    *(pk, case, "legal", "Serve the order", dice.choice(unit.partners)),
                    *(officer if dice.random() < 0.5 else None, chance.days[due], held[1]),
                    *("open" if waits else "done", *held),
                )
            )
            if not waits:
                done = chance.moment(min(DAYS - 1, due + dice.choice((-2, -1, 0, 0, 1, 9))))
                rows[self.status].append((chance.id(), pk, "done", done, *held))
        last = ("planned", DAYS + dice.randrange(-3, 12)) if is_open else ("missed", day)
        rows[self.session] = [
            (chance.id(), case, "psychological", chance.moment(on), became, *held, officer)
            for became, on in (("attended", day), last)
        ]

    def _person(
        self,
        table: Table,
        pk: str,
        site: str,
        sex: str,
        held: tuple[str, str],
        rows: dict[Table, list[tuple[Any, ...]]],
    ) -> str:
        given, family = self.chance.name()
        name = f"{given} {family}"
        rows[table] = [(pk, site, given, family, name_key(name), sound_key(name), self.chance.birth(), sex, *held)]
        return name

    def _subject(self, unit: Unit, held: tuple[str, str], rows: dict[Table, list[tuple[Any, ...]]]) -> tuple[str, str]:
        """Return a subject of the unit: in one of five cases one who is known from another case."""
        known = self.subjects[unit.site]
        if known and self.chance.dice.random() < 0.2:
            return self.chance.dice.choice(known)
        pk = self.chance.id()
        name = self._person(self.subject, pk, unit.site, "M", held, rows)
        phone = f"07{self.chance.dice.randrange(10**9):09}"
        rows[self.mark] = [(self.chance.id(), pk, "phone", phone, phone_key(phone), *held)]
        known.append((pk, name))
        return pk, name

    def _acts(
        self,
        rows: dict[Table, list[tuple[Any, ...]]],
        unit: Unit,
        case: str,
        reference: str,
        days: list[int],
        victim_row: str,
        subject_row: str,
        held: tuple[str, str],
    ) -> None:
        chance, dice = self.chance, self.chance.dice
        rows[self.allegation], rows[self.act], rows[self.triage] = [], [], []
        for place, day in enumerate(days):
            pk, at = chance.id(), chance.moment(day)
            rows[self.allegation].append(
                (
                    *(pk, unit.site, "feed", "bench", f"{reference}/{place}", at, at, at),
                    *(
                        "8R",
                        "He waited by the door and wrote again.",
                        f'["{dice.choice(KINDS)}"]',
                        victim_row,
                        subject_row,
                    ),
                    *("routine", False, *held),
                )
            )
            rows[self.act].append((chance.id(), case, pk, at, 1 + (place % 3), at, *held))
            rows[self.triage].append((chance.id(), pk, case, "panel", "A pattern.", at, *held))
