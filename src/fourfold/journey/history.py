"""The history of a case: what happened in it by the hand of every slice, each kind to whoever may read its page.

Its page names it by this module, and `journey` does not: oversight's queries bring the statistics, which no command waits for.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fourfold.access.terms import Permission
from fourfold.assessment.queries import happened as assessments
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases.queries.happened import Happened
from fourfold.cases.queries.values import HistoryPage
from fourfold.governance.queries import happened as governance
from fourfold.orders.queries import happened as orders
from fourfold.panel.queries import happened as panel
from fourfold.plan.queries import happened as plan
from fourfold.support.queries import happened as support

#: What happened, by the permission that opens the page on which it stands in full.
KINDS: Mapping[Permission, Sequence[Happened]] = {
    Permission.CASE_VIEW: (*orders.KINDS, *plan.KINDS, *assessments.KINDS),
    Permission.PANEL_VIEW: panel.KINDS,
    Permission.SUPPORT_VIEW: support.KINDS,
    Permission.DISCLOSURE_VIEW: governance.KINDS,
}


def history(*, actor: Actor, reference: str, at: datetime, before: datetime | None = None) -> HistoryPage:
    """Return everything that happened in a case, as far as the reader may read it, the newest first, a hundred from before
    a moment, or raise NotFound."""
    return cases.history(actor=actor, reference=reference, at=at, before=before, kinds=KINDS)
