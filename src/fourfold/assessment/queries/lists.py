"""Lists of answers in a file, beside those that a site has already."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from fourfold.assessment import fhir
from fourfold.assessment.fhir.lists import ListRead
from fourfold.assessment.fhir.terms import Refused
from fourfold.assessment.models import ListBrought
from fourfold.assessment.rules.approval import CannotBring


@dataclass(frozen=True)
class ListFound:
    """One list of a file; `already` says that the site has exactly this one."""

    read: ListRead
    already: bool

    @property
    def answers(self) -> int:
        return self.read.answers


def preview_lists(*, site: str, raw: bytes, at: datetime) -> tuple[ListFound, ...]:
    """Return the lists that a file holds: one statement. Raises CannotBring for a file that holds none."""
    try:
        found = fhir.read_lists(raw)
    except Refused as fault:
        raise CannotBring("file", fault.finding.message) from fault
    held = ListBrought.objects.filter(site=site, brought_at__lte=at, url__in=[one.url for one in found])
    there = set(held.values_list("url", "sha256"))
    return tuple(ListFound(one, (one.url, hashlib.sha256(one.document).hexdigest()) in there) for one in found)
