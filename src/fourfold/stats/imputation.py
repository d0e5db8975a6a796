"""Multiple imputation: fill gaps many times from what is known, analyse each filling, pool what they say.

Right where values are missing for reasons that the other columns hold (MAR). Whether they are cannot be seen in the
data: `shifts` makes the missing ones worse or better by a known amount, to find where a conclusion tips.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import normal_estimate, student_estimate
from fourfold.stats.terms import (
    EmptyInput,
    Estimate,
    NotANumber,
    NotConverged,
    NotIdentified,
    OutOfRange,
    Printed,
    UnknownChoice,
    WrongShape,
)

MODELS = ("predictive mean matching", "normal", "logistic")
DONORS = 5
RIDGE = 1e-5
Filled = dict[str, FloatArray]


@dataclass(frozen=True)
class PooledEstimate(Printed):
    """What the imputations say together.

    `missing_information` is the share of the information lost to gaps, `within` and `between` the variances inside and
    among imputations, `degrees_of_freedom` those of Student's t (Barnard & Rubin 1999).
    """

    estimate: Estimate
    missing_information: float
    within: float
    between: float
    degrees_of_freedom: float
    imputations: int


@dataclass(frozen=True, eq=False)
class Imputations:
    """Completed copies of the columns, with the share missing in each and the course of imputed means.

    `trace` holds, for each column with gaps, the mean of its imputed values (imputations, cycles): it should wander
    without a trend. `cautions` says in words what a reader must know.
    """

    datasets: tuple[Filled, ...]
    missing: Mapping[str, float]
    trace: Mapping[str, FloatArray]
    cautions: tuple[str, ...] = ()

    def analyse(
        self, analysis: Callable[[Filled], Estimate], *, complete_freedom: float = math.inf, level: float = 0.95
    ) -> PooledEstimate:
        """Run one analysis on every completed copy and pool. Raises OutOfRange where it gives no standard error."""
        found = [analysis(data) for data in self.datasets]
        errors = [estimate.standard_error for estimate in found]
        if any(error is None for error in errors):
            raise OutOfRange(
                "analysis", "gives no standard error", "Return an estimate with one, on the log scale for ratios"
            )
        return pool_imputations(
            [estimate.estimate for estimate in found],
            [float(error or 0.0) for error in errors],
            complete_freedom=complete_freedom,
            level=level,
        )


def pool_imputations(
    estimates: npt.ArrayLike, standard_errors: npt.ArrayLike, *, complete_freedom: float = math.inf, level: float = 0.95
) -> PooledEstimate:
    """Pool one estimate for each imputation (imputations,) by Rubin's rules (1987).

    `complete_freedom` are the degrees of freedom had nothing been missing (rows less terms); the interval then uses
    Barnard & Rubin's (1999). Estimates that do not differ were imputed from nothing missing: the answer is theirs.
    `standard_errors` (imputations,) in the estimates' unit. Raises OutOfRange for fewer than two imputations or an
    error below zero.
    """
    q = inputs.column("estimates", estimates)
    error = inputs.times("standard_errors", standard_errors, q.size)
    inputs.whole_number("estimates", q.size, least=2)
    if not inputs.number("complete_freedom", complete_freedom) > 0:
        raise OutOfRange("complete_freedom", f"is {complete_freedom}", "Give rows less terms")
    within, between = float((error**2).mean()), float(q.var(ddof=1))
    if between <= 1e-28 * max(float(q[0] ** 2), within):
        between = 0.0
    added = (1 + 1 / q.size) * between
    total = within + added
    lost = added / total if total else 0.0
    freedom = _barnard_rubin(q.size, lost, complete_freedom)
    increase = added / within if within else math.inf
    information = 0.0 if not lost else lost if math.isinf(increase) else (increase + 2 / (freedom + 3)) / (increase + 1)
    method = f"{q.size} imputations, Rubin's rules"
    centre, spread = float(q.mean()), math.sqrt(total)
    make = normal_estimate(centre, spread, level, method) if math.isinf(freedom) else None
    found = make or student_estimate(centre, spread, freedom, level, method)
    return PooledEstimate(found, information, within, between, freedom, q.size)


def impute(
    columns: Mapping[str, npt.ArrayLike],
    *,
    imputations: int = 20,
    cycles: int = 10,
    models: Mapping[str, str] | None = None,
    shifts: Mapping[str, float] | None = None,
    seed: int | np.random.Generator = 1,
) -> Imputations:
    """Fill gaps (not-a-number or None) by chained equations, each column from all the others (van Buuren 2018).

    Columns are numbers (rows,); give categories as columns of 0 and 1, and the outcome, site and weights among them.
    `models` names a column's model: "predictive mean matching" (5 donors; the default), "normal", or "logistic" (the
    default for 0 and 1). `shifts` adds an amount to a column's imputed values (log odds for 0 and 1): missing not at
    random (Carpenter & Kenward 2013). Use at least as many imputations as the largest percentage missing. `cycles` is
    how often all columns are gone through before a copy is taken. Raises EmptyInput, NotIdentified for a column that is
    missing throughout or has one known value, UnknownChoice.
    """
    imputations = inputs.whole_number("imputations", imputations, least=2)
    cycles = inputs.whole_number("cycles", cycles, least=1)
    data, gaps = _read(inputs.mapping("columns", columns))
    chosen = _models(data, gaps, inputs.mapping("models", models or {}))
    moved = {**dict.fromkeys(data, 0.0), **_shifts(data, inputs.mapping("shifts", shifts or {}))}
    rng = inputs.generator(seed)
    runs = [_chain(data, gaps, chosen, moved, cycles, rng) for _ in range(imputations if any(gaps.values()) else 1)]
    runs = runs if any(gaps.values()) else runs * imputations
    names = [name for name in data if gaps[name]]
    missing = {name: float(np.isnan(data[name]).mean()) for name in data}
    trace = {name: np.array([course[name] for _, course in runs]) for name in names}
    return Imputations(tuple(filled for filled, _ in runs), missing, trace, _cautions(missing, imputations))


def _barnard_rubin(imputations: int, lost: float, complete: float) -> float:
    if not lost:
        return complete
    old = (imputations - 1) / lost**2
    if math.isinf(complete):
        return old
    observed = (complete + 1) / (complete + 3) * complete * (1 - lost)
    return 1 / (1 / old + 1 / observed) if observed else 0.0


def _read(columns: Mapping[str, npt.ArrayLike]) -> tuple[Filled, dict[str, bool]]:
    """Read the columns with their gaps as not-a-number, and say which have any."""
    data: Filled = {}
    for name in columns.keys():  # noqa: SIM118 - a data frame iterates over its columns, a mapping need not
        read = inputs.numbers(f"columns[{name!r}]", columns[name])
        if read.ndim != 1 or np.isinf(read).any():
            raise NotANumber(
                f"columns[{name!r}]", "is infinite or has more than one dimension", "Give one number a row"
            )
        if (np.abs(read) > inputs.LARGEST).any():
            raise OutOfRange(f"columns[{name!r}]", "holds a value too large to be squared", "Use larger units")
        data[str(name)] = read
    if not data or not min(values.size for values in data.values()):
        raise EmptyInput("columns", "has no rows", "Give at least one column with rows")
    if len({values.size for values in data.values()}) > 1:
        raise WrongShape("columns", "are of different lengths", "Give one value for each row")
    return data, {name: bool(np.isnan(values).any()) for name, values in data.items()}


def _models(data: Filled, gaps: dict[str, bool], asked: Mapping[str, str]) -> dict[str, str]:
    chosen = {}
    for name in asked:
        if name not in data:
            raise UnknownChoice("models", f"{name!r} is no column", f"Choose among {', '.join(data)}")
    for name, values in data.items():
        known = values[~np.isnan(values)]
        binary = bool(np.isin(known, (0, 1)).all())
        chosen[name] = inputs.choice("models", asked.get(name, MODELS[2] if binary else MODELS[0]), MODELS)
        if gaps[name] and (not known.size or np.ptp(known) == 0):
            raise NotIdentified(f"columns[{name!r}]", "has no two different known values", "Leave it out")
        if chosen[name] == "logistic" and gaps[name] and not binary:
            raise OutOfRange(f"columns[{name!r}]", "is not 0 or 1", "Use a normal model or predictive mean matching")
    if any(gaps.values()) and len(data) < 2:
        raise NotIdentified("columns", "holds one column", "Give others to impute it from")
    return chosen


def _shifts(data: Filled, shifts: Mapping[str, float]) -> dict[str, float]:
    for name, shift in shifts.items():
        if name not in data:
            raise UnknownChoice("shifts", f"{name!r} is no column", f"Choose among {', '.join(data)}")
        inputs.column(f"shifts[{name!r}]", [shift])
    return dict(shifts)


def _chain(
    data: Filled,
    gaps: dict[str, bool],
    models: dict[str, str],
    shifts: dict[str, float],
    cycles: int,
    rng: np.random.Generator,
) -> tuple[Filled, dict[str, list[float]]]:
    """Fill one copy: begin with draws from the known values, then model each column on the others, cycle by cycle."""
    filled = {name: values.copy() for name, values in data.items()}
    holes = {name: np.isnan(values) for name, values in data.items() if gaps[name]}
    for name, hole in holes.items():
        filled[name][hole] = rng.choice(data[name][~hole], size=int(hole.sum()))
    course: dict[str, list[float]] = {name: [] for name in holes}
    for _ in range(cycles):
        for name in sorted(holes, key=lambda one: int(holes[one].sum())):
            hole = holes[name]
            design = _design(filled, name)
            draw = {"logistic": _draw_logistic, "normal": _draw_normal}.get(models[name], _draw_matched)
            filled[name][hole] = draw(data[name][~hole], design[~hole], design[hole], shifts[name], rng)
            course[name].append(float(filled[name][hole].mean()))
    return filled, course


def _design(filled: Filled, target: str) -> FloatArray:
    others = np.column_stack([values for name, values in filled.items() if name != target])
    spread = others.std(axis=0)
    kept = spread > 1e-12 * np.maximum(np.abs(others).max(axis=0), 1.0)
    scaled = (others[:, kept] - others[:, kept].mean(axis=0)) / spread[kept]
    return np.column_stack([np.ones(len(others)), scaled])


def _posterior(y: FloatArray, design: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, float]:
    """Draw from the posterior of a normal regression: coefficients fitted, coefficients drawn, deviation drawn."""
    square = design.T @ design
    root = np.linalg.cholesky(np.linalg.inv(square + RIDGE * np.diag(np.diag(square))))
    beta = root @ (root.T @ (design.T @ y))
    spare = max(y.size - design.shape[1], 1)
    deviation = math.sqrt(float(((y - design @ beta) ** 2).sum()) / float(rng.chisquare(spare)))
    return beta, beta + deviation * root @ rng.normal(size=beta.size), deviation


def _draw_normal(
    y: FloatArray, known: FloatArray, unknown: FloatArray, shift: float, rng: np.random.Generator
) -> FloatArray:
    _, drawn, deviation = _posterior(y, known, rng)
    return unknown @ drawn + deviation * rng.normal(size=len(unknown)) + shift


def _draw_matched(
    y: FloatArray, known: FloatArray, unknown: FloatArray, shift: float, rng: np.random.Generator
) -> FloatArray:
    """Take a known value from one of the five rows predicted nearest (Little 1988; van Buuren's type 1 matching)."""
    beta, drawn, _ = _posterior(y, known, rng)
    order = np.argsort(known @ beta, kind="stable")
    there, wanted = (known @ beta)[order], unknown @ drawn
    donors = min(DONORS, y.size)
    first = np.clip(np.searchsorted(there, wanted) - donors, 0, y.size - donors)
    window = np.minimum(first[:, None] + np.arange(2 * donors), y.size - 1)
    near = np.argsort(np.abs(there[window] - wanted[:, None]), axis=1, kind="stable")[:, :donors]
    picked = near[np.arange(wanted.size), rng.integers(donors, size=wanted.size)]
    return y[order[window[np.arange(wanted.size), picked]]] + shift


def _draw_logistic(
    y: FloatArray, known: FloatArray, unknown: FloatArray, shift: float, rng: np.random.Generator
) -> FloatArray:
    """Draw 0 or 1; a weak normal prior (deviation 5 log odds) keeps a column that separates from being infinite."""
    prior = np.full(known.shape[1], 1 / 25)
    beta = np.zeros(known.shape[1])
    for _ in range(50):
        chance = scipy.special.expit(known @ beta)
        information = known.T @ ((chance * (1 - chance))[:, None] * known) + np.diag(prior)
        step = np.linalg.solve(information, known.T @ (y - chance) - prior * beta)
        beta = beta + step / max(1.0, float(np.abs(step).max()) / 4)
        if np.abs(step).max() < 1e-8:
            drawn = beta + np.linalg.cholesky(np.linalg.inv(information)) @ rng.normal(size=beta.size)
            return (rng.random(len(unknown)) < scipy.special.expit(unknown @ drawn + shift)).astype(float)
    raise NotConverged("columns", "gave no logistic imputation", "Leave out columns that repeat one another")


def _cautions(missing: Mapping[str, float], imputations: int) -> tuple[str, ...]:
    said = []
    worst = max(missing.values())
    if 100 * worst > imputations:
        said.append(f"{worst:.0%} are missing in a column: use at least {math.ceil(100 * worst)} imputations")
    said += [
        f"over half of {name} is missing: the model speaks more than the data" for name, s in missing.items() if s > 0.5
    ]
    return tuple(said)
