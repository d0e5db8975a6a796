"""The mathematics of the programme, alone: arrays in, small frozen results out, no framework, no settings.

Every result carries its interval and the method that made it; every refusal is a `StatisticsError` (a
`ValueError`) that names the argument and how to mend it.

How soon?               `kaplan_meier` (curve.at, curve.median, curve.numbers_at_risk), `log_rank`,
                        `restricted_mean`, `restricted_mean_difference`
Custody may come first  `cumulative_incidence`
By how much?            `cox_regression`: time-varying treatment, recurrent events, strata, clusters
Alike beforehand?       `propensity_weights`, `propensity_scores`, `standardised_differences`,
                        `effective_sample_size`; if not: `e_value`
Over the sites          `random_effects`, `prediction_interval`, `tau_squared_interval`
In a new area           `predict_new_site`, `prior_sensitivity`
Shares and rates        `wilson`, `newcombe_difference`, `event_rate`
How many are needed?    `events_needed`, `minimum_detectable_hazard_ratio`, `people_needed_for_shares`,
                        `people_needed_for_means`
Do people agree?        `agreement` (kappa, AC1 and AC2, alpha, intraclass correlation), a package of its own
One person's change     `assess_change` by a cited `ChangeNorm`, `reliable_change`, `change_threshold`,
                        `standard_error_of_measurement`, `whole_points`, `clinical_cut_off`
May it leave?           `disclose_count`, `disclose_estimate`, `protect_table`, `disclose_curve`
"""

from fourfold.stats import agreement
from fourfold.stats.cell_suppression import AttackInterval
from fourfold.stats.competing import CumulativeIncidence, cumulative_incidence
from fourfold.stats.confounding import EValue, e_value
from fourfold.stats.cox import CoxFit, cox_regression
from fourfold.stats.disclosure import (
    SUPPRESSED,
    Cell,
    DisclosedCurve,
    DisclosedPoint,
    DisclosedTable,
    DisclosureRecord,
    ProtectedTable,
    Released,
    Suppressed,
    disclose_count,
    disclose_curve,
    disclose_estimate,
    protect_table,
)
from fourfold.stats.logrank import LogRank, log_rank
from fourfold.stats.planning import (
    events_needed,
    minimum_detectable_hazard_ratio,
    people_needed_for_means,
    people_needed_for_shares,
)
from fourfold.stats.pooling import RandomEffects, prediction_interval, random_effects, tau_squared_interval
from fourfold.stats.prediction import NewSitePrediction, NormalMixture, predict_new_site, prior_sensitivity
from fourfold.stats.proportions import event_rate, newcombe_difference, wilson
from fourfold.stats.reliable_change import (
    Change,
    ChangeNorm,
    ChangeOutcome,
    Measured,
    ReliableChange,
    assess_change,
    change_threshold,
    clinical_cut_off,
    reliable_change,
    standard_error_of_measurement,
    whole_points,
)
from fourfold.stats.rmst import restricted_mean, restricted_mean_difference
from fourfold.stats.survival import SurvivalCurve, kaplan_meier
from fourfold.stats.terms import (
    BeyondFollowUp,
    EmptyInput,
    Estimate,
    NotANumber,
    NotConverged,
    NotIdentified,
    OneGroupOnly,
    OutOfRange,
    Quantile,
    StatisticsError,
    TestResult,
    TooFewEvents,
    UnknownChoice,
    WrongShape,
)
from fourfold.stats.weights import (
    Balance,
    Weighting,
    effective_sample_size,
    propensity_scores,
    propensity_weights,
    standardised_differences,
)

__all__ = [
    "SUPPRESSED",
    "AttackInterval",
    "Balance",
    "BeyondFollowUp",
    "Cell",
    "Change",
    "ChangeNorm",
    "ChangeOutcome",
    "CoxFit",
    "CumulativeIncidence",
    "DisclosedCurve",
    "DisclosedPoint",
    "DisclosedTable",
    "DisclosureRecord",
    "EValue",
    "EmptyInput",
    "Estimate",
    "LogRank",
    "Measured",
    "NewSitePrediction",
    "NormalMixture",
    "NotANumber",
    "NotConverged",
    "NotIdentified",
    "OneGroupOnly",
    "OutOfRange",
    "ProtectedTable",
    "Quantile",
    "RandomEffects",
    "Released",
    "ReliableChange",
    "StatisticsError",
    "Suppressed",
    "SurvivalCurve",
    "TestResult",
    "TooFewEvents",
    "UnknownChoice",
    "Weighting",
    "WrongShape",
    "agreement",
    "assess_change",
    "change_threshold",
    "clinical_cut_off",
    "cox_regression",
    "cumulative_incidence",
    "disclose_count",
    "disclose_curve",
    "disclose_estimate",
    "e_value",
    "effective_sample_size",
    "event_rate",
    "events_needed",
    "kaplan_meier",
    "log_rank",
    "minimum_detectable_hazard_ratio",
    "newcombe_difference",
    "people_needed_for_means",
    "people_needed_for_shares",
    "predict_new_site",
    "prediction_interval",
    "prior_sensitivity",
    "propensity_scores",
    "propensity_weights",
    "protect_table",
    "random_effects",
    "reliable_change",
    "restricted_mean",
    "restricted_mean_difference",
    "standard_error_of_measurement",
    "standardised_differences",
    "tau_squared_interval",
    "whole_points",
    "wilson",
]
