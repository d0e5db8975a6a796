"""How far colleagues agree who judged the same case alone: which records count, which coefficient, what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.access.models import Agreement, Staff
from fourfold.access.terms import Compartment, NotFound, Refused
from fourfold.assessment import instruments, services
from fourfold.assessment.models import Assessment, Round, Seat
from fourfold.assessment.queries.form_agreement import form_agreement, scope_of, sites_of
from fourfold.assessment.rules import agreement
from fourfold.assessment.terms import Answer as Given
from fourfold.assessment.terms import Meaning, Option, PastAssessment, Scale
from fourfold.assessment.terms.agreement import Asked, Comparison, Conversation, OnForm, Order, Said, Scope
from fourfold.assessment.terms.rounds import RoundPhase
from fourfold.assessment.terms.vocabulary import ScaleKind
from fourfold.audit.models import Entry
from fourfold.cases.models import Case
from tests.cast import NOW, Cast
from tests.panel.scene import held, open_case, wall_off

YES_NO = Asked("fear", "Fear", (("no", "No"), ("yes", "Yes")), Order.YES_NO)
STEPS = Asked("anger", "Anger", (("absent", "Absent"), ("partly", "Partly"), ("present", "Present")), Order.STEPS)
NAMES = Asked(
    "motive", "Motive", (("rejected", "Rejected"), ("resentful", "Resentful"), ("other", "Other")), Order.NAMES
)
SINCE = NOW - timedelta(days=400)


def said(*rows: Sequence[str], columns: Sequence[str] = ("ann", "ben", "cleo", "dan")) -> list[Said]:
    """Return ratings from rows of answers, one row for each case."""
    return [
        Said(UUID(int=case), rater, rater, answer, NOW)
        for case, row in enumerate(rows, start=1)
        for rater, answer in zip(columns, row, strict=False)
    ]


# --- which coefficient for which answer -----------------------------------------------------------------------


def option(code: str, meaning: Meaning | None = None, value: int | None = None) -> Option:
    return Option(code, code.capitalize(), meaning, None if value is None else Decimal(value))


YES, NO = option("yes", Meaning.AFFIRM), option("no", Meaning.DENY)
PARTLY, UNKNOWN = option("partly", Meaning.PARTIAL), option("not_known", Meaning.UNKNOWN)


@pytest.mark.parametrize(
    ("scale", "order", "codes"),
    [
        (Scale("a", (YES, NO, UNKNOWN)), Order.YES_NO, ("no", "yes")),
        (Scale("b", (YES, PARTLY, NO)), Order.STEPS, ("no", "partly", "yes")),
        (Scale("c", (option("high"), option("moderate"), option("low"))), Order.GRADES, ("high", "moderate", "low")),
        (Scale("d", (option("much", value=2), option("some", value=1), option("none", value=0))), Order.STEPS, ("none", "some", "much")),
        (Scale("e", (option("stranger"), option("family"), option("colleague"))), Order.NAMES, ("stranger", "family", "colleague")),
        (Scale("f", (YES, PARTLY, NO), ScaleKind.NOMINAL), Order.NAMES, ("yes", "partly", "no")),
    ],
)  # fmt: skip
def test_an_order_is_read_only_where_the_definition_shows_one(
    scale: Scale, order: Order, codes: tuple[str, ...]
) -> None:
    asked = agreement.asked_of("x", "X", scale)
    assert asked is not None
    assert (asked.order, asked.codes) == (order, codes)


def test_a_question_that_only_one_answer_settles_cannot_be_agreed_on() -> None:
    assert agreement.asked_of("x", "X", Scale("x", (YES, UNKNOWN))) is None


@pytest.mark.parametrize(
    ("asked", "keys", "name"),
    [
        (YES_NO, ("ac", "raw", "kappa"), "Gwet's AC1"),
        (NAMES, ("ac", "raw", "kappa"), "Gwet's AC1"),
        (STEPS, ("ac", "raw", "kappa", "apart"), "Gwet's AC2, linear weights"),
        (agreement.LEVEL, ("ac", "raw", "kappa", "apart"), "Gwet's AC2, quadratic weights"),
    ],
)
def test_each_kind_of_answer_has_its_statistics(asked: Asked, keys: tuple[str, ...], name: str) -> None:
    codes = asked.codes
    found = agreement.compare("two", said(*[(codes[n % len(codes)], codes[n % 2]) for n in range(12)]), asked)
    assert tuple(each.key for each in found.statistics) == keys
    assert found.main is not None
    assert found.main.name == name
    assert all(each.cases == 12 and each.raters == 2 and each.meaning for each in found.statistics)


def test_over_several_raters_alpha_takes_the_place_of_kappa() -> None:
    rows = [("low", "low", "medium"), ("high", "very_high", "")] * 6
    found = agreement.compare("three", said(*rows), agreement.LEVEL)
    assert [each.key for each in found.statistics] == ["ac", "raw", "alpha", "apart"]
    assert found.raters == 3
    assert "ordinal" in found.statistics[2].name


def test_the_known_answer_of_twelve_cases_comes_through() -> None:
    """The published fixture of three raters with a rating missing: AC2 with linear weights is .75215."""
    names = {"1": "absent", "2": "partly", "3": "present", "-": ""}
    rows = [[names[said] for said in row] for row in zip("112332132213", "122332122213", "1123221323-3", strict=True)]
    found = agreement.compare("three", said(*rows), STEPS)
    assert found.main is not None
    assert found.main.estimate == pytest.approx(0.75215, abs=5e-6)


def test_not_known_is_no_rating_and_never_a_no() -> None:
    known = said(*[("yes", "yes")] * 6, *[("no", "no")] * 6)
    open_ = said(*[("yes", "yes")] * 6, *[("no", "no")] * 6, *[("no", "not_known")] * 9)
    assert agreement.compare("x", open_, YES_NO).cases == agreement.compare("x", known, YES_NO).cases == 12
    assert agreement.compare("x", open_, YES_NO).main.estimate == 1  # type: ignore[union-attr]


def test_where_nobody_differs_it_is_undefined_and_says_so() -> None:
    found = agreement.compare("x", said(*[("no", "no")] * 12), YES_NO)
    assert found.main is not None
    assert (found.main.shown, found.main.interval) == ("undefined", "")
    assert "no variation" in found.main.meaning
    raw = found.find("raw")
    assert raw is not None
    assert raw.shown == "1.00"


def test_kappa_of_a_rare_yes_comes_with_the_indices_that_explain_it() -> None:
    found = agreement.compare("x", said(*[("no", "no")] * 46, *[("no", "yes"), ("yes", "no")] * 2), YES_NO)
    kappa, main = found.find("kappa"), found.main
    assert kappa is not None
    assert main is not None
    assert (kappa.shown, main.shown) == ("−0.04", "0.91")
    assert any("Prevalence index -0.92" in note for note in kappa.notes)


# --- small numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cases", "shown"), [(9, None), (10, 10)])
def test_below_ten_cases_nothing_is_shown(cases: int, shown: int | None) -> None:
    found = agreement.compare("x", said(*[("yes", "no"), ("no", "no")] * 5)[: 2 * cases], YES_NO)
    assert found.cases == shown
    assert bool(found.statistics) is (shown is not None)
    assert bool(found.apart) is False


def test_a_case_that_one_person_rated_is_not_one_of_the_ten() -> None:
    assert agreement.compare("x", said(*[("yes", "no")] * 9, *[("yes", "")] * 20), YES_NO).cases is None


@pytest.mark.parametrize(("cases", "shown"), [(10, 10), (12, 10), (13, 15), (48, 50)])
def test_for_whoever_sees_no_case_counts_are_rounded_to_five(cases: int, shown: int) -> None:
    rows = said(*[("low", "high") if n % 3 else ("low", "low") for n in range(cases)])
    found = agreement.compare("x", rows, agreement.LEVEL, rounded=True)
    assert found.cases == shown
    assert {each.cases for each in found.statistics} == {shown}
    assert found.apart == ()


def test_an_answer_given_fewer_than_ten_times_has_no_share() -> None:
    rows = said(*[("low", "low")] * 10, *[("low", "high")] * 3)
    by_label = {each.label: each for each in agreement.on_each_answer(rows, agreement.LEVEL)}
    assert by_label["low"].share is not None
    assert by_label["high"].share is None
    assert by_label["medium"].times == 0
    assert agreement.on_each_answer(rows[:16], agreement.LEVEL) == ()


# --- a conversation, never a fault -----------------------------------------------------------------------------


def test_two_steps_apart_is_a_conversation_and_one_step_is_not() -> None:
    rows = said(("low", "medium"), ("low", "high"), ("very_high", "medium", "high"), ("", "very_high"))
    found = agreement.far_apart(rows, agreement.LEVEL)
    assert set(found) == {UUID(int=2), UUID(int=3)}
    assert {each.answer for each in found[UUID(int=3)]} == {"very_high", "medium", "high"}


def test_names_and_yes_or_no_are_never_steps_apart() -> None:
    assert agreement.far_apart(said(("yes", "no")), YES_NO) == {}
    assert agreement.far_apart(said(("rejected", "other")), NAMES) == {}


def test_one_is_set_beside_the_middle_of_the_others_and_of_two_middles_the_graver() -> None:
    rows = said(("low", "medium", "high"), ("high", "low", "low", "very_high"), ("low",), ("", "low", "high"))
    pairs = agreement.mine_and_theirs(rows, agreement.LEVEL, "ann")
    assert [(each.rater, each.answer) for each in pairs] == [
        ("you", "low"), ("the others", "high"), ("you", "high"), ("the others", "low"),
    ]  # fmt: skip


@given(
    st.lists(st.lists(st.sampled_from(["low", "medium", "high", "very_high", ""]), min_size=2, max_size=4), max_size=25)
)
def test_nothing_that_is_shown_is_ever_out_of_range(rows: list[list[str]]) -> None:
    found = agreement.compare("x", said(*rows), agreement.LEVEL)
    assert (found.cases is None) == (not found.statistics)
    for each in found.statistics:
        assert each.shown
        if each.estimate is not None:
            assert each.low is not None
            assert each.high is not None
            assert -1 <= each.low <= each.estimate <= each.high <= 1


def test_totals_are_compared_by_the_one_way_correlation_with_the_error_in_points() -> None:
    pairs = [(Decimal(n), Decimal(n + (n % 3) - 1)) for n in range(0, 24, 2)]
    found = agreement.of_totals("Sum", pairs, raters=5)
    assert found is not None
    assert found.estimate is not None
    assert found.estimate > 0.9
    assert "points either way" in found.meaning
    assert agreement.of_totals("Sum", pairs[:9], raters=5) is None
    same = agreement.of_totals("Sum", [(Decimal(3), Decimal(3))] * 12, raters=2)
    assert same is not None
    assert same.shown == "undefined"


# --- whose ratings ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["officer", "clinician", "outreach", "advocate", "coordinator", "chair"])
def test_the_unit_compares_at_its_own_site_and_may_name_cases(cast: Cast, name: str) -> None:
    assert scope_of(cast.actor(name), "", at=NOW) == Scope(("northmoor",), names_cases=True)
    with pytest.raises(NotFound):
        scope_of(cast.actor(name), "southmere", at=NOW)


@pytest.mark.django_db
def test_the_evaluator_sees_numbers_of_any_site_or_all_and_no_case(cast: Cast) -> None:
    assert scope_of(cast.evaluator, "", at=NOW) == Scope(("northmoor", "southmere"), names_cases=False)
    assert scope_of(cast.evaluator, "southmere", at=NOW) == Scope(("southmere",), names_cases=False)
    with pytest.raises(NotFound):
        scope_of(cast.evaluator, "nowhere", at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["analyst", "governance", "lead", "administrator", "station_officer"])
def test_others_are_refused_and_the_refusal_is_remembered(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        scope_of(cast.actor(name), "", at=NOW)
    assert Entry.objects.filter(operation="refusal", action="ratings.compare").count() == 1
    assert sites_of(cast.actor(name)) == ()


@pytest.mark.django_db
def test_an_agency_whose_agreement_does_not_open_risk_is_refused(cast: Cast) -> None:
    Agreement.objects.filter(partner="northmoor-nhs").update(compartments=Compartment.CORE.bit)
    with pytest.raises(Refused, match="Your agency cannot see"):
        scope_of(cast.clinician, "", at=NOW)
    assert scope_of(cast.officer, "", at=NOW).names_cases


# --- which records stand beside each other ---------------------------------------------------------------------

FORM = instruments.load("judgement")


def judged(grade: str, present: str) -> tuple[Given, ...]:
    """Answer two ratings of the structured judgement."""
    return (Given("contact", option=present, axis="now"), Given("contact", option=grade, axis="relevance"))


def assess(
    cast: Cast, case: Case, name: str, grade: str, *, at: datetime = NOW, present: str = "present"
) -> PastAssessment:
    return PastAssessment(
        case=case.pk,
        instrument="judgement",
        assessed_by=cast.staff[name].pk,
        profession="police" if name == "officer" else name,
        signed_at=at,
        answers=judged(grade, present),
        first_level="low" if grade == "low" else "high",
    )


def keep(cast: Cast, *rows: PastAssessment) -> None:
    services.take_over(actor=cast.officer, rows=rows, at=NOW)


def asked(cast: Cast, name: str = "officer") -> tuple[tuple[OnForm, ...], tuple[Conversation, ...]]:
    actor = cast.actor(name)
    return form_agreement(actor, scope_of(actor, "", at=NOW), since=SINCE, at=NOW)


def item(form: OnForm, name: str) -> Comparison:
    return next(each for each in form.items if each.name == name)


def judge_twelve(cast: Cast) -> list[Case]:
    """Twelve cases that the officer and the clinician judged ten days apart; on three they lie two steps apart."""
    cases = [open_case(cast, acts=0) for _ in range(12)]
    before = NOW - timedelta(days=10)
    for n, case in enumerate(cases):
        one, other = ("low", "high") if n < 3 else ("moderate", "moderate") if n < 8 else ("high", "high")
        keep(cast, assess(cast, case, "officer", one, at=before), assess(cast, case, "clinician", other))
    return cases


@pytest.fixture
def twelve(cast: Cast) -> list[Case]:
    """The twelve cases."""
    return judge_twelve(cast)


@pytest.mark.django_db
def test_assessments_within_the_window_are_compared_item_by_item(cast: Cast, twelve: list[Case]) -> None:
    (form,), talks = asked(cast)
    assert (form.title, form.version, form.cases, form.alone) == (FORM.title, 1, 12, None)
    relevance = item(form, "Contact, matters for this case")
    assert relevance.cases == 12
    assert relevance.main is not None
    assert relevance.main.name == "Gwet's AC2, quadratic weights"
    now = item(form, "Contact, now")
    assert now.main is not None
    assert now.main.shown == "undefined"
    assert item(form, "Level chosen before the advice").cases == 12
    assert {talk.case for talk in talks} == {case.pk for case in twelve[:3]}


@pytest.mark.django_db
def test_a_case_is_one_conversation_with_every_question_on_which_views_lie_apart(
    cast: Cast, twelve: list[Case]
) -> None:
    _, talks = asked(cast)
    talk = next(each for each in talks if each.case == twelve[0].pk)
    assert (talk.reference, talk.of) == (twelve[0].reference, FORM.title)
    assert {point.what: point.said for point in talk.points} == {
        "Level chosen before the advice": (("police", "low"), ("clinician", "high")),
        "Contact, matters for this case": (("police", "Low"), ("clinician", "High")),
    }


@pytest.mark.django_db
def test_what_lies_further_apart_than_the_window_or_on_another_version_does_not_count(cast: Cast) -> None:
    case = open_case(cast, acts=0)
    keep(
        cast, assess(cast, case, "officer", "low", at=NOW - timedelta(days=91)), assess(cast, case, "clinician", "high")
    )
    assert asked(cast) == ((), ())
    Assessment.objects.unscoped("test").update(signed_at=NOW)
    assert len(asked(cast)[1]) > 0
    Assessment.objects.unscoped("test").filter(profession="police").update(sha256="0" * 64)
    assert asked(cast) == ((), ())


@pytest.mark.django_db
def test_one_person_twice_is_not_two_people(cast: Cast) -> None:
    case = open_case(cast, acts=0)
    keep(cast, assess(cast, case, "officer", "low"), assess(cast, case, "officer", "high", at=NOW - timedelta(days=1)))
    assert asked(cast) == ((), ())


def in_a_round(cast: Cast, case: Case) -> Round:
    """Seat the assessments of a case in one round."""
    round_ = Round.objects.create(
        case=case, instrument="judgement", version=1, sha256=FORM.sha256, lead=cast.staff["officer"].pk, **held(cast)
    )
    for position, row in enumerate(Assessment.objects.unscoped("test").filter(case=case).order_by("profession")):
        row.seat = Seat.objects.create(round=round_, position=position, profession=row.profession, **held(cast))
        row.save()
    return round_


@pytest.mark.django_db
@pytest.mark.parametrize("together", [False, True], ids=["within the window", "in a round"])
def test_two_accounts_of_one_person_are_one_rater(cast: Cast, together: bool) -> None:
    """An officer signs, signs again as a clinician, and is found to be one person under both accounts."""
    alone, case = open_case(cast, acts=0), open_case(cast, acts=0)
    first = NOW - timedelta(days=1)
    for each in (case, alone):
        keep(cast, assess(cast, each, "officer", "low", at=first), assess(cast, each, "clinician", "high"))
    keep(cast, assess(cast, case, "advocate", "high"))
    assert {talk.case for talk in asked(cast)[1]} == {case.pk, alone.pk}
    Staff.objects.filter(pk=cast.staff["clinician"].pk).update(person=cast.staff["officer"].pk)
    if together:
        in_a_round(cast, case)
        Round.objects.unscoped("test").update(phase=RoundPhase.CONSOLIDATING)
    (talk,) = asked(cast)[1]
    assert talk.case == case.pk
    assert {point.said for point in talk.points if point.what.startswith("Level")} == {
        (("police", "low"), ("advocate", "high"))
    }


@pytest.mark.django_db
def test_ratings_of_a_round_count_once_they_lie_open_and_the_agreed_record_never_does(cast: Cast) -> None:
    case = open_case(cast, acts=0)
    keep(cast, assess(cast, case, "officer", "low"), assess(cast, case, "clinician", "high"))
    round_ = in_a_round(cast, case)
    assert asked(cast) == ((), ())
    assert asked(cast, "clinician") == ((), ())
    Round.objects.unscoped("test").update(phase=RoundPhase.CONSOLIDATING)
    assert {talk.case for talk in asked(cast)[1]} == {case.pk}
    Assessment.objects.unscoped("test").filter(profession="police").update(seat=None, agreed_in=round_)
    assert asked(cast) == ((), ())


@pytest.mark.django_db
def test_another_site_and_the_walled_colleague_see_nothing_of_a_case(cast: Cast, twelve: list[Case]) -> None:
    olu = cast.olu
    assert form_agreement(olu, scope_of(olu, "", at=NOW), since=SINCE, at=NOW) == ((), ())
    wall_off(cast, "clinician", twelve[0])
    (form,), talks = asked(cast, "clinician")
    assert form.cases == 11
    assert twelve[0].pk not in {talk.case for talk in talks}


@pytest.mark.django_db
def test_the_evaluator_sees_rounded_numbers_and_no_conversation(cast: Cast, twelve: list[Case]) -> None:
    (form,), talks = asked(cast, "evaluator")
    assert talks == ()
    assert form.cases == 10
    assert {each.cases for each in form.items} <= {10, None}


@pytest.mark.django_db
def test_reading_costs_the_same_whatever_the_number_of_cases(
    cast: Cast, twelve: list[Case], django_assert_num_queries: object
) -> None:
    actor = cast.officer
    scope = scope_of(actor, "", at=NOW)
    with django_assert_num_queries(2):  # type: ignore[operator]
        form_agreement(actor, scope, since=SINCE, at=NOW)


@pytest.mark.django_db
def test_questions_that_fewer_than_ten_cases_answer_show_no_number(cast: Cast, twelve: list[Case]) -> None:
    (form,), _ = asked(cast)
    assert all(each.statistics == () for each in form.items if each.cases is None)
    assert {each.name for each in form.items if each.cases} == {
        "Level chosen before the advice", "Contact, now", "Contact, matters for this case",
    }  # fmt: skip
