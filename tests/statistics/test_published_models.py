"""Costs and effects against three published models, the value of information against R: their answers, with their source.

Only the answers stand here: BCEA and heemod are GPL, and none of their code or data is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from fourfold import stats

Floats = npt.NDArray[np.float64]
TRANSITIONS = [[1251, 350, 116, 17], [0, 731, 512, 15], [0, 0, 1312, 437], [0, 0, 0, 1]]
CARE = np.array([1701 + 1055, 1774 + 1278, 6948 + 2059, 0.0])
ALIVE = np.array([1.0, 1.0, 1.0, 0.0])
ZIDOVUDINE, LAMIVUDINE, RISK = 2278, 2086.5, 0.509


def _slower(counts: list[list[int]]) -> Floats:
    """Multiply every worsening by the relative risk; who would have worsened stays."""
    chances = np.array(counts, dtype=float)
    chances /= chances.sum(axis=1, keepdims=True)
    worse = np.triu(chances, 1) * RISK
    return worse + np.diag(1 - worse.sum(axis=1))


def _hiv(transitions: Any, costs: Floats) -> stats.MarkovCohort:
    """Run Chancellor's model; costs at 6%, life years not discounted."""
    return stats.markov_cohort(transitions, costs, ALIVE, cycles=20, discount_costs=0.06, discount_effects=0)


def test_hiv_therapy_against_briggs_2006_to_the_last_digit_printed() -> None:
    """Chancellor 1997; Briggs, Claxton & Sculpher 2006, example 2.5; digits of its workbook as heemod's tests hold them."""
    one = _hiv(TRANSITIONS, CARE + ZIDOVUDINE * ALIVE)
    plain = np.array(TRANSITIONS) / np.sum(TRANSITIONS, axis=1, keepdims=True)
    drugs = np.outer([ZIDOVUDINE + LAMIVUDINE] * 2 + [ZIDOVUDINE] * 18, ALIVE)
    both = _hiv([_slower(TRANSITIONS)] * 2 + [plain] * 18, CARE + drugs)
    assert [one.cost, one.effect] == pytest.approx([44_663.4535637, 7.9912066], rel=1e-7)
    assert [both.cost, both.effect] == pytest.approx([50_601.6513312, 8.9373889], rel=1e-7)
    found = stats.incremental(both.cost, both.effect, one.cost, one.effect)
    assert found.ratio == pytest.approx(6_275.95560, rel=1e-7)
    assert found.verdict == "more effect at more cost"


def _hip(new: bool) -> tuple[float, float]:
    """Run the hip model for a woman of 60: transitions that change with the year since the operation and with age."""
    scale, shape = np.exp(-5.490935 - 0.0367022 * 60) * np.exp(-1.344474 if new else 0.0), np.exp(0.3740968)
    steps = []
    for year in range(1, 61):
        dies = [0.0067, 0.0193, 0.0535, 0.1548][np.searchsorted([65, 75, 85], 60 + year, side="right")]
        again = 1 - np.exp(scale * ((year - 1) ** shape - year**shape))
        rows = np.array([[0, 0, 0, 0, 0.02], [0, 0, again, 0, dies], [0, 0, 0, 0, 0.02 + dies], [0, 0, 0.04, 0, dies], [0, 0, 0, 0, 1]])  # fmt: skip
        for state, stays in ((0, 1), (1, 1), (2, 3), (3, 3)):
            rows[state, stays] = 1 - rows[state].sum()
        steps.append(rows)
    run = stats.markov_cohort(
        steps, [0, 0, 5_294, 0, 0], [0, 0.85, 0.3, 0.75, 0], cycles=60, discount_costs=0.06, discount_effects=0.015
    )
    return run.cost + (579 if new else 394), run.effect


def test_hip_replacement_against_briggs_2006_to_the_last_digit_printed() -> None:
    """Briggs, Claxton & Sculpher 2006, example 3.5; digits of its workbook as heemod's tests hold them."""
    standard, new = _hip(False), _hip(True)
    assert standard == pytest.approx((512.434658, 14.6531896), rel=1e-7)
    assert new == pytest.approx((610.311818, 14.69770986), rel=1e-7)
    assert stats.incremental(*new, *standard).ratio == pytest.approx(2_198.486665, rel=1e-6)


