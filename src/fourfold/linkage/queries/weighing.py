"""Whom one part of an allegation may concern, each with what speaks for and against."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access.scoping import opens_at_site
from fourfold.access.terms import Compartment, NotFound, Opened
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation
from fourfold.linkage import rules, shared_keys
from fourfold.linkage.models import Match
from fourfold.linkage.queries.as_compared import told_of
from fourfold.linkage.queries.decided import open_allegation
from fourfold.linkage.queries.known import Person, traits_of, undone_of, weights_of
from fourfold.linkage.terms import Candidate, Comparison, Evidence, Traits, Verdict, Weights
from fourfold.people.models import Subject, Victim
from fourfold.people.terms import Part
from fourfold.words import Word

MOST_CANDIDATES = 10
REACHES = frozenset({"phone", "email", "address", "vehicle", "account"})
NOBODY: frozenset[UUID] = frozenset()


def candidates(
    actor: Actor,
    allegation: Allegation,
    part: Part,
    *,
    at: datetime,
    opened: Opened | None = None,
    reached: Collection[UUID] = NOBODY,
) -> list[Candidate]:
    """Return at most ten people on record whom one part of an allegation may concern, the most probable first.

    Only people of the allegation's site whom the actor may see: somebody behind a wall is not there. What tells how to
    reach a victim is compared for nobody but those of the `reached`, whose contact the actor reads: else it neither
    finds, nor ranks, nor is shown. Seven statements and the log's once the allegation is `opened`; three more where
    somebody is `reached`.
    """
    opened = opened or open_allegation(actor, allegation, at=at)
    if part is Part.SUBJECT and Compartment.SUBJECT_IDENTITY not in opened.readable:
        return []
    [told] = intake.as_told_last([allegation])
    by = _compared_by(part, opened, reached)
    likely = weighed(allegation.site, part, told_of(told, part, on=at.date()), by=by)
    found = _seen(actor, allegation, part, likely, at) if likely else []
    shown = [_as_shown(each, part, opened) for each in found]
    audit.consulted(
        actor, "match.candidates", at=at, file=allegation.pk, compartments=compartments_read(part), count=len(shown)
    )
    return shown


def candidate(
    actor: Actor,
    allegation: Allegation,
    part: Part,
    person_id: UUID,
    *,
    at: datetime,
    reached: Collection[UUID] = NOBODY,
) -> Candidate:
    """Return one person on record beside what an allegation tells, however they compare, or raise NotFound."""
    opened = open_allegation(actor, allegation, at=at)
    if part is Part.SUBJECT and Compartment.SUBJECT_IDENTITY not in opened.readable:
        raise NotFound
    if not _visible(actor, part, allegation.site, at).filter(pk=person_id).exists():
        raise NotFound
    [last] = intake.as_told_last([allegation])
    told, decided = told_of(last, part, on=at.date()), _verdicts(allegation, part)
    by = _compared_by(part, opened, reached)
    [compared] = _compared(shared_keys.known(part, [person_id], named=False), told, part, allegation.site, by)
    found = replace(compared, verdict=decided.get(person_id))
    audit.consulted(actor, "match.comparison", at=at, file=allegation.pk, compartments=compartments_read(part), count=1)
    return _as_shown(found, part, opened)


def likely(allegation: Allegation, *, at: datetime) -> Iterator[Candidate]:
    """Yield the ten most probable of a site whom each part may concern, with what stands decided: for nobody in particular.

    By everything that was told, whatever whoever told it may see.
    """
    [last] = intake.as_told_last([allegation])
    for part in Part:
        found = weighed(allegation.site, part, told_of(last, part, on=at.date()))[:MOST_CANDIDATES]
        decided = _verdicts(allegation, part) if found else {}
        yield from (replace(each, verdict=decided.get(each.id)) for each in found)


def weighed(site: str, part: Part, told: Traits, *, by: Collection[UUID] | None = None) -> list[Candidate]:
    """Return those of a site who share a key with what was told and may be meant, scored, the most probable first.

    For nobody in particular: `candidates` keeps whom the reader may see. `by`: of whom alone numbers, email addresses,
    addresses, cars and accounts are compared; None: of everybody. Three statements, each answered by an index.
    """
    people = shared_keys.sharing(site, part, told if by is None else without_ways(told))
    if by:
        there = {each.id for each in people}
        reached = shared_keys.sharing(site, part, told)
        people += [each for each in reached if each.id in by and each.id not in there]
    return _in_order(_compared(people, told, part, site, by))


def without_ways(traits: Traits) -> Traits:
    """Return what somebody is compared by without what tells how to reach them."""
    return replace(traits, marks=frozenset((kind, key) for kind, key in traits.marks if str(kind) not in REACHES))


def _compared_by(part: Part, opened: Opened, reached: Collection[UUID]) -> Collection[UUID] | None:
    closed = part is Part.VICTIM and Compartment.VICTIM_CONTACT not in opened.readable
    return reached if closed else None


def _in_order(compared: Iterable[Candidate]) -> list[Candidate]:
    every = list(compared)
    alone = all(each.comparison.confidence is None for each in every)
    shown = [replace(each, comparison=rules.at_least_possible(each.comparison, alone=alone)) for each in every]
    found = [each for each in shown if each.comparison.confidence is not None]
    return sorted(found, key=lambda each: (-each.comparison.weight, each.name, each.id))


def compartments_read(part: Part) -> set[str]:
    """Return the compartment in which a person of this part stands, for the log."""
    return {str(Compartment.CORE if part is Part.VICTIM else Compartment.SUBJECT_IDENTITY)}


def _seen(actor: Actor, allegation: Allegation, part: Part, found: list[Candidate], at: datetime) -> list[Candidate]:
    """Keep the ten most probable whom the actor may see, with what stands decided about each; two statements."""
    visible = _visible(actor, part, allegation.site, at).filter(pk__in=[each.id for each in found])
    seen, decided = set(visible.values_list("pk", flat=True)), _verdicts(allegation, part)
    shown = [each for each in found if each.id in seen][:MOST_CANDIDATES]
    return [replace(each, verdict=decided.get(each.id)) for each in shown]


def _visible(actor: Actor, part: Part, site: str, at: datetime) -> QuerySet[Person]:
    if part is Part.VICTIM:
        return Victim.objects.visible_to(actor, at=at).filter(site=site)
    subjects = Subject.objects.visible_to(actor, at=at).filter(site=site)
    return subjects.filter(opens_at_site(actor, Compartment.SUBJECT_IDENTITY, at=at))


def _compared(
    people: Sequence[shared_keys.Known], told: Traits, part: Part, site: str, by: Collection[UUID] | None
) -> list[Candidate]:
    """Return each person with what speaks for and against, without what was learned from a match undone since."""
    undone = undone_of(source for each in people for _, _, source in each.sources)
    model = weights_of(site)
    return [
        Candidate(
            id=each.id,
            part=part,
            name=each.name,
            birth_on=each.traits.birth_on,
            comparison=_comparison(told, traits_of(each, undone), model, whole=by is None or each.id in by),
        )
        for each in people
    ]


def _comparison(told: Traits, record: Traits, model: Weights, *, whole: bool) -> Comparison:
    return (
        rules.compare(told, record, model) if whole else rules.compare(without_ways(told), without_ways(record), model)
    )


def _verdicts(allegation: Allegation, part: Part) -> dict[UUID, Verdict]:
    """Return what stands decided about each person for this part, the newest decision counting."""
    rows = (
        Match.objects.unscoped("the allegation was opened")
        .filter(allegation=allegation, part=part, undone_at__isnull=True)
        .order_by("decided_at", "recorded_at")
        .values_list("victim", "subject", "verdict")
    )
    return {victim or subject: Verdict(verdict) for victim, subject, verdict in rows}


def _as_shown(found: Candidate, part: Part, opened: Opened) -> Candidate:
    if part is Part.SUBJECT or Compartment.VICTIM_CONTACT in opened.readable:
        return found
    comparison = found.comparison
    without = tuple(without_reach(each) for each in comparison.evidence)
    return replace(found, comparison=replace(comparison, evidence=without))


def without_reach(evidence: Evidence) -> Evidence:
    """Return evidence without the values of a number, an address, a car or an account: only how they compare."""
    if evidence.field not in REACHES:
        return evidence
    told, known = (Word("told") if evidence.as_told else "", Word("known") if evidence.on_record else "")
    return Evidence(evidence.field, told, known, evidence.comparison, evidence.weight)
