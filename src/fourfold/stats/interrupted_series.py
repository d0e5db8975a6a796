"""Interrupted time series: did one area's long series step or turn when the programme began?

Without areas to compare with, anything else that began then is mistaken for the programme: name the breaks in
recording, and show the series of something that the programme cannot have touched beside it.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import Terms, normal_estimate, student_estimate
from fourfold.stats.least_squares import INTERCEPT, explained, fit_design, require_rank
from fourfold.stats.serial_errors import RestrictedFit, ljung_box, prais_winsten_design, restricted_design
from fourfold.stats.terms import (
    Estimate,
    NotConverged,
    NotIdentified,
    OutOfRange,
    TestResult,
    UnknownChoice,
    WrongShape,
)

FAMILIES = ("linear", "quasi-Poisson", "negative binomial")
ERRORS = ("Newey-West", "Prais-Winsten", "restricted likelihood", "classical")
LINEAR_ONLY = ("Prais-Winsten", "restricted likelihood")
REGRESSIONS = ("diffuse", "maximum likelihood")
LEVEL, SLOPE, TREND = "level", "slope", "trend"
ENOUGH = 12
DOUBTFUL = 0.05
MANY_PERIODS = 200
BETTER = 'these errors come out too small, use errors="restricted likelihood"'
FEWEST = 4


@dataclass(frozen=True, eq=False)
class Segments(Terms):
    """The step at the interruption and the change of slope after it (for each period), with every other term.

    Linear: in the series' unit. Counts: log rate ratios; `exponentiated` gives the ratio. `dispersion` is the
    variance over what Poisson counts would have; `serial` the Ljung-Box test of what is left. `term_freedoms` are each
    term's own degrees of freedom under "restricted likelihood".
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    standard_errors: FloatArray
    degrees_of_freedom: float
    residuals: FloatArray
    confidence: float
    method: str
    serial: TestResult | None = None
    correlation: float | None = None
    dispersion: float | None = None
    cautions: tuple[str, ...] = ()
    term_freedoms: FloatArray | None = None

    @property
    def level(self) -> Estimate:
        """Give the step at the interruption."""
        return self.term(LEVEL)

    @property
    def slope(self) -> Estimate:
        """Give the change of the trend after the interruption, for each period."""
        return self.term(SLOPE)

    def term(self, name: str) -> Estimate:
        """Give any term. Raises UnknownChoice for one that was not fitted."""
        if name not in self.names:
            raise UnknownChoice("name", f"{name!r} is not in the fit", f"Choose one of {', '.join(self.names)}")
        k = self.names.index(name)
        value, error = float(self.coefficients[k]), float(self.standard_errors[k])
        if np.isinf(self.degrees_of_freedom):
            return replace(normal_estimate(value, error, self.confidence, self.method), cautions=self.cautions)
        freedom = self.degrees_of_freedom if self.term_freedoms is None else float(self.term_freedoms[k])
        return replace(student_estimate(value, error, freedom, self.confidence, self.method), cautions=self.cautions)


def segmented_regression(
    series: npt.ArrayLike,
    interruption: int,
    *,
    family: str = "linear",
    errors: str = "Newey-West",
    slope: bool = True,
    season: int | None = None,
    covariates: Mapping[str, npt.ArrayLike] | None = None,
    breaks: Mapping[str, int] | None = None,
    exposure: npt.ArrayLike | None = None,
    lags: int | None = None,
    level: float = 0.95,
) -> Segments:
    """Fit a trend, a step at `interruption` (the place, from 0, of the first period after) and a change of slope.

    `season` adds a term for each place in a cycle of that many periods; `breaks` a step for each change in recording at
    its place; `covariates` known series (periods,). Counts ("quasi-Poisson", "negative binomial") use a log link and
    `exposure` as an offset. `errors`: "Newey-West", "classical" (for counts: the model's own) or, linear only,
    "Prais-Winsten" and "restricted likelihood" (AR(1) errors, Satterthwaite's degrees of freedom), which alone keeps
    its false alarms near their level in series of sixty months whose months resemble the last. Wagner et al. 2002;
    Bernal, Cummins & Gasparrini 2017. `family` is the kind of series, `lags` how many periods Newey-West looks back.
    Raises OutOfRange where fewer than three periods lie on a side, NotIdentified for a break at the interruption
    itself, UnknownChoice.
    """
    inputs.choice("family", family, FAMILIES)
    inputs.choice("errors", errors, ERRORS)
    inputs.critical_value(level)
    y = inputs.column("series", series)
    _require_sides(y.size, interruption)
    design, names = _segments(y.size, interruption, slope, season, covariates, breaks)
    require_rank(design, names)
    if np.ptp(y) == 0:
        raise NotIdentified("series", "is the same in every period", "There is nothing to explain")
    model = _Model(y, design, names, level, _cautions(y.size, interruption))
    if family == "linear":
        return _linear(model, errors, lags)
    if errors in LINEAR_ONLY:
        raise UnknownChoice("errors", f"{errors} is for linear series", "Choose Newey-West or classical")
    return _counts(model, family, errors, exposure, lags)


