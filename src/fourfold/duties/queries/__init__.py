"""What waits, as one person may see it at one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case as Either
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When

from fourfold.access import queries as access_queries
from fourfold.access import signatories
from fourfold.access.conditions import Among, IsThere, Rarely
from fourfold.access.models import Relation
from fourfold.access.roles import casework_sites
from fourfold.access.scoping import running
from fourfold.access.statements import Call, composed, run_ahead
from fourfold.access.terms import Permission, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.level_shown import level_shown
from fourfold.cases.queries.listing import related_to
from fourfold.cases.terms import Level, ShownLevel, State
from fourfold.duties.kinds import KINDS
from fourfold.duties.models import Duty
from fourfold.duties.queries.scope import INSIDE, kept_by, of_somebody, open_to
from fourfold.people.terms import name_as_said

GONE = "somebody who left"
#: How much is read at once, and ordered in memory; where more waits, it is read a page at a time.
MANY = 200
SILENCE = ("contacts",)
Parts = Mapping[UUID, frozenset[str]]
_READ = (
    *("kind", "about", "case_id", "case__reference", "site", "level"),
    *("case__victim__given_name", "case__victim__family_name"),
    *("due_at", "owner", "partner", "asked_by", "said", "text", "sees_risk", "of_nobody", "by_reader"),
    *("reveals", "id"),
)


@dataclass(frozen=True)
class Waiting:
    """Something that waits in a case that the reader may open. `owner` and `by` are names, "" for nobody; `parts` are the
    reader's own in that case, `is_own` where it is theirs by name, and `by_reader` where they asked for it themselves, on
    whichever record. `beside`: what the words need of other tables, for this reader.
    """

    kind: str
    about: UUID
    reference: str
    site: str
    level: ShownLevel
    victim: str
    due_at: datetime | None
    owner: str
    partner: str
    by: str
    said: dict[str, Any]
    text: str
    of_nobody: bool
    is_own: bool
    by_reader: bool
    asked_by: UUID | None
    parts: frozenset[str]
    id: UUID
    case: UUID
    beside: Any = None

    @property
    def is_related(self) -> bool:
        """Whether the reader has a part in the case that makes what waits in it theirs."""
        return bool(self.parts - {RelationKind.PARTY})


def waiting(
    *,
    actor: Actor,
    kinds: Collection[str],
    at: datetime,
    parts: Parts,
    by_page: Collection[str] = (),
    worst: bool = False,
    own: Own | None = None,
) -> tuple[Waiting, ...]:
    """Return what waits of these kinds in cases that are open to the actor, who has these parts, but of those that are read
    `by_page`; of silence, where nothing else hangs on parts, only the `worst`, at very high. `own`: in which cases to look
    for what is not, where that is known. Two statements, and the log's.
    """
    calls = ahead(actor=actor, kinds=kinds, at=at, by_page=by_page, parts=parts, worst=worst, own=own)
    run_ahead(*calls)
    rows = [row for call in calls for row in call.rows()]
    rows = sorted(rows, key=lambda row: (row[8] is None, row[8] or at, str(row[1])))
    return said_of(rows, actor, at, parts)


def ahead(
    *,
    actor: Actor,
    kinds: Collection[str],
    at: datetime,
    by_page: Collection[str],
    parts: Parts,
    worst: bool,
    own: Own | None = None,
) -> tuple[Call, ...]:
    """Return what `waiting` asks once it knows the actor's parts, to be run ahead."""
    of_part, wanted = _apart(tuple(kinds), tuple(by_page))
    is_worst = worst and of_part == SILENCE
    looked, party = own if by_page else None, {RelationKind.PARTY}
    unit = tuple(parts) if looked is None else looked.of(wanted)
    if looked is not None and is_worst and not _reaches(actor):
        mine = looked.of(of_part)
    else:
        mine = tuple(file for file, kinds in parts.items() if kinds - party)
    of = "the worst of the parts" if is_worst else "the parts"
    return (
        *((_waiting.call(actor, at, wanted, "the unit", these=unit),) if wanted else ()),
        *((_waiting.call(actor, at, of_part, of, these=mine),) if of_part and mine else ()),
    )


