"""A plan is fixed before outcomes are read, and whoever changes it afterwards is found out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fourfold.access.terms import Refused
from fourfold.audit.queries import verify
from fourfold.evaluation import definition, maryland, plans, queries, recording, services
from fourfold.evaluation.models import Amendment, Extract, Question
from fourfold.evaluation.terms import COLUMNS, NotRegistered, PlanChanged, PlanRefused, SeriesBreak
from tests.cast import NOW, Cast

TEXT = (Path(__file__).with_name("plan.toml")).read_text()
PLAN = plans.read_plan(TEXT)


@pytest.mark.parametrize("part", plans.ESTIMAND)
def test_an_estimand_with_an_empty_part_is_refused_by_name(part: str) -> None:
    lines = [f'{part} = " "' if line.startswith(f"{part} =") else line for line in TEXT.splitlines()]
    with pytest.raises(PlanRefused, match=part):
        plans.read_plan("\n".join(lines))


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("[multiplicity]", "[multiplicty]", "multiplicty"),
        ('"next_act"', '"arrest"', "outcome"),
        ("= 365", "= 0", "horizon_days"),
        ("= 365", "= true", "horizon_days"),
        ("landmark_days = 30", "landmark_days = 365", "landmark_days"),
        ('"level", "prior_acts"', '"level", "level"', "twice"),
        ('["former_partner", "level"]', '"level"', "not a list"),
        ("staff_minute = 0.9", "staff_minute = nan", "staff_minute"),
        ("staff_minute = 0.9", "staff_minute = inf", "staff_minute"),
        ("[statements]", "[statements", "TOML"),
        ('[multiplicity]\nmethod = "Holm"', "", "multiplicity"),
        ('[secondary]\noutcomes = ["all_acts", "wellbeing"]', "", r"no \[secondary\]"),
    ],
)
def test_what_is_left_open_or_cannot_be_carried_out_is_refused(was: str, now: str, said: str) -> None:
    assert was in TEXT
    with pytest.raises(PlanRefused, match=said):
        plans.read_plan(TEXT.replace(was, now))


def test_the_hash_is_of_what_is_said_and_not_of_how_the_file_is_laid_out() -> None:
    assert plans.plan_hash(plans.read_plan("# a word\n" + TEXT.replace(" = ", "   =   "))) == plans.plan_hash(PLAN)
    assert plans.plan_hash(plans.read_plan(TEXT.replace("= 365", "= 364"))) != plans.plan_hash(PLAN)


def test_a_deviation_is_listed_with_then_and_now() -> None:
    now = replace(PLAN, horizon_days=180)
    assert plans.deviations(vars(PLAN), vars(now)) == (("horizon_days", "365", "180"),)


def test_a_deviation_names_the_statement_and_says_a_table_in_words() -> None:
    then = {
        "statements": [["equality", "kept apart"], ["transfer", "an advocate first"]],
        "prices": {"currency": "GBP"},
    }
    now = {
        "statements": [["equality", "kept apart"], ["transfer", "none"]],
        "prices": {"currency": "GBP", "price_year": 2026},
    }
    assert plans.deviations(then, now) == (
        ("prices", "currency: GBP", "currency: GBP; price year: 2026"),
        ("stated: transfer", "an advocate first", "none"),
    )


@pytest.mark.parametrize(
    ("quarters", "crossed"),
    [
        (["2023-Q3", "2026-Q1"], []),
        (["2023-Q2"], [2023]),
        (["2013-Q4", "2023-Q3"], [2014, 2018, 2020, 2023]),
        (["2020-Q2", "2020-Q3"], []),
        (["2020-Q1", "2020-Q2"], [2020]),
        ([], []),
    ],
)
def test_a_change_of_recording_inside_the_data_is_found(quarters: list[str], crossed: list[int]) -> None:
    assert [one.on.year for one in recording.breaks_crossed(quarters)] == crossed


def test_a_series_is_not_pooled_across_a_change_in_silence() -> None:
    crossed = recording.breaks_crossed(["2019-Q4", "2021-Q1"])
    with pytest.raises(SeriesBreak, match="April 2020"):
        recording.require_decided(crossed, " ")
    recording.require_decided(crossed, "sites are strata and quarters are compared within years")


BEST = maryland.Design(True, True, 3, False, True, 0.05, True)


@pytest.mark.parametrize(
    ("design", "level"),
    [
        (BEST, 4),
        (replace(BEST, unmeasured_examined=False), 3),
        (replace(BEST, largest_difference=0.26), 2),
        (replace(BEST, largest_difference=None), 2),
        (replace(BEST, adjusted=False), 3),
        (replace(BEST, units=1), 2),
        (replace(BEST, has_comparison=False), 2),
        (replace(BEST, has_comparison=False, has_before=False), 1),
        (replace(BEST, randomised=True), 5),
    ],
)
def test_the_maryland_level_follows_from_the_design(design: maryland.Design, level: int) -> None:
    assert maryland.level(design) == level


# --- before outcomes ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_outcome_is_read_without_a_registration_in_the_log(cast: Cast) -> None:
    smuggled = Question.objects.create(
        title="x",
        plan=vars(PLAN) | {"prices": None},
        sha256="0" * 64,
        registered_at=NOW,
        registered_by=cast.evaluator.staff,
    )
    with pytest.raises(NotRegistered):
        services.freeze_extract(actor=cast.evaluator, question=smuggled, until=NOW, at=NOW)
    assert not Extract.objects.exists()


@pytest.mark.django_db
def test_a_plan_edited_after_registering_closes_the_outcomes(cast: Cast) -> None:
    question = services.register_plan(actor=cast.evaluator, plan=PLAN, at=NOW)
    extract = services.freeze_extract(actor=cast.evaluator, question=question, until=NOW, at=NOW)
    Question.objects.filter(pk=question.pk).update(plan=question.plan | {"horizon_days": 90})
    extract.refresh_from_db()
    with pytest.raises(PlanChanged):
        queries.outcomes(actor=cast.evaluator, extract=Extract.objects.get(), at=NOW)


@pytest.mark.django_db
def test_only_an_evaluator_reads_outcomes_and_not_before_the_registration(cast: Cast) -> None:
    question = services.register_plan(actor=cast.evaluator, plan=PLAN, at=NOW)
    extract = services.freeze_extract(actor=cast.evaluator, question=question, until=NOW, at=NOW)
    for name in ("officer", "lead", "administrator", "olu"):
        with pytest.raises(Refused):
            queries.outcomes(actor=cast.actor(name), extract=extract, at=NOW)
    with pytest.raises(NotRegistered):
        queries.outcomes(actor=cast.evaluator, extract=extract, at=NOW - timedelta(seconds=1))


@pytest.mark.django_db
def test_the_same_plan_is_registered_once_and_another_one_under_its_title_is_refused(cast: Cast) -> None:
    first = services.register_plan(actor=cast.evaluator, plan=PLAN, at=NOW)
    assert services.register_plan(actor=cast.evaluator, plan=PLAN, at=NOW) == first
    assert queries.current_plan(first) == PLAN
    with pytest.raises(PlanChanged):
        services.register_plan(actor=cast.evaluator, plan=replace(PLAN, horizon_days=180), at=NOW)


@pytest.mark.django_db
def test_a_plan_whose_words_would_stop_its_report_is_refused_while_it_can_still_be_mended(cast: Cast) -> None:
    few = replace(PLAN, population="the seven victims of the first month")
    with pytest.raises(PlanRefused, match=r"the seven victims of the first month.*at least two acts"):
        services.register_plan(actor=cast.evaluator, plan=few, at=NOW)
    ruled = replace(PLAN, population="every case of two acts or more, each decision signed by two people")
    question = services.register_plan(actor=cast.evaluator, plan=ruled, at=NOW)
    stated = replace(ruled, statements=(("equality", "three victims were men"),))
    for plan, reason in ((few, "why not"), (stated, "why not"), (PLAN, "four cases were withdrawn")):
        with pytest.raises(PlanRefused, match="reads as a count"):
            services.amend_plan(actor=cast.evaluator, question=question, plan=plan, reason=reason, at=NOW)


@pytest.mark.django_db
def test_amendments_are_chained_say_when_they_came_and_cannot_be_edited(cast: Cast) -> None:
    question = services.register_plan(actor=cast.evaluator, plan=PLAN, at=NOW)
    later = replace(PLAN, horizon_days=180)

    def amend(plan: plans.AnalysisPlan, reason: str) -> Amendment:
        return services.amend_plan(actor=cast.evaluator, question=question, plan=plan, reason=reason, at=NOW)

    first = amend(later, "too few were followed for a year")
    services.freeze_extract(actor=cast.evaluator, question=question, until=NOW, at=NOW)
    second = amend(replace(later, subgroups=()), "too few")
    assert [(one.number, one.after_outcomes) for one in (first, second)] == [(1, False), (2, True)]
    assert queries.current_plan(question).subgroups == ()
    assert verify().clean
    for plan, reason in ((PLAN, " "), (replace(later, subgroups=()), "again")):
        with pytest.raises(PlanRefused):
            amend(plan, reason)
    Amendment.objects.filter(pk=first.pk).update(reason="something else")
    with pytest.raises(PlanChanged, match="Amendment 1"):
        queries.require_registered(question, at=NOW)


@pytest.mark.django_db
def test_an_extract_says_what_its_columns_mean_and_what_is_not_there(cast: Cast) -> None:
    question = services.register_plan(actor=cast.evaluator, plan=PLAN, at=NOW)
    extract = services.freeze_extract(actor=cast.evaluator, question=question, until=NOW, at=NOW)
    assert all(column["meaning"] for column in extract.manifest["columns"])
    assert extract.manifest["sha256"] == extract.sha256
    assert any("moving away" in line for line in extract.manifest["not_there"])
    assert extract.manifest["definition_sha256"] == definition.sha256()
    assert {column["name"] for column in extract.manifest["columns"]} == set(COLUMNS)
    assert {"level", "former_partner"} == set(extract.manifest["absent"])
    assert extract.manifest["rows_by_site"] == {}
