"""A list says of a case what its page would say: where an agreement that opened more has ended, and of what one stood aside."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fourfold.access import queries as access_queries
from fourfold.access.models import Agreement, Grant
from fourfold.access.terms import Compartment, bits
from fourfold.cases import services as cases
from fourfold.cases.models import Case, Comment, Mention
from fourfold.cases.queries import alerts, listing
from fourfold.cases.terms import Level, SetBy
from fourfold.duties import services as duties
from fourfold.duties.queries import Waiting
from fourfold.governance.queries import packing
from fourfold.governance.rules.dangers import Sieve
from fourfold.orders.queries import lists as orders
from fourfold.orders.queries.subject import _cases
from fourfold.panel import services as panel
from fourfold.panel.minutes import Form
from fourfold.panel.queries.agreement import agreement_page
from fourfold.support.queries import lost_contact
from tests.cast import NOW, Cast
from tests.duties.scene import said, waits
from tests.panel.scene import bring_before_panel, decision, hear, held, open_case, ready_to_decide

pytestmark = pytest.mark.django_db
CORE = bits({Compartment.CORE})
BEFORE = NOW - timedelta(days=20)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case at high, which the clinician could read whole until two days ago and of which the core alone is open now."""
    case = open_case(cast)
    cases.set_level(
        actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, reason="Worse.", at=BEFORE
    )
    wide = Grant.objects.get(file=case.pk, partner="northmoor-nhs")
    Agreement.objects.filter(pk=wide.agreement_id).update(ended_at=NOW - timedelta(days=2))
    days = {"starts_on": date(2026, 11, 1), "ends_on": date(2028, 1, 1), "review_on": date(2027, 1, 1)}
    narrow = Agreement.objects.create(
        site="northmoor", partner="northmoor-nhs", purposes=["casework"], compartments=CORE, **days
    )
    Grant.objects.create(
        file=case.pk, site="northmoor", partner="northmoor-nhs", compartments=CORE, agreement=narrow, from_at=BEFORE
    )
    assert access_queries.opened(cast.clinician, case.pk, at=NOW).readable == {Compartment.CORE}
    return case


def test_no_list_says_more_than_the_agreement_that_is_in_force(cast: Cast, case: Case) -> None:
    [row] = listing.cases(actor=cast.clinician, at=NOW).rows
    assert (row.level, row.subject, row.review_due_at) == (None, None, None)
    assert lost_contact.gone_quiet(actor=cast.clinician, at=NOW).rows == ()
    assert orders.not_considered(actor=cast.clinician, at=NOW) == ()
    assert _cases(cast.clinician, [case.subject_id], case.victim_id, NOW) == []
    assert waits(cast.clinician, "reviews") == ()
    assert not any("level" in alert.what for alert in alerts.since_you_left(actor=cast.clinician, at=NOW)().alerts)
    assert orders.not_considered(actor=cast.officer, at=NOW), "to whom the risk is open, the case stands there"


def test_an_agreement_ends_with_the_day_in_london_whoever_asked_first(cast: Cast) -> None:
    open_case(cast, opened_at=datetime(2026, 5, 1, tzinfo=UTC))
    Agreement.objects.filter(partner="northmoor-nhs").update(ends_on=date(2026, 6, 30))
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    for at, open_ in ((late, True), (late + timedelta(hours=1), False)):
        for moment in (at, at.astimezone(ZoneInfo("Europe/London"))):
            assert Case.objects.visible_to(cast.clinician, at=moment).exists() is (open_ and at is late)


def test_whoever_stood_aside_reads_nobodys_view_beside_another(cast: Cast) -> None:
    item = bring_before_panel(cast, open_case(cast))
    hear(cast, item, "officer", level=Level.LOW)
    hear(cast, item, "clinician", level=Level.VERY_HIGH)
    hear(cast, item, "outreach", "advocate")
    panel.declare(actor=cast.coordinator, item=item, aside=True, at=NOW)
    panel.open_views(actor=cast.chair, item=item, at=NOW)
    later = NOW + timedelta(hours=1)
    assert agreement_page(actor=cast.chair, at=later).conversations
    assert agreement_page(actor=cast.coordinator, at=later).conversations == ()


def test_what_the_unit_said_to_itself_is_no_material_for_a_court(cast: Cast) -> None:
    item = ready_to_decide(cast, open_case(cast))
    panel.record_decision(actor=cast.chair, item=item, draft=decision(), at=NOW)
    Grant.objects.filter(file=item.case_id, partner="northmoor-outreach").update(compartments=CORE)
    kept = panel.make_minutes(actor=cast.chair, item=item, partner="northmoor-outreach", form=Form.PDF, at=NOW)
    assert kept.compartment == Compartment.CORE
    case = Case.objects.unscoped("test").get(pk=item.case_id)
    listed = packing.court_pack(cast.coordinator, case, "Court", Sieve(()), at=NOW).exhibits
    assert kept.sha256 not in {row[2] for row in listed}


def test_a_mention_in_a_place_that_is_none_asks_nobody(cast: Cast) -> None:
    comment = Comment.objects.create(case=open_case(cast), words="x", compartment="clinical", side="", **held(cast))
    Mention.objects.create(comment=comment, staff=cast.officer.staff)
    assert _asked(cast) == []


def test_what_can_no_longer_be_read_hides_no_mention_that_can(cast: Cast) -> None:
    case = open_case(cast)
    about = held(cast, NOW - timedelta(days=9))
    shut = [Comment(case=case, words="x", compartment="clinical", side="victim", **about) for _ in range(60)]
    Comment.objects.bulk_create(shut)
    asked = Comment.objects.create(case=case, words="Read me.", compartment="core", **held(cast))
    Mention.objects.bulk_create(Mention(comment=each, staff=cast.officer.staff) for each in (*shut, asked))
    assert len(_asked(cast)) == 1


def _asked(cast: Cast) -> list[Waiting]:
    list(duties.checked(mend=True))  # the rows were written past the services
    return [one for one in waits(cast.officer, "mentions") if said(one, cast.officer) is not None]
