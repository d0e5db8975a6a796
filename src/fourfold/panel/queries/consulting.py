"""Advice to cases that stay with their owner: what waits, and what was said."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from fourfold.access import queries as access_queries
from fourfold.access.paging import PAGE, Page, page_of
from fourfold.access.projection import Projection, Staff
from fourfold.access.terms import Compartment, Opened, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.panel.letters import Letter, Said
from fourfold.panel.models import Advised, Consultation
from fourfold.programme import queries as programme

CORE = frozenset({Compartment.CORE.value})


@dataclass(frozen=True)
class AdviceGiven:
    """Advice that one profession gave."""

    by: str
    profession: str
    advice: str
    at: datetime


@dataclass(frozen=True)
class ConsultationShown:
    """A consultation with the advice that was given. `late` says that its clock ran out before anybody answered."""

    id: UUID
    reference: str
    owner: str
    question: str
    asked_at: datetime
    due_at: datetime
    late: bool
    given: tuple[AdviceGiven, ...] = ()


GIVEN = Projection(AdviceGiven, Advised, by=Staff("staff", "somebody who left"), at="advised_at")
SHOWN = Projection(ConsultationShown, Consultation, "late", "given", reference="case__reference")
SAID = Projection(
    Said, Advised, by=Staff("staff", "a colleague who has left the unit"), at="advised_at", words="advice"
)


def consultations_waiting(*, actor: Actor, at: datetime, after: str = "", most: int = PAGE) -> Page[ConsultationShown]:
    """Return the consultations that nobody has answered, the first due first, `most` a page: one statement."""
    answered = Advised.objects.unscoped("whether there is one; the case is scoped").filter(consultation=OuterRef("pk"))
    rows = Consultation.objects.visible_to(actor, at=at).filter(~Exists(answered))
    found = page_of(rows.select_related("case"), "due_at", "id", after=after, most=most)
    audit.consulted(
        actor, "consultations.waiting", at=at, compartments=CORE, fields=frozenset({"question"}), count=len(found)
    )
    return found.map(lambda row: _shown(row, (), at))


def consultations_of(*, actor: Actor, case_id: UUID, at: datetime) -> tuple[ConsultationShown, ...]:
    """Return the consultations of a case with the advice, the latest first, or raise NotFound: three statements.

    Advice only to whoever may read the risk.
    """
    opened = access_queries.opened(actor, case_id, at=at)
    found = list(Consultation.objects.of(opened).select_related("case").order_by("-asked_at", "pk"))
    given = list(Advised.objects.of(opened).order_by("advised_at")) if opened.may_read(Compartment.RISK) else []
    names = access_queries.names_of(GIVEN.staff_in(given))
    parts = {Compartment.CORE.value, *([Compartment.RISK.value] if given else [])}
    audit.consulted(
        actor, "case.consultations", at=at, file=case_id, compartments=parts, fields=frozenset({"advice"}),
        count=len(found),
    )  # fmt: skip
    return tuple(
        _shown(row, GIVEN.all((one for one in given if one.consultation_id == row.pk), names=names), at)
        for row in found
    )


def _shown(row: Consultation, given: tuple[AdviceGiven, ...], at: datetime) -> ConsultationShown:
    answered_at = given[0].at if given else at
    return SHOWN(row, late=answered_at > row.due_at, given=given)


def advice_letter(
    opened: Opened, consultation: Consultation, *, to_whom: str, keep_until: date | None, at: datetime
) -> Letter | None:
    """Return the advice that was given as it leaves the unit, or None where nobody has advised: three statements."""
    given = list(Advised.objects.of(opened).filter(consultation=consultation).order_by("advised_at", "pk"))
    if not given:
        return None
    return Letter(
        reference=consultation.case.reference,
        unit=programme.site(consultation.case.site).name,
        to_whom=to_whom,
        question=consultation.question,
        asked_at=consultation.asked_at,
        advice=SAID.all(given),
        keep_until=keep_until,
        made_at=at,
    )


def consultation_to_answer(*, actor: Actor, case_id: UUID, consultation: UUID, at: datetime) -> Consultation:
    """Return a consultation of a case that is open to the actor, to be handed to a service, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    return existing(Consultation.objects.of(opened).filter(pk=consultation).select_related("case").first())
