"""Two packs for a court that wait: for somebody to decide on what may lead to the victim, and for a second signature."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fourfold.access.terms import Role
from fourfold.cases import queries as cases
from fourfold.demo.founding import Company
from fourfold.demo.histories import Chronicle
from fourfold.demo.moves import Row
from fourfold.governance import services as governance
from fourfold.governance.terms import PackKind, PackOrder
from fourfold.support import queries as support


def play(at: datetime, told_in_full: Row, told: Sequence[Chronicle]) -> None:
    """Make both as the coordinator: one of the case that was `told_in_full`, an address in its words; one of which nothing is left to decide."""
    coordinator = Company(told_in_full.site).of(Role.UNIT_COORDINATOR, at)
    latest = [each for each in told if any(order.binds(at) for order in each.orders)][-1:]
    others = [cases.case_of(actor=coordinator, reference=each.reference, at=at) for each in latest]
    for case in (told_in_full, *others):
        order = PackOrder(PackKind.COURT, "the court", (at - timedelta(days=1)).date(), "the court’s own channel")
        at_risk = support.names_at_risk(case)
        governance.make_pack(actor=coordinator, case=case, order=order, at=at, at_risk=at_risk)
