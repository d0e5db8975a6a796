"""The mathematics of the programme, alone: arrays in, small frozen results out, no framework, no settings.

Every result carries its interval and the method that made it; every refusal is a `StatisticsError` (a
`ValueError`) that names the argument and how to mend it.

How soon?               `kaplan_meier` (curve.at, curve.median, curve.numbers_at_risk), `log_rank` and its family,
                        `restricted_mean`, `restricted_mean_difference`, `accelerated_failure_time`
Custody may come first  `cumulative_incidence`, `gray_test`, `fine_gray`
By how much?            `cox_regression`: time-varying treatment, delayed entry, strata, clusters, weights; after it
                        `proportional_hazards_test`, `schoenfeld_residuals`, `baseline_hazard`, `predicted_survival`,
                        `concordance`, `concordance_index`; people of one site alike:
                        `shared_frailty`
Again and again?        `andersen_gill`, `prentice_williams_peterson`, `wei_lin_weissfeld` (rows by
                        `marginal_episodes`), `mean_cumulative_function`
Millions of rows        `cox_regression_grouped`; from Parquet `kaplan_meier_from_parquet`,
                        `kaplan_meier_curves_from_parquet`, `cumulative_incidence_from_parquet`,
                        `cox_regression_from_parquet`
Alike beforehand?       `propensity_weights`, `propensity_scores`, `standardised_differences`,
                        `effective_sample_size`, `match`; with errors that refit: `bootstrap_weighted` of
                        `weighted_mean_statistic` or `weighted_risk_statistic`; `mean_difference`
Had all been treated?   `standardise` (g-formula), `augmented_weighting` (doubly robust)
What was not seen?      `e_value`, `bounding_factor`, `detection_grid`, `negative_control`, `signed_rank_bound`,
                        `tipping_point_shares`, `tipping_shift`
Where areas started     `area_period_cells`, `area_period_cells_from_parquet`, `read_panel`, `two_by_two`,
                        `group_time_effects`, `randomisation_test`, `two_way_fixed_effects`
Few clusters?           `wild_cluster_test` (restricted wild cluster bootstrap), `randomisation_test`
One area, long series   `segmented_regression`, `structural_series`, `prais_winsten`, `ljung_box`
Counts, or yes or no    `generalised_linear_model`: Poisson, binomial (logit), negative binomial
Measured repeatedly     `linear_mixed_model`, `linear_regression`, `fixed_effects`; with gaps: `impute`, `pool_imputations`
Over the sites          `random_effects`, `prediction_interval`, `tau_squared_interval`, `meta_regression`, `funnel`,
                        `funnel_limits`; each drawn towards the mean `shrunken_estimates`, `shrunken_rates`, and for
                        whoever asks for a league `rank_intervals`
In a new area           `predict_new_site`, `prior_sensitivity`
Shares and rates        `wilson`, `exact_share`, `newcombe_difference`, `event_rate`, `rate_ratio`; over strata
                        `mantel_haenszel`
Many outcomes           `adjust_p_values`, `gatekeeping`
How many are needed?    `events_needed`, `minimum_detectable_hazard_ratio`, `people_needed_for_shares`,
                        `people_needed_for_means`, `power_of_events`, `power_for_shares`, `power_for_means`,
                        `minimum_detectable_share`, `minimum_detectable_mean_difference`,
                        `minimum_detectable_difference`, `minimum_detectable_rate_ratio` (by the standard error),
                        `design_effect`, `stepped_wedge_error`, `stepped_wedge_power`
Worth its cost?         `cost_effectiveness`, `cost_effectiveness_draws`, `acceptability_frontier`,
                        `value_of_partial_information`, `gains_of_partial_information`, `markov_cohort`, `incremental`, `present_value`, `benefit_cost_ratio`
How long to wait?       `waiting`, `erlang_b`, `erlang_c`, `servers_needed`, `waiting_with_abandonment`,
                        `single_server_wait`, `waiting_with_room`, `waiting_of_few`, `waiting_by_priority`,
                        `waiting_in_network`, `approximate_wait`, `simulate_waits`, `exponential`
Do people agree?        `agreement` (kappa, AC1 and AC2, alpha, intraclass correlation), a package of its own
One person's change     `assess_change` by a cited `ChangeNorm`, `reliable_change`, `change_threshold`,
                        `standard_error_of_measurement`, `whole_points`, `clinical_cut_off`
May it leave?           `disclose_count`, `disclose_estimate`, `protect_table`, `disclose_curve`,
                        `disclose_incidence`, `disclose_sum`, `dominance`, `differencing`, `attack_releases`; a whole release, its figures and its
                        alternative text: `gate_numbers`, `gate_markup`, `require_releasable`
Decided beforehand?     `canonical_json`, `plan_hash`, `chained_hash`

Every function says what it returns, what it raises and whose method it is ("Source: own" where nobody's). All refuse
a thing of another kind than they ask for, such as a number for a curve, with WrongKind. These words
mean the same in all of them:

`time`, `entry`         when each row ends and begins (rows,), counted from each person's start in any one unit, days here
`event`, `cause`        (rows,): 1 where it happened, else 0; 0 for nothing and 1, 2, ... for what came first
`treated`               (people,): 1 or 0
`outcome`               (rows,), in its own unit, in which the effect is too
`covariates`, `names`   a mapping or data frame of columns (rows,), or an array (rows, terms) with names; without gaps
`weights`               (rows,), zero or more; only their proportions count unless they are whole numbers of people
`person`, `unit`, `group`, `site`, `strata`, `cluster`  a name for each row (rows,): whose, where, within what it is compared
`period`, `first_treated`  (rows,), both in one unit of time, months or quarters
`estimates`, `standard_errors`  one for each site (sites,), in one unit; ratios as logarithms
`estimate`, `curve`, `fit`  what another function here returned
`level`, `alpha`, `power`, `share_treated`  probabilities, above 0 and below 1: of an interval, of a false alarm, of finding
                        what is there, and the share of people who are treated
`threshold`, `base`     whole numbers of people: the fewest that may leave, and what counts are rounded to
`interval`, `ties`, `target`, `kind`  a choice by name, refused with the names where it is none
`path`                  a Parquet file, or several; other words are then the names of its columns
`seed`                  a whole number, or numpy's generator: the same gives the same
"""

