"""Small makers for the tests of oversight: somebody walled, and an allegation that is probably about her. All invented."""

from __future__ import annotations

from typing import Any

from fourfold.access import services as access
from fourfold.cases import services as cases
from fourfold.cases.terms import Answer, ScreeningAnswers
from fourfold.intake.models import Allegation
from fourfold.linkage import services as linkage
from fourfold.people import services as people
from fourfold.people.models import Victim
from fourfold.people.terms import PersonDetails
from tests.cases.builders import told
from tests.cast import NOW, Cast

BECAUSE = "The desk says that it is about another woman of that name."
UNTOLD: dict[str, Any] = dict.fromkeys(
    ("victim_phone", "subject_name", "subject_birth", "subject_phone", "subject_sex"), ""
)


def walled_victim(cast: Cast) -> Victim:
    """Register a victim from whom the second officer is kept."""
    details = PersonDetails(name="Nora Quill", birth="3 May 1985", sex="F", phone="07700 900123")
    nora = people.register_victim(actor=cast.analyst, site="northmoor", told=details, at=NOW)
    access.set_wall(actor=cast.governance, files=[nora.pk], staff=cast.second_officer.staff, reason="a cousin", at=NOW)
    return nora


def probably_about_her(cast: Cast) -> Allegation:
    """Tell an allegation that is probably about her; a provisional wall then stands around it."""
    allegation = told(cast.analyst, victim_birth="3/5/85", **UNTOLD)
    linkage.propose_matches(actor=cast.analyst, allegation=allegation, at=NOW)
    return allegation


def asked(cast: Cast, allegation: Allegation) -> Allegation:
    """Let the desk say that somebody in it is known to staff."""
    answers = ScreeningAnswers(known_to_staff=Answer.YES)
    cases.screen(actor=cast.analyst, allegation=allegation, answers=answers, at=NOW)
    return allegation
