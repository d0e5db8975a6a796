"""Every case of the invented programme that has an order gets its packs: for the subject who asks, and for a court."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fourfold.access import queries as access_queries
from fourfold.access.models import Membership
from fourfold.access.terms import Role
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.governance import services
from fourfold.governance.models import Pack
from fourfold.governance.queries import dangers
from fourfold.governance.terms import Choice, DangerDraft, PackKind, PackOrder
from fourfold.orders.models import Order
from fourfold.orders.terms import BEING_SOUGHT
from fourfold.support import queries as support
from tests.cast import NOW
from tests.demo.conftest import Loaded
from tests.duties.scene import day_of

pytestmark = pytest.mark.django_db

ASKED = NOW.date() - timedelta(days=1)


def of_site(role: Role, site: str) -> Actor:
    staff = Membership.objects.filter(role=role, site=site).first().staff
    return access_queries.actor_of(staff, at=NOW, session="test", strength="password+totp", purpose="casework")


def cases_with_orders(*, served: bool) -> list[Case]:
    orders = Order.objects.unscoped("a test").filter(served_at__isnull=not served)
    return list(
        Case.objects.unscoped("a test").filter(pk__in=orders.values("case")).select_related("subject", "victim")
    )


@pytest.mark.parametrize("kind", [PackKind.SUBJECT, PackKind.COURT])
def test_a_case_with_an_order_gets_its_pack_with_nothing_left_to_decide(loaded: Loaded, kind: PackKind) -> None:
    cases = cases_with_orders(served=True)
    assert len(cases) >= 5
    for case in cases:
        court = Order.objects.unscoped("a test").filter(case=case).exclude(court="").first()
        asked_by = court.court if court and kind is PackKind.COURT else case.subject.name or "not known"
        order = PackOrder(kind, asked_by, ASKED, "passport seen")
        at_risk, coordinator = support.names_at_risk(case), of_site(Role.UNIT_COORDINATOR, case.site)
        pack = services.make_pack(actor=coordinator, case=case, order=order, at=NOW, at_risk=at_risk)
        now = dangers.composed_now(coordinator, pack, {}, at_risk=at_risk, at=NOW)
        for number, danger in enumerate(now.sieve.dangers, start=1):
            assert danger.entry.field not in ("court", "words of the condition"), (case.reference, danger.words)
            services.decide_on_danger(
                actor=coordinator, pack=pack, danger=danger.key, at=NOW + timedelta(seconds=number), at_risk=at_risk,
                decision=DangerDraft(choice=danger.proposal, reason="As proposed."),
            )  # fmt: skip
        chair = of_site(Role.PANEL_CHAIR, case.site)
        services.release_pack(actor=chair, pack=pack, channel="by hand", at=NOW + timedelta(hours=1), at_risk=at_risk)


def test_orders_that_were_never_served_are_no_danger_either(loaded: Loaded) -> None:
    for case in cases_with_orders(served=False):
        coordinator, at_risk = of_site(Role.UNIT_COORDINATOR, case.site), support.names_at_risk(case)
        order = PackOrder(PackKind.COURT, "the court", ASKED, "the court's own channel")
        pack = dangers.composed(coordinator, case, order, at=NOW, at_risk=at_risk, decided={})
        sought = Order.objects.unscoped("a test").filter(case=case, step__in=BEING_SOUGHT)
        applied = [replace(order, kind=PackKind.APPLICATION, application=each.pk) for each in sought]
        applications = [
            dangers.composed(coordinator, case, each, at=NOW, at_risk=at_risk, decided={}) for each in applied
        ]
        for each in (pack, *applications):
            found = [one for one in each.sieve.dangers if one.entry.field in ("court", "words of the condition")]
            assert not found, (case.reference, found)
            assert all(one.proposal is not Choice.KEEP for one in each.sieve.dangers)


def test_the_chair_finds_a_pack_to_release_and_the_coordinator_one_to_decide_on(loaded: Loaded) -> None:
    undecided = {}
    for pack in Pack.objects.unscoped("a test").select_related("case"):
        coordinator, at_risk = of_site(Role.UNIT_COORDINATOR, pack.case.site), support.names_at_risk(pack.case)
        now = dangers.composed_now(coordinator, pack, {}, at_risk=at_risk, at=NOW)
        undecided[pack.case.reference] = [each.entry.field for each in now.sieve.undecided]
    assert sorted(undecided.values()) == [[], ["account as told"]]
    finds = {role: day_of(of_site(role, "cheshire"), "packs", NOW) for role in WAITS_FOR}
    assert [undecided[one.case] for one in finds[Role.PANEL_CHAIR]] == [[]]
    decides = [one for one in finds[Role.UNIT_COORDINATOR] if one.href.endswith("/dangers/")]
    assert [undecided[one.case] for one in decides] == [["account as told"]]


#: What leads to a victim is decided by whoever makes packs; nobody signs what waits for that.
WAITS_FOR = (Role.PANEL_CHAIR, Role.UNIT_COORDINATOR)
