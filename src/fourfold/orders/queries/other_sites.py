"""That another site holds a record of the same person: its existence only, and only where an agreement says so.

An agreement that opens no compartment opens exactly this. What the other site knows stays there; the reader learns whom
to ask. A wall around the other record, or around any case of it, closes this too. Names are compared as at the desk.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import scoping
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.linkage import queries as linkage
from fourfold.linkage.rules import LIKELY
from fourfold.people.models import Subject, SubjectMark
from fourfold.people.queries import standing
from fourfold.people.terms import MarkKind, Part
from fourfold.programme import queries as programme

_ONLY_THAT = "only that it exists, as the agreement allows"
#: Marks that are one person's own; an address is shared by a household, and by a victim.
OWN_MARKS = (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ACCOUNT)


@dataclass(frozen=True)
class Elsewhere:
    """A site that holds a record, whom to ask there, and why: of the same person, or of somebody who is only possibly it."""

    site: str
    ask: str
    because: str
    possible: bool


def elsewhere(actor: Actor, subject: UUID, *, at: datetime) -> tuple[Elsewhere, ...]:
    """Return the sites with a case about this subject that is closed to the reader, or a record of possibly the same person."""
    sites = access_queries.sites_that_tell(actor, at=at)
    if not sites or not scoping.may_open_files(actor):
        return ()
    row = Subject.objects.unscoped("opened by the page that asks").get(pk=subject)
    certain = dict.fromkeys(_cases_at(actor, row, sites, at), "a case about this record")
    found = _records_at(actor, row, sites, at) | certain
    cards = {card.code: card for card in programme.sites()} if found else {}
    told = []
    for site, because in sorted(found.items()):
        host = next((part.name for part in cards[site].partners if part.hosts), cards[site].name)
        told.append(Elsewhere(cards[site].name, host, because, site not in certain))
    return tuple(told)


def _cases_at(actor: Actor, row: Subject, sites: frozenset[str], at: datetime) -> set[str]:
    there = Case.objects.unscoped(_ONLY_THAT).filter(subject=row, site__in=sites)
    shown = Case.objects.visible_to(actor, at=at).filter(subject=row).values("pk")
    return set(_without_walls(there, actor, at).exclude(pk__in=shown).values_list("site", flat=True))


def _without_walls(rows: QuerySet[Case], actor: Actor, at: datetime) -> QuerySet[Case]:
    return rows.exclude(scoping.walled_off(actor, "pk", at=at)).exclude(scoping.walled_off(actor, "victim_id", at=at))


def _records_at(actor: Actor, row: Subject, sites: frozenset[str], at: datetime) -> dict[str, str]:
    own = SubjectMark.objects.unscoped(_ONLY_THAT).filter(kind__in=OWN_MARKS, of_associate=False).exclude(key="")
    marks = standing(own)
    same = marks.filter(subject=OuterRef("pk"), subject__site__in=sites).filter(
        Exists(marks.filter(subject=row, kind=OuterRef("kind"), key=OuterRef("key")))
    )
    walled = (
        Case.objects.unscoped(_ONLY_THAT)
        .filter(subject=OuterRef("pk"))
        .filter(scoping.walled_off(actor, "pk", at=at) | scoping.walled_off(actor, "victim_id", at=at))
    )
    likely = _likely(row, sites)
    there = Subject.objects.unscoped(_ONLY_THAT).filter(site__in=sites).exclude(pk=row.pk)
    found = there.exclude(scoping.walled_off(actor, "pk", at=at)).exclude(Exists(walled))
    found = found.annotate(shares=Exists(same)).filter(Q(pk__in=likely) | Q(shares=True)).order_by("-site", "-id")
    return {other.site: likely.get(other.pk, "a number, mailbox or account in common") for other in found}


def _likely(row: Subject, sites: frozenset[str]) -> dict[UUID, str]:
    """Return whom the house takes for likely the same, and why, without what a household shares: how to reach them."""
    return {
        one.id: ", ".join(each.comparison for each in one.comparison.evidence if each.weight > 0)
        for _, traits in linkage.on_record(row.site, Part.SUBJECT, among=[row.pk])
        for site in sorted(sites)
        for one in linkage.weighed(site, Part.SUBJECT, traits, by=())
        if one.comparison.confidence in LIKELY
    }
