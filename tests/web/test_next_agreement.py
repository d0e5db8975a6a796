"""An agreement has a last day: the next one opens what it opened, and oversight is told in time that one is wanted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings

from fourfold.access import agreeing
from fourfold.access import services as access
from fourfold.access.models import Agreement, Grant
from fourfold.access.terms import TEAM_COMPARTMENTS, Compartment
from fourfold.cases.models import Case
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, vouched
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
LAST_DAY = date(2028, 12, 31)
BEFORE, AFTER = datetime(2028, 12, 1, 9, tzinfo=UTC), datetime(2029, 1, 2, 9, tzinfo=UTC)
PARTNER = "northmoor-advocacy"


def sign_next(cast: Cast, *, at: datetime, starts_on: date | None = None) -> Agreement:
    opens = TEAM_COMPARTMENTS | {Compartment.VICTIM_CONTACT}
    days = {"starts_on": starts_on or at.date(), "ends_on": date(2031, 12, 31), "review_on": date(2031, 10, 1)}
    asks, signs = cast.actor("governance", at=at), cast.actor("advocacy_lead", at=at)
    asked = access.ask_agreement(
        actor=asks, site="northmoor", partner=PARTNER, signer=PARTNER, compartments=opens, at=at, **days
    )
    signed = access.answer_agreement(actor=signs, asked=asked.pk, given=True, at=at).agreement
    assert signed is not None
    return signed


def reads(cast: Cast, case: Case, at: datetime) -> bool:
    return Case.objects.visible_to(cast.actor("advocate", at=at), at=at).filter(pk=case.pk).exists()


@pytest.mark.parametrize("signed_at", [BEFORE, AFTER], ids=["before the last day", "too late"])
def test_the_next_agreement_opens_the_cases_that_the_one_before_opened(cast: Cast, signed_at: datetime) -> None:
    """Whoever worked on a case lost it on the last day of the first agreement, whatever had been signed meanwhile."""
    vouched(cast)
    case = open_case(cast, at=NOW)
    assert reads(cast, case, BEFORE)
    assert not reads(cast, case, AFTER)
    signed = sign_next(cast, at=signed_at)
    assert reads(cast, case, AFTER)
    assert list(Grant.objects.filter(agreement=signed).values_list("file", flat=True)) == [case.pk]


def test_a_case_that_is_opened_before_the_next_agreement_begins_is_opened_by_it_too(cast: Cast) -> None:
    """Signed in time, from the day after: a case of the weeks between was lost on the last day all the same."""
    vouched(cast)
    sign_next(cast, at=BEFORE, starts_on=LAST_DAY + timedelta(days=1))
    case = open_case(cast, at=BEFORE + timedelta(days=14))
    assert reads(cast, case, BEFORE + timedelta(days=15))
    assert reads(cast, case, AFTER)


def test_what_nobody_has_read_for_longer_no_next_agreement_opens_again(cast: Cast) -> None:
    vouched(cast)
    case = open_case(cast, at=NOW)
    late = AFTER + timedelta(days=90)
    sign_next(cast, at=late)
    assert not reads(cast, case, late)


def test_what_two_people_ended_no_next_agreement_opens_again(cast: Cast) -> None:
    vouched(cast)
    case = open_case(cast, at=NOW)
    Agreement.objects.filter(partner=PARTNER).update(ended_at=NOW + timedelta(days=1))
    sign_next(cast, at=BEFORE)
    assert not reads(cast, case, AFTER)


def test_oversight_is_told_in_time_that_an_agreement_ends_and_not_once_the_next_is_signed(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    vouched(cast)
    early, soon = LAST_DAY - timedelta(days=91), LAST_DAY - timedelta(days=90)

    def told(on: date) -> list[str]:
        at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
        return [each.partner for each in agreeing.ending(actor=cast.actor("governance", at=at), at=at)]

    others = ["northmoor-nhs", "northmoor-outreach"]
    assert (told(early), told(soon)) == ([], [PARTNER, *others])
    assert told(AFTER.date()) == [PARTNER, *others], "after the last day too"
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": BEFORE.isoformat()}))
    cast.at = BEFORE
    page = signed_in("governance").get("/", follow=True).content.decode()
    assert "Ask for the next agreement: Northmoor with Northmoor Advocacy" in page
    assert "after 31 December 2028 its people read no case" in page
    sign_next(cast, at=BEFORE)
    assert told(BEFORE.date()) == others
