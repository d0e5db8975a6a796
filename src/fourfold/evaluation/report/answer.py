"""The parts that answer: the first page, the grid of what is known, the trial that is imitated, limits, recommendation."""

from __future__ import annotations

from fourfold import stats
from fourfold.evaluation import maryland, rules
from fourfold.evaluation.report import gate
from fourfold.evaluation.report.study import Study
from fourfold.evaluation.report.terms import Part, Table

COX = "cox_regression"


def first_page(study: Study) -> Part:
    """Part 1: one page that can be read alone."""
    return Part(
        1,
        "What may we conclude?",
        words=(
            sentence(study),
            *null_words(study),
            *new_area(study),
            "What may not be concluded: " + " ".join(MAY_NOT),
            f"Certainty: {certainty(study)} of 4. It says how far the design carries, not how narrow the interval is.",
            "What would change our mind: " + " ".join(would_change(study)),
        ),
    )


MAY_NOT = (
    "that acts which nobody reported became fewer;",
    "which site's way of working is best;",
    "that a new area will see the same;",
    "anything about the time after the horizon.",
)


def new_area(study: Study) -> tuple[str, ...]:
    """Say what a new area may see, as a range and as a chance, where two sites at least can be shown."""
    known = [found for found in study.sites.values() if found is not None]
    if len(known) < 2 or study.fewest < rules.FEWEST:
        return ()
    forecast = stats.predict_new_site(
        [found.estimate for found in known], [float(found.standard_error or 0) for found in known]
    )
    ratio, chance = forecast.prediction.exponentiated(), 100 * forecast.probability_below()
    return (
        f"In a new area, for every 10 further acts without management there may be {_tenths(ratio.low)} to "
        f"{_tenths(ratio.high)} with it; the chance that there are fewer is about {min(round(chance), 99)} in 100.",
    )


def _tenths(ratio: float) -> str:
    return f"{10 * ratio:.0f}" if ratio < 3 else "more than 30"


def sentence(study: Study) -> str:
    """Say the result per 100 cases, as an absolute difference with its interval."""
    if study.fewest < rules.FEWEST:
        return "Too few cases or acts stand under the comparison: nothing may be concluded, and nothing is shown."
    found, span = study.standard.per_hundred, f"within {study.plan.horizon_days} days"
    between = f"between {gate.said(found.low, 0)} and {gate.said(found.high, 0)}"
    if found.low <= 0 <= found.high:
        return (
            f"We do not know yet whether management changes how many of 100 cases have another recorded act {span}: the "
            f"difference may lie anywhere {between}, where a minus means fewer."
        )
    word = "fewer" if found.estimate < 0 else "more"
    low, high = sorted((abs(found.low), abs(found.high)))
    return (
        f"Of 100 cases managed from the first day, about {abs(found.estimate):.0f} {word} had another recorded act {span} "
        f"than without management (between {low:.0f} and {high:.0f})."
    )


def null_words(study: Study) -> tuple[str, ...]:
    """Say beside a null result what it does not mean, and the smallest effect that could have been seen."""
    if not study.is_null or study.fewest < rules.FEWEST:
        return ()
    return (
        "More cases would need to be followed before a difference could be shown or ruled out. This should not be read as "
        "showing that management changes nothing.",
        f"With the acts that were seen, only a hazard ratio of {study.detectable:.2f} or further from 1 would have been "
        "found in four studies out of five.",
    )


def certainty(study: Study) -> int:
    """Return 1 (very low) or 2 (low): without random assignment it never starts higher, as GRADE has it."""
    return 1 if study.is_null or len(study.sites) < 2 or level(study) < 3 else 2


def would_change(study: Study) -> tuple[str, ...]:
    """Say what would overturn the answer."""
    return (
        "victims' own reports that do not follow the recorded acts;",
        "a cause that nobody recorded and that goes with both being taken on and another act (part 10);",
        f"a further site: there are {len(study.sites)}, and the next may lie anywhere in the predicted range (part 8).",
    )


def level(study: Study) -> int:
    """Return the Maryland level that follows from the design and from what the data showed."""
    weights = study.weights
    return maryland.level(
        maryland.Design(
            has_comparison=True,
            has_before=False,
            units=len(study.sites),
            randomised=False,
            adjusted=bool(study.plan.adjusted_for),
            largest_difference=None if isinstance(weights, str) else weights.largest_difference,
            unmeasured_examined="e_value" in study.plan.sensitivity,
        )
    )


def grid(study: Study) -> Part:
    """Part 2: effect, mechanism, moderators, implementation, economics; what is known and what is not."""
    known, unknown = "stated in the plan, untested", "not known"
    mechanism = study.plan.said("mechanism")
    rows = (
        ("Effect", sentence(study), f"{certainty(study)} of 4", "acts that nobody recorded"),
        ("Mechanism", mechanism or unknown, "0 of 4", "interviews; links between contact and acts were not tested"),
        ("Moderators", "subgroups named beforehand, part 9", "1 of 4", "ways of working: sites differ in all at once"),
        ("Implementation", "waiting and contact, part 11", "1 of 4", "fidelity as judged by somebody who watched"),
        ("Economics", "part 12" if study.plan.prices else unknown, "1 of 4" if study.plan.prices else "0 of 4",
         "what an act costs a victim"),
    )  # fmt: skip
    table = Table("What is known and how well (EMMIE)", ("Dimension", "What is known", "Quality", "What is not"), rows)
    missing = "" if mechanism else "the plan has no statement of the mechanism"
    return Part(2, "EMMIE grid", words=(f"Mechanism: {known}." if mechanism else "",), tables=(table,), missing=missing)


def target_trial(study: Study) -> Part:
    """Part 3: the trial that the comparison imitates, and how far it carries."""
    plan, reached = study.plan, level(study)
    rows = (
        ("Who", plan.population),
        ("What is compared", plan.strategy),
        ("Assignment", "none: cases are adjusted for " + (", ".join(plan.adjusted_for) or "nothing")),
        ("Time zero", "the day on which the case was opened at referral"),
        ("Outcome", f"{plan.variable}, to {plan.horizon_days} days"),
        ("What happens in between", plan.intercurrent),
        ("Custody", "competes with the next act; for all acts the time held is taken out of the time at risk"),
        ("Contrast", plan.summary),
        ("Analysis", "Cox regression, management from its day, sites as strata, errors by case"),
        ("Maryland level", f"{reached} of 5: {maryland.WORDS[reached]}; derived from the design, not typed in"),
    )
    return Part(3, "The trial that is imitated", tables=(Table("Target trial", ("Part", "Here"), rows),))


def limits(study: Study) -> Part:
    """Part 16: what this cannot tell you."""
    more = [f"Sides of {one.on:%B %Y} compared as if recorded alike: {study.plan.breaks}" for one in study.crossed]
    return Part(16, "What this cannot tell you", words=(*rules.CANNOT_TELL, *more))


def recommendation(study: Study) -> Part:
    """Part 20: what to do, how strongly, on which conditions."""
    said = study.plan.said("recommendation")
    strength = "conditional" if certainty(study) > 1 else "to go on measuring, not to roll out on this evidence"
    words = (said, f"Strength: {strength}.", "Conditions: those of part 14.") if said else ()
    return Part(20, "Recommendation", words=words, missing="" if said else "nobody has written the recommendation")


def unmeasured(study: Study) -> stats.EValue:
    """Return how strong an unrecorded cause would have to be."""
    ratio = study.effect.exponentiated()
    return stats.e_value(ratio.estimate, ratio.low, ratio.high, scale="common outcome hazard ratio")
