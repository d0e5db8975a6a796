"""What an order says in words: when a step is, and what fairness costs."""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.rollout.order.terms import STEPS_A_YEAR, Means, Orders, Rule
from fourfold.words import Word, counted, sentence


def step_said(step: int | None, means: Means) -> Word:
    """Return when a place starts: "1, April 2027"."""
    if step is None:
        return sentence("not before April {1}", means.ends + 1)
    return sentence("{1}, {2}", step + 1, step_month(step, means))


def step_month(step: int, means: Means) -> Word:
    """Return the month in which a half-year begins."""
    year, later = divmod(step, STEPS_A_YEAR)
    return sentence("October {1}" if later else "April {1}", means.begins + year)


def _chance(power: float) -> str:
    """Return a power in 100 to a tenth, never as all of them."""
    return Word("over 99.9") if power > 0.9995 else f"{100 * power:.1f}"


def fairness_price(orders: Orders, rule: Rule) -> Iterator[Word]:
    """Say what fairness costs an order: in cases reached, and in the power to see the immediate effect."""
    fair, free = orders.plans[rule], orders.without[rule]
    if not fair.fair:
        return
    if fair.starts == free.starts:
        yield Word("Fairness changes nothing in this order.")
        return
    fewer = round(free.reached_in_all - fair.reached_in_all)
    shape = (
        "Fairness costs {1} over the years" if fewer > 0
        else "With fairness the order reaches {1} more over the years" if fewer < 0
        else "With fairness as many cases are reached"
    )  # fmt: skip
    cases = sentence(shape, counted(abs(fewer), "case")) if fewer else Word(shape)
    if fair.power.immediate is None or free.power.immediate is None:
        yield sentence("{1}.", cases)
    else:
        yield sentence(
            "{1}; the power for an immediate effect is {2}% with it and {3}% without.",
            cases, _chance(fair.power.immediate), _chance(free.power.immediate),
        )  # fmt: skip
    if fair.solved and free.solved:
        # An order that is to teach reaches a part of the most cases: of fewer, where fairness is kept to, and so may teach more.
        lost = round(100 * (1 - fair.solved.value / free.solved.value), 1)
        yield sentence(
            "In the measure that the solver maximises, the precision of the effect, fairness {1} {2}%; the answers "
            "themselves are known to {3}% and {4}%.",
            Word("gains") if lost < 0 else Word("costs"), f"{abs(lost):.1f}",
            f"{100 * fair.solved.gap:.1f}", f"{100 * free.solved.gap:.1f}",
        )  # fmt: skip
        yield sentence(
            "Of the most cases that could be reached fairness costs {1}; that number is known to {2}%.",
            f"{max(orders.most_without.value - orders.most.value, 0):,.0f}", f"{100 * orders.most.gap:.1f}",
        )  # fmt: skip
