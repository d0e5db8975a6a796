"""A breach that was recorded in error is withdrawn on its page, whoever recorded it, and stands again on another."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from fourfold.audit import queries as audit_queries
from fourfold.cases.models import CaseAct
from fourfold.orders.models import Breach, BreachStanding, Condition
from fourfold.plan.models import Action
from tests.cast import Cast
from tests.journey.doors import AFTER, World, breached, told_in_a_contact
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _an_hour_after_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": AFTER.isoformat()}))


def test_a_breach_is_withdrawn_by_who_may_and_stands_again_with_all_that_was_decided(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    w = World(cast, signed_in, tmp_path)
    told_in_a_contact(w)
    breach = Breach.objects.unscoped("test").get()
    orders = f"/cases/{w.case.reference}/orders/"
    where = f"{orders}breaches/{breach.pk}/"

    def sends(name: str, how: str, **sent: str) -> tuple[int, str]:
        answer = signed_in(name).post(f"{where}{how}/", {"reason": "Somebody else did it."} | sent)
        return answer.status_code, answer.content.decode()

    assert [sends(name, "withdraw")[0] for name in ("olu", "clinician")] == [404, 403]
    assert "Only the officer in the case or a coordinator may do this" in sends("second_officer", "withdraw")[1]
    assert "Recorded in error?" not in w.page("second_officer", orders)
    assert "Give a reason" in sends("coordinator", "withdraw", reason=" ")[1]
    assert "Recorded in error?" in w.page("coordinator", orders)
    assert sends("coordinator", "withdraw")[0] == 303

    assert "This breach is withdrawn already." in sends("officer", "withdraw")[1]
    decided = signed_in("officer").post(where, {"what": "arrest", "done": "yes"}).content.decode()
    assert "This breach was withdrawn. Nothing is to be decided after it." in decided
    assert [row.status for row in Action.objects.unscoped("test")] == ["not_done"]
    act = CaseAct.objects.unscoped("test").get(allegation=w.report)
    assert (act.left_at, act.is_breach) == (None, False)

    assert sends("officer", "restore")[0] == 303
    assert "This breach stands already." in sends("officer", "restore")[1]
    stands = w.page("officer", orders)
    assert "Victim told: yes" in stands
    assert "withdrawn" not in stands
    advocates_day = w.page("advocate", "/")
    assert "Tell the victim: a breach and what follows from it" in advocates_day
    assert "is not one" not in advocates_day
    act.refresh_from_db(from_queryset=CaseAct.objects.unscoped("test"))
    assert act.is_breach
    rows = BreachStanding.objects.unscoped("test").order_by("recorded_at", "stands")
    assert [(row.recorded_by, row.stands) for row in rows] == [
        (cast.coordinator.staff, False),
        (cast.officer.staff, True),
    ]
    assert audit_queries.verify().clean


def test_an_act_whose_breach_was_withdrawn_may_be_recorded_as_a_breach_of_another_condition(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    w = World(cast, signed_in, tmp_path)
    breach = breached(w)
    orders = f"/cases/{w.case.reference}/orders/"
    sent = {"reason": "It was condition 1."}
    assert signed_in("officer").post(f"{orders}breaches/{breach.pk}/withdraw/", sent).status_code == 303
    assert "Say whether this act was a breach" in w.page("officer", "/")
    other = Condition.objects.unscoped("test").get(order=breach.condition.order_id, number=1)
    assert signed_in("officer").post(f"{orders}acts/{w.report.pk}/", {"condition": str(other.pk)}).status_code == 303
    assert "Breach of condition 1" in w.page("officer", f"/cases/{w.case.reference}/")
    again = signed_in("officer").post(f"{orders}breaches/{breach.pk}/restore/", sent).content.decode()
    assert "This act is recorded as another breach now." in again
    assert audit_queries.verify().clean
