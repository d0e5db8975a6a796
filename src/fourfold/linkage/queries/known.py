"""What people on record are compared by: the model of their site, and their marks without what was undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Min

from fourfold.intake.models import Allegation
from fourfold.linkage import shared_keys, weights
from fourfold.linkage.models import Match
from fourfold.linkage.terms import Traits, Verdict, Weights
from fourfold.people.models import Subject, SubjectMark, Victim, VictimReach
from fourfold.people.queries import marks_of as marks_on_record
from fourfold.people.queries import standing
from fourfold.people.terms import MarkKind, Part

Person = Victim | Subject
#: How the source of a mark begins that was learned from a confirmed match; the match's identifier follows.
LEARNED = "match "


def weights_of(site: str) -> Weights:
    """Return the model with which a site compares: its own, or the shipped one."""
    return weights.of_site(folder_of_weights(), site)


def folder_of_weights() -> Path:
    return Path(settings.FOURFOLD.data_dir) / "linkage"


def learned_from(match_id: UUID) -> str:
    """Return the source of a mark that was learned from a match."""
    return f"{LEARNED}{match_id.hex}"


def undone_of(sources: Iterable[str]) -> set[str]:
    """Return those of the sources of marks that are matches undone since. One statement, none where none was learned."""
    learned = {source for source in sources if source.startswith(LEARNED)}
    if not learned:
        return set()
    rows = Match.objects.unscoped("only whether they stand").filter(
        pk__in=[UUID(source.removeprefix(LEARNED)) for source in learned], undone_at__isnull=False
    )
    return {learned_from(pk) for pk in rows.values_list("pk", flat=True)}


def traits_of(person: shared_keys.Known, undone: set[str]) -> Traits:
    """Return what a person is compared by, without what was learned from what is `undone`."""
    if not undone:
        return person.traits
    marks = frozenset((kind, key) for kind, key, source in person.sources if source not in undone)
    return replace(person.traits, marks=marks)


def marks_of(people: list[Person], part: Part) -> dict[UUID, frozenset[tuple[MarkKind, str]]]:
    """Return what identifies each person besides the name.

    Without what was learned from a match undone since, and without what was withdrawn.
    """
    owner, table = ("victim_id", VictimReach) if part is Part.VICTIM else ("subject_id", SubjectMark)
    held: Any = table.objects.unscoped("compared, never shown").filter(**{f"{owner}__in": [row.pk for row in people]})
    rows = list(standing(held).exclude(key="").values_list(owner, "kind", "key", "source"))
    undone = undone_of(source for *_, source in rows)
    found: dict[UUID, set[tuple[MarkKind, str]]] = defaultdict(set)
    for person, kind, key, source in rows:
        if source not in undone:
            found[person].add((MarkKind(kind), key))
    return defaultdict(frozenset, {person: frozenset(marks) for person, marks in found.items()})


def not_to_learn(allegation: Allegation, match: Match, person: Person) -> set[tuple[str, str]]:
    """Return what a match teaches nothing new by: what stands on the record, and what this report told in vain.

    Whoever withdrew something after the report had been confirmed knew what it told.
    """
    marks = marks_on_record(person)
    before = Match.objects.unscoped("the allegation was opened").filter(
        allegation=allegation, verdict=Verdict.SAME, victim=match.victim, subject=match.subject
    )
    first = before.exclude(pk=match.pk).aggregate(first=Min("decided_at"))["first"]
    known = set(standing(marks).values_list("kind", "key"))
    if first is not None:
        withdrawn = marks.filter(withdrawals__undone_at=None, withdrawals__decided_at__gte=first)
        known |= set(withdrawn.values_list("kind", "key"))
    return known
