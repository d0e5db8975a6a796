"""What a released report says for a new area comes back from its numbers, and only from the plan it was made by."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from fourfold import stats
from fourfold.evaluation import plans
from fourfold.evaluation.report import parts, reading, writing
from fourfold.evaluation.report.terms import Report
from fourfold.evaluation.terms import PlanChanged, PlanRefused
from tests.evaluation.test_report import ORIGIN, PLAN
from tests.evaluation.test_rules import planted

EFFECT, FEW = 0.5, 0.0


@cache
def report(ratio: float) -> Report:
    """Build a report of an effect, or of too few to say anything."""
    if ratio == FEW:
        rows = [replace(row, next_act_day=None) if n % 11 else row for n, row in enumerate(planted(0.5, people=200))]
        return parts.build(rows, PLAN, ORIGIN)
    return parts.build(planted(ratio, people=900), PLAN, ORIGIN)


def told(ratio: float) -> reading.ReleasedEffect:
    text = writing.numbers(report(ratio))
    return reading.read_effect(text, plan=PLAN, plan_sha256=report(ratio).origin.plan_sha256)


def test_sites_certainty_and_the_predictive_interval_come_back_from_the_numbers() -> None:
    found = told(EFFECT)
    assert len(found.sites) == 3
    assert found.certainty in (1, 2)
    assert found.asked == plans.LEAST_CERTAINTY
    assert found.without is not None
    assert 20 < found.without < 90
    middle = {scale: rest for scale, *rest in found.foreseen}[0.5]
    again = stats.predict_new_site([s.log_ratio for s in found.sites], [s.standard_error for s in found.sites])
    ratio = again.prediction.exponentiated()
    assert [ratio.estimate, ratio.low, ratio.high] == pytest.approx(middle, rel=0.06), "up to the rounding of a release"


def test_what_a_report_does_not_show_is_none_and_no_number() -> None:
    found = told(FEW)
    assert found.without is None
    assert found.sites == ()
    assert found.foreseen == ()


def test_numbers_of_another_plan_are_refused_in_words() -> None:
    with pytest.raises(PlanChanged, match="No number is taken from it"):
        reading.read_effect(writing.numbers(report(EFFECT)), plan=PLAN, plan_sha256="b" * 64)


def test_a_report_of_before_certainty_was_kept_has_none() -> None:
    stored = json.loads(writing.numbers(report(EFFECT)))
    stored["numbers"] = [one for one in stored["numbers"] if one["name"] != reading.CERTAINTY]
    found = reading.read_effect(json.dumps(stored), plan=PLAN, plan_sha256=stored["plan_sha256"])
    assert found.certainty is None
    assert all(math.isfinite(site.log_ratio) for site in found.sites)


def test_a_plan_may_ask_for_more_certainty_and_for_no_more_than_there_is() -> None:
    text = Path(__file__).with_name("plan.toml").read_text(encoding="utf-8")
    assert plans.read_plan(text.replace("[rollout]", "[rollout]\ncertainty = 3")).least_certainty == 3
    with pytest.raises(PlanRefused, match="from 1"):
        plans.read_plan(text.replace("[rollout]", "[rollout]\ncertainty = 5"))
