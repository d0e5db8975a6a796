"""P-values adjusted for how many were looked at, against Benjamini & Hochberg and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from fourfold import stats

P_VALUES = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1,
]
METHODS = {
    "Bonferroni": "bonferroni",
    "Holm": "holm",
    "Hochberg": "simes-hochberg",
    "Benjamini-Hochberg": "fdr_bh",
    "Benjamini-Yekutieli": "fdr_by",
}


@pytest.mark.parametrize(
    ("method", "rejections"), [("Bonferroni", 3), ("Holm", 3), ("Hochberg", 3), ("Benjamini-Hochberg", 4)]
)
def test_rejections_against_benjamini_hochberg_1995(method, rejections):
    assert stats.adjust_p_values(P_VALUES, method=method).rejections == rejections


def test_the_fourth_adjusted_value_against_benjamini_hochberg_1995():
    assert stats.adjust_p_values(P_VALUES, method="Benjamini-Hochberg").p_values[3] == pytest.approx(0.035625)


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from(sorted(METHODS)))
def test_every_method_against_statsmodels(p_values, method):
    found = stats.adjust_p_values(p_values, method=method)
    rejected, adjusted, *_ = multipletests(p_values, method=METHODS[method])
    assert found.p_values == pytest.approx(adjusted)
    assert found.rejected == tuple(p <= 0.05 for p in found.p_values)
    clear = np.abs(found.p_values - 0.05) > 1e-12
    assert np.array(found.rejected)[clear].tolist() == rejected[clear].tolist()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_methods_are_ordered_from_strict_to_lenient(p_values):
    order = [stats.adjust_p_values(p_values, method=m).p_values for m in ("Bonferroni", "Holm", "Hochberg")]
    assert (order[0] >= order[1]).all()
    assert (order[1] >= order[2]).all()


def test_a_gate_stays_shut_behind_an_outcome_that_failed():
    primary, secondary = stats.gatekeeping([[0.04], [0.001, 0.03]])
    assert primary.rejected == (True,)
    assert secondary.p_values == pytest.approx([0.04, 0.04])
    shut = stats.gatekeeping([[0.20], [0.001, 0.03]])
    assert shut[1].rejected == (False, False)


@pytest.mark.parametrize(
    ("p_values", "error"), [([], stats.EmptyInput), ([0.2, 1.2], stats.OutOfRange), ([0.1, np.nan], stats.NotANumber)]
)
def test_what_is_no_p_value_is_refused(p_values, error):
    with pytest.raises(error):
        stats.adjust_p_values(p_values)
