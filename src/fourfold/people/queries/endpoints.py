"""Which of a victim's numbers, email addresses and postal addresses are confirmed, which were only told, and which are hostile."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from fourfold.access.projection import Projection, Through
from fourfold.access.queries import names_of
from fourfold.people.models import ReachChecked, ReachWithdrawn, SubjectMark, VictimReach
from fourfold.people.queries.same_person import people_of, records_of
from fourfold.people.queries.withdrawals import standing
from fourfold.people.rules import contact as rules
from fourfold.people.rules.identifiers import key_of
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
    victims: Mapping[UUID, UUID], people: Mapping[UUID, frozenset[UUID]]
) -> Mapping[UUID, Mapping[MarkKind, Endpoints]]:
    """Return for each case the endpoints of its victim by kind, on whichever record of theirs (`people`): `victims` by
    their case.

    What is told again of a confirmed one, or of one set aside, is nothing new. Two statements.
    """
    of_record: dict[UUID, list[Any]] = defaultdict(list)
    records = frozenset().union(*(people[victim] for victim in victims.values()))
    for row in _running(records, KINDS, None):
        of_record[row.victim_id].append(row)
    return {
        case: _by_kind((row for record in sorted(people[victim]) for row in of_record[record]), victim, case)
        for case, victim in victims.items()
    }


def endpoints_of(victim: UUID, kinds: Iterable[MarkKind] = KINDS, *, case: UUID) -> Mapping[MarkKind, Endpoints]:
    """Return one victim's endpoints by kind; a kind without any is not among them. Three statements."""
    return endpoints_on(victim, records_of(victim), kinds, case=case)


def endpoints_on(
    victim: UUID,
    records: Collection[UUID],
    kinds: Iterable[MarkKind] = KINDS,
    *,
    case: UUID,
    then: datetime | None = None,
) -> Mapping[MarkKind, Endpoints]:
    """Return the endpoints by kind of a victim whose records these are, as they stand or stood `then`. Two statements.

    What was confirmed for another record or in another case is told for this one, until its own advocate confirms it;
    what was set aside for any is set aside.
    """
    return _by_kind(_running(records, kinds, then), victim, case)


def shown_of(victim: UUID, *, case: UUID) -> tuple[EndpointShown, ...]:
    """Return every running endpoint of a victim who has been opened, what nobody has confirmed first. Four statements."""
    rows = _running(records_of(victim), KINDS, None)
    decided = _decided(rows, victim, case)
    names = names_of({check.recorded_by for check in decided.values()})
    shown = []
    for row in rows:
        found = decided.get(_same(row))
        shown.append(
            SHOWN(
                row,
                state=rules.state_of(found.confirmed if found else None),
                how=Confirmation(found.how) if found and found.how else None,
                checked_at=found.recorded_at if found else None,
                checked_by=names.get(found.recorded_by, "a colleague") if found else "",
                why_not=found.why_not if found else "",
            )
        )
    order = [ReachState.TOLD, ReachState.CONFIRMED, ReachState.SET_ASIDE]
    return tuple(sorted(shown, key=lambda one: (order.index(one.state), one.kind, one.told_at)))


def _running(victims: Iterable[UUID], kinds: Iterable[MarkKind], then: datetime | None) -> list[Any]:
    """Return the rows that run, or ran then, each with what was `found` of it in any case, the latest first."""
    running = Q(ended_at=None)
    if then is not None:
        running = Q(recorded_at__lte=then) & (running | Q(ended_at__gt=then))
    rows = VictimReach.objects.unscoped(CHECKED).filter(running, victim_id__in=list(victims), kind__in=list(kinds))
    found = Prefetch("checks", queryset=_checks(then), to_attr="found")
    return list(standing(rows).prefetch_related(found).order_by("recorded_at", "id"))


def _checks(then: datetime | None) -> QuerySet[ReachChecked]:
    """Return what was found, the latest first: what was withdrawn and brought back has to be found again.

    Of two answers of one moment the one that says no counts.
    """
    back = ReachWithdrawn.objects.unscoped(CHECKED).filter(
        mark=OuterRef("reach_id"), undone_at__gte=OuterRef("recorded_at")
    )
    checks = ReachChecked.objects.unscoped(CHECKED).filter(~Exists(back))
    if then is not None:
        checks = checks.filter(recorded_at__lte=then)
    return checks.order_by("-recorded_at", "confirmed", "-id")


def _by_kind(rows: Iterable[Any], victim: UUID, case: UUID) -> Mapping[MarkKind, Endpoints]:
    found: dict[MarkKind, list[Any]] = defaultdict(list)
    for row in rows:
        found[MarkKind(row.kind)].append(row)
    return {kind: _sorted_out(of_kind, victim, case) for kind, of_kind in found.items()}


def _same(row: Any) -> tuple[str, str]:
    """Return what is the same of two rows of one endpoint, whoever told it and on whichever record."""
    return row.kind, row.key or row.value


def _decided(rows: Iterable[Any], victim: UUID, case: UUID) -> Mapping[tuple[str, str], Any]:
    """Return for each endpoint the answer that was given last, which decides for every row of it.

    That something reaches the victim counts where it was found for this record in this case: another case has another
    subject, and another advocate who was asked. That it does not counts on whichever record, from whichever case.
    """
    checked = []
    for row in rows:
        last = next((one for one in row.found if not one.confirmed or one.case_file in (None, case)), None)
        if last is not None and (not last.confirmed or row.victim_id == victim):
            checked.append((_same(row), last))
    return dict(sorted(checked, key=lambda each: (each[1].recorded_at, not each[1].confirmed)))