@dataclass(frozen=True, eq=False)
class StructuralSeries(Terms):
    """Effects of interventions on a series whose level wanders; variances are of the irregular, level and season."""

    names: tuple[str, ...]
    effects: tuple[Estimate, ...]
    variances: Mapping[str, float]
    log_likelihood: float
    serial: TestResult
    method: str

    def term(self, name: str) -> Estimate:
        return self.effect(name)

    def effect(self, name: str) -> Estimate:
        """Give one regressor's effect. Raises UnknownChoice."""
        inputs.choice("name", name, self.names)
        return self.effects[self.names.index(name)]


def structural_series(
    series: npt.ArrayLike,
    regressors: Any,
    *,
    names: Sequence[str] | None = None,
    season: int | None = 12,
    stochastic_season: bool = False,
    regression: str = "diffuse",
    level: float = 0.95,
) -> StructuralSeries:
    """Fit a series (periods,) as a wandering level, a season and regressors such as a step at a law (0 before, 1 after).

    Commandeur & Koopman 2007, chapters 5 to 7; statsmodels' unobserved components with exact diffuse starts, which
    gives their answers. `regression`: "diffuse" holds the effects in the state, as they do; "maximum likelihood"
    chooses the variances with the effects as parameters. Log the series first where effects are proportional.
    `stochastic_season` lets the season change over time. Raises NotIdentified for constant regressors, NotConverged.
    """
    inputs.choice("regression", regression, REGRESSIONS)
    inputs.yes("stochastic_season", stochastic_season)
    y = inputs.column("series", series)
    labels, x = inputs.covariates(regressors, names, y.size)
    if np.ptp(y) == 0:
        raise NotIdentified("series", "is the same in every period", "There is nothing to explain")
    require_rank(np.column_stack([np.ones(y.size), x]), (INTERCEPT, *labels))
    if season is not None and y.size < 2 * inputs.whole_number("season", season, least=2):
        raise OutOfRange("season", f"is {season} for {y.size} periods", "Give two full cycles at least")
    if y.size < FEWEST + x.shape[1] + (season or 1):
        raise OutOfRange("series", f"holds {y.size} periods", "Give more of them, or fewer regressors and no season")
    model, found = _fit_components(y, x, season, stochastic_season, regression)
    place = slice(-x.shape[1], None)
    values = found.filtered_state[place, -1]
    spread = np.sqrt(np.diag(found.filtered_state_cov[place, place, -1]))
    method = f"structural series, stochastic level{', season' if season else ''}, {regression} regression"
    diffuse = int(found.nobs_diffuse)
    left = found.standardized_forecasts_error[0, max(diffuse, 1) :]
    return StructuralSeries(
        names=labels,
        effects=tuple(normal_estimate(float(v), float(s), level, method) for v, s in zip(values, spread, strict=True)),
        variances=model,
        log_likelihood=float(found.llf),
        serial=ljung_box(left, lags=min(season or 12, left.size - 2)),
        method=method,
    )


