"""The parts that answer: the first page, the grid of what is known, the trial that is imitated, limits, recommendation."""

from fourfold import stats
from fourfold.evaluation import maryland, rules
from fourfold.evaluation.report import cautions, gate, reading
from fourfold.evaluation.report.study import Study
from fourfold.evaluation.report.terms import Number, Part, Table
from fourfold.words import named

COX = "cox_regression"


def first_page(study: Study) -> Part:
    """Part 1: one page that can be read alone: asked, found, how certain, what may and may not be concluded from it."""
    points = (
        ("What was asked", *asked(study)),
        ("What was found", *found(study)),
        ("What that does not mean", *null_words(study)),
        ("How certain this is", *certain(study)),
        ("What may be concluded", may(study)),
        ("What may not be concluded", *may_not(study)),
        ("In a new area", *new_area(study)),
        ("What would change our mind", *would_change(study)),
    )
    return Part(words=(sentence(study),), points=tuple(point for point in points if len(point) > 1))


def asked(study: Study) -> tuple[str, ...]:
    """Say the question as it was fixed: who, what against what, what is counted, for how long."""
    plan = study.plan
    return (
        f"Who: {plan.population}.",
        f"Compared: {plan.strategy}. “Managed” means that the unit has taken the case on.",
        f"Counted: {plan.variable}, {span(study)} of opening.",
    )


def span(study: Study) -> str:
    """Say how long each case was looked at, a year as months too."""
    days = study.plan.horizon_days
    return f"within {days} days" + (" (12 months)" if days == rules.HORIZON_DAYS else "")


def found(study: Study) -> tuple[str, ...]:
    """Say the result in absolute terms: how many of 100 without and with management, and the days without an act."""
    if study.fewest_outcomes < rules.FEWEST:
        return ()
    standard = study.standard
    managed = standard.without + standard.per_hundred.estimate
    without, managed_cases = (
        gate.value(
            study.ledger, name, share, study.fewest_outcomes,
            plan="primary.horizon_days", function=COX, method="standardised over the cases after Cox", digits=0,
        )
        for name, share in ((reading.WITHOUT, standard.without), ("Of 100 cases, another act, managed", managed))
    )  # fmt: skip
    days = standard.days
    more = "more" if days.estimate >= 0 else "fewer"
    return (
        f"Of 100 cases without management, about {without} had another recorded act {span(study)}; of 100 cases managed from the "
        f"first day, about {managed_cases} (each rounded by itself): {_either(standard.per_hundred, 'fewer', 'more')} out of 100.",
        f"A managed case passed about {abs(days.estimate):.0f} {more} days of the {study.plan.horizon_days} without such an "
        f"act: {_either(days, 'fewer', 'more')}.",
    )


def _either(found: stats.Estimate, under: str, over: str) -> str:
    """Say a range of differences by which way each end lies."""
    low, high = (f"{abs(value):.0f} {under if value < 0 else over}" for value in (found.low, found.high))
    if found.low * found.high > 0:
        low, high = sorted((f"{abs(value):.0f}" for value in (found.low, found.high)), key=float)
        high = f"{high} {under if found.high < 0 else over}"
    return f"the difference may lie anywhere between {low} and {high}"


def certain(study: Study) -> tuple[str, ...]:
    """Say the certainty in words and what it and the range mean."""
    level = certainty(study)
    study.ledger.keep(Number(reading.CERTAINTY, float(level), None, None, "primary", "certainty as GRADE has it"))
    return (
        f"{CERTAINTY[level - 1]}: {level} on a scale from 1 (very low) to 4 (high). The scale says how far the way of comparing "
        "can be relied on; without allocation by chance it starts no higher than 2.",
        "Each range is a 95% range: of 100 ranges made in this way, 95 hold the true value, if nothing that was left "
        "unrecorded distorts the comparison.",
        *cautions.of(study),
    )


CERTAINTY = ("Very low", "Low", "Moderate", "High")


def may(study: Study) -> str:
    """Say what the result carries, and no more."""
    if study.fewest < rules.FEWEST:
        return "Nothing yet."
    if study.is_null:
        return (
            "Only that these data cannot say yet whether management lowers or raises the number of cases with another "
            "recorded act, or leaves it as it is."
        )
    word = "fewer" if study.standard.per_hundred.estimate < 0 else "more"
    return (
        f"In these areas, {span(study)}, {word} of 100 managed cases had another recorded act than of 100 cases not managed"
        f"{_adjusted(study)}. That fits with an effect of management; it does not prove one."
    )


def _adjusted(study: Study) -> str:
    names = [WORDS_OF[name] for name in study.plan.adjusted_for]
    return f", differences in {', '.join(names)} taken into account" if names else ", no difference taken into account"


WORDS_OF = {"level": "level of risk", "prior_acts": "earlier acts", "former_partner": "being a former partner"}


def may_not(study: Study) -> tuple[str, ...]:
    """Say what nobody may conclude, whatever was found."""
    nothing = ("That management changes nothing.",) if study.is_null else ()
    return (*nothing, *MAY_NOT)


