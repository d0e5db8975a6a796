"""What follows once a feed was read, each step by itself: walls, what reports are looked up by, possible courses."""

from __future__ import annotations

from datetime import datetime

from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.services import Looked
from fourfold.linkage import services as linkage


def reports_came(*, actor: Actor, site: str, at: datetime) -> Looked:
    """Let walls stand around what came, make it searchable, and look for possible courses of conduct.

    Each step commits by itself and can be done again: whoever is killed between two of them runs this once more.
    """
    linkage.wall_what_came(actor=actor, site=site, at=at)
    cases.keep_gists(actor=actor, site=site, at=at)
    return cases.find_courses(actor=actor, site=site, at=at)