def _fit_components(
    y: FloatArray, x: FloatArray, season: int | None, stochastic_season: bool, regression: str
) -> tuple[dict[str, float], Any]:
    """Maximise the likelihood over the variances; give them by name and the filter's output at them.

    The search that statsmodels offers stops short of the last digits that are published, so Nelder and Mead's goes on
    from there, over standard deviations.
    """
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    asked: dict[str, Any] = {"level": "local level", "seasonal": season, "stochastic_seasonal": stochastic_season}
    asked["use_exact_diffuse"] = True
    model = UnobservedComponents(y, exog=x, mle_regression=False, **asked)

    def filtered(variances: FloatArray) -> Any:
        return model.filter(variances, return_ssm=True)

    def shortfall(deviations: FloatArray) -> float:
        found = filtered(deviations**2)
        if regression == "diffuse":
            return -float(found.llf)
        effects = found.filtered_state[-x.shape[1] :, -1]
        return -float(UnobservedComponents(y - x @ effects, **asked).loglike(deviations**2))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is asked for below
        start = np.sqrt(np.abs(model.fit(disp=0, maxiter=1000, cov_type="none").params))
        fitted = scipy.optimize.minimize(
            shortfall, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-8, "maxfev": 4000}
        )
    if not (fitted.success and np.isfinite(fitted.fun)):
        raise NotConverged("series", "gave no steady variances", "Look for outliers or a series that does not vary")
    variances = np.square(fitted.x)
    names = [name.removeprefix("sigma2.") for name in model.param_names]
    return dict(zip(names, variances.tolist(), strict=True)), filtered(variances)


def _segments(
    periods: int,
    interruption: int,
    slope: bool,
    season: int | None,
    covariates: Mapping[str, npt.ArrayLike] | None,
    breaks: Mapping[str, int] | None,
) -> tuple[FloatArray, tuple[str, ...]]:
    when = np.arange(periods)
    after = (when >= interruption).astype(float)
    terms: dict[str, FloatArray] = {INTERCEPT: np.ones(periods), TREND: when.astype(float), LEVEL: after}
    if slope:
        terms[SLOPE] = after * (when - interruption)
    cycle = 1 if season is None else inputs.whole_number("season", season, least=2)
    for place in range(1, cycle):
        terms[f"season {place + 1}"] = (when % cycle == place).astype(float)
    for name, place in inputs.mapping("breaks", breaks or {}).items():
        _require_sides(periods, place, argument=f"breaks[{name!r}]", least=1)
        terms[f"break {name}"] = (when >= place).astype(float)
    for name, values in inputs.mapping("covariates", {} if covariates is None else covariates).items():
        if str(name) in terms:
            raise WrongShape("covariates", f"names {name!r}, which the model has already", "Choose another name")
        terms[str(name)] = inputs.column(f"covariates[{name!r}]", values, periods)
    return np.column_stack(list(terms.values())), tuple(terms)


def _require_sides(periods: int, place: int, *, argument: str = "interruption", least: int = 3) -> None:
    if not least <= inputs.whole_number(argument, place) <= periods - least:
        raise OutOfRange(argument, f"is {place} of {periods} periods", f"Leave at least {least} on either side")


def _cautions(periods: int, interruption: int) -> tuple[str, ...]:
    sides = {"before": interruption, "after": periods - interruption}
    return tuple(
        f"only {n} periods {side} the interruption; twelve are usual" for side, n in sides.items() if n < ENOUGH
    )


@dataclass(frozen=True, eq=False)
class _Model:
    """The series (periods,) with its design (periods, terms) and what is said beside every fit of it."""

    y: FloatArray
    design: FloatArray
    names: tuple[str, ...]
    level: float
    cautions: tuple[str, ...]


def _linear(model: _Model, errors: str, lags: int | None) -> Segments:
    y, design, names = model.y, model.design, model.names
    if errors == "restricted likelihood":
        return _restricted(model, restricted_design(y, design))
    serial = prais_winsten_design(y, design, names) if errors == "Prais-Winsten" else None
    fit = serial.fit if serial else fit_design(y, design, names, errors=errors, lags=lags)
    return Segments(
        names=names, coefficients=fit.coefficients, standard_errors=fit.standard_errors,
        degrees_of_freedom=fit.degrees_of_freedom, residuals=fit.residuals, confidence=model.level,
        method=f"segmented linear, {errors}", serial=_serial(fit.residuals),
        correlation=serial.correlation if serial else None,
        cautions=(*model.cautions, *explained(y, fit.residuals), *(() if serial else _together(fit.residuals)),
                  *(_short(y.size) if errors == "Newey-West" else ())),
    )  # fmt: skip


def _short(periods: int) -> tuple[str, ...]:
    """Warn where a series is short for Newey-West: of 48 calm periods noise is called an effect one time in seven."""
    if periods >= MANY_PERIODS:
        return ()
    return (f"{periods} periods are few for Newey-West: {BETTER}",)


