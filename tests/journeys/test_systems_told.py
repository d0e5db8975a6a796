"""Where an agency's system is told of changes: the lead reads in a browser what it did not take, and sends it again."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from fourfold.access import services as access
from fourfold.access.models import Webhook, WebhookNotice
from fourfold.access.terms.systems import Capability, Change, SystemDraft, WebhookDraft
from fourfold.access.webhooks import WAITS
from fourfold.gateways.webhooks import SILENT, Told
from fourfold.programme import services as programme
from tests.api.test_agencies import second_lead
from tests.journeys.conftest import too_wide, violations
from tests.journeys.small_site import World
from tests.journeys.windows import PHONE, WIDE, Windows

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def told_in_vain(world: World) -> tuple[Webhook, Webhook]:
    """Let a system of the police be told at an address that took nothing of two changes, and gave up one; beside it one waits."""
    cast, at = world.cast, world.now
    waits, row = (asked(world, name) for name in ("Control room", "Records"))
    access.answer_webhook(actor=cast.police_lead, webhook=row.pk, given=True, at=at)
    access.make_webhook_secret(actor=second_lead(cast, "northmoor-police"), webhook=row.pk, at=at)
    found = [(each, uuid4(), uuid4()) for each in Change]
    access.note_changes(actor=cast.administrator, webhook=row, found=found, at=at)
    last, first = WebhookNotice.objects.order_by("kind")
    for one, tries in ((last, 2), (first, len(WAITS) + 1)):
        for number in range(tries):
            then = at + timedelta(hours=number)
            access.note_told(actor=cast.administrator, notice=one, told=Told(why=SILENT), at=then)
    return waits, row


def asked(world: World, name: str) -> Webhook:
    """Join a system of the police, and ask that it is told at an address."""
    cast, at = world.cast, world.now
    draft = SystemDraft(site="northmoor", name=name, capabilities=frozenset(Capability), reason="Nightly.")
    system = programme.ask_system(actor=cast.administrator, partner="northmoor-police", draft=draft, at=at)
    access.answer_system(actor=cast.police_lead, system=system.pk, given=True, at=at)
    said = WebhookDraft(address="https://records.northmoor.example/hooks/fourfold", reason="Nobody asks every minute.")
    return access.ask_webhook(actor=cast.administrator, system=system.pk, draft=said, at=at)


def test_a_lead_sees_what_a_system_was_not_told_and_sends_it_again(world: World, served: str, windows: Windows) -> None:
    waits, row = told_in_vain(world)
    page = windows.take(apart=True)
    page.context.add_cookies([world.cookie_of("police_lead") | {"url": served}])
    page.goto(served)
    assert "A system of the agency was not told of 1 change: Records" in page.locator("main").inner_text()
    addresses = (
        f"/agency/systems/{row.system_id}/",
        f"/agency/systems/{row.system_id}/webhooks/new/",
        f"/agency/webhooks/{waits.pk}/confirm/",
        f"/agency/webhooks/{row.pk}/",
    )
    for address in addresses:
        page.goto(served + address)
        for window in (WIDE, PHONE):
            page.set_viewport_size(window)
            assert (violations(page), too_wide(page)) == ([], 0), address
    assert "Given up" in page.locator("main").inner_text()
    page.get_by_role("button", name="Send these again").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "They are sent again with the next run" in page.locator("main").inner_text()
    assert "Given up" not in page.locator("main").inner_text()
