"""After closing: the windows in which somebody asks what became of it."""

from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case, FollowUp
from fourfold.cases.services.rows import INSIDE, _refuse
from fourfold.cases.terms import State, WhatBecame


def _open_windows(entry: Draft, actor: Actor, case: Case, at: datetime) -> None:
    """Open the four windows of a case that closes now; those of an earlier closing that nobody answered are past."""
    for before in FollowUp.objects.unscoped(INSIDE).filter(case=case, done_at__isnull=True, superseded_at__isnull=True):
        before.superseded_at = at
        before.save(update_fields=["superseded_at"])
        entry.about(before)
    held = access_queries.held_by(actor, "closing", at=at)
    for months, opens_at in rules.windows(at):
        entry.about(FollowUp.objects.create(case=case, months=months, opens_at=opens_at, **held))


def record_follow_up(*, actor: Actor, follow_up: FollowUp, became: WhatBecame, at: datetime) -> FollowUp:
    """Record the outcome of a case in one of its windows after closing. Raises CannotStep naming the field.

    A new act is told at the desk, which opens the case again; what is recorded here moves nothing.
    """
    case = follow_up.case
    access.require(actor, Permission.REVIEW_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.RISK)
    with audit.recorded(actor, "follow_up.recorded", at=at, file=case.pk) as entry:
        now = FollowUp.objects.unscoped(INSIDE).select_for_update().get(pk=follow_up.pk)
        case.refresh_from_db(fields=["state"])
        settled = now.done_at is not None or now.superseded_at is not None
        _refuse(
            rules.why_not_follow_up(
                state=State(case.state), opens_at=now.opens_at, settled=settled, became=became, at=at
            )
        )
        now.done_at, now.done_by, now.summary = at, actor.staff, became.summary.strip()
        now.victim_reached, now.new_act, now.feels_safer = became.victim_reached, became.new_act, became.feels_safer
        now.save()
        return entry.about(now)
