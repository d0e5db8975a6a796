"""The acts of a case: they join, they leave when a match is undone, they come back when it is confirmed again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.statements import for_nobody
from fourfold.access.terms import Compartment, Permission, day_of
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor
from fourfold.base import asked_once
from fourfold.cases import rules
from fourfold.cases.models import Case, CaseAct, Triage
from fourfold.cases.queries import rows
from fourfold.cases.queries.counted import counted_with
from fourfold.cases.queries.same_events import told_as_same
from fourfold.cases.services.reviews import _bring_forward
from fourfold.cases.services.rows import INSIDE, _change, _enter, _next_review, _open_review, _recount
from fourfold.cases.terms import CannotStep, ReviewReason, State, Trigger
from fourfold.intake import queries as intake_queries
from fourfold.intake.models import Allegation
from fourfold.linkage import queries as linkage_queries
from fourfold.linkage import services as linkage
from fourfold.linkage.models import Match
from fourfold.people.models import Subject, Victim
from fourfold.people.terms import Part, ThirdRole


def join_act(
    *,
    actor: Actor,
    case: Case,
    allegation: Allegation,
    at: datetime,
    seriousness: int | None = None,
    breach: bool = False,
) -> CaseAct:
    """Let an allegation belong to a case's course of conduct, copy the walls around the case, and look again soon.

    `seriousness` is 1 to 3; left out, the rule says it. `breach`: it was found to break an order, and counts as a
    breach from now on, whatever it was told as. A case in step-down, or closed, is open again. Joining what has joined
    already changes nothing else. Raises CannotStep for an allegation of another site.
    """
    linkage_queries.open_allegation(actor, allegation, at=at)
    access.require(actor, Permission.ALLEGATION_TRIAGE, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    if allegation.site != case.site:
        raise CannotStep("allegation", "This allegation belongs to another site. Ask that unit to hand it over.")
    if seriousness is not None and seriousness not in (1, 2, 3):
        raise CannotStep("seriousness", "Choose 1, 2 or 3 for seriousness.")
    with audit.recorded(actor, "act.joined", at=at, file=case.pk) as entry:
        return _join_and_look_again(entry, actor, case, allegation, at, seriousness, at if breach else None)


def count_breaches(*, actor: Actor, found: Mapping[tuple[UUID, UUID], datetime], at: datetime) -> None:
    """Count acts, each by its case and allegation, as breaches of an order since a moment: those of the time before."""
    by_allegation = {allegation for _, allegation in found}
    acts = CaseAct.objects.unscoped(INSIDE).filter(allegation__in=by_allegation, breach_at__isnull=True)
    uncounted = [act for act in acts if (act.case_id, act.allegation_id) in found]
    if not uncounted:
        return
    for site in set(
        Case.objects.unscoped(INSIDE).filter(pk__in={act.case_id for act in uncounted}).values_list("site", flat=True)
    ):
        access.require(actor, Permission.BREACH_RECORD, at=at, site=site)
    with audit.recorded(actor, "act.counted", at=at) as entry:
        for act in uncounted:
            _count_breach(entry, act, found[act.case_id, act.allegation_id])


def let_breach_count(
    *,
    actor: Actor,
    case: Case,
    allegation: UUID,
    since: datetime | None,
    as_told: bool,
    at: datetime,
    said: ReviewReason | None = None,
) -> None:
    """Count an act of a case as a breach again since a moment; or (`since` None), because that was withdrawn, no more.

    `as_told`: it was told as this breach, and counts as one by that in whichever case of the site it is. `said` is what
    the review gives as its reason of this breach alone, and says from now on whether it was withdrawn.
    """
    access.require(actor, Permission.BREACH_RECORD, at=at, file=case.pk, writes=Compartment.CORE)
    held = {"case__site": case.site} if as_told else {"case": case}
    acts = CaseAct.objects.unscoped(INSIDE).filter(allegation=allegation, **held)
    with audit.recorded(actor, "act.counted", at=at, file=case.pk) as entry:
        for act in acts.filter(breach_at__isnull=False, breach_until__isnull=since is None):
            act.breach_until, act.breach_until_by = (at, actor.staff) if since is None else (None, None)
            act.save(update_fields=["breach_until", "breach_until_by"])
            entry.about(act)
        for act in acts.filter(left_at__isnull=True):  # one that came back, or joined, while it was withdrawn
            _count_breach(entry, act, since)
        standing = _open_review(case)
        if standing is None or said is None:
            return
        before, others = standing.reason, CaseAct.objects.unscoped(INSIDE).filter(case=case, breach_at__isnull=False)
        if standing.trigger == Trigger.BREACH and not before and not others.exclude(allegation=allegation).exists():
            before = said  # of one that was taken over nobody said by which breach: there is this one alone
        reason = rules.with_breach(before, said, withdrawn_on=day_of(at) if since is None else None)
        if reason is not None:
            _next_review(entry, actor, case, standing.due_at, Trigger(standing.trigger), at, reason)


def detach_act(*, actor: Actor, case: Case, allegation: Allegation, reason: str, at: datetime) -> CaseAct:
    """Take an act off a case to which it was attached though it does not name its people. The row stays, with the reason.

    An act of confirmed people leaves with the match that is undone. Raises CannotStep.
    """
    linkage_queries.open_allegation(actor, allegation, at=at)
    access.require(actor, Permission.MATCH_UNDO, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    if not reason.strip():
        raise CannotStep("detach_reason", "Say why you take it off the case.")
    victim, subject = linkage_queries.people_of(allegation.pk)
    if (victim, subject) == (case.victim, case.subject):
        raise CannotStep("detach_reason", "The people of this case are confirmed. Undo one of the two instead.")
    with audit.recorded(actor, "act.detached", at=at, file=case.pk) as entry:
        act = _joined(case, allegation)
        if act is None:
            raise CannotStep("detach_reason", "Somebody has already taken it off. Open the page again.")
        act.left_at, act.left_by, act.left_because = at, actor.staff, reason.strip()[:300]
        act.save(update_fields=["left_at", "left_by", "left_because"])
        _has_left(entry, actor, case, act, at)
        return entry.about(act)


def confirm_match(
    *,
    actor: Actor,
    allegation: Allegation,
    part: Part,
    at: datetime,
    victim: Victim | None = None,
    subject: Subject | None = None,
    reason: str = "",
) -> Match:
    """Confirm who one part of an allegation is, and bring the act back to the case that it left when this was undone."""
    with audit.recorded(actor, "act.considered", at=at, file=allegation.pk, whole=True) as entry:
        match = linkage.confirm_match(
            actor=actor, allegation=allegation, part=part, victim=victim, subject=subject, reason=reason, at=at
        )
        entry.about(match)
        _come_back(entry, actor, allegation, at)
        return match


def name_third_party(
    *, actor: Actor, allegation: Allegation, role: ThirdRole, name: str, at: datetime, safe_contact: str = ""
) -> Match:
    """Keep which third party an allegation tells of; its act comes back to the case that it left when one was undone."""
    with audit.recorded(actor, "act.considered", at=at, file=allegation.pk) as entry:
        match = linkage.name_third_party(
            actor=actor, allegation=allegation, role=role, name=name, safe_contact=safe_contact, at=at
        )
        entry.about(match)
        undone_at = linkage_queries.third_undone_at(allegation.pk)
        acts = CaseAct.objects.unscoped(INSIDE).filter(allegation=allegation)
        if undone_at is not None and not acts.filter(left_at__isnull=True).exists():
            for act in acts.filter(left_at=undone_at).select_related("case"):
                _bring_back(entry, actor, act, allegation, at)
        return match


def undo_match(*, actor: Actor, match: Match, reason: str, at: datetime) -> Match:
    """Undo a decision on who an allegation concerns; its act leaves the case, with the reason, and is not counted.

    A report whose act is in no case then waits at the desk again.
    """
    with audit.recorded(actor, "act.considered", at=at, file=match.allegation_id) as entry:
        stood = match.verdict in ("same", "third_party")
        linkage.undo_match(actor=actor, match=match, reason=reason, at=at)
        entry.about(match)
        if stood:
            _leave(entry, actor, match, reason, at)
        return match


def _leave(entry: Draft, actor: Actor, match: Match, reason: str, at: datetime) -> None:
    pair = {"case__victim": match.victim} if match.victim_id else {"case__subject": match.subject}
    pair = {} if match.third_id else pair  # it was attached as what the subject did to a third party
    acts = CaseAct.objects.unscoped(INSIDE).filter(allegation=match.allegation_id, left_at__isnull=True, **pair)
    for act in acts.select_related("case"):
        act.left_at, act.left_by, act.left_because = at, actor.staff, f"match undone: {reason.strip()}"[:300]
        act.save(update_fields=["left_at", "left_by", "left_because"])
        entry.about(act)
        _has_left(entry, actor, act.case, act, at)
    if told_as_same(match.allegation_id):  # it tells of these people no more, and waits at the desk again
        acts = CaseAct.objects.unscoped(INSIDE).filter(allegation=match.allegation_id, same_as__isnull=False, **pair)
        for act in acts:
            act.same_as = None
            act.save(update_fields=["same_as"])
            entry.about(act)
        _back_at_desk(match.allegation_id)


def _has_left(entry: Draft, actor: Actor, case: Case, act: CaseAct, at: datetime) -> None:
    """Count the acts of a case without one that left, say so where the review names it, and bring the report back."""
    same = counted_with(CaseAct.objects.unscoped(INSIDE).filter(case=case, same_as=act.allegation_id))
    for told in same.select_related("case", "allegation").order_by("-seriousness", "id")[:1]:  # it counts in its place
        told.same_as = None
        told.save(update_fields=["same_as"])
        _bring_back(entry, actor, entry.about(told), told.allegation, at)
        _count_with(entry, case, act.allegation_id, told.allegation_id)
    _recount(case)
    _back_at_desk(act.allegation_id)
    standing, day = _open_review(case), day_of(act.happened_at)
    if standing is None or day in map(day_of, _standing(case).values_list("happened_at", flat=True)):
        return
    reason = rules.without_act(standing.reason, act_on=day, left_on=day_of(at))
    if reason is not None:
        _next_review(entry, actor, case, standing.due_at, Trigger(standing.trigger), at, reason)


def _count_with(entry: Draft, case: Case, before: UUID, now: UUID) -> None:
    """Let what counted with one report's act, which leaves, count with another's of the same event: none is lost with it."""
    for told in counted_with(CaseAct.objects.unscoped(INSIDE).filter(case=case, same_as=before)):
        told.same_as = now
        told.save(update_fields=["same_as"])
        entry.about(told)


def _standing(case: Case) -> QuerySet[CaseAct]:
    return CaseAct.objects.unscoped(INSIDE).filter(case=case, left_at__isnull=True)


def _come_back(entry: Draft, actor: Actor, allegation: Allegation, at: datetime) -> None:
    acts = asked_once(("acts that left", allegation.pk), lambda: _left(report=allegation.pk), CaseAct, Case)
    if not acts:  # as of nearly every report
        return
    pair = tuple(each and each.pk for each in linkage_queries.people_of(allegation.pk))
    act = next((each for each in acts if (each.case.victim_id, each.case.subject_id) == pair), None)
    if act is not None:
        _bring_back(entry, actor, act, allegation, at)


@for_nobody
def _left(report: Any) -> QuerySet[CaseAct]:
    left = CaseAct.objects.unscoped(INSIDE).filter(allegation=report, left_at__isnull=False, same_as__isnull=True)
    return left.select_related("case").order_by("-left_at")


def _bring_back(entry: Draft, actor: Actor, act: CaseAct, allegation: Allegation, at: datetime) -> None:
    """Let an act join the case again that it left; a report that had left the desk with an outcome leaves it again."""
    _join_and_look_again(
        entry, actor, act.case, allegation, at, act.seriousness, None if act.breach_until else act.breach_at
    )
    triages = Triage.objects.unscoped("the allegation was opened").filter(allegation=allegation)
    last = triages.order_by("-decided_at", "id").first()
    if last is not None and not intake_queries.looked_for_again(allegation.pk, since=last.decided_at):
        leave_desk([allegation.pk])


def leave_desk(allegations: Iterable[UUID]) -> None:
    """Take allegations that have an outcome now off the desk's list, inside the write that records the outcome."""
    Allegation.objects.unscoped("the caller has opened them").filter(pk__in=list(allegations)).update(at_desk=False)


