"""From a panel's decision to the steps that carry it out."""

from datetime import datetime

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.journey.rows import Decision, Item
from fourfold.panel import services as panel
from fourfold.panel.terms import DecisionDraft
from fourfold.plan import services as plan


def panel_decided(
    *,
    actor: Actor,
    item: Item,
    draft: DecisionDraft,
    at: datetime,
    version: int | None = None,
    countersigned_by: Actor | None = None,
) -> Decision:
    """Record the panel's one decision, and open an action with owner and date for each of its measures."""
    with audit.recorded(actor, "panel.settled", at=at, file=item.case_id) as entry:
        decision = entry.about(
            panel.record_decision(
                actor=actor, item=item, draft=draft, at=at, version=version, countersigned_by=countersigned_by
            )
        )
        plan.open_actions(actor=actor, decision=decision, at=at)
        return decision
