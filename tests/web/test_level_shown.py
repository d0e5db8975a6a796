"""The lists of a day show a case's level to nobody to whom the risk is shut, nor what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import F

from fourfold.access.models import Agreement, Grant
from fourfold.access.terms import Compartment, RelationKind
from fourfold.cases.models import Case, StepDownAsked
from fourfold.cases.terms import Level
from fourfold.duties import services as duties
from fourfold.people import services as people
from fourfold.people.terms import Channel, MarkKind
from fourfold.support import services as support
from tests.cast import NOW, Cast
from tests.panel.scene import bring_before_panel, held, open_case, relate
from tests.plan.test_services import action, session
from tests.support.builders import NOON, agree, case_of
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
PLACES = (
    *(
        "/",
        "/?show=unit",
        "/cases/?level=very_high",
        "/cases/?level=low",
        "/panel/",
        "/panel/convene/",
        "/unit/quality/",
    ),
)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case with something due of every kind, whose advocate's agency does not read the risk."""
    made = open_case(cast)
    relate(cast, "advocate", made, RelationKind.ADVOCATE)
    action(cast, made, what="Change the locks", owner_partner="northmoor-advocacy", due_on=NOW.date())
    session(cast, made)
    StepDownAsked.objects.create(case=made, reason="Quiet.", victim_told_at=NOW, **held(cast))
    bring_before_panel(cast, made)
    for opened in (Agreement, Grant):
        opened.objects.filter(partner="northmoor-advocacy").update(
            compartments=F("compartments") - Compartment.RISK.bit
        )
    return made


def at(case: Case, level: Level | str) -> None:
    """Put the case to a level, with a review that its hours make due."""
    due = NOW + timedelta(days=3 if level == Level.VERY_HIGH else 60)
    Case.objects.unscoped("a test").filter(pk=case.pk).update(level=level, review_due_at=due)
    list(duties.checked(mend=True))  # it was written past the services


def test_where_the_risk_is_shut_every_list_of_the_day_is_the_same_at_any_level(
    cast: Cast, signed_in: SignIn, case: Case
) -> None:
    advocate, told = signed_in("advocate"), []
    for level in (Level.VERY_HIGH, Level.LOW, ""):
        at(case, level)
        told.append([unkeyed(advocate.get(place).content) for place in PLACES])
    assert told[0] == told[1] == told[2]
    assert case.reference in told[0][0], "the work itself is shown, or the test proves nothing"
    assert not any(case.reference in page for page in told[0][2:4]), "no list can be narrowed by what is shut"


def test_what_waits_for_an_advocate_is_listed_the_same_at_any_level(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number to confirm, and a colleague's message to read."""
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOON.isoformat()}))
    case = case_of(cast)
    agree(cast, case)
    relate(cast, "second_advocate", case, RelationKind.ADVOCATE)
    text = "The parcel can be picked up by six."
    support.send_message(actor=cast.advocate, case=case, channel=Channel.TEXT, text=text, at=NOON)
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.PHONE, value="07700 900666", at=NOW)
    for opened in (Agreement, Grant):
        opened.objects.filter(partner="northmoor-advocacy").update(
            compartments=F("compartments") - Compartment.RISK.bit
        )
    advocate, told = signed_in("second_advocate"), []
    for level in (Level.VERY_HIGH, Level.LOW, ""):
        at(case, level)
        told.append(unkeyed(advocate.get("/").content))
    assert told[0] == told[1] == told[2]
    assert "A telephone number was told that nobody has confirmed" in told[0]
    assert "Read a colleague’s message before it is sent" in told[0]


def test_whoever_reads_the_risk_sees_the_level_in_the_same_lists(cast: Cast, signed_in: SignIn, case: Case) -> None:
    at(case, Level.VERY_HIGH)
    officer = signed_in("officer")
    assert "Very high" in officer.get("/?show=unit").content.decode()
    assert case.reference in officer.get("/cases/?level=very_high").content.decode()


def test_the_page_of_the_case_says_that_the_level_is_not_shown_and_not_that_nobody_assessed_it(
    cast: Cast, signed_in: SignIn, case: Case
) -> None:
    at(case, Level.VERY_HIGH)
    shown = signed_in("advocate").get(f"/cases/{case.reference}/").content.decode()
    assert "Not shown to you" in shown
    assert "Not assessed" not in shown


def unkeyed(content: bytes) -> str:
    """Return a page without the keys of its forms, which are new each time."""
    import re

    return re.sub(
        r'(name="(?:csrfmiddlewaretoken|once)" value=")[^"]*|(X-CSRFToken[^>]*?: *")[^"]*', r"\1\2", content.decode()
    )
