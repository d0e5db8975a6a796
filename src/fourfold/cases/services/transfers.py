"""Handing a case to another unit: offered with a reason, answered with one, and both histories stay whole.

Nothing is copied and nothing is cut: the rows of the case stay as they are, with who held them when. The unit that
hands over reads on for 28 days, so that the victim is never between two advocates; what her advocate's team may read
ends by itself then.
"""

from collections.abc import Iterator
from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.askers import Needs, why_not_answer
from fourfold.access.services.ends import HANDED
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case, CaseAct, PartAsked, StepDownAsked, TransferAsked
from fourfold.cases.services.reviews import _bring_forward
from fourfold.cases.services.rows import INSIDE, _change, _refuse
from fourfold.cases.terms import CannotStep, OfferState, State, Trigger
from fourfold.linkage import queries as linkage_queries
from fourfold.people import services as people
from fourfold.people.models import ThirdParty
from fourfold.programme import queries as programme

ANSWERED_BY_ANOTHER = "Somebody else answers an offer than who made it."


def ask_transfer(
    *, actor: Actor, case: Case, to_site: str, reason: str, victim_told_at: datetime | None, at: datetime
) -> TransferAsked:
    """Offer a case to another unit. Its coordinator reads the reference, the level and the reason, and nothing else.

    Raises CannotStep naming the field.
    """
    access.require(actor, Permission.CASE_TRANSFER, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    case.refresh_from_db()
    waiting = TransferAsked.objects.unscoped(INSIDE).filter(case=case, answered_at__isnull=True).exists()
    why = rules.why_not_ask(
        to_site=to_site,
        from_site=case.site,
        live=programme.live_sites(at.date()),
        state=State(case.state),
        reason=reason,
        victim_told_at=victim_told_at,
        waiting=waiting,
        at=at,
    )
    _refuse(why)
    with audit.recorded(actor, "transfer.asked", at=at, file=case.pk) as entry:
        return entry.about(
            TransferAsked.objects.create(
                case=case,
                from_site=case.site,
                to_site=to_site,
                reason=reason.strip(),
                victim_told_at=victim_told_at,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def withdraw_transfer(*, actor: Actor, asked: TransferAsked, reason: str, at: datetime) -> TransferAsked:
    """Take an offer back that was not answered yet, and say why. Raises CannotStep naming the field."""
    case = asked.case
    access.require(actor, Permission.CASE_TRANSFER, at=at, site=asked.from_site, file=case.pk, writes=Compartment.CORE)
    if not reason.strip():
        raise CannotStep("answer", "Say why you withdraw the offer.")
    with audit.recorded(actor, "transfer.withdrawn", at=at, file=case.pk) as entry:
        return entry.about(_answered(asked, actor, OfferState.TAKEN_BACK, reason.strip(), at))


def answer_transfer(
    *, actor: Actor, asked: TransferAsked, accepts: bool | None, reason: str, at: datetime
) -> TransferAsked:
    """Take a case over for the actor's unit, or decline it with the reason.

    Taken over, the case is this unit's from now on, is reviewed within three days, and shows its whole history here;
    the victim's and the subject's records come with it unless another case of the first unit needs them. Raises
    NotFound for whoever is not of the unit that was asked or is kept from the case, CannotStep naming the field.
    """
    access.require(actor, Permission.CASE_TRANSFER, at=at)
    if not access_queries.may(actor, Permission.CASE_TRANSFER, site=asked.to_site):
        raise NotFound
    if access_queries.is_walled(actor, (asked.case_id, asked.case.victim_id, asked.case.subject_id), at=at):
        raise NotFound
    _refuse(rules.why_not_answer(accepts=accepts, reason=reason))
    needs = Needs(Permission.CASE_TRANSFER, asked.from_site, asked.case_id, writes=Compartment.CORE)
    why = why_not_answer(
        asked.recorded_by, actor, needs, at=at, same=ANSWERED_BY_ANOTHER, asks=bool(accepts), asked_at=asked.recorded_at
    )
    if why:
        raise CannotStep("answer", why)
    settled = OfferState.TAKEN_OVER if accepts else OfferState.DECLINED
    with audit.recorded(actor, "transfer.answered", at=at, file=asked.case_id) as entry:
        answered = entry.about(_answered(asked, actor, settled, reason.strip(), at))
        if accepts:
            _take_over(entry, actor, answered, at)
        return answered


def _answered(asked: TransferAsked, actor: Actor, settled: OfferState, answer: str, at: datetime) -> TransferAsked:
    """Keep the one answer to an offer, whoever was faster."""
    now = TransferAsked.objects.unscoped(INSIDE).select_for_update().get(pk=asked.pk)
    _refuse(rules.why_not_settle(rules.offer_state(now.answered_at, now.accepted), settled))
    accepted = rules.ACCEPTED[settled]
    handed = {"handed_over_at": at + rules.HANDOVER} if accepted else {}
    held = TransferAsked.objects.unscoped(INSIDE).filter(pk=asked.pk)
    held.update(answered_at=at, answered_by=actor.staff, accepted=accepted, answer=answer, **handed)
    return TransferAsked.objects.unscoped(INSIDE).select_related("case").get(pk=asked.pk)


def _close_what_is_asked(entry: Draft, actor: Actor, case: Case, at: datetime) -> None:
    """Close what the first unit asked of a case that is not its own any more; what else it asked lapses when answered."""
    for part in PartAsked.objects.unscoped(INSIDE).filter(case=case, answered_at__isnull=True).select_for_update():
        part.answered_at, part.given, part.refused_because = at, False, HANDED
        part.save(update_fields=["answered_at", "given", "refused_because"])
        entry.about(part)
    for asked in StepDownAsked.objects.unscoped(INSIDE).filter(case=case, answered_at__isnull=True).select_for_update():
        asked.answered_at, asked.answered_by, asked.refused_because = at, actor.staff, HANDED
        asked.save(update_fields=["answered_at", "answered_by", "refused_because"])
        entry.about(asked)


def _take_over(entry: Draft, actor: Actor, asked: TransferAsked, at: datetime) -> None:
    case = asked.case
    access.hand_over_file(actor=actor, file=case.pk, site=asked.from_site, until=at + rules.HANDOVER, at=at)
    for grant in access.grant_file(actor=actor, file=case.pk, site=asked.to_site, at=at):
        entry.about(grant)
    _close_what_is_asked(entry, actor, case, at)
    _change(case, site=asked.to_site)
    case.refresh_from_db()
    entry.about(case)
    for person, others in ((case.victim, {"victim": case.victim_id}), (case.subject, {"subject": case.subject_id})):
        still = Case.objects.unscoped(INSIDE).filter(site=asked.from_site, **others).exclude(pk=case.pk)
        if not still.exists():
            entry.about(people.move_record(actor=actor, person=person, site=asked.to_site, at=at))
    for third in _of_this_case_alone(case, asked.from_site):
        entry.about(people.move_record(actor=actor, person=third, site=asked.to_site, at=at))
    _bring_forward(entry, actor, case, Trigger.TRANSFER, at, {"taken_over_from": programme.site(asked.from_site).name})


def _of_this_case_alone(case: Case, site: str) -> Iterator[ThirdParty]:
    """Yield the third parties of a case of whom no act of another case of the site that hands it over tells."""
    acts = CaseAct.objects.unscoped(INSIDE).filter(left_at__isnull=True)
    of_case = set(acts.filter(case=case).values_list("allegation", flat=True))
    for third in linkage_queries.third_parties_of(of_case):
        others = linkage_queries.reports_of_third(third.pk) - of_case
        if third.site == site and not acts.filter(case__site=site, allegation__in=others).exists():
            yield third
