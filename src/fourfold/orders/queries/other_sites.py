"""That another site holds a record of the same person: its existence only, and only where an agreement says so.

An agreement that opens no compartment opens exactly this. What the other site knows stays there; the reader learns whom
to ask. A wall around the other record, or around any case of it, closes this too.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import scoping
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.people.models import Subject, SubjectMark
from fourfold.people.queries import standing
from fourfold.people.terms import MarkKind
from fourfold.programme import queries as programme

_ONLY_THAT = "only that it exists, as the agreement allows"
#: Marks that are one person's own; an address is shared by a household, and by a victim.
OWN_MARKS = (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ACCOUNT)


@dataclass(frozen=True)
class Elsewhere:
    """A site that holds a record of the same person, whom to ask there, and why it may be the same."""

    site: str
    ask: str
    because: str


def elsewhere(actor: Actor, subject: UUID, *, at: datetime) -> tuple[Elsewhere, ...]:
    """Return the sites that hold a record of this subject, or a case about them that is closed to the reader."""
    sites = access_queries.sites_that_tell(actor, at=at)
    if not sites or not scoping.may_open_files(actor):
        return ()
    row = Subject.objects.unscoped("opened by the page that asks").get(pk=subject)
    found = dict.fromkeys(_cases_at(actor, row, sites, at), "a case about this record")
    for site, because in _records_at(actor, row, sites, at):
        found.setdefault(site, because)
    if not found:
        return ()
    cards = {card.code: card for card in programme.sites()}
    told = []
    for site, because in sorted(found.items()):
        host = next((part.name for part in cards[site].partners if part.hosts), cards[site].name)
        told.append(Elsewhere(cards[site].name, host, because))
    return tuple(told)


def _cases_at(actor: Actor, row: Subject, sites: frozenset[str], at: datetime) -> set[str]:
    there = Case.objects.unscoped(_ONLY_THAT).filter(subject=row, site__in=sites)
    shown = Case.objects.visible_to(actor, at=at).filter(subject=row).values("pk")
    return set(_without_walls(there, actor, at).exclude(pk__in=shown).values_list("site", flat=True))


def _without_walls(rows: QuerySet[Case], actor: Actor, at: datetime) -> QuerySet[Case]:
    return rows.exclude(scoping.walled_off(actor, "pk", at=at)).exclude(scoping.walled_off(actor, "victim_id", at=at))


def _records_at(actor: Actor, row: Subject, sites: frozenset[str], at: datetime) -> list[tuple[str, str]]:
    own = SubjectMark.objects.unscoped(_ONLY_THAT).filter(kind__in=OWN_MARKS, of_associate=False).exclude(key="")
    marks = standing(own)
    same = marks.filter(subject=OuterRef("pk")).filter(
        Exists(marks.filter(subject=row, kind=OuterRef("kind"), key=OuterRef("key")))
    )
    walled = (
        Case.objects.unscoped(_ONLY_THAT)
        .filter(subject=OuterRef("pk"))
        .filter(scoping.walled_off(actor, "pk", at=at) | scoping.walled_off(actor, "victim_id", at=at))
    )
    named = Q(pk__in=[])
    if row.known and row.birth_on is not None and row.name_key:
        named = Q(known=True, name_key=row.name_key, birth_on=row.birth_on)
    found = (
        Subject.objects.unscoped(_ONLY_THAT)
        .filter(named | Exists(same), site__in=sites)
        .exclude(pk=row.pk)
        .exclude(scoping.walled_off(actor, "pk", at=at))
        .exclude(Exists(walled))
    )
    return [
        (
            other.site,
            "the same name and day of birth"
            if other.known and other.name_key == row.name_key and other.birth_on == row.birth_on
            else "a number, mailbox or account in common",
        )
        for other in found.order_by("site", "id")
    ]
