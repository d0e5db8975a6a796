"""A clock that jumps: each page shows what its moment says, and nothing that was written is lost or comes back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from fourfold.duties import services as duties
from fourfold.web import clock
from tests.cast import NOW, Cast
from tests.panel.scene import open_case
from tests.plan.test_services import action
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_day_follows_a_clock_that_jumps_and_keeps_what_was_settled(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = open_case(cast)
    row = action(cast, case, what="Serve the papers", due_on=(NOW + 5 * DAY).date())
    late = action(cast, case, what="Ring the landlord", due_on=(NOW + 30 * DAY).date())

    def at(moment: datetime) -> Client:
        """Let it be that moment, and sign the officer in: a clock that jumps may have ended a session."""
        monkeypatch.setattr(clock, "now", lambda: moment)
        return signed_in("officer")

    def shown(moment: datetime) -> set[str]:
        answer = at(moment).get("/?show=unit")
        assert answer.status_code == 200
        assert [str(one) for one in list(duties.checked())] == []
        page = answer.content.decode()
        return {each.what for each in (row, late) if each.what in page}

    both = {row.what, late.what}
    assert [shown(NOW + days * DAY) for days in (0, 2, 0, 60, 1, -3)] == [set(), {row.what}, set(), both, set(), set()]
    here = f"/cases/{case.reference}/plan/actions/{row.pk}/"
    sent = {"status": "done", "reason": "Served.", "version": "1", "once": "1"}
    assert at(NOW + 60 * DAY).post(here, sent).status_code == 303
    assert [shown(NOW + days * DAY) for days in (60, 2, 60)] == [{late.what}, set(), {late.what}]
    officer = at(NOW + 2 * DAY)
    assert row.what in officer.get(f"/cases/{case.reference}/plan/").content.decode()
    answer = officer.post(
        here, {"status": "not_done", "reason": "No.", "because": "other", "version": "1", "once": "2"}
    )
    assert answer.status_code == 409, "whoever writes after the clock was put back does not undo what was settled"
    row.refresh_from_db()
    assert row.status == "done"
