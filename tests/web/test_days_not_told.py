"""The last act where nobody told its day: every list says that what it shows is the day of telling."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from fourfold import journey
from fourfold.access.terms import RelationKind
from fourfold.cases import services as cases
from fourfold.cases.models import PossibleCourse
from fourfold.cases.terms import CannotStep
from fourfold.linkage.models import Match
from fourfold.orders import services as orders
from fourfold.orders.terms import OrderKind
from fourfold.panel.minutes import Form
from tests.cases.builders import further_act, open_case, told
from tests.cast import NOW, Cast
from tests.orders.builders import CONDITIONS
from tests.orders.test_pack import docx_words
from tests.panel.scene import relate
from tests.web.conftest import SignIn
from tests.web.test_desk import read

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ONLY_TOLD = "told 24 November 2026, day of the act not known"
ONCE = "Nobody told the day of 1 act: it stands at the day when it was told."


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


@pytest.mark.parametrize("dated", [False, True])
def test_a_list_says_whether_the_day_of_the_last_act_was_told(cast: Cast, signed_in: SignIn, dated: bool) -> None:
    case = open_case(cast, at=NOW - 9 * DAY)
    further_act(cast, case, at=NOW, **({} if dated else {"occurred_from": None}))
    for place in ("/cases/", f"/cases/{case.reference}/subject/"):
        said = read(signed_in("officer"), place)
        assert (ONLY_TOLD in said) is not dated, place
        assert "24 November 2026" in said
    assert (ONCE in read(signed_in("officer"), f"/cases/{case.reference}/subject/")) is not dated
    shown = signed_in("officer").get("/api/cases").json()["cases"]
    assert [one["last_act_told"] for one in shown] == [not dated]
    report = told(cast.analyst, at=NOW)
    line = "2 acts, the last told on 24 November 2026, its day not known" if not dated else "2 acts, the last on 24"
    assert line in read(signed_in("analyst"), f"/desk/{report.pk}/")


def test_an_act_taken_off_again_leaves_the_day_of_the_one_before(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast, at=NOW - 9 * DAY)
    report = further_act(cast, case, at=NOW, occurred_from=None)
    assert ONLY_TOLD in read(signed_in("officer"), "/cases/")
    match = Match.objects.unscoped("a test").filter(allegation=report).first()
    cases.undo_match(actor=cast.analyst, match=match, reason="Somebody else.", at=NOW)
    said = read(signed_in("officer"), "/cases/")
    assert "day of the act not known" not in said
    assert "15 November 2026" in said


def test_step_down_says_that_only_the_day_of_telling_is_known(cast: Cast) -> None:
    case = open_case(cast, occurred_from=None)
    relate(cast, "officer", case, RelationKind.OIC)
    with pytest.raises(CannotStep, match="The last act was told on 24 November 2026, its day is not known"):
        cases.ask_step_down(actor=cast.officer, case=case, reason="Quiet.", victim_told_at=NOW, at=NOW + DAY)


@pytest.mark.parametrize("dated", [False, True])
def test_the_last_day_for_an_information_follows_from_a_day_that_was_told(
    cast: Cast, signed_in: SignIn, dated: bool
) -> None:
    case = open_case(cast, at=NOW, **({} if dated else {"occurred_from": None}))
    relate(cast, "officer", case, RelationKind.OIC)
    said = read(signed_in("officer"), f"/cases/{case.reference}/orders/")
    assert ("must be laid by 24 May 2027" in said) is dated
    assert ("Nobody told the day of an act" in said) is not dated


@pytest.mark.parametrize("dated", [False, True])
def test_an_application_says_that_the_day_of_the_last_act_is_not_known(cast: Cast, dated: bool) -> None:
    case = open_case(cast, at=NOW - 9 * DAY)
    further_act(cast, case, at=NOW, **({} if dated else {"occurred_from": None}))
    relate(cast, "officer", case, RelationKind.OIC)
    order = orders.apply_for(
        actor=cast.officer, case=case, kind=OrderKind.SPO_INTERIM, conditions=CONDITIONS, reason="Two acts.", at=NOW
    )
    words = " ".join(
        docx_words(journey.application_made(actor=cast.officer, order=order, form=Form.DOCX, at=NOW)).split()
    )
    said = "2 acts from 15 November 2026 to 24 November 2026 (when it was told; its day is not known)"
    assert (said in words) is not dated
    assert "2 acts from 15 November 2026 to 24 November 2026" in words


@pytest.mark.parametrize("dated", [False, True])
def test_a_course_says_that_its_first_day_is_only_the_day_of_telling(
    cast: Cast, signed_in: SignIn, dated: bool
) -> None:
    told(cast.analyst, at=NOW - DAY, **({} if dated else {"occurred_from": None}))
    told(cast.analyst, at=NOW)
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    cases.find_courses(actor=cast.analyst, site="northmoor", at=NOW)
    course = PossibleCourse.objects.unscoped("a test").get()
    first = "23 November 2026" if dated else "told 23 November 2026, day of the act not known"
    for place in (f"/desk/courses/{course.pk}/", "/desk/mis-recorded/"):
        assert f" {first} to 24 November 2026" in read(signed_in("analyst"), place), place