def _sorted_out(rows: list[Any], victim: UUID, case: UUID) -> Endpoints:
    decided = _decided(rows, victim, case)
    confirmed = [check for check in decided.values() if check.confirmed]
    told = tuple(row for row in rows if _same(row) not in decided)
    used = max(confirmed, key=lambda check: (check.recorded_at, check.pk), default=None)
    return Endpoints(used and next(row for row in rows if row.pk == used.reach_id), told)


@dataclass(frozen=True)
class Hostile:
    """Which endpoints are somebody else's too: by what whoever asks may know, and by what is on others' records."""

    known: frozenset[UUID]
    hidden: frozenset[UUID]


def hostile_among(
    records: frozenset[UUID], reaches: Iterable[VictimReach], *, subjects: Collection[UUID] = ()
) -> Hostile:
    """Return which endpoints were ever linked to any subject, associate or other victim, in two statements.

    One of the victim's at which somebody else was found to answer, or that is withdrawn, counts too, whoever gives it
    again and however it is written. Known is that, and what is linked to `subjects`, those of the reader's own case;
    of everything else nobody is told, or the answer would say what is on the records of people whom they may not see.
    """
    keys = {row.pk: _keys_of(row) for row in reaches}
    every = frozenset().union(*keys.values())
    known = {"kind__in": list(MarkKind), "key__in": every}  # every kind is named so that the index is used
    marks = SubjectMark.objects.unscoped(CHECKED).filter(**known).values_list("subject_id", "key")
    withdrawn = ReachWithdrawn.objects.unscoped(CHECKED).filter(mark=OuterRef("pk"), undone_at__isnull=True)
    others = VictimReach.objects.unscoped(CHECKED).filter(**known)
    others = others.filter(~Q(victim_id__in=records) | Q(hostile_at__isnull=False) | Exists(withdrawn))
    linked = [*marks, *others.values_list("victim_id", "key")]
    told = {key for who, key in linked if who in records or who in subjects}
    hostile, spoken = (
        frozenset(pk for pk, own in keys.items() if rules.is_hostile(own, by))
        for by in ({key for _, key in linked}, told)
    )
    return Hostile(known=spoken, hidden=hostile - spoken)


def is_somebody_elses(victim: UUID, kind: MarkKind, value: str) -> bool:
    """Return whether an endpoint would be kept from use for a victim, for whatever reason: never to be shown."""
    row = VictimReach(kind=kind, value=value, key=key_of(kind, value))
    found = hostile_among(records_of(victim), [row])
    return bool(found.known or found.hidden)


#: How long a confirmation of what is on somebody else's record too is looked at.
LOOKED_AT = timedelta(days=28)


@dataclass(frozen=True)
class Doubted:
    """A confirmation of what stood on somebody else's record already: who made it, when, and of what kind; never what."""

    by: UUID
    kind: MarkKind
    confirmed_at: datetime
    set_aside: bool


def confirmed_lately(sites: Collection[str], *, at: datetime) -> QuerySet[ReachChecked]:
    """Return what the advocates of these sites confirmed lately, for the inside of a list of oversight."""
    checks = ReachChecked.objects.unscoped(CHECKED)
    lately = checks.filter(confirmed=True, recorded_at__gt=at - LOOKED_AT, recorded_at__lte=at)
    return checks.filter(pk__in=lately.values("pk"), reach__victim__site__in=sites)  # not everybody at a site


def doubted_at(sites: Collection[str], *, at: datetime) -> tuple[Doubted, ...]:
    """Return what the advocates of these sites confirmed lately though it was somebody else's too, the latest first.

    For whoever asks them why: nothing is sent there, and nobody else is told. Three statements where nothing was merged.
    """
    rows = confirmed_lately(sites, at=at)
    later = ReachChecked.objects.unscoped(CHECKED).filter(
        reach=OuterRef("reach"), confirmed=False, recorded_at__gte=OuterRef("recorded_at")
    )
    checks = list(rows.annotate(aside=Exists(later)).select_related("reach").order_by("-recorded_at", "-id"))
    people = people_of({check.reach.victim_id for check in checks})
    keys = {check.pk: _keys_of(check.reach) for check in checks}
    known = {"kind__in": list(MarkKind), "key__in": frozenset().union(*keys.values())}
    told: dict[str, list[tuple[UUID, datetime]]] = defaultdict(list)
    of_subjects, of_victims = (table.objects.unscoped(CHECKED).filter(**known) for table in (SubjectMark, VictimReach))
    marks = of_subjects.values_list("key", "subject_id", "recorded_at")
    for key, who, since in marks.union(of_victims.values_list("key", "victim_id", "recorded_at"), all=True):
        told[key].append((who, since))
    return tuple(
        Doubted(check.recorded_by, MarkKind(check.reach.kind), check.recorded_at, check.aside)
        for check in checks
        if any(
            who not in people[check.reach.victim_id] and since <= check.recorded_at
            for key in keys[check.pk]
            for who, since in told[key]
        )
    )


def _keys_of(row: VictimReach) -> frozenset[str]:
    return rules.keys_to_compare(MarkKind(row.kind), row.value) | {row.key} - {""}