def _sick_sicker(
    ratio: float = 0.6, treated: float = 0.95, first: float = 12_000, second: float = 13_000, sicker: float = 15_000
) -> tuple[list[float], list[float]]:
    """Run the Sick-Sicker model; give costs and effects of its four strategies, Simpson's rule within cycles."""
    heal, ill, dead = 1 - np.exp(-0.5), 1 - np.exp(-0.15), 1 - np.exp(-np.array([0.002, 0.006, 0.02]))
    weight = np.where(np.arange(76) % 2, 2 / 3, 4 / 3)
    weight[[0, -1]] = 1 / 3
    weight = weight * 1.03 ** -np.arange(76.0)

    def trace(rate: float) -> Floats:
        worse = 1 - np.exp(-rate)
        alive = np.array([[1 - ill, ill, 0], [heal, 1 - heal - worse, worse], [0, 0, 1]]) * (1 - dead)[:, None]
        chances = np.vstack([np.column_stack([alive, dead]), [0, 0, 0, 1]])
        return weight @ stats.markov_cohort(chances, np.zeros(4), np.zeros(4), cycles=75).occupancy

    plain, slowed = trace(0.105), trace(0.105 * ratio)
    spent = np.array([2_000, 4_000, sicker, 0])
    ailing = np.array([0, 1, 1, 0])
    good, better = np.array([1, 0.75, 0.5, 0]), np.array([1, treated, 0.5, 0])
    costs = [plain @ spent, plain @ (spent + first * ailing), slowed @ (spent + second * ailing),
             slowed @ (spent + (first + second) * ailing)]  # fmt: skip
    return costs, [plain @ good, plain @ better, slowed @ good, slowed @ better]


def test_sick_sicker_against_its_authors_program() -> None:
    """Alarid-Escudero et al. 2023: 151,580 / 20.711, 284,805 / 21.499, 259,100 / 22.184, 378,875 / 23.137 as printed; the
    further digits are those of their program, run in R 4.5.0."""
    costs, effects = _sick_sicker()
    assert costs == pytest.approx([151579.865957390, 284804.513370573, 259100.410617004, 378875.198394492], rel=1e-12)
    assert effects == pytest.approx([20.7113314643222, 21.4986628084376, 22.1844651408455, 23.1368441350026], rel=1e-12)
    assert stats.incremental(costs[2], effects[2], costs[0], effects[0]).ratio == pytest.approx(72_988, abs=0.5)
    assert stats.incremental(costs[3], effects[3], costs[2], effects[2]).ratio == pytest.approx(125_764, abs=0.5)


def _even(step: float, draws: int) -> Floats:
    """Give numbers between 0 and 1 that any program can make: the parts behind the point of equal steps."""
    return np.asarray((0.5 + np.arange(1, draws + 1) * step) % 1)


STEPS = (0.6180339887498949, 0.7548776662466927, 0.5698402909980532, 0.8191725133961645, 0.6710436067037893)


def test_acceptability_frontier_and_perfect_information_against_bcea() -> None:
    """BCEA's own functions (giabaio/BCEA, R/compute_xxx.R) on 400 draws of Sick-Sicker, run in R 4.5.0."""
    u = [_even(step, 400) for step in STEPS]
    drawn = [np.exp(0.1 * ndtri(u[0]) + np.log(0.6)), 0.9 + 0.09 * u[1], 8_000 + 8_000 * u[2], 9_000 + 8_000 * u[3],
             12_000 + 6_000 * u[4]]  # fmt: skip
    runs = [_sick_sicker(*row) for row in zip(*drawn, strict=True)]
    costs, effects = (np.array([run[place] for run in runs]) for place in (0, 1))
    prices = [0, 50_000, 73_000, 100_000, 126_000, 200_000]
    front = stats.acceptability_frontier(costs, effects, prices)
    assert [best + 1 for best in front.best] == [1, 1, 1, 3, 3, 4]
    assert front.frontier == pytest.approx([1, 0.86, 0.495, 0.67, 0.49, 0.97])
    assert front.value_of_information == pytest.approx(
        [0, 2258.79252086840, 14464.0589333367, 6152.61589505640, 11526.3240918811, 203.445993023891],
        rel=1e-9,
        abs=1e-6,
    )
    for option, pays, benefit in (
        (2, [0, 0.14, 0.505, 0.84, 0.935, 1], [-107437.752792782, -33907.2181007728, -83.1721424487303, 39623.3165912362, 77859.1946310806, 186684.385975225]),
        (3, [0, 0.005, 0.1275, 0.5875, 0.8925, 1], [-227077.433569238, -107165.271339868, -52005.6767143578, 12746.8908895021, 75101.2152487742, 252571.215348242]),
    ):  # fmt: skip
        pair = stats.cost_effectiveness_draws(costs[:, option] - costs[:, 0], effects[:, option] - effects[:, 0])
        assert pair.acceptability(prices) == pytest.approx(pays)
        assert [pair.net_benefit(price).estimate for price in prices] == pytest.approx(benefit, rel=1e-9)


def _bent() -> tuple[Floats, Floats, Floats, Floats]:
    """Give net benefits of three options, not linear in what they rest on, and the draws of that."""
    x, e, g = (ndtri(_even(step, 2_000)) for step in STEPS[:3])
    second = -0.3 + x + 0.5 * x**2 * (x > 0) + 1.2 * e
    return np.column_stack([0 * x, second, -0.5 + 0.8 * x * g + g + 0.4 * e]), x, e, g