from types import ModuleType as _Module

from fourfold.stats import agreement
from fourfold.stats.accelerated import AcceleratedFit, accelerated_failure_time
from fourfold.stats.cell_suppression import AttackInterval
from fourfold.stats.cells import Cells, area_period_cells, area_period_cells_from_parquet
from fourfold.stats.competing import CumulativeIncidence, cumulative_incidence
from fourfold.stats.confounding import EValue, bounding_factor, e_value
from fourfold.stats.cost_effectiveness import (
    CostEffectiveness,
    Frontier,
    acceptability_frontier,
    cost_effectiveness,
    cost_effectiveness_draws,
)
from fourfold.stats.cox import cox_regression
from fourfold.stats.cox_fit import CoxFit
from fourfold.stats.cox_prediction import BaselineHazard, baseline_hazard, predicted_survival
from fourfold.stats.detection import DetectionGrid, DetectionRow, detection_grid
from fourfold.stats.difference_in_differences import TwoByTwo, two_by_two, two_way_fixed_effects
from fourfold.stats.disclosed_incidence import DisclosedIncidence, IncidencePoint, disclose_incidence
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
from fourfold.stats.dominance import DominanceRecord, ReleasedSum, disclose_sum, dominance
from fourfold.stats.doubly_robust import augmented_weighting
from fourfold.stats.fixed_effects import fixed_effects
from fourfold.stats.frailty import SharedFrailty, shared_frailty
from fourfold.stats.funnel import Funnel, FunnelLimits, funnel, funnel_limits
from fourfold.stats.generalised import GeneralisedFit, generalised_linear_model
from fourfold.stats.gray import gray_test
from fourfold.stats.group_time import Aggregation, GroupTimeEffects, group_time_effects
from fourfold.stats.grouped import cox_regression_grouped
from fourfold.stats.imputation import Imputations, PooledEstimate, impute, pool_imputations
from fourfold.stats.interrupted_series import Segments, StructuralSeries, segmented_regression, structural_series
from fourfold.stats.least_squares import LinearFit, linear_regression
from fourfold.stats.logrank import LogRank, log_rank
from fourfold.stats.mantel_haenszel import MantelHaenszel, mantel_haenszel
from fourfold.stats.markov import (
    Incremental,
    MarkovCohort,
    benefit_cost_ratio,
    incremental,
    markov_cohort,
    present_value,
)
from fourfold.stats.matching import Matches, match, signed_rank_bound
from fourfold.stats.meta_regression import MetaRegression, meta_regression
from fourfold.stats.mixed_models import MixedModel, linear_mixed_model
from fourfold.stats.multiplicity import Adjusted, adjust_p_values, gatekeeping
from fourfold.stats.negative_control import NegativeControl, negative_control
from fourfold.stats.panels import Panel, read_panel
from fourfold.stats.parquet import (
    cox_regression_from_parquet,
    cumulative_incidence_from_parquet,
    kaplan_meier_curves_from_parquet,
    kaplan_meier_from_parquet,
)
from fourfold.stats.plan_hash import canonical_json, chained_hash, plan_hash
from fourfold.stats.planning import (
    design_effect,
    events_needed,
    minimum_detectable_difference,
    minimum_detectable_hazard_ratio,
    minimum_detectable_mean_difference,
    minimum_detectable_rate_ratio,
    minimum_detectable_share,
    people_needed_for_means,
    people_needed_for_shares,
    power_for_means,
    power_for_shares,
    power_of_events,
)
from fourfold.stats.pooling import RandomEffects, prediction_interval, random_effects, tau_squared_interval
from fourfold.stats.prediction import NewSitePrediction, NormalMixture, predict_new_site, prior_sensitivity
from fourfold.stats.proportional_hazards import (
    ProportionalHazards,
    SchoenfeldResiduals,
    proportional_hazards_test,
    schoenfeld_residuals,
)
from fourfold.stats.proportions import event_rate, exact_share, newcombe_difference, rate_ratio, wilson
from fourfold.stats.queueing import (
    Waiting,
    approximate_wait,
    erlang_b,
    erlang_c,
    exponential,
    servers_needed,
    simulate_waits,
    single_server_wait,
    waiting,
    waiting_by_priority,
    waiting_in_network,
    waiting_of_few,
    waiting_with_abandonment,
    waiting_with_room,
)
from fourfold.stats.randomisation import RandomisationTest, randomisation_test
from fourfold.stats.ranking import Concordance, concordance, concordance_index
from fourfold.stats.recurrent import (
    MarginalEpisodes,
    MeanCumulative,
    andersen_gill,
    marginal_episodes,
    mean_cumulative_function,
    prentice_williams_peterson,
    wei_lin_weissfeld,
)
from fourfold.stats.release_gate import Breach, NotReleasable, gate_markup, gate_numbers, require_releasable
from fourfold.stats.releases import Differenced, ReleasedTotal, UnitInterval, attack_releases, differencing
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
from fourfold.stats.serial_errors import SerialFit, ljung_box, prais_winsten
from fourfold.stats.shrinkage import ShrunkenSites, rank_intervals, shrunken_estimates, shrunken_rates
from fourfold.stats.standardisation import Standardised, standardise
from fourfold.stats.stepped_wedge import stepped_wedge_error, stepped_wedge_power
from fourfold.stats.subdistribution import FineGrayFit, fine_gray
from fourfold.stats.survival import SurvivalCurve, SurvivalCurves, kaplan_meier
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
    WrongKind,
    WrongShape,
)
from fourfold.stats.tipping_point import MissingShares, TippingShift, tipping_point_shares, tipping_shift
from fourfold.stats.value_of_information import gains_of_partial_information, value_of_partial_information
from fourfold.stats.weighted_effects import (
    Bootstrap,
    bootstrap_weighted,
    mean_difference,
    weighted_mean_statistic,
    weighted_risk_statistic,
)
from fourfold.stats.weights import (
    Balance,
    Weighting,
    effective_sample_size,
    propensity_scores,
    propensity_weights,
    standardised_differences,
)
from fourfold.stats.wild_clusters import WildClusterTest, wild_cluster_test

#: Whatever is brought in above, and none of the files that it comes from.
__all__ = [
    name for name, one in vars().items() if name == "agreement" or not (name[0] == "_" or isinstance(one, _Module))
]
