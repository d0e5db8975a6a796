"""A breach that was recorded in error: withdrawn with a reason, and let stand again; both stay on record."""

from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.terms import ReviewReason
from fourfold.linkage import queries as linkage_queries
from fourfold.orders.models import Breach, BreachStanding
from fourfold.orders.rules import breaches as breach_rules
from fourfold.orders.services.rows import _refuse
from fourfold.orders.terms import OrderKind

INSIDE = "the breach was opened by the service"


def withdraw_breach(*, actor: Actor, breach: Breach, reason: str, at: datetime) -> BreachStanding:
    """Withdraw a breach that was recorded in error. Its act stays in the case and counts as a breach no more.

    What was decided after it stays on record. Raises CannotOrder for whoever is neither the officer in the case nor its
    coordinator, without a reason, and where it is withdrawn already.
    """
    return _set_standing(actor, breach, reason, at, stands=False)


def restore_breach(*, actor: Actor, breach: Breach, reason: str, at: datetime) -> BreachStanding:
    """Let a breach stand again that was withdrawn, with what was decided after it and its time limit as they were.

    Raises CannotOrder as `withdraw_breach`, and where its act was recorded as another breach since.
    """
    return _set_standing(actor, breach, reason, at, stands=True)


def _set_standing(actor: Actor, breach: Breach, reason: str, at: datetime, *, stands: bool) -> BreachStanding:
    case = breach.condition.order.case
    opened = access.require(actor, Permission.BREACH_RECORD, at=at, file=case.pk, writes=Compartment.CORE)
    assert opened is not None  # noqa: S101 -- a file was named
    coordinates = access_queries.may(actor, Permission.PART_GIVE, site=case.site)
    may = breach_rules.may_withdraw(officer=RelationKind.OIC in opened.relations, coordinates=coordinates)
    with audit.recorded(actor, "breach.restored" if stands else "breach.withdrawn", at=at, file=case.pk) as entry:
        linkage_queries.hold([breach.allegation_id])
        others = Breach.objects.unscoped(INSIDE).filter(allegation=breach.allegation_id)
        others = others.select_related("allegation", "condition__order").select_for_update(of=("self",))
        rows = {row.pk: row for row in others}
        row = rows.pop(breach.pk)
        _refuse(
            breach_rules.why_not_withdraw(
                may=may,
                stands=row.withdrawn_at is None,
                shall=stands,
                another=any(other.withdrawn_at is None for other in rows.values()),
                reason=reason,
            )
        )
        row.withdrawn_at = None if stands else at
        row.save(update_fields=["withdrawn_at"])
        entry.about(row)
        cases.let_breach_count(
            actor=actor,
            case=case,
            allegation=row.allegation_id,
            since=row.recorded_at if stands else None,
            as_told=row.allegation.breach_of == row.condition_id,
            said=_said_of_it_alone(row),
            at=at,
        )
        said = {"breach": row, "stands": stands, "reason": reason.strip()}
        return entry.about(BreachStanding.objects.create(**said, **access_queries.held_by(actor, "entered", at=at)))


def _said_of_it_alone(breach: Breach) -> ReviewReason | None:
    """Return what a review says of a breach; None where it says the same of another one that stands."""
    order = breach.condition.order
    like: ReviewReason = {"condition": breach.condition.number, "order": OrderKind(order.kind).words}
    others = Breach.objects.unscoped(INSIDE).filter(
        condition__order__case=order.case_id,
        condition__order__kind=order.kind,
        condition__number=breach.condition.number,
        withdrawn_at__isnull=True,
    )
    return None if others.exclude(pk=breach.pk).exists() else like
