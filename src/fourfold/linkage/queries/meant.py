"""Whom many reports may mean among the people on record, at once: what was decided, what is thought, what is likely."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet

from fourfold.access.conditions import IsThere
from fourfold.access.statements import Call, composed, for_nobody
from fourfold.access.terms import Compartment
from fourfold.audit.terms import Actor
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation
from fourfold.linkage import rules, shared_keys
from fourfold.linkage.models import Match
from fourfold.linkage.queries.as_compared import MOST_KEPT, numbers_kept, told_of_again
from fourfold.linkage.queries.known import traits_of, undone_of, weights_of
from fourfold.linkage.queries.walled import WALLED_WHEN
from fourfold.linkage.queries.weighing import NOBODY, _visible, without_ways
from fourfold.linkage.terms import Confidence, Sure, Traits, Verdict
from fourfold.people.queries.same_person import is_merged, merges_with
from fourfold.people.terms import Part

Seen = Callable[[Any], Collection[Compartment]]


@dataclass(frozen=True)
class Meant:
    """Somebody on record whom one part of a report may mean, and how sure that is. `unnamed`: nobody can name them yet;
    `merged`: another record is the same person.
    """

    person: UUID
    part: Part
    sure: Sure
    unnamed: bool = False
    merged: bool = field(default=True, compare=False, repr=False)


@dataclass(frozen=True)
class Told:
    """What a report tells of its two people, as far as a reader may compare it."""

    victim: Traits
    subject: Traits
    #: The victim with how they are reached: compared only with those whose contact the reader reads, shown to nobody.
    ways: Traits

    def of(self, part: Part) -> Traits:
        return self.victim if part is Part.VICTIM else self.subject


def told_of_many(rows: Iterable[Allegation], readable: Seen, *, at: datetime) -> dict[UUID, Told]:
    """Return what reports tell as a reader may compare it: how a victim is reached only to whoever may read that.

    By the latest version of each; two statements.
    """
    found, on = {}, at.date()
    for row in intake.as_told_last(rows):
        parts = readable(row)
        victim = told_of_again(row, Part.VICTIM, on=on)
        subject = told_of_again(row, Part.SUBJECT, on=on) if Compartment.SUBJECT_IDENTITY in parts else Traits()
        found[row.pk] = Told(
            victim if Compartment.VICTIM_CONTACT in parts else _without_ways_kept(victim), subject, ways=victim
        )
    return found


#: The same for a list, as `told_of_again`.
_without_ways_kept = lru_cache(maxsize=MOST_KEPT)(without_ways)


def meant_by(
    actor: Actor,
    rows: Sequence[Allegation],
    told: Mapping[UUID, Told],
    *,
    at: datetime,
    reached: Collection[UUID] = NOBODY,
    sharing: Mapping[tuple[UUID, Part], Sequence[UUID]] | None = None,
) -> dict[UUID, tuple[Meant, ...]]:
    """Return whom on record each of some reports of one site may mean, whom the actor may see, the surest first.

    Somebody confirmed is meant alone; where nobody can name the confirmed subject yet, whoever else is likely stays.
    What was decided not to be the person is left out. `sharing`: who shares a key with what is told, if that was asked
    for (`keys_told`). At most five statements, however many reports there are.
    """
    decided = _decided(rows)
    asked = [
        row
        for row in rows
        if (said := decided.get(row.id)) is None or not all(_is_settled(said, part) for part in Part)
    ]
    if asked and sharing is None:
        sharing, _ = shared_keys.sharing_many(keys_told(rows, told, bool(reached)))
    likely = _likely(actor, asked, told, at, reached, sharing) if asked and sharing else {}
    found = {pk: _of_one(decided[pk], likely.get(pk, ())) for pk in decided.keys() | likely.keys()}
    return {row.id: found.get(row.id, ()) for row in rows}


@dataclass
class _Decided:
    meant: dict[tuple[Part, UUID], Meant]
    not_them: set[tuple[Part, UUID]]
    #: Whether a third party was found where a victim is told of: no victim is meant.
    third: bool = False


_SURE = {Verdict.SAME: Sure.CONFIRMED, Verdict.PROBABLY: Sure.PROBABLY, Verdict.PERHAPS: Sure.PERHAPS}


def _decided(rows: Sequence[Allegation]) -> dict[UUID, _Decided]:
    """Return what stands decided about the people of some reports; one statement."""
    found: dict[UUID, _Decided] = defaultdict(lambda: _Decided({}, set()))
    for pk, part, victim, subject, verdict, named, merged in decided_ahead(rows).rows():
        key = Part(part), victim or subject
        if verdict in _SURE:
            found[pk].meant[key] = Meant(key[1], key[0], _SURE[Verdict(verdict)], named is False, merged)
        elif verdict == Verdict.NOT_SAME:
            found[pk].not_them.add(key)
        found[pk].third |= verdict == Verdict.THIRD
    return found


def decided_ahead(rows: Iterable[Allegation]) -> Call:
    """Return what is asked of some reports first, to be run ahead: what stands decided about their people."""
    return _standing.call(reports=tuple(row.pk for row in rows))


@for_nobody
def _standing(reports: Any) -> QuerySet[Match, Any]:
    standing = Match.objects.unscoped("the caller has opened the reports").filter(
        allegation__in=reports, undone_at__isnull=True
    )
    merged = IsThere(merges_with(OuterRef("victim"))) | IsThere(merges_with(OuterRef("subject")))
    columns = ("allegation", "part", "victim", "subject", "verdict", "subject__known", "merged")
    return standing.annotate(merged=merged).order_by("decided_at").values_list(*columns)


def _is_settled(decided: _Decided, part: Part) -> bool:
    if decided.third and part is Part.VICTIM:
        return True
    return any(key[0] is part and one.sure is Sure.CONFIRMED and not one.unnamed for key, one in decided.meant.items())


def _of_one(decided: _Decided, likely: Iterable[Meant]) -> tuple[Meant, ...]:
    found = {
        key: one
        for key, one in decided.meant.items()
        if one.sure is Sure.CONFIRMED or not _is_settled(decided, one.part)
    }
    for one in likely:
        key = one.part, one.person
        if key not in found and key not in decided.not_them and not _is_settled(decided, one.part):
            found[key] = one
    return tuple(sorted(found.values(), key=lambda one: (one.sure.rank, one.part, one.person)))


def keys_told(
    rows: Sequence[Allegation], told: Mapping[UUID, Told], by_ways: bool
) -> dict[tuple[UUID, Part], dict[int, int]]:
    """Return under which keys the people of some reports of one site are looked for on record, by report and part; `by_ways`:
    a victim by how they are reached too."""
    return {
        (row.pk, part): numbers_kept(row.site, part, each.whole) for (row, part), each in _asked(rows, told, by_ways)
    }


def _asked(
    rows: Sequence[Allegation], told: Mapping[UUID, Told], by_ways: bool
) -> Iterator[tuple[tuple[Allegation, Part], _Asked]]:
    for row in rows:
        ways = told[row.pk].ways if by_ways else None
        yield (row, Part.VICTIM), _Asked(told[row.pk].victim, ways)
        yield (row, Part.SUBJECT), _Asked(told[row.pk].subject, None)


def _likely(
    actor: Actor,
    rows: Sequence[Allegation],
    told: Mapping[UUID, Told],
    at: datetime,
    reached: Collection[UUID],
    sharing: Mapping[tuple[UUID, Part], Sequence[UUID]],
) -> dict[UUID, list[Meant]]:
    found: dict[UUID, list[Meant]] = defaultdict(list)
    site = rows[0].site
    people = _seen(actor, site, whose(sharing), at)
    if not people:
        return found
    model = weights_of(site)
    undone = undone_of(source for each in people.values() for *_, source in each.sources)
    for (row, part), asked in _asked(rows, told, bool(reached)):
        for person in [people[each] for each in sharing[row.pk, part] if each in people][: shared_keys.MOST_COMPARED]:
            traits = asked.compared_with(person.id, reached)
            confidence = rules.compare(traits, traits_of(person, undone), model).confidence
            if confidence is not None:
                found[row.pk].append(Meant(person.id, part, sure_of(confidence), merged=person.merged))
    return found


@dataclass(frozen=True)
class _Asked:
    """What a report tells of one part: as anybody compares it, and with how the victim is reached, for whom that is open."""

    anybody: Traits
    ways: Traits | None

    @property
    def whole(self) -> Traits:
        return self.ways or self.anybody

    def compared_with(self, person: UUID, reached: Collection[UUID]) -> Traits:
        return self.ways if self.ways is not None and person in reached else self.anybody


def whose(sharing: Mapping[Any, Sequence[UUID]]) -> tuple[UUID, ...]:
    """Return everybody who shares a key with anything that is asked about, each once."""
    return tuple({person: None for each in sharing.values() for person in each})


def seen_ahead(actor: Actor, site: str, ids: tuple[UUID, ...], at: datetime) -> tuple[Call, ...]:
    """Return what is asked of whoever shares a key, to be run ahead; nothing of nobody."""
    return (_people_seen.call(actor, at, site, ids=ids), shared_keys.marks_kept.call(people=ids)) if ids else ()


def _seen(actor: Actor, site: str, ids: tuple[UUID, ...], at: datetime) -> dict[UUID, shared_keys.Known]:
    """Return those of some people whom the actor may see, as they are compared; two statements, none for nobody."""
    return shared_keys.known_among(_people_seen(actor, at, site, ids=ids), ids) if ids else {}


@composed
def _people_seen(actor: Actor, at: datetime, site: str, ids: Any) -> QuerySet[Any, Any]:
    shown = (_visible(actor, part, site, at).filter(pk__in=ids).annotate(merged=is_merged("pk")) for part in Part)
    victims, subjects = shown
    columns = (*shared_keys.READ, "merged")
    return victims.values_list(*columns).union(subjects.filter(known=True).values_list(*columns), all=True)


def sure_of(confidence: Confidence) -> Sure:
    """Return how sure a comparison makes it that somebody is meant: never more than likely."""
    return Sure.LIKELY if confidence in WALLED_WHEN else Sure.POSSIBLE
