"""Every number of an area's answer has its curve of chances and a bridge that leads exactly to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from fourfold.rollout import costing
from fourfold.rollout.advice import run as runs
from fourfold.rollout.answer import making
from fourfold.rollout.answer.terms import Answer, Measure, Number
from fourfold.rollout.economics import effects
from fourfold.rollout.economics.terms import CostRefused, Known, Unknown
from tests.rollout.test_economics import RELEASED

MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOTHING = effects.known(None)


def numbers(
    *districts: str, area: str = "", effect: Known | Unknown = NOTHING, assumed: Mapping[str, int] | None = None
) -> tuple[Answer, list[Number]]:
    run = runs.Run(area, districts, 2026, runs.made(2026, MOMENT), effect=effect, assumed=assumed or {})
    found = making.rest(run)
    answer = found if isinstance(found, Answer) else found.work_out(lambda *_: None)
    return answer, [*making.what_comes(run).numbers, *answer.numbers().values()]


@pytest.mark.parametrize(
    ("districts", "effect", "assumed"),
    [
        (("E06000017",), NOTHING, {}),
        (("E06000007", "E08000012"), effects.known(RELEASED), {"referrals": 60, "taken_on": 40, "direct_work": 10}),
    ],
    ids=["one small district, no effect known", "districts of two forces, assumed, with an effect"],
)
def test_every_number_has_its_curve_and_its_bridge_leads_exactly_to_it(
    districts: tuple[str, ...], effect: Known | Unknown, assumed: dict[str, int]
) -> None:
    answer, found = numbers(*districts, effect=effect, assumed=assumed)
    assert len({one.key for one in found}) == len(found)
    assert set(answer.numbers()) <= making.KEYS
    assert len(found) >= 34
    for one in found:
        if one.shown is None:
            assert one.note
            continue
        amounts, chances = zip(*one.curve, strict=True)
        assert list(amounts) == sorted(amounts), one.key
        assert list(chances) == sorted(chances), one.key
        ends = [each.steps[-1].total for each in one.bridges]
        assert ends in ([one.shown], [one.shown, one.high]), one.key
        for made in one.bridges:
            assert all(before.total + after.change == after.total for before, after in pairwise(made.steps)), one.key
            assert len(made.steps) >= 2, one.key
        middle = dict(zip(chances, amounts, strict=True)).get(0.5)
        if not one.of and middle is not None:
            assert abs(middle * one.measure.parts - one.shown) <= max(5.0, 0.01 * abs(one.shown)), one.key
    assert answer.strength
    said = {one.key: one for one in found}
    words = " ".join(line for section in answer.sections for line in section.words)
    assert ("pay for itself" in words) == ("breaks_even" in said)
    assert ("Each case spared" in words) == ("cost_each" in said) == (effect is not NOTHING)
    if "breaks_even" in said:
        assert f"about {said['breaks_even'].shown} of 100" in words
    if "cost_each" in said:
        assert f"about £{said['cost_each'].shown:,}" in words


def test_the_range_of_the_ratio_holds_nine_in_ten_as_its_heading_says() -> None:
    """It stood under "Range (9 in 10)" as the report gives it, which holds 19 in 20."""
    known = effects.known(RELEASED)
    assert isinstance(known, Known)
    answer, _ = numbers("E06000017", effect=known)
    ratio = answer.numbers()["ratio"]
    chances = {chance: amount for amount, chance in ratio.curve}
    assert ratio.low is not None
    assert ratio.high is not None
    assert ratio.low / 100 == pytest.approx(chances[0.05], rel=0.12)
    assert ratio.high / 100 == pytest.approx(chances[0.95], rel=0.12)
    _, low, high = known.ratio
    assert low < ratio.low / 100 < ratio.high / 100 < high
    assert f"holds 19 in 20, is {low:.2f} to {high:.2f}" in ratio.because


def test_the_order_of_the_questions_and_what_a_bridge_begins_with() -> None:
    answer, found = numbers("E06000017")
    assert [section.title for section in answer.sections if section.title] == [
        "Whom you would need",
        "How long people would wait",
        "What it would change",
        "What it would cost",
    ]
    by = {one.key: one for one in found}
    assert by["recorded"].bridges[0].steps[0].what == "Counted in 2021/22"
    assert by["recorded-2020"].bridges[0].steps[0].what == "Counted in 2020/21"
    assert by["taken_on"].bridges[0].steps[0].total == by["referrals"].shown
    assert by["wait-assessment"].measure is Measure.DAYS
    assert by["cost"].bridges[0].steps[0].total == 0


def test_more_than_any_team_can_be_worked_out_for_is_said() -> None:
    answer, _ = numbers(area="E23000001", assumed={"referrals": 1000})
    assert not answer.sections
    assert answer.unknown[0].startswith("No team can be worked out for this plan")
    assert "what it would cost" in answer.unknown[1]


def test_where_nobody_is_taken_on_and_nothing_can_be_priced_the_rest_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise CostRefused("central", "Check the price of an office.")

    monkeypatch.setattr(costing, "computed", refused)
    answer, _ = numbers("E06000053", assumed={"referrals": 10, "taken_on": 1})
    in_time = answer.numbers()["in_time"]
    assert (in_time.shown, in_time.curve, in_time.note) == (None, (), "in no year drawn was anybody taken on")
    assert answer.unknown[0].endswith("cannot be worked out: Check the price of an office.")
    assert answer.strength