def _apart(kinds: tuple[str, ...], by_page: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which of some kinds hang on parts, and which of the others are not read by the page."""
    of_part = tuple(kind.name for kind in KINDS if kind.of_part and kind.name in kinds)
    return of_part, tuple(kind.name for kind in KINDS if kind.name in kinds and kind.name not in (*of_part, *by_page))


def _reaches(actor: Actor) -> bool:
    return access_queries.may(actor, Permission.SUPPORT_RECORD)


@dataclass(frozen=True)
class Own:
    """In which cases of somebody's something of a kind may wait for them that a first page of their own shows."""

    cases: Mapping[str, frozenset[UUID]]

    def of(self, kinds: Collection[str]) -> tuple[UUID, ...]:
        found = frozenset[UUID]().union(*(self.cases.get(kind, ()) for kind in kinds))
        return tuple(sorted(found, key=attrgetter("int")))


def own_of(actor: Actor, at: datetime, kinds: tuple[str, ...], by_page: tuple[str, ...]) -> Own:
    """Return in which cases of somebody's to look for what `owned` finds. One statement."""
    found: dict[str, set[UUID]] = defaultdict(set)
    for case, kind in owned(actor, at, kinds, by_page):
        found[kind].add(case)
    return Own({kind: frozenset(cases) for kind, cases in found.items()})


@composed
def owned(
    actor: Actor, at: datetime, kinds: tuple[str, ...], by_page: tuple[str, ...]
) -> QuerySet[Duty, tuple[UUID, str]]:
    """Return in which cases of somebody's what may wait that is not read by the page, or hangs on their part and is to be
    decided or is the gravest and due; no more is known of it. Their hundreds of cases are looked through here once, in an
    index alone: each list that is asked then has some of them.
    """
    of_part, others = _apart(kinds, by_page)
    by_part = tuple(kind.name for kind in KINDS if kind.name in by_page and kind.name not in ("actions", "sessions"))
    decides = tuple(kind.name for kind in KINDS if kind.decide and kind.name in by_part)
    grave = tuple(kind.name for kind in KINDS if kind.graded and kind.name in by_part)
    silent = SILENCE if of_part == SILENCE else ()
    worst = Q(kind__in=(*silent, *grave), level=Level.VERY_HIGH, due_at__lte=at)
    # Of one case after another: SQLite would look for each kind by itself.
    either = Either(When(worst | Q(kind__in=(*others, *decides)), then=True), default=False)
    rows = Duty.objects.unscoped(INSIDE).filter(Among("case", related_to(actor, at)), either)
    if connection.vendor == "postgresql":  # it would read all that waits in them, where that is much
        rows = rows.filter(kind__in=(*silent, *grave, *others, *decides))
    return rows.values_list("case_id", "kind")


def paged_of(kinds: Collection[str], paged: Collection[str]) -> tuple[str, ...]:
    """Return which of some kinds are read by the page where more than `MANY` waits: those that may be `paged`."""
    return tuple(kind.name for kind in KINDS if kind.paged and kind.name in kinds and kind.name in paged)


def read(
    *, actor: Actor, kinds: tuple[str, ...], these: tuple[UUID, ...], parts: Parts, at: datetime
) -> tuple[Waiting, ...]:
    """Return these rows, in their order, as far as they may be seen now. Two statements, and the log's."""
    rows = reading(actor, kinds, these, at).rows() if these else []
    places = {key: place for place, key in enumerate(these)}
    return said_of(sorted(rows, key=lambda row: places[row[-1]]), actor, at, parts)


def reading(actor: Actor, kinds: tuple[str, ...], these: tuple[UUID, ...], at: datetime) -> Call:
    """Return what `read` asks, to be run ahead."""
    return _waiting.call(actor, at, kinds, "the rows", these=these)


def said_of(rows: list[Any], actor: Actor, at: datetime, parts: Parts) -> tuple[Waiting, ...]:
    others = {who for row in rows for who in (row[9], row[11])} - {None, actor.staff}
    names = {actor.staff: actor.name} | access_queries.names_of(others)
    audit.consulted(
        actor,
        "duties.waiting",
        at=at,
        compartments={
            "core",
            *(["risk"] if any(row[14] for row in rows) else []),
            *(row[-2] for row in rows if row[-2]),
        },
        fields=frozenset({"what", "due_on", "planned_at", "level", "question", "draft"}),
        count=len(rows),
    )
    return tuple(_shown(row, actor, names, parts.get(row[2], frozenset())) for row in rows)


def _shown(row: Any, actor: Actor, names: dict[UUID, str], parts: frozenset[str]) -> Waiting:
    kind, about, case, reference, site, level, given, family, due_at, owner, partner, by, said, text, risk, *more = row
    nobody, own, _, pk = more
    return Waiting(
        kind=kind,
        about=about,
        reference=reference,
        site=site,
        level=level_shown(level, sees_risk=bool(risk)),
        victim=name_as_said(given, family),
        due_at=due_at,
        owner=names.get(owner, GONE) if owner else "",
        partner=partner,
        by=names.get(by, GONE) if by else "",
        said=said,
        text=text or "",
        of_nobody=bool(nobody),
        is_own=owner == actor.staff or (owner is None and partner == actor.partner),
        by_reader=bool(own),
        asked_by=by,
        parts=parts,
        id=pk,
        case=case,
    )


@composed
def _waiting(actor: Actor, at: datetime, kinds: tuple[str, ...], of: str, *, these: Any) -> QuerySet[Duty, Any]:
    """Return what may be seen now, whatever the table says, in no order: `these` rows, those `of the parts` in these cases or
    the worst, or those of their sites, of these cases, and their own.
    """
    # Half of somebody's cases of years are closed, and nobody is silent in them: no door is looked at for those.
    of_open = Case.objects.unscoped(INSIDE).filter(pk__in=these).exclude(state=State.CLOSED).values("pk")
    worst = of == "the worst of the parts"
    in_these, of_kinds = Q(case__in=of_open if kinds == SILENCE and not worst else these), Q(kind__in=kinds)
    if of == "the unit":
        # Each found by its index, the kinds too: of one or the other SQLite reads every case there is, for each kind. Of a
        # site its later versions read every row, of whatever kind, unless the kinds are said to be rare.
        in_sites = Q(Rarely(Q(kind__in=kinds)), site__in=sorted(casework_sites(actor)))
        each = [in_these & of_kinds, in_sites, *([kept_by(actor) & of_kinds] if "actions" in kinds else [])]
        first, *more = (Duty.objects.unscoped(INSIDE).filter(one).values("pk") for one in each)
        in_these = Q(pk__in=first.union(*more))
    # Of a case there are few rows, and all of a kind are many: PostgreSQL would read those as well, to compare.
    reaches = _reaches(actor)
    rows = open_to(actor, at, kinds, by_index=of != "the unit", with_risk=worst and not reaches)
    rows = rows.filter(Q(pk__in=these) if of == "the rows" else in_these)
    if of in ("the parts", "the worst of the parts") and connection.vendor == "postgresql":
        rows = rows.filter(of_kinds)  # by the index of both: where much waits in a case it would read all of that
    if "contacts" in kinds and not reaches:
        # Whoever reaches nobody themselves is told of silence alone, and of none below high (`web.pages.support_day`).
        untold = Q(level__in=(Level.LOW, Level.MEDIUM), sees_risk=True) | Q(due_at__gt=at)
        # Each case is looked at in the index alone, which holds all of this: few of somebody's are among the worst.
        silent = Q(Rarely(Q(level=Level.VERY_HIGH)), kind__in=kinds, due_at__lte=at, sees_risk=True)
        rows = rows.filter(silent) if worst else rows.exclude(untold, kind="contacts")
    texts = [
        When(kind=kind.name, then=Subquery(_text(*kind.text))) for kind in KINDS if kind.text and kind.name in kinds
    ]
    rows = rows.annotate(
        text=Either(*texts, default=Value(""), output_field=CharField()),
        # Only for what may be so: PostgreSQL would else read the parts in every case into memory first.
        of_nobody=Either(When(kind="reviews", level="", then=~IsThere(of_somebody(at))), default=False),
        by_reader=IsThere(signatories.records_of(actor).filter(pk=OuterRef("asked_by"))),
    )
    return rows.values_list(*_READ)


def _text(table: Any, column: Any) -> QuerySet[Any, Any]:
    words = F(column) if isinstance(column, str) else column
    return table.objects.unscoped(INSIDE).filter(pk=OuterRef("about")).annotate(said_as=words).values("said_as")[:1]


def parts_of(actor: Actor, at: datetime) -> dict[UUID, frozenset[str]]:
    """Return which parts the actor has now in which cases. One statement."""
    found: dict[UUID, frozenset[str]] = {}
    alone = {kind.value: frozenset((kind.value,)) for kind in RelationKind}  # of hundreds of cases nearly each has one
    for file, kind in related(actor, at):
        if (had := found.setdefault(file, alone[kind])) is not alone[kind]:
            found[file] = had | alone[kind]
    return found


@composed
def related(actor: Actor, at: datetime) -> QuerySet[Relation, Any]:
    """Return which parts the actor has now, in which cases."""
    return Relation.objects.filter(running(at), staff_id=actor.staff).values_list("file", "kind")