def test_partial_information_against_mgcv() -> None:
    """EVPPI by gam(y ~ s(x)) and gam(y ~ te(x, g)), mgcv 1.9-3 in R 4.5.0: another smoother, so to half a hundredth."""
    net, x, e, g = _bent()
    found = [stats.value_of_partial_information(net, known) for known in (x, g, e, np.column_stack([x, g]))]
    assert found == pytest.approx([0.52614965, 0.19284817, 0.45986188, 0.65295677], rel=5e-3)
    everything = stats.acceptability_frontier(-net, 0 * net, [0]).value_of_information[0]
    assert everything == pytest.approx(0.81374331, abs=1e-8)
    assert stats.value_of_partial_information(net, np.column_stack([x, e, g])) == pytest.approx(everything, rel=0.02)


@pytest.mark.parametrize("mean", [-0.5, 0.0, 0.8])
def test_partial_information_against_its_formula(mean: float) -> None:
    """One normal part known of two: s phi(m / s) + m Phi(m / s) - max(0, m) (the unit normal loss)."""
    x, e = (ndtri(_even(step, 4_000)) for step in STEPS[:2])
    net = np.column_stack([0 * x, mean + x + 2 * e])
    exact = norm.pdf(mean) + mean * norm.cdf(mean) - max(0, mean)
    assert stats.value_of_partial_information(net, x) == pytest.approx(exact, rel=0.03)
    assert stats.value_of_partial_information(net, np.exp(x)) == stats.value_of_partial_information(net, x)


def test_what_a_seismic_sounding_is_worth_against_raiffas_table() -> None:
    """The oil wildcatter (Raiffa, Decision Analysis, 1968): 20 without, 32.5 with the sounding free, 55 knowing the state."""
    pays, prior = (-70, 50, 200), (0.5, 0.3, 0.2)
    sounds = ((0.6, 0.3, 0.1), (0.3, 0.4, 0.3), (0.1, 0.4, 0.5))  # no structure, open, closed: dry, wet, soaking
    rows = [
        (state, heard)
        for state in range(3) for heard in range(3)
        for _ in range(round(100 * prior[state] * sounds[state][heard]))
    ]  # fmt: skip
    state, heard = np.array(rows).T
    net = np.column_stack([np.zeros(100), np.array(pays)[state]])
    assert net.mean(axis=0).max() == pytest.approx(20, abs=1e-12)
    assert stats.value_of_partial_information(net, heard) == pytest.approx(12.5, abs=1e-9)
    assert stats.value_of_partial_information(net, state) == pytest.approx(35, abs=1e-9)
    assert stats.value_of_partial_information(net, np.column_stack([state, heard])) == pytest.approx(35, abs=1e-9)


@pytest.mark.parametrize("mean", [-0.5, 0.0, 0.8])
def test_partial_information_where_the_rest_adds_up_to_nought_is_exact(mean: float) -> None:
    """Raiffa & Schlaifer's linear loss, 1961: the regression gives what is expected itself, so the worth is that of x alone."""
    x = ndtri((2 * np.arange(1, 2_001) - 0.5) / 4_001)  # each twice: its middle rank
    net = np.column_stack([np.zeros(4_000), mean + np.repeat(x, 2) + np.tile([2.0, -2.0], 2_000)])
    exact = np.maximum(0, mean + x).mean() - max(0, mean + x.mean())
    gains = stats.gains_of_partial_information(net, np.repeat(x, 2))
    assert gains.mean() == pytest.approx(exact, abs=1e-6)
    loss = norm.pdf(mean) + mean * norm.cdf(mean) - max(0, mean)
    assert abs(gains.mean() - loss) < 3 * gains.std() / np.sqrt(4_000)


def test_partial_information_against_howards_bids() -> None:
    """Howard, Information Value Theory, 1966: to know one's own cost is worth 1/96, to know that and the lowest bid 29/96."""
    cost, lowest = _even(STEPS[0], 4_000), 2 * _even(STEPS[1], 4_000)
    bids = np.linspace(1, 1.5, 26)
    gains = stats.gains_of_partial_information((bids - cost[:, None]) * (bids < lowest[:, None]), cost)
    assert abs(gains.mean() - 1 / 96) < 3 * gains.std() / np.sqrt(4_000)
    every = np.linspace(0, 2, 401)
    net = (every - cost[:, None]) * (every < lowest[:, None])
    assert net.max(axis=1).mean() - net.mean(axis=0).max() == pytest.approx(29 / 96, abs=0.01)


def test_what_tells_nothing_is_worth_nothing() -> None:
    net, *_ = _bent()
    assert stats.value_of_partial_information(net, np.ones(2_000)) == 0
    assert stats.value_of_partial_information(net, _even(STEPS[4], 2_000)) < 0.01


@pytest.mark.parametrize(
    ("net", "known", "error", "says"),
    [
        (np.ones((60, 1)), np.ones(60), stats.WrongShape, "two options"),
        (np.ones((60, 2)), np.ones(59), stats.WrongShape, "known"),
        (np.ones((9, 2)), np.ones(9), stats.OutOfRange, "50 or more"),
    ],
)
def test_draws_that_tell_nothing_are_refused(net: Floats, known: Floats, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        stats.value_of_partial_information(net, known)
