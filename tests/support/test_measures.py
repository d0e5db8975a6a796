"""Measures over time: what a change amounts to, what was missed, and who may read it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.access.terms import NotFound, Refused
from fourfold.assessment import instruments
from fourfold.assessment.terms import Norm, NormKind
from fourfold.audit import queries as audit_queries
from fourfold.cases.models import Case
from fourfold.stats.reliable_change import ChangeOutcome
from fourfold.support import queries, rules, services
from fourfold.support.models import CheckIn, NormChosen
from fourfold.support.queries import MeasuresPage, Series
from fourfold.support.terms import CannotSupport, Mode, WhyMissed
from tests.cast import NOW, Cast
from tests.duties.scene import day_of
from tests.support.builders import ALL_ANSWERED, NOON, OPENED, bring_in, case_of, reached

DAY = timedelta(days=1)
BEGUN = date(2026, 1, 1)
NINE = ("interest", "mood", "sleep", "energy", "appetite", "self_worth", "concentration", "movement", "self_harm")


def on(*days: int) -> list[date]:
    return [BEGUN + timedelta(days=day) for day in days]


# ---- what was missed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "until", "missed"),
    [
        ((), 0, ()),
        ((), 13, ()),  # half of the time has not passed: it may still be taken
        ((), 14, (0,)),
        ((0,), 41, ()),
        ((0,), 42, (28,)),
        ((0, 15), 42, ()),  # nearer than half the rhythm to the day on which it was due
        ((0, 13), 42, (28,)),
        ((0, 28, 84), 98, (56,)),
        ((0, 1, 2), 70, (28, 56)),  # three in a row do not stand for the next two
    ],
)
def test_a_measure_is_missed_when_none_lies_near_its_day(
    taken: tuple[int, ...], until: int, missed: tuple[int, ...]
) -> None:
    found = rules.measures_missed(BEGUN, on(*taken), BEGUN + timedelta(days=until), 28)
    assert found == tuple(on(*missed))


# ---- the figure that a change is read by --------------------------------------------------------------------------


def norm(kind: NormKind = NormKind.RCI, **more: object) -> Norm:
    return Norm("n", "total", kind, "Adults", "Author 2000", verified=True, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chosen", "threshold"),
    [
        (norm(value=Decimal(6)), 6.0),
        (norm(NormKind.MID, value=Decimal("8.5")), 8.5),
        (norm(sd=Decimal("4.5"), r=Decimal(".92"), r_type="alpha", z=Decimal("1.96")), 3.53),
        (norm(sd=Decimal("7.7"), r=Decimal(".90"), r_type="alpha", z=Decimal("1.645")), 5.66),
    ],
    ids=["published points", "smallest that matters", "GAD-7, NHS 3.53", "CORE-10, 90 per cent, 5.66"],
)
def test_a_published_figure_becomes_a_yardstick(chosen: Norm, threshold: float) -> None:
    yardstick = rules.change_norm(chosen, BEGUN, scale="Total")
    assert yardstick is not None
    assert yardstick.threshold == pytest.approx(threshold, abs=0.005)


def test_a_cut_off_alone_says_nothing_of_change() -> None:
    assert rules.change_norm(norm(NormKind.CASENESS, value=Decimal(10)), BEGUN, scale="Total") is None


# ---- one person ---------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast: Cast) -> Case:
    return case_of(cast)


@pytest.fixture
def phq(cast: Cast) -> None:
    """The unit has brought the wording of the nine questions."""
    bring_in(cast, "phq-9", at=OPENED - DAY)


def ask(cast: Cast, case: Case, values: str, days: int, *, mode: Mode = Mode.IN_PERSON) -> CheckIn:
    """Let her answer the nine questions: a digit each, `-` where she left one out."""
    answers = {key: f"s{value}" for key, value in zip(NINE, values, strict=True) if value != "-"}
    at = OPENED + days * DAY
    return services.take_measure(actor=cast.advocate, case=case, instrument="phq-9", answers=answers, at=at, mode=mode)


def look(cast: Cast, case: Case, name: str = "advocate") -> MeasuresPage:
    return queries.measures_page(actor=cast.actor(name), reference=case.reference, at=NOON)


def nine(cast: Cast, case: Case) -> Series:
    return next(series for series in look(cast, case).series if series.instrument == "phq-9")


def test_without_a_chosen_figure_a_difference_is_a_difference_and_no_more(cast: Cast, case: Case, phq: None) -> None:
    ask(cast, case, "222222220", 1)
    ask(cast, case, "111111110", 28)
    last = nine(cast, case).taken[-1]
    assert (last.difference, last.change) == (Decimal(-8), None)
    assert nine(cast, case).norm is None


@pytest.mark.parametrize(
    ("later", "outcome", "recovered"),
    [
        ("111111110", ChangeOutcome.RELIABLE_IMPROVEMENT, True),  # 16 to 8: eight points, across the cut-off of 10
        ("222111110", ChangeOutcome.NO_RELIABLE_CHANGE, False),  # 16 to 11
        ("333333330", ChangeOutcome.RELIABLE_DETERIORATION, False),  # 16 to 24: higher is worse
    ],
)
def test_a_change_is_read_by_the_figure_that_the_site_chose(
    cast: Cast, case: Case, phq: None, later: str, outcome: ChangeOutcome, recovered: bool
) -> None:
    for key in ("rci_nhs", "caseness"):
        services.choose_norm(actor=cast.governance, site="northmoor", instrument="phq-9", norm=key, at=OPENED)
    ask(cast, case, "222222220", 1)
    ask(cast, case, later, 28)
    change = nine(cast, case).taken[-1].change
    assert change is not None
    assert (change.outcome, change.recovered) == (outcome, recovered)


def test_a_figure_that_was_chosen_after_the_measure_says_so(cast: Cast, case: Case, phq: None) -> None:
    ask(cast, case, "222222220", 1)
    ask(cast, case, "111111110", 20)
    services.choose_norm(actor=cast.governance, site="northmoor", instrument="phq-9", norm="rci_nhs", at=NOW)
    change = nine(cast, case).taken[-1].change
    assert change is not None
    assert any("chosen on 2026-11-24, after" in note for note in change.notes)


def test_measures_that_were_taken_differently_are_compared_with_a_mark(cast: Cast, case: Case, phq: None) -> None:
    services.choose_norm(actor=cast.governance, site="northmoor", instrument="phq-9", norm="rci_nhs", at=OPENED)
    ask(cast, case, "222222220", 1)
    ask(cast, case, "111111110", 28, mode=Mode.TELEPHONE)
    change = nine(cast, case).taken[-1].change
    assert change is not None
    assert change.notes == ("Taken differently: in person, then telephone.",)


def test_an_answer_to_act_on_stands_on_the_day_until_she_was_reached(cast: Cast, case: Case, phq: None) -> None:
    kept = ask(cast, case, "--------1", 29)
    assert kept.total is None, "one answer of nine is no total"
    (alarm,) = day_of(cast.advocate, "answers_to_act_on", NOON)
    assert "suicide today" in alarm.why
    assert day_of(cast.outreach, "answers_to_act_on", NOON) == []
    assert day_of(cast.advocate, "answers_to_act_on", NOON + 14 * DAY) == []
    reached(cast, case, at=NOON, incoming=True)
    assert day_of(cast.advocate, "answers_to_act_on", NOON + DAY) == []


def test_what_was_missed_is_visible_with_its_reason(cast: Cast, case: Case) -> None:
    series = look(cast, case).series[0]
    assert series.instrument == "safety-check-in"
    assert [gap.why for gap in series.missed] == [""], "thirty days: the first is missed, the second may still be taken"
    services.measure_missed(
        actor=cast.advocate, case=case, instrument="safety-check-in", why=WhyMissed.NOT_SAFE, at=OPENED + 2 * DAY
    )
    (gap,) = look(cast, case).series[0].missed
    assert (gap.on, gap.why) == (rules.day_of(OPENED + 2 * DAY), "it was not safe to ask")


def test_the_check_in_is_one_of_the_measures(cast: Cast, case: Case) -> None:
    services.check_in(actor=cast.advocate, case=case, answers=ALL_ANSWERED, at=OPENED + DAY)
    (taken,) = look(cast, case).series[0].taken
    assert (taken.result.value, taken.mode) == (Decimal(19), "in person")  # type: ignore[union-attr]
    assert look(cast, case).series[0].missed == ()


def test_answers_are_read_back_on_the_form_that_was_asked(cast: Cast, case: Case, phq: None) -> None:
    kept = ask(cast, case, "222222220", 1)
    assert (kept.sha256, bool(kept.pack_sha256)) == (instruments.load("phq-9").sha256, True)
    assert nine(cast, case).taken[0].result.value == 16  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["officer", "clinician", "outreach", "analyst", "olu"])
def test_nobody_but_her_advocate_reads_how_she_is(cast: Cast, case: Case, name: str) -> None:
    services.check_in(actor=cast.advocate, case=case, answers=ALL_ANSWERED, at=NOW)
    with pytest.raises(NotFound):
        look(cast, case, name)
    with pytest.raises((NotFound, Refused)):
        services.measure_missed(
            actor=cast.actor(name), case=case, instrument="safety-check-in", why=WhyMissed.DECLINED, at=NOW
        )


@pytest.mark.parametrize(
    ("instrument", "said"),
    [
        ("phq-9", "cannot be used here"),  # its wording was not brought in
        ("first-line", "is not for a victim to answer"),
        ("horoscope", "no instrument"),
    ],
)
def test_a_measure_that_cannot_be_asked_is_refused_in_words(cast: Cast, case: Case, instrument: str, said: str) -> None:
    with pytest.raises(CannotSupport, match=said):
        services.take_measure(actor=cast.advocate, case=case, instrument=instrument, answers={"mood": "s1"}, at=NOW)


def test_a_figure_is_chosen_by_whoever_answers_for_instruments(cast: Cast, case: Case, phq: None) -> None:
    for name in ("officer", "olu"):
        with pytest.raises(Refused):
            services.choose_norm(actor=cast.actor(name), site="northmoor", instrument="phq-9", norm="rci_nhs", at=NOW)
    with pytest.raises(CannotSupport, match="has no figure"):
        services.choose_norm(actor=cast.governance, site="northmoor", instrument="phq-9", norm="best", at=NOW)
    assert not NormChosen.objects.exists()


def test_the_page_costs_the_same_however_much_was_measured(cast: Cast, case: Case, phq: None) -> None:
    ask(cast, case, "222222220", 1)
    with CaptureQueriesContext(connection) as few:
        look(cast, case)
    for days in range(2, 20):
        ask(cast, case, "111111110", days)
    with CaptureQueriesContext(connection) as many:
        look(cast, case)
    assert len(many) == len(few)


def test_the_log_holds_after_the_whole_story(cast: Cast, case: Case, phq: None) -> None:
    services.choose_norm(actor=cast.governance, site="northmoor", instrument="phq-9", norm="rci_nhs", at=OPENED)
    ask(cast, case, "222222222", 1)
    services.measure_missed(actor=cast.advocate, case=case, instrument="phq-9", why=WhyMissed.DECLINED, at=NOW)
    assert audit_queries.verify().clean