def _back_at_desk(allegation: UUID) -> None:
    """Bring a report whose act is in no case any more back to the desk's list, inside the write that took it out."""
    if not CaseAct.objects.unscoped(INSIDE).filter(allegation=allegation, left_at__isnull=True).exists():
        Allegation.objects.unscoped("the caller has opened it").filter(pk=allegation).update(at_desk=True)


def _join_and_look_again(
    entry: Draft,
    actor: Actor,
    case: Case,
    allegation: Allegation,
    at: datetime,
    seriousness: int | None = None,
    breach_at: datetime | None = None,
) -> CaseAct:
    """Join an act to a case that is known already: it brings the review forward, and opens the case again."""
    joined = _joined(case, allegation)
    if joined is not None:
        return _count_breach(entry, joined, breach_at)
    act = _join(entry, actor, case, allegation, at, seriousness, breach_at)
    _recount(case)
    if rules.opens_again(State(case.state)):
        _enter(entry, actor, case, State.OPEN, at, reason="a new act")
        _change(case, state=State.OPEN)
    trigger = Trigger.BREACH if act.breach_at else Trigger.NEW_ACT
    reason: ReviewReason = {"act_on": day_of(act.happened_at).isoformat()}
    if allegation.occurred_from is None:
        reason["undated"] = True
    _bring_forward(entry, actor, case, trigger, at, reason)
    return act


