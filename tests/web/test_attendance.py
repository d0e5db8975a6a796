"""Who attended a sitting is recorded there, and the minutes say "not recorded" where nobody said."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings

from fourfold.access import queries as access_queries
from fourfold.gateways.documents import Facts, Table
from fourfold.panel import services as panel
from fourfold.panel.drafts import AttendanceDraft
from fourfold.panel.minutes import Attendance, Minutes, document
from fourfold.panel.models import Attended, Item
from fourfold.panel.queries.minutes import minutes_for
from fourfold.panel.terms import Came, CannotConvene
from fourfold.programme import queries as programme
from tests.cast import NOW, Cast
from tests.panel.scene import decision, ready_to_decide
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

THEN = NOW + timedelta(days=2, hours=6)


@pytest.fixture
def item(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Item:
    """A case that was decided at a sitting of today; nobody has recorded who attended."""
    found = ready_to_decide(cast)
    panel.answer_invitation(actor=cast.officer, sitting=found.sitting, coming=True, at=NOW)
    panel.answer_invitation(actor=cast.outreach, sitting=found.sitting, coming=False, at=NOW)
    panel.record_decision(actor=cast.chair, item=found, draft=decision(), at=NOW)
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": THEN.isoformat()}))
    found.refresh_from_db()
    return found


def said(cast: Cast, item: Item) -> dict[str, str]:
    """Return what the minutes for the police say of attendance."""
    opened = access_queries.opened(cast.coordinator, item.case_id, at=THEN)
    police = next(each for each in programme.site("northmoor").partners if each.code == "northmoor-police")
    made = document(minutes_for(opened, item, police, at=THEN))
    return dict(next(block for block in made.blocks if isinstance(block, Facts)).rows)


def test_nobody_is_said_to_have_attended_because_they_gave_a_view_or_meant_to_come(cast: Cast, item: Item) -> None:
    facts = said(cast, item)
    assert facts["Attended"] == "not recorded"
    assert facts["Absent"] == "not recorded"
    assert facts["Apologies"] == "Outreach (outreach)"
    assert "Officer (police)" in facts["Invited, attendance not recorded"]
    assert "Officer (police)" in facts["Gave a view on this case"]
    assert facts["Attendance recorded"] == "by nobody yet"


def test_the_chair_records_who_attended_and_the_minutes_say_by_whom(cast: Cast, item: Item, signed_in: SignIn) -> None:
    here = f"/panel/{item.sitting_id}/attendance/"
    asked = "Record who attended the panel of"
    assert [asked in signed_in(name).get("/").content.decode() for name in ("chair", "officer", "olu")] == [
        True,
        False,
        False,
    ]
    client = signed_in("chair")
    assert here in client.get(f"/panel/{item.sitting_id}/").content.decode()
    page = client.get(here).content.decode()
    officer, clinician, outreach = (cast.staff[name].pk for name in ("officer", "clinician", "outreach"))
    assert re.search(rf'name="came-{officer}"[^>]*value="attended"[^>]*checked', page)
    assert re.search(rf'name="came-{outreach}"[^>]*value="apologies"[^>]*checked', page)
    assert not re.search(rf'name="came-{clinician}"[^>]*value="(attended|apologies|absent)"[^>]*checked', page)
    sent = {
        "once": "one",
        f"came-{officer}": "attended",
        f"came-{clinician}": "absent",
        f"came-{outreach}": "apologies",
        "others": "Ama Sole, probation\n\nAma Sole, probation",
        "version": "",
    }
    assert client.post(here, sent).status_code == 303
    facts = said(cast, item)
    assert facts["Attended"] == "Officer (police); Ama Sole, probation"
    assert facts["Apologies"] == "Outreach (outreach)"
    assert facts["Absent"] == "Clinician (mental health)"
    assert facts["Attendance recorded"].startswith("by Chair, 26 November 2026")
    assert "Advocate (advocacy)" in facts["Invited, attendance not recorded"]


def test_a_colleague_who_recorded_it_meanwhile_is_not_written_over(cast: Cast, item: Item, signed_in: SignIn) -> None:
    here, officer = f"/panel/{item.sitting_id}/attendance/", cast.staff["officer"].pk
    first, second = signed_in("chair"), signed_in("coordinator")
    assert first.post(here, {"once": "a", f"came-{officer}": "absent", "version": ""}).status_code == 303
    answer = second.post(here, {"once": "b", f"came-{officer}": "attended", "version": ""})
    assert answer.status_code == 409
    assert "Officer: absent, without apologies" in answer.content.decode()
    assert Attended.objects.get().came == Came.ABSENT


def test_attendance_is_recorded_on_the_day_or_later_and_by_whoever_calls_panels(
    cast: Cast, item: Item, signed_in: SignIn
) -> None:
    draft = AttendanceDraft({cast.staff["officer"].pk: Came.ATTENDED})
    with pytest.raises(CannotConvene, match="has not taken place"):
        panel.record_attendance(actor=cast.chair, sitting=item.sitting, said=draft, at=NOW)
    stranger = AttendanceDraft({cast.staff["olu"].pk: Came.ATTENDED})
    with pytest.raises(CannotConvene, match="no longer invited"):
        panel.record_attendance(actor=cast.chair, sitting=item.sitting, said=stranger, at=THEN)
    answer = signed_in("chair").post(f"/panel/{item.sitting_id}/attendance/", {"once": "l", "others": "x" * 121})
    assert (answer.status_code, b"120 characters or fewer" in answer.content) == (422, True)
    assert signed_in("clinician").get(f"/panel/{item.sitting_id}/attendance/").status_code == 403
    assert not Attended.objects.exists()


def test_a_profession_of_which_nobody_came_and_nobody_was_heard_says_both() -> None:
    """The minutes for an agency that may not read the risk: no cell of who came and who was heard is empty."""
    who = Attendance((), (), (), (), (), (("outreach", (), ()),), "24 November 2026")
    made = document(Minutes("FF-7KQ2M9T", "Housing", NOW, NOW, "Lea", who, (), None))
    tables = [block for block in made.blocks if isinstance(block, Table)]
    assert tables[0].rows == (("Outreach", "not heard", "nobody"),)
