"""Lists of answers in a file, beside those that a site has already."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from fourfold.assessment import fhir
from fourfold.assessment.fhir.lists import ListRead
from fourfold.assessment.fhir.terms import Refused
from fourfold.assessment.models import ListBrought
from fourfold.assessment.rules.approval import CannotBring


@dataclass(frozen=True)
class ListFound:
    """One list of a file; `already` says that exactly this one counts at the site, else `turn` the how manieth of its
    address it would be."""

    read: ListRead
    already: bool
    turn: int

    @property
    def answers(self) -> int:
        return self.read.answers


def preview_lists(*, site: str, raw: bytes, at: datetime) -> tuple[ListFound, ...]:
    """Return the lists that a file holds: one statement. Raises CannotBring for a file that holds none."""
    try:
        found = fhir.read_lists(raw)
    except Refused as fault:
        raise CannotBring("file", fault.finding.message) from fault
    held = lists_brought(site, at=at).filter(url__in=[one.url for one in found])
    latest = {url: (sha256, turn) for url, sha256, turn in held.values_list("url", "sha256", "turn")}
    shown = []
    for read in found:
        counts, turn = latest.get(read.url, ("", 0))
        one = ListFound(read, counts == sum_of(read), turn + 1)
        if one.answers and not one.already:
            latest[read.url] = (sum_of(read), one.turn)
        shown.append(one)
    return tuple(shown)


def sum_of(read: ListRead) -> str:
    return hashlib.sha256(read.document).hexdigest()


def lists_brought(site: str, *, at: datetime) -> QuerySet[ListBrought]:
    """Return the lists of a site as they were brought in: of one address the last counts."""
    return ListBrought.objects.filter(site=site, brought_at__lte=at).order_by("brought_at", "turn", "pk")
