"""Records that look like one person's: until somebody has said that they are two people, they do not sign beside each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import F, Q, QuerySet

from fourfold.access import addresses
from fourfold.access.models import PersonSaid, Staff

_BETWEEN = re.compile(r"[\s,.]+")


@dataclass(frozen=True)
class Look:
    """What a record shows of a person: the words of the name, the staff number, and the names of work addresses."""

    name: str
    number: str = ""
    emails: frozenset[str] = frozenset()

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the name as they look."""
        return tuple(filter(None, (addresses.look_of_name(word) for word in _BETWEEN.split(self.name))))

    @cached_property
    def marks(self) -> frozenset[str]:
        """What two records of one person are likely to share: a word, a number, a name before the @."""
        boxes = (addresses.look(email).rpartition("@")[0].replace(".", "") for email in self.emails if email)
        number = addresses.look_of_number(self.number)
        whole = addresses.look_of_name(self.name)
        return frozenset(f"@{box}" for box in boxes if box) | ({f"#{number}"} if number else set()) | {f"={whole}"}


def alike(one: Look, other: Look) -> bool:
    """Return whether two records look like one person's.

    The same name in whatever order, with or without middle names, or with a first name that is only a letter; the same
    staff number, of whichever agency; the same name in a work address.
    """
    if one.marks & other.marks:
        return True
    mine, theirs = one.words, other.words
    if min(len(mine), len(theirs)) < 2:
        return False
    if set(mine) <= set(theirs) or set(theirs) <= set(mine):
        return True
    first, second = sorted((mine[0], theirs[0]), key=len)
    return mine[-1] == theirs[-1] and len(first) == 1 and second.startswith(first)


def looks(rows: Iterable[Staff]) -> dict[UUID, tuple[Staff, Look]]:
    """Return each record with how it looks; the records as `with_emails` gives them, once for each account."""
    known: dict[UUID, Staff] = {}
    emails: dict[UUID, set[str]] = defaultdict(set)
    for row in rows:
        known.setdefault(row.pk, row)
        emails[row.pk].add(row.email or "")  # type: ignore[attr-defined]
    return {pk: (row, Look(row.name, row.staff_number, frozenset(emails[pk]))) for pk, row in known.items()}


def with_emails(found: Q) -> QuerySet[Staff]:
    """Return records beside the address of each account of theirs, in one statement."""
    return Staff.objects.filter(found).annotate(email=F("accounts__email")).order_by("partner", "pk")


def like(look: Look) -> list[Staff]:
    """Return who is, or was, on record with whichever agency and looks like this, robots aside. One statement."""
    return [row for row, known in looks(with_emails(Q(robot=False))).values() if alike(look, known)]


def answered(one: UUID, other: UUID) -> bool:
    """Return whether somebody has said that these natural persons are two, of whichever of their records."""
    mine, theirs = (Q(pk=person) | Q(person=person) for person in (one, other))
    first, second = (Staff.objects.filter(each).values("pk") for each in (mine, theirs))
    said = PersonSaid.objects.filter(same=False)
    return said.filter(Q(one__in=first, other__in=second) | Q(one__in=second, other__in=first)).exists()


def pairs(partner: str) -> list[tuple[Staff, Staff]]:
    """Return the records of an agency beside those that look like them, of which nobody has said anything. Two statements.

    One of two records that have left is no matter any more.
    """
    known = looks(with_emails(Q(robot=False, active=True)))
    shared: dict[str, list[UUID]] = defaultdict(list)
    for pk, (_, look) in known.items():
        for mark in {*look.marks, *look.words}:
            shared[mark].append(pk)
    said = {frozenset(each) for each in PersonSaid.objects.filter(same=False).values_list("one", "other")}
    found: dict[frozenset[UUID], tuple[Staff, Staff]] = {}
    for pk, (row, look) in known.items():
        if row.partner != partner:
            continue
        for other in {each for mark in {*look.marks, *look.words} for each in shared[mark]} - {pk}:
            beside, theirs = known[other]
            both = frozenset((pk, other))
            if row.natural != beside.natural and both not in said and alike(look, theirs):
                found.setdefault(both, (row, beside))
    waiting = sorted(found.values(), key=lambda pair: (pair[0].name, pair[1].name, pair[0].pk))
    return [pair for pair in waiting if not answered(pair[0].natural, pair[1].natural)]
