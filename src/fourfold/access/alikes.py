"""Records that look like one person's: until somebody has said that they are two people, they do not sign beside each other."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import F, Q, QuerySet

from fourfold.access import addresses, forenames
from fourfold.access.models import PersonSaid, Staff

_BETWEEN = re.compile(r"[\s,./()_–-]+")
_LISTED = re.compile(r"[,;/\n]+")
#: What stands before a name of before, and says nothing itself.
_BEFORE = frozenset(["nee", "formerly", "aka", "now"])
_CALLED = {addresses.look_of_name(form): forenames.may_be(form) for form in sorted(forenames.FORMS)}


@dataclass(frozen=True)
class Look:
    """What a record shows of a person: the words of the name, the staff number, the names of work addresses, and what
    the person is called otherwise or was called before.
    """

    name: str
    number: str = ""
    emails: frozenset[str] = frozenset()
    others: str = ""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the name as they look."""
        return _words(self.name)

    @cached_property
    def names(self) -> frozenset[tuple[str, ...]]:
        """Every name that the record shows, in words: its own, and those that work addresses are made of.

        An address is often kept when its bearer marries: Ada Reed at ada.quill@ is, or was, Ada Quill.
        """
        boxes = (email.rpartition("@")[0] for email in self.emails)
        made = (tuple(filter(None, map(addresses.look_of_name, _BETWEEN.split(box)))) for box in boxes)
        # A family name alone was borne with the same forename.
        before = [
            words if len(words) > 1 else self.words + words
            for words in map(_words, _LISTED.split(self.others))
            if words
        ]
        return frozenset({self.words, *before, *(words for words in made if len(words) > 1)})

    @cached_property
    def called(self) -> frozenset[str]:
        """The words of every name, each forename in all the names that it may be short for."""
        words = {word for name in self.names for word in name}
        return frozenset(words.union(*(_CALLED.get(word, ()) for word in words)))

    @cached_property
    def marks(self) -> frozenset[str]:
        """What two records of one person are likely to share: a word, a number, a name before the @."""
        boxes = (addresses.look(email).rpartition("@")[0].replace(".", "") for email in self.emails if email)
        number = addresses.look_of_number(self.number)
        whole = addresses.look_of_name(self.name)
        return frozenset(f"@{box}" for box in boxes if box) | ({f"#{number}"} if number else set()) | {f"={whole}"}


def _words(name: str) -> tuple[str, ...]:
    words = (addresses.look_of_name(word) for word in _BETWEEN.split(name))
    return tuple(word for word in words if word and word not in _BEFORE)


def alike(one: Look, other: Look) -> bool:
    """Return whether two records look like one person's.

    The same name, of now or of before, in whatever order, with or without middle names and a second family name, or with a first name that is
    only a letter or another form of it (Kate, Catherine); the same staff number, of whichever agency; the same name in a
    work address, or in an address of the one and the name of the other.
    """
    if one.marks & other.marks:
        return True
    return any(_one_name(mine, theirs) for mine in one.names for theirs in other.names)


def _one_name(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    if min(len(mine), len(theirs)) < 2:
        return False
    if set(mine) <= set(theirs) or set(theirs) <= set(mine):
        return True
    return any(
        _one_forename(first, second) and (one <= other or other <= one)
        for first in mine
        for second in theirs
        if (one := set(mine) - {first}) and (other := set(theirs) - {second})
    )


def _one_forename(one: str, other: str) -> bool:
    first, second = sorted((one, other), key=len)
    if len(first) == 1:
        return second.startswith(first)
    return bool(_CALLED.get(one, frozenset({one})) & _CALLED.get(other, frozenset({other})))


def looks(rows: Iterable[Staff]) -> dict[UUID, tuple[Staff, Look]]:
    """Return each record with how it looks; the records as `with_emails` gives them, once for each account."""
    known: dict[UUID, Staff] = {}
    emails: dict[UUID, set[str]] = defaultdict(set)
    for row in rows:
        known.setdefault(row.pk, row)
        emails[row.pk].add(row.email or "")  # type: ignore[attr-defined]
    return {
        pk: (row, Look(row.name, row.staff_number, frozenset(emails[pk]), row.other_names)) for pk, row in known.items()
    }


def with_emails(found: Q) -> QuerySet[Staff]:
    """Return records beside the address of each account of theirs, in one statement."""
    return Staff.objects.filter(found).annotate(email=F("accounts__email")).order_by("partner", "pk")


def like(look: Look) -> list[Staff]:
    """Return who is, or was, on record with whichever agency and looks like this, robots aside. One statement."""
    return [row for row, known in looks(with_emails(Q(robot=False))).values() if alike(look, known)]


def said_to_be_two() -> set[frozenset[UUID]]:
    """Return the pairs of natural persons of whom somebody has said that they are two, of whichever of their records.

    One statement.
    """
    rows = PersonSaid.objects.filter(same=False).select_related("one", "other")
    return {frozenset((said.one.natural, said.other.natural)) for said in rows}


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
        for mark in {*look.marks, *look.called}:
            shared[mark].append(pk)
    said = {frozenset(each) for each in PersonSaid.objects.filter(same=False).values_list("one", "other")}
    found: dict[frozenset[UUID], tuple[Staff, Staff]] = {}
    for pk, (row, look) in known.items():
        if row.partner != partner:
            continue
        for other in {each for mark in {*look.marks, *look.called} for each in shared[mark]} - {pk}:
            beside, theirs = known[other]
            both = frozenset((pk, other))
            if row.natural != beside.natural and both not in said and alike(look, theirs):
                found.setdefault(both, (row, beside))
    waiting = sorted(found.values(), key=lambda pair: (pair[0].name, pair[1].name, pair[0].pk))
    return [pair for pair in waiting if not answered(pair[0].natural, pair[1].natural)]
