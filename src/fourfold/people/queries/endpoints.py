"""Which of a victim's numbers, mailboxes and addresses are confirmed, which were only told, and which are hostile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from fourfold.access.projection import Projection, Through
from fourfold.access.queries import names_of
from fourfold.people.models import ReachChecked, ReachWithdrawn, SubjectMark, VictimReach
from fourfold.people.queries.withdrawals import standing
from fourfold.people.rules import contact as rules
from fourfold.people.terms import Confirmation, MarkKind, ReachState

CHECKED = "the safe-contact rule binds whoever acts; nothing of what is read here is shown"
KINDS = frozenset(rules.ENDPOINT.values())


@dataclass(frozen=True)
class Endpoints:
    """The confirmed endpoint of a kind that would be used, and those told that nobody has confirmed or set aside."""

    confirmed: VictimReach | None = None
    told: tuple[VictimReach, ...] = ()

    @property
    def would_be(self) -> VictimReach | None:
        """The endpoint that is confirmed, or the one told last that could be: whose it may be is said of either."""
        return self.confirmed or next(reversed(self.told), None)


@dataclass(frozen=True)
class EndpointShown:
    """One endpoint as the victim's advocate sees it: enough to know it by, and what was found of it."""

    id: UUID
    kind: MarkKind
    hint: str
    told_at: datetime
    state: ReachState
    how: Confirmation | None
    checked_at: datetime | None
    checked_by: str
    why_not: str


SHOWN = Projection(
    EndpointShown,
    VictimReach,
    *("state", "how", "checked_at", "checked_by", "why_not"),
    told_at="recorded_at",
    hint=Through(lambda kind, value: rules.hint_of(MarkKind(kind), value), "kind", "value"),
)


def endpoints_of_any(
    victims: Iterable[UUID], kinds: Iterable[MarkKind] = KINDS, *, then: datetime | None = None
) -> Mapping[UUID, Mapping[MarkKind, Endpoints]]:
    """Return the endpoints of each victim by kind, as they stand or stood `then`. One statement.

    What is told again of a confirmed one, or of one set aside, is nothing new.
    """
    found: dict[UUID, dict[MarkKind, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in _running(victims, kinds, then):
        found[row.victim_id][MarkKind(row.kind)].append(row)
    return {victim: {kind: _sorted_out(rows) for kind, rows in kinds.items()} for victim, kinds in found.items()}


def endpoints_of(
    victim: UUID, kinds: Iterable[MarkKind] = KINDS, *, then: datetime | None = None
) -> Mapping[MarkKind, Endpoints]:
    """Return one victim's endpoints by kind; a kind without any is not among them. One statement."""
    return endpoints_of_any([victim], kinds, then=then).get(victim, {})


def shown_of(victim: UUID) -> tuple[EndpointShown, ...]:
    """Return every running endpoint of a victim who has been opened, what nobody has confirmed first. Two statements."""
    rows = _running([victim], KINDS, None)
    names = names_of({row.checked_by for row in rows if row.checked_by})
    shown = [
        SHOWN(
            row,
            state=rules.state_of(row.found),
            how=Confirmation(row.how) if row.how else None,
            checked_at=row.checked_at,
            checked_by=names.get(row.checked_by, "a colleague"),
            why_not=row.why_not or "",
        )
        for row in rows
    ]
    order = [ReachState.TOLD, ReachState.CONFIRMED, ReachState.SET_ASIDE]
    return tuple(sorted(shown, key=lambda one: (order.index(one.state), one.kind, one.told_at)))


def _running(victims: Iterable[UUID], kinds: Iterable[MarkKind], then: datetime | None) -> list[Any]:
    running, checks = Q(ended_at=None), _checks(then)
    if then is not None:
        running = Q(recorded_at__lte=then) & (running | Q(ended_at__gt=then))
    rows = VictimReach.objects.unscoped(CHECKED).filter(running, victim_id__in=list(victims), kind__in=list(kinds))
    latest = {"found": "confirmed", "how": "how", "why_not": "why_not"}
    latest |= {"checked_at": "recorded_at", "checked_by": "recorded_by"}
    said = {name: Subquery(checks.values(column)[:1]) for name, column in latest.items()}
    return list(standing(rows).annotate(**said).order_by("recorded_at", "id"))


def _checks(then: datetime | None) -> QuerySet[ReachChecked]:
    """Return what was found of a row, the latest first: what was withdrawn and brought back has to be found again.

    Of two answers of one moment the one that says no counts.
    """
    back = ReachWithdrawn.objects.unscoped(CHECKED).filter(
        mark=OuterRef("reach_id"), undone_at__gte=OuterRef("recorded_at")
    )
    checks = ReachChecked.objects.unscoped(CHECKED).filter(~Exists(back), reach=OuterRef("pk"))
    if then is not None:
        checks = checks.filter(recorded_at__lte=then)
    return checks.order_by("-recorded_at", "confirmed", "-id")


def _sorted_out(rows: list[Any]) -> Endpoints:
    confirmed = [row for row in rows if row.found]
    decided = {row.key or row.value for row in rows if row.found is not None}
    told = tuple(row for row in rows if row.found is None and (row.key or row.value) not in decided)
    return Endpoints(max(confirmed, key=lambda row: row.checked_at, default=None), told)


def hostile_among(records: frozenset[UUID], reaches: Iterable[VictimReach]) -> frozenset[UUID]:
    """Return which endpoints were ever linked to any subject, associate or other victim, in two statements.

    One of the victim's at which somebody else was found to answer, or that is withdrawn, counts too, whoever gives it
    again and however it is written.
    """
    keys = {row.pk: _keys_of(row) for row in reaches}
    every = frozenset().union(*keys.values())
    known = {"kind__in": list(MarkKind), "key__in": every}  # every kind is named so that the index is used
    marks = SubjectMark.objects.unscoped(CHECKED).filter(**known).values_list("key", flat=True)
    withdrawn = ReachWithdrawn.objects.unscoped(CHECKED).filter(mark=OuterRef("pk"), undone_at__isnull=True)
    others = VictimReach.objects.unscoped(CHECKED).filter(**known)
    others = others.filter(~Q(victim_id__in=records) | Q(hostile_at__isnull=False) | Exists(withdrawn))
    linked = {*marks, *others.values_list("key", flat=True)}
    return frozenset(pk for pk, own in keys.items() if rules.is_hostile(own, linked))


def _keys_of(row: VictimReach) -> frozenset[str]:
    return rules.keys_to_compare(MarkKind(row.kind), row.value) | {row.key} - {""}
