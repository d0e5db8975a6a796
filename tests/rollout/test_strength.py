"""The written rule for how strong a recommendation is, as a table; and that no ground that worsens makes it stronger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.rollout.advice.strength import ORDER, Grounds, Strength, graded, strength_refused

BELOW, ACROSS, ABOVE = (0.6, 0.4, 0.9), (0.7, 0.3, 1.6), (1.5, 1.1, 2.1)


@pytest.mark.parametrize(
    ("grounds", "strength"),
    [
        (Grounds(None, 0, None, None), Strength.BEGIN_AS_TEST),
        (Grounds(4, 5, BELOW, True), Strength.BEGIN),
        (Grounds(3, 3, BELOW, True), Strength.BEGIN),
        (Grounds(3, 3, BELOW, False), Strength.BEGIN_WITH_CONDITIONS),
        (Grounds(3, 3, BELOW, None), Strength.BEGIN_WITH_CONDITIONS),
        (Grounds(2, 3, BELOW, True), Strength.BEGIN_WITH_CONDITIONS),
        (Grounds(3, 3, ACROSS, True), Strength.BEGIN_WITH_CONDITIONS),
        (Grounds(2, 3, ACROSS, True), Strength.BEGIN_AS_TEST),
        (Grounds(4, 2, BELOW, True), Strength.BEGIN_AS_TEST),
        (Grounds(4, 5, ABOVE, True), Strength.NOT_YET),
        (Grounds(1, 2, ABOVE, False), Strength.NOT_YET),
    ],
)
def test_the_rule(grounds: Grounds, strength: Strength) -> None:
    assert graded(grounds).strength is strength


def test_a_team_that_can_is_not_said_to_have_no_queue_that_grows_in_any_demand() -> None:
    """A stage whose queue grows in 14 of 60 demands stands on the same page."""
    said = graded(Grounds(3, 3, BELOW, True)).because[-1]
    assert said.endswith("no queue grows without end in over a quarter of demands.")


RATIOS = st.tuples(st.floats(0.1, 3), st.floats(0.1, 3), st.floats(0.1, 3)).map(lambda three: tuple(sorted(three)))


@given(st.integers(1, 4), st.integers(1, 9), RATIOS, st.sampled_from([True, False, None]))
def test_less_certainty_fewer_sites_or_a_team_that_cannot_never_make_it_stronger(
    certainty: int, sites: int, ratio: tuple[float, float, float], feasible: bool | None
) -> None:
    low, middle, high = ratio
    said = ORDER.index(graded(Grounds(certainty, sites, (middle, low, high), feasible)).strength)
    for worse in (
        Grounds(certainty - 1, sites, (middle, low, high), feasible),
        Grounds(certainty, sites, (middle, low, high), False),
        Grounds(certainty, sites, (middle, low, high + 1), feasible),
    ):
        assert ORDER.index(graded(worse).strength) >= said


def test_another_strength_than_the_rule_s_asks_for_the_reason() -> None:
    found = graded(Grounds(None, 0, None, None))
    assert strength_refused(Strength.BEGIN_AS_TEST, found, "") is None
    assert strength_refused(Strength.BEGIN, found, " ") is not None
    assert strength_refused(Strength.BEGIN, found, "A court order asks for it") is None