MAY_NOT = (
    "That management is the cause of the whole difference: cases that were taken on may differ in something unrecorded.",
    "That acts which nobody reported became fewer.",
    "That one site's way of working is better than another's.",
    "That a new area will see the same.",
    "Anything about the time after the days that were looked at.",
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
        f"Where there would be 10 further acts without management, there may be {_tenths(ratio.low)} to "
        f"{_tenths(ratio.high)} with it; the chance that there are fewer than 10 is about "
        f"{min(max(round(chance), 1), 99)} in 100.",
    )


def _tenths(ratio: float) -> str:
    return f"{10 * ratio:.0f}" if ratio < 3 else "more than 30"


def sentence(study: Study) -> str:
    """Say the result per 100 cases, as an absolute difference with its interval."""
    if study.fewest < rules.FEWEST:
        return "There are too few cases or acts to compare. Nothing may be concluded, and nothing is shown."
    found = study.standard.per_hundred
    if study.is_null:
        return (
            f"We do not know yet whether management changes how many of 100 cases have another recorded act {span(study)}: "
            f"{_either(found, 'fewer', 'more')} out of 100."
        )
    word = "fewer" if found.estimate < 0 else "more"
    low, high = sorted((abs(found.low), abs(found.high)))
    return (
        f"Of 100 cases managed from the first day, about {abs(found.estimate):.0f} {word} had another recorded act "
        f"{span(study)} than without management (between {low:.0f} and {high:.0f} {word})."
    )


def null_words(study: Study) -> tuple[str, ...]:
    """Say next to a null result what it does not mean, and the smallest effect that could have been seen."""
    ratio, absolute = study.detectable, study.detectable_absolute
    if not study.is_null or study.fewest < rules.FEWEST or ratio is None or absolute is None:
        return ()
    cases, _ = absolute
    return (
        rules.NOT_NOTHING,
        f"With as many acts as were seen, a true difference of about {abs(cases.low):.0f} fewer or {cases.high:.0f} more out of "
        f"100 would have been found in four studies out of five (a hazard ratio of {gate.said(ratio.low)} or "
        f"{gate.said(ratio.high)}: how often acts follow under management, as a multiple of how often without). A smaller "
        "difference could have been missed.",
    )


def certainty(study: Study) -> int:
    """Return 1 (very low) or 2 (low): without random assignment it never starts higher, as GRADE has it."""
    return 1 if study.is_null or len(study.sites) < 2 or level(study) < 3 else 2


def would_change(study: Study) -> tuple[str, ...]:
    """Say what would overturn the answer."""
    more = ("More cases, followed for as long as these.",) if study.is_null else ()
    return (
        *more,
        "Victims' own reports, if they do not follow the recorded acts.",
        "A cause that nobody recorded, if it goes with both being taken on and another act (part 10).",
        f"A further site: there are {len(study.sites)}, and the next may lie anywhere in the range for a new area (part 8).",
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
    return Part(words=(f"Mechanism: {known}." if mechanism else "",), tables=(table,), missing=missing)


def target_trial(study: Study) -> Part:
    """Part 3: the trial that the comparison imitates, and how far it carries."""
    plan, reached = study.plan, level(study)
    rows = (
        ("Who", plan.population),
        ("What is compared", plan.strategy),
        ("Assignment", "none: cases are adjusted for " + (", ".join(map(named, plan.adjusted_for)) or "nothing")),
        ("Time zero", "the day on which the case was opened at referral"),
        ("Outcome", f"{plan.variable}, to {plan.horizon_days} days"),
        ("What happens in between", plan.intercurrent),
        ("Custody", "competes with the next act; for all acts the time held is taken out of the time at risk"),
        ("Contrast", plan.summary),
        ("Analysis", "Cox regression, management from its day, sites as strata, errors by case"),
        ("Maryland level", f"{reached} of 5: {maryland.WORDS[reached]}; derived from the design, not typed in"),
    )
    return Part(tables=(Table("Target trial", ("Part", "Here"), rows),))


def limits(study: Study) -> Part:
    """Part 16: what this cannot tell you."""
    more = [
        f"Sides of {change.on:%B %Y} compared as if recorded alike: {study.plan.breaks}" for change in study.crossed
    ]
    return Part(words=(*rules.CANNOT_TELL, *more))


def recommendation(study: Study) -> Part:
    """Part 20: what to do, how strongly, on which conditions."""
    said = study.plan.said("recommendation")
    strength = "conditional" if certainty(study) > 1 else "to go on measuring, not to roll out on this evidence"
    words = (said, f"Strength: {strength}.", "Conditions: those of part 14.") if said else ()
    return Part(words=words, missing="" if said else "nobody has written the recommendation")


def unmeasured(study: Study) -> stats.EValue:
    """Return how strong an unrecorded cause would have to be."""
    ratio = study.effect.exponentiated()
    return stats.e_value(ratio.estimate, ratio.low, ratio.high, scale="common outcome hazard ratio")
