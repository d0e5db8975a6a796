"""What was found in plain words, for a page, a document or a terminal: rounded to what the range deserves."""

from __future__ import annotations

from collections.abc import Iterable

from fourfold.rollout.economics import model
from fourfold.rollout.economics.terms import Analysis, Decision, Known, Quantity, Unknown
from fourfold.words import Word, financial_year, sentence

#: Figures that are said of an amount of money.
SIGNIFICANT = 3


def pounds(value: float) -> str:
    """Return "£1,650,000", to three figures, with a true minus sign."""
    return whole_pounds(in_pounds(value))


def whole_pounds(value: float) -> str:
    """Return "£1,654,321", with a true minus sign that stays on its line."""
    sign = "−\N{WORD JOINER}" if round(value) < 0 else ""
    return f"{sign}£{abs(round(value)):,}"


def step_in_pounds(change: float) -> str:
    """Return a step of a bridge, with its sign."""
    return f"{'+' if round(change) > 0 else ''}{whole_pounds(change)}"


def in_pounds(value: float) -> int:
    """Round an amount of money to three figures: every page, document and file says it so."""
    step = step_of(value)
    return round(value / step) * step


def step_of(value: float, *, figures: int = SIGNIFICANT) -> int:
    """Return to how many pounds an amount is rounded that is said to so many figures."""
    return int(10 ** max(len(str(int(abs(value)))) - figures, 0))


def cases(value: float) -> str:
    """Return a number of cases, with a true minus sign."""
    shown = in_cases(value)
    return f"{'−' if shown < 0 else ''}{abs(shown):,}"


def in_cases(value: float) -> int:
    """Round a number of cases: whole below 20, fives below 200, tens above."""
    step = 1 if abs(value) < 20 else 5 if abs(value) < 200 else 10
    return round(value / step) * step


def of_100(share: float) -> str:
    """Return a chance as so many in 100, never as none or all of them."""
    return "under 1" if share < 0.005 else "over 99" if share > 0.995 else f"{100 * share:.0f}"


def answer(found: Analysis) -> tuple[str, ...]:
    """Return what it would change and what it would cost, with the ranges that hold nine in ten."""
    team = sentence(
        "The team here: {1}. The page of the area costs the team that its standard needs, so the figures there differ.",
        found.team.because,
    )
    return (*changes(found), *costs(found), *worth(found), team)


def changes(found: Analysis) -> Iterable[str]:
    if isinstance(found.effect, Unknown):
        yield Word("What a unit would change here cannot be given as a number.")
        yield from found.effect.why
        return
    if found.spared is not None:
        yield sentence(
            "Of about {1} cases that the unit would manage in a year, about {2} would be spared another recorded act "
            "({3} to {4}; below nought means more acts). This is foretold for a new area, not the mean of the sites.",
            cases(found.served.middle), *map(cases, ends(found.spared)),
        )  # fmt: skip


def costs(found: Analysis) -> Iterable[str]:
    yield sentence(
        "A team of {1} posts would cost about {2} a year ({3} to {4}), and {5} in its first year, in prices of {6}.",
        f"{found.team.total:.1f}", *map(pounds, ends(found.cost)), pounds(found.first_year.middle), financial_year(found.price_year),
    )  # fmt: skip
    yield sentence(
        "It could manage about {1} cases a year ({2} to {3}). A managed case costs about {4} ({5} to {6}).",
        *map(cases, ends(found.served)), *map(pounds, ends(found.per_case)),
    )  # fmt: skip


def worth(found: Analysis) -> Iterable[str]:
    if found.net is not None and found.chance is not None:
        if found.cost_each is not None:
            yield sentence("Each case spared another act costs about {1}.", pounds(found.cost_each))
        yield sentence(
            "At what a further act is taken to cost others, the net benefit is about {1} a year ({2} to {3}). The chance that "
            "it is above nought is {4} in 100.",
            *map(pounds, ends(found.net)), of_100(found.chance),
        )  # fmt: skip
    yield Word("This counts recorded acts and what they cost others. What safety is worth to a victim is not in it.")
    needed = pays_from(found)
    if needed is None:
        yield Word(
            "At what a further act is taken to cost others, no number of spared cases would pay for the unit in costs that they save."
        )
    else:
        yield sentence(
            "It would pay for itself in costs that others save if about {1} of 100 managed cases were spared another act.",
            f"{needed:.0f}",
        )
    if found.decision is not None:
        yield knowing(found.decision, found.perfect or 0.0)


def pays_from(found: Analysis) -> float | None:
    """Return of how many of 100 managed cases another act must be spared for the unit to pay; None where no number would do."""
    most = 100 * found.effect.without if isinstance(found.effect, Known) else 100.0
    return None if found.breaks_even is None or found.breaks_even > most else found.breaks_even


def knowing(decision: Decision, perfect: float) -> str:
    """Say whether another evaluated site is worth more than acting now."""
    if decision.waits:
        return sentence(
            "Another evaluated site is worth more than acting now: about {1} over {2} years, against {3} that a year of "
            "waiting loses.",
            pounds(decision.study), decision.years, pounds(decision.lost),
        )  # fmt: skip
    if decision.lost > 0:
        return sentence(
            "Acting now is worth more than another evaluated site: a year of waiting loses about {1}, and what the site "
            "tells is worth about {2} over {3} years.",
            pounds(decision.lost), pounds(decision.study), decision.years,
        )  # fmt: skip
    return sentence(
        "Another evaluated site would hardly change the choice: at these figures it costs least to have no unit, and "
        "knowing everything is worth {1} a year.",
        pounds(perfect),
    )


def assumed(found: Analysis) -> tuple[str, ...]:
    """Return what the numbers rest on besides the price list."""
    rows = sum(row.assumed for row in found.rows)
    said = [
        sentence("{1} of {2} rows of the price list are assumed in whole or in part.", rows, len(found.rows)),
        sentence(
            "Setting up is spread over {1} years at {2}% a year. Draws: {3}, seed {4}.",
            model.YEARS, f"{100 * model.DISCOUNT:g}", f"{len(found.draws.cost):,}", found.draws.seed,
        ),
    ]  # fmt: skip
    if isinstance(found.effect, Known):
        said.append(sentence("Effect: {1}, certainty {2} of 4.", found.effect.source, found.effect.certainty))
        said += [
            sentence(
                "If sites differ with scale {1}, the hazard ratio in a new area is {2} ({3} to {4}, 19 in 20).",
                f"{scale:g}", f"{middle:.2f}", f"{low:.2f}", f"{high:.2f}",
            )
            for scale, middle, low, high in found.effect.by_prior
        ]  # fmt: skip
    return (*said, *found.notes)


def ends(one: Quantity) -> tuple[float, float, float]:
    return one.middle, one.low, one.high
