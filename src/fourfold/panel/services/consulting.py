"""Advice to a case that stays with its owner, within the clock of the site."""

from datetime import datetime, timedelta

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.assessment import queries as assessment_queries
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.panel.models import Advised, Consultation
from fourfold.panel.terms import CannotAdvise
from fourfold.programme import queries as programme


def ask_consultation(*, actor: Actor, case: Case, owner: str, question: str, at: datetime) -> Consultation:
    """Ask the unit's advice on a case that stays with its owner; its clock is the site's. Raises CannotAdvise."""
    access.require(actor, Permission.ALLEGATION_TRIAGE, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    if not owner.strip():
        raise CannotAdvise("owner", "Enter who keeps the case: a name and a service.")
    if not question.strip():
        raise CannotAdvise("question", "Enter what they want to know.")
    hours = programme.working(case.site, at.date()).consultation_hours
    with audit.recorded(actor, "consultation.asked", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        return entry.about(
            Consultation.objects.create(
                case=case,
                owner=owner.strip()[:120],
                question=question.strip(),
                asked_at=at,
                due_at=at + timedelta(hours=hours),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def advise(*, actor: Actor, consultation: Consultation, advice: str, at: datetime) -> Advised:
    """Give the advice of one's profession to the owner of a case; the case stays where it is. Raises CannotAdvise."""
    case = consultation.case
    access.require(actor, Permission.PANEL_GIVE_VIEW, at=at, site=case.site, file=case.pk, writes=Compartment.RISK)
    profession = assessment_queries.profession_of(actor, case.site)
    if not profession:
        raise CannotAdvise("advice", "Only the four professions give advice.")
    if not advice.strip():
        raise CannotAdvise("advice", "Enter what should be done, and why.")
    with audit.recorded(actor, "consultation.answered", at=at, operation=Operation.COLLECTION, file=case.pk) as entry:
        entry.compartments = {Compartment.RISK.value}
        return entry.about(
            Advised.objects.create(
                consultation=consultation,
                staff=actor.staff,
                profession=profession,
                advice=advice.strip(),
                advised_at=at,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )
