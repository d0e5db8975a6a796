"""What must be read before the main result is quoted: said on page one and again beside the numbers."""

from fourfold import stats
from fourfold.evaluation import doubts, overlap, rules
from fourfold.evaluation.report import estimates, gate
from fourfold.evaluation.report.study import Study
from fourfold.stats import proportional_hazards
from fourfold.stats.proportional_hazards import DOUBTFUL

ONE_SIDED = (
    "Some cases were never followed beside a case of their site and level that was in the other state: at their time all "
    "were managed, or none was. About those cases the data say nothing: what the result says of them is carried over from "
    "others."
)
APART = (
    "Whether there is a difference depends on taking the sites to be alike: taken as alike and allowed to differ (fixed and "
    "random effects, part 8), they give different answers. Read the sites one by one and the range for a new area."
)


def of(study: Study) -> tuple[str, ...]:
    """Return every caution about the main result; none where nothing may be shown of it."""
    if study.fewest < rules.FEWEST:
        return ()
    return (
        *study.counted,
        *((ONE_SIDED,) if overlap.one_sided(rules.spells(study.rows)) else ()),
        *of_the_ratio(study),
        *weighted(study),
        *pooled(study),
        *(doubts.of_cases(said) for said in study.fit.cautions if proportional_hazards.CHANGES not in said),
    )


def of_the_ratio(study: Study) -> tuple[str, ...]:
    """Say where the hazard ratio changes over the days followed, or that this could not be tested."""
    found = estimates.tried(lambda: stats.proportional_hazards_test(study.fit))
    if isinstance(found, str):
        return (f"Whether the ratio is the same on all days could not be tested: {found}",)
    test = found.tests["managed"]
    if test.p_value >= DOUBTFUL:
        return ()
    return (
        "The ratio of management is not the same on all days (test of proportional hazards, p "
        f"{_p(test.p_value)}): it is an average over the days followed. Read the curves and the days without an act first.",
    )


def _p(value: float) -> str:
    return "under 0.001" if value < 0.001 else f"about {value:.3f}"


def weighted(study: Study) -> tuple[str, ...]:
    """Say where a few cases carry the weighted comparison."""
    cautions = () if isinstance(study.weights, str) else study.weights.cautions
    return tuple(f"In the weighted comparison, {gate.caution(said)}." for said in cautions)


def pooled(study: Study) -> tuple[str, ...]:
    """Say where sites pooled alike and pooled as different disagree, or few sites rule the mean."""
    known = [found for found in study.sites.values() if found is not None]
    if len(known) < 2:
        return ()
    fit = stats.random_effects([each.estimate for each in known], [float(each.standard_error or 0) for each in known])
    return tuple(
        APART if said.startswith("fixed and random") else f"Over the sites, {said}." for said in fit.pooled.cautions
    )
