"""What was it on 3 May at 14:00, on which tool version, and who knew? From the rows and from the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from fourfold.access.terms import NotFound
from fourfold.assessment import instruments, queries, services
from fourfold.assessment.terms import Answer, CannotRecord
from fourfold.audit.models import Entry
from fourfold.cases import queries as cases
from fourfold.cases import services as case_services
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, SetBy
from fourfold.panel import services as panel
from fourfold.panel.minutes import Form
from tests.cast import NOW, Cast
from tests.panel.scene import decision, open_case, ready_to_decide, wall_off

pytestmark = pytest.mark.django_db
FORM = instruments.load("first-line")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's, with no level yet."""
    return open_case(cast)


def sign(cast: Cast, case: Case, at: datetime, **said: str) -> None:
    """Let the officer sign a first-line checklist at high."""
    given = {item.key: "no" for item in FORM.items if item.key not in ("separation", "children")}
    given |= {"relationship": "stranger", "threats": "yes", **said}
    services.record_assessment(
        actor=cast.officer,
        case=case,
        instrument="first-line",
        answers=[Answer(key, option=option) for key, option in given.items()],
        professional_level=Level.HIGH,
        at=at,
    )


def raised(cast: Cast, case: Case, at: datetime) -> None:
    """Let the clinician set very high."""
    case_services.set_level(
        actor=cast.clinician, case=case, level=Level.VERY_HIGH, set_in=SetBy.PROFESSIONAL, reason="A knife.", at=at
    )


def asked(cast: Cast, case: Case, moment: datetime, at: datetime = NOW + 30 * DAY) -> queries.LevelMoment:
    return queries.level_moment(actor=cast.officer, case_id=case.pk, moment=moment, at=at)


def test_the_level_of_any_moment_is_the_last_that_was_set_by_then(cast: Cast, case: Case) -> None:
    sign(cast, case, NOW)
    raised(cast, case, NOW + DAY)
    levels = [asked(cast, case, NOW + n * HOUR).level for n in (-1, 0, 23, 24, 240)]
    assert levels == [None, Level.HIGH, Level.HIGH, Level.VERY_HIGH, Level.VERY_HIGH]
    then = asked(cast, case, NOW + HOUR)
    assert (then.set_by, then.set_in, then.set_at, then.reason) == ("Officer", SetBy.PROFESSIONAL, NOW, "")


def test_it_names_the_version_and_the_sum_of_the_form_that_the_level_was_set_on(cast: Cast, case: Case) -> None:
    sign(cast, case, NOW)
    raised(cast, case, NOW + DAY)
    (tool,) = asked(cast, case, NOW + HOUR).tools
    assert (tool.title, tool.version, tool.sha256, tool.pack_sha256) == ("First-line checklist", 1, FORM.sha256, "")
    assert (tool.with_it, tool.by, tool.advised) == (True, "Officer", Level.HIGH)
    (later,) = asked(cast, case, NOW + 2 * DAY).tools
    assert not later.with_it, "it lay there, and the level was set without it"
    assert asked(cast, case, NOW - HOUR).tools == ()


def test_who_knew_is_who_set_it_and_who_had_read_the_case_by_then(cast: Cast, case: Case) -> None:
    cases.header(actor=cast.outreach, reference=case.reference, at=NOW - HOUR)
    sign(cast, case, NOW)
    cases.header(actor=cast.advocate, reference=case.reference, at=NOW + 2 * HOUR)
    cases.header(actor=cast.advocate, reference=case.reference, at=NOW + 3 * HOUR)
    cases.header(actor=cast.clinician, reference=case.reference, at=NOW + 5 * HOUR)
    knew = [(one.name, one.how, one.since) for one in asked(cast, case, NOW + 4 * HOUR).knew]
    assert knew == [("Officer", "set it", NOW), ("Advocate", "read the case", NOW + 2 * HOUR)]
    assert "Outreach" not in {one.name for one in asked(cast, case, NOW + 9 * HOUR).knew}, "read before it was set"


def test_reading_for_oversight_and_reading_without_the_risk_are_not_knowing(cast: Cast, case: Case) -> None:
    sign(cast, case, NOW)
    cases.header(actor=cast.advocate.for_purpose("oversight"), reference=case.reference, at=NOW + HOUR)
    entry = Entry.objects.filter(file=case.pk, operation="consultation").last()
    assert entry is not None
    assert '"risk"' in entry.body
    assert {one.name for one in asked(cast, case, NOW + 2 * HOUR).knew} == {"Officer"}


def test_an_agency_that_was_sent_the_minutes_was_told(cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    panel.record_decision(actor=cast.chair, item=item, draft=decision(), at=NOW)
    panel.make_minutes(actor=cast.coordinator, item=item, partner="northmoor-nhs", form=Form.PDF, at=NOW + HOUR)
    told = [(one.name, one.how) for one in asked(cast, case, NOW + DAY).knew]
    assert ("Northmoor Nhs", "was sent the panel's minutes") in told
    assert ("Chair", "set it") in told


def test_a_second_person_who_signed_it_knew_it(cast: Cast, case: Case) -> None:
    sign(cast, case, NOW)
    case_services.set_level(
        actor=cast.officer,
        case=case,
        level=Level.MEDIUM,
        set_in=SetBy.PROFESSIONAL,
        reason="In prison.",
        countersigned_by=cast.clinician,
        at=NOW + HOUR,
    )
    then = asked(cast, case, NOW + HOUR)
    assert then.countersigned_by == "Clinician"
    assert [(one.name, one.how) for one in then.knew] == [("Clinician", "signed it"), ("Officer", "set it")]


def test_a_moment_to_come_is_refused(cast: Cast, case: Case) -> None:
    with pytest.raises(CannotRecord, match="a date and time in the past") as refused:
        asked(cast, case, NOW + HOUR, at=NOW)
    assert refused.value.field == "on"


def test_another_site_and_a_walled_colleague_find_nothing(cast: Cast, case: Case) -> None:
    sign(cast, case, NOW)
    wall_off(cast, "second_officer", case)
    for name in ("olu", "second_officer", "governance"):
        with pytest.raises(NotFound):
            queries.level_moment(actor=cast.actor(name), case_id=case.pk, moment=NOW, at=NOW)


def test_asking_is_a_reading_too_and_costs_the_same_for_many_readers(
    cast: Cast, case: Case, django_assert_num_queries: Callable[[int], object]
) -> None:
    sign(cast, case, NOW)
    for hour in range(1, 6):
        for name in ("advocate", "clinician", "outreach", "chair"):
            cases.header(actor=cast.actor(name), reference=case.reference, at=NOW + hour * HOUR)
    with django_assert_num_queries(15):  # type: ignore[attr-defined]
        assert len(asked(cast, case, NOW + DAY).knew) == 5
    last = Entry.objects.get(action="case.level_at")
    assert (last.file, last.operation) == (case.pk, "consultation")