def _count_breach(entry: Draft, act: CaseAct, breach_at: datetime | None) -> CaseAct:
    """Count an act that stands in its case as a breach since a moment, unless it counts as one already."""
    if breach_at is None or (act.breach_at is not None and act.breach_until is None):
        return act
    act.breach_at, act.breach_until, act.breach_until_by = breach_at, None, None
    act.save(update_fields=["breach_at", "breach_until", "breach_until_by"])
    return entry.about(act)


def _joined(case: Case, allegation: Allegation) -> CaseAct | None:
    return _standing(case).filter(allegation=allegation).first()


def _join(
    entry: Draft,
    actor: Actor,
    case: Case,
    allegation: Allegation,
    at: datetime,
    seriousness: int | None = None,
    breach_at: datetime | None = None,
) -> CaseAct:
    if breach_at is None and allegation.breach_of is not None:
        withdrawn = CaseAct.objects.unscoped(INSIDE).filter(allegation=allegation, breach_until__isnull=False)
        breach_at = None if withdrawn.exists() else at
    access.share_walls(actor=actor, files=(case.pk, allegation.pk), at=at)
    return entry.about(
        CaseAct.objects.create(
            case=case,
            allegation=allegation,
            happened_at=rows.happened_at(allegation),
            former_partner=allegation.former_partner,
            seriousness=seriousness
            or rows.seriousness_of(allegation, allegation.behaviours, is_breach=breach_at is not None),
            joined_at=at,
            breach_at=breach_at,
            **access_queries.held_by(actor, "desk", at=at),
        )
    )
