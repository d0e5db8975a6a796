"""Looking for people who are on record twice: everybody compared with everybody, proposals, and what people say of them.

The run over everybody proposes pairs and merges nobody: whoever finds that two records are one says so by
`cases.services.merge_people` (of two victims, a colleague signs it), whoever finds that they are two by `keep_apart`.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.gateways.bulk import insert_rows
from fourfold.linkage import queries, rules
from fourfold.linkage.models import KeptApart, SameProposed
from fourfold.linkage.terms import CannotMatch, Comparison, Crowd, LookedForSame, SamePair, Traits, Weights
from fourfold.people.models import SubjectMark, VictimReach
from fourfold.people.queries import same_person as people
from fourfold.people.queries import standing
from fourfold.people.services.same_person import refuse_join
from fourfold.people.terms import MarkKind, Part

if TYPE_CHECKING:
    from fourfold.linkage.batch import Engine

FOR_NOBODY = "compared by rules, shown to nobody"
AT_ONCE = 500
COMPARED_WITH_ALL = 40
"""Of a group so many records are compared with every other of it; the rest hang together by these."""


def look_for_same(*, actor: Actor, site: str, at: datetime, engine: Engine | None = None) -> LookedForSame:
    """Compare everybody on record at a site with everybody, and keep which pairs of records may be one person.

    What stood before and is found again stays as it was; what is found no more ends. Pairs that somebody keeps apart,
    and records that are one person already, are not proposed. `engine` is DuckDB on this machine, or a cluster's Spark
    (`linkage.batch`). Reads for nobody in particular: each reader sees the pairs of which they may see both records.
    """
    access.require(actor, Permission.ALLEGATION_VIEW, at=at, site=site)
    weights = queries.weights_of(site)
    found = {pair.key: pair for part in Part for pair in _pairs(site, part, weights, engine)}
    standing = SameProposed.objects.unscoped(FOR_NOBODY).filter(site=site, ended_at__isnull=True)
    before = {(first, second): pk for first, second, pk in standing.values_list("first", "second", "pk")}
    new = [pair for key, pair in found.items() if key not in before]
    gone = [pk for key, pk in before.items() if key not in found]
    held = access_queries.held_by(actor, "found by rules", at=at)
    rows = [
        SameProposed(
            site=site,
            part=pair.part,
            first=pair.first,
            second=pair.second,
            weight=pair.comparison.weight,
            probability=pair.comparison.probability,
            model=weights.card.version,
            **held,
        )
        for pair in new
    ]
    with audit.recorded(actor, "same.looked", at=at, operation=Operation.COMBINATION) as entry:
        for some in _in_parts(gone):
            standing.filter(pk__in=some).update(ended_at=at)
        entry.seal(insert_rows(rows))
        entry.subject = queries.looked_over(site)
        entry.more = {"site": site, "standing": len(found), "new": len(new), "ended": len(gone)}
        crowds = tuple(sorted((each for part in Part for each in _crowds(site, part)), key=lambda each: -each.people))
        if crowds:
            entry.more["crowds"] = "; ".join(f"{each.part}, {each.kind}, {each.people}" for each in crowds)
    return LookedForSame(len(found), len(new), len(gone), crowds)


def _crowds(site: str, part: Part) -> Iterator[Crowd]:
    """Yield what so many people on record give that they were not compared by it, or not all of them. One statement."""
    from fourfold.linkage import batch

    table, owner = (VictimReach, "victim") if part is Part.VICTIM else (SubjectMark, "subject")
    of_site = standing(table.objects.unscoped(FOR_NOBODY).filter(**{f"{owner}__site": site}).exclude(key=""))
    many = of_site.values("key").annotate(people=Count(owner, distinct=True))
    many = many.filter(people__gt=batch.MOST_NAMES_OF_A_NUMBER).values("key")
    givers: dict[tuple[str, str], dict[UUID, str]] = defaultdict(dict)
    rows = of_site.filter(key__in=many).values_list(
        "kind", "key", owner, f"{owner}__given_name", f"{owner}__family_name"
    )
    for kind, key, person, given, family in rows.order_by().iterator():
        givers[kind, key][person] = f"{given[:1]}{family[:1]}".casefold()
    for (kind, _), names in givers.items():
        nobodys = kind == MarkKind.PHONE and len(set(names.values())) > batch.MOST_NAMES_OF_A_NUMBER
        if nobodys or (kind not in (MarkKind.PHONE, MarkKind.OTHER_NAME) and len(names) > batch.MOST_BESIDE):
            yield Crowd(part, MarkKind(kind), len(names))


def _pairs(site: str, part: Part, weights: Weights, engine: Engine | None) -> Iterator[SamePair]:
    """Yield for each group of records that are likely one person the strongest likenesses that join all of it.

    Besides, of two groups that are apart, the strongest likeness by which a record fits both: a person is asked about either.
    """
    records = queries.on_record(site, part)
    first = list(islice(records, 2))
    if len(first) < 2:
        return  # nobody to compare, and an engine takes its time to start
    from fourfold.linkage import batch, splink_model  # Splink takes a second to start

    ids: list[UUID] = []

    def written() -> Iterator[Traits]:
        for person, traits in chain(first, records):
            ids.append(person)
            yield traits

    with (
        nullcontext(engine) if engine else batch.on_duckdb() as computes,
        tempfile.TemporaryDirectory(dir=computes.folder) as folder,
    ):
        path = Path(folder) / "records.parquet"
        splink_model.write(written(), path)
        least = weights.thresholds.probable
        found = batch.link(path, weights, computes, at_least=least)
    members: dict[int, list[UUID]] = defaultdict(list)
    for record, group in found.groups.items():
        members[group].append(ids[record])
    for some in _in_parts(each for each in members.values() if len(each) > 1):
        known = dict(queries.on_record(site, part, among=[person for group in some for person in group]))
        settled = _settled(known)
        for group in some:
            yield from _joining(part, group, known, settled, weights)
    between: dict[tuple[int, int], list[tuple[UUID, UUID]]] = defaultdict(list)
    for one, other in found.left_open:
        between[found.groups[one], found.groups[other]].append((ids[one], ids[other]))
    for pairs in _in_parts(between.values()):
        known = dict(
            queries.on_record(site, part, among={person for each in pairs for pair in each for person in pair})
        )
        settled = _settled(known)
        for each in pairs:
            yield from _left_open(part, each, known, settled, weights)


def _left_open(
    part: Part,
    pairs: Iterable[tuple[UUID, UUID]],
    known: Mapping[UUID, Traits],
    settled: Mapping[tuple[UUID, UUID], bool],
    weights: Weights,
) -> Iterator[SamePair]:
    """Yield the strongest of the pairs between two groups; none where somebody decided about one of them."""
    pairs = [(min(pair), max(pair)) for pair in pairs if known.keys() >= set(pair)]
    if pairs and settled.keys().isdisjoint(pairs):
        compared = [(rules.compare(known[one], known[other], weights), one, other) for one, other in pairs]
        strongest, one, other = min(compared, key=lambda each: (-each[0].weight, each[1], each[2]))
        yield SamePair(part, one, other, strongest)


def _settled(known: Mapping[UUID, Traits]) -> dict[tuple[UUID, UUID], bool]:
    """Return of pairs of records what somebody decided: True, one person; False, kept apart."""
    apart = KeptApart.objects.unscoped(FOR_NOBODY).filter(undone_at__isnull=True, first__in=known)
    return dict.fromkeys(people.pairs_of(known), True) | dict.fromkeys(apart.values_list("first", "second"), False)


def _joining(
    part: Part,
    group: Iterable[UUID],
    known: Mapping[UUID, Traits],
    settled: Mapping[tuple[UUID, UUID], bool],
    weights: Weights,
) -> Iterator[SamePair]:
    """Yield the strongest pairs until every record of a group hangs together; what is settled is not asked again.

    A pair in which something contradicts comes last: the other records of the person outvoted it.
    """
    belongs = {person: {person} for person in group if person in known}

    def join(one: UUID, other: UUID) -> None:
        together = belongs[one] | belongs[other]
        belongs.update(dict.fromkeys(together, together))

    compared: list[tuple[bool, Comparison, UUID, UUID]] = []
    ordered = sorted(belongs)
    for place, one in enumerate(ordered[:COMPARED_WITH_ALL]):
        for other in ordered[place + 1 :]:
            decided = settled.get((one, other))
            if decided:
                join(one, other)
            elif decided is None:
                comparison = rules.compare(known[one], known[other], weights)
                doubted = comparison.confidence not in queries.WALLED_WHEN or rules.apart(known[one], known[other])
                compared.append((doubted, comparison, one, other))
    for doubted, comparison, one, other in sorted(compared, key=lambda each: (each[0], -each[1].weight, *each[2:])):
        if belongs[one] is not belongs[other] and (not doubted or comparison.confidence is not None):
            join(one, other)
            yield SamePair(part, one, other, comparison)


def keep_apart(*, actor: Actor, part: Part, one: UUID, other: UUID, reason: str, at: datetime) -> KeptApart:
    """Keep that two records are two people, and why: the pair is not proposed again. Raises CannotMatch or NotFound."""
    site = queries.site_of_both(actor, part, one, other, at=at)
    access.require(actor, Permission.MATCH_CONFIRM, at=at, site=site)
    if not reason.strip():
        raise CannotMatch("reason", "Say how you know that they are two people.")
    first, second = sorted((one, other))
    if people.standing(one, other) is not None:
        raise CannotMatch("reason", "These two records are already merged. Separate them instead.")
    if _standing(first, second) is not None:
        raise CannotMatch("reason", "Somebody has already decided that they are two people. Open the page again.")
    with audit.recorded(actor, "same.kept_apart", at=at, file=first) as entry:
        refuse_join(actor=actor, first=first, second=second, because=reason, at=at)
        return entry.about(
            KeptApart.objects.create(
                first=first,
                second=second,
                reason=reason.strip()[:300],
                decided_at=at,
                decided_by=actor.staff,
                **access_queries.held_by(actor, "desk", at=at),
            )
        )


def undo_apart(*, actor: Actor, part: Part, one: UUID, other: UUID, reason: str, at: datetime) -> KeptApart:
    """Undo that two records are kept apart; the next look may propose them again. Raises CannotMatch or NotFound."""
    site = queries.site_of_both(actor, part, one, other, at=at)
    access.require(actor, Permission.MATCH_UNDO, at=at, site=site)
    if not reason.strip():
        raise CannotMatch("reason", "Say why you undo this.")
    first, second = sorted((one, other))
    with audit.recorded(actor, "same.apart_undone", at=at, file=first) as entry:
        found = _standing(first, second)
        if found is None:
            raise NotFound
        found.undone_at, found.undone_by, found.undone_because = at, actor.staff, reason.strip()[:300]
        found.save(update_fields=["undone_at", "undone_by", "undone_because"])
        return entry.about(found)


def _standing(first: UUID, second: UUID) -> KeptApart | None:
    rows = KeptApart.objects.unscoped("both records were opened").filter(undone_at__isnull=True)
    return rows.filter(first=first, second=second).first()


def _in_parts(rows: Iterable[Any]) -> Iterator[list[Any]]:
    incoming = iter(rows)
    while some := list(islice(incoming, AT_ONCE)):
        yield some