def _together(left: FloatArray) -> tuple[str, ...]:
    """Warn where what is left follows what was left the period before: these errors then come out too small.

    What swings to and fro errs the other way.
    """
    found = _serial(left)
    if found is None or found.p_value >= DOUBTFUL or left[1:] @ left[:-1] <= 0:
        return ()
    return (f"what is left hangs together over time (p = {found.p_value:.2g}): {BETTER}",)


def _restricted(model: _Model, fit: RestrictedFit) -> Segments:
    return Segments(
        names=model.names, coefficients=inputs.frozen(fit.coefficients),
        standard_errors=inputs.frozen(np.sqrt(np.diag(fit.covariance))),
        degrees_of_freedom=float(model.y.size - len(model.names)), residuals=inputs.frozen(fit.residuals),
        confidence=model.level, method="segmented linear, AR(1) by restricted likelihood, Satterthwaite",
        serial=_serial(fit.residuals), correlation=fit.correlation,
        cautions=(*model.cautions, *explained(model.y, fit.residuals)),
        term_freedoms=inputs.frozen(fit.freedoms),
    )  # fmt: skip


def _counts(model: _Model, family: str, errors: str, exposure: npt.ArrayLike | None, lags: int | None) -> Segments:
    y, design = model.y, model.design
    if (y < 0).any() or (y % 1).any() or not y.any():
        raise OutOfRange("series", "is no series of counts", "Give whole numbers, not all zero, or a linear family")
    offset = None if exposure is None else np.log(_exposures(exposure, y.size))
    scale = np.abs(design).max(axis=0)  # a trend of hundreds would keep the search from settling
    fitted = _fit_counts(y, design / scale, family, errors, offset, lags)
    means = np.asarray(fitted.fittedvalues if family == "quasi-Poisson" else fitted.predict())
    if means.min() < 1e-6 * y.mean():
        raise NotIdentified("series", "is zero wherever some term is on, so its ratio is zero too", "Show the counts")
    left = (y - means) / np.sqrt(means)
    values, spread = (np.asarray(column, dtype=float)[: scale.size] / scale for column in (fitted.params, fitted.bse))
    if not np.isfinite(spread).all():
        raise NotIdentified(
            "series", "does not settle the model's terms", "Use fewer terms or the quasi-Poisson family"
        )
    return Segments(
        names=model.names, coefficients=inputs.frozen(values), standard_errors=inputs.frozen(spread),
        degrees_of_freedom=float("inf"), residuals=inputs.frozen(left), confidence=model.level,
        method=f"segmented {family}, {errors}", serial=_serial(left),
        dispersion=float(left @ left / (y.size - scale.size)),
        cautions=(*model.cautions, *explained(y, y - means)),
    )  # fmt: skip


def _fit_counts(
    y: FloatArray, design: FloatArray, family: str, errors: str, offset: FloatArray | None, lags: int | None
) -> Any:
    """Fit by statsmodels: a GLM with Pearson's dispersion, or NB2 by maximum likelihood."""
    from statsmodels.discrete.discrete_model import NegativeBinomial
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    reach = int(4 * (y.size / 100) ** (2 / 9)) if lags is None else inputs.whole_number("lags", lags)
    robust = {"cov_type": "HAC", "cov_kwds": {"maxlags": reach}} if errors == "Newey-West" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is asked for below
        if family == "quasi-Poisson":
            model = GLM(y, design, family=Poisson(), offset=offset)
            fitted = model.fit(**(robust or {"scale": "X2"}))
            converged = fitted.converged
        else:
            model = NegativeBinomial(y, design, offset=offset)
            fitted = model.fit(disp=0, maxiter=500, **robust)
            converged = fitted.mle_retvals["converged"]
    if not converged:
        raise NotConverged("series", f"gave no {family} fit", "Use fewer terms, or the quasi-Poisson family")
    return fitted


def _exposures(exposure: npt.ArrayLike, rows: int) -> FloatArray:
    read = inputs.times("exposure", exposure, rows)
    if (read == 0).any():
        raise OutOfRange("exposure", "is zero in some period", "Leave those periods out")
    return read


def _serial(left: FloatArray) -> TestResult | None:
    spread = left - left.mean()
    if left.size < 8 or not np.abs(spread).max() > 1e-9 * max(1.0, float(np.abs(left).max())):
        return None
    return ljung_box(left, lags=min(ENOUGH, left.size // 4))
