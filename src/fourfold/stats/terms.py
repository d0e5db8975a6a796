"""The words of the statistics: an estimate with its interval, and the refusals."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

LARGEST_LOG = 709.0  # of a number that a computer holds


class StatisticsError(ValueError):
    """Numbers that cannot honestly be computed: which argument, what is wrong, how to mend it."""

    def __init__(self, argument: str, problem: str, remedy: str) -> None:
        super().__init__(f"{argument}: {problem}. {remedy}.")
        self.argument = argument
        self.problem = problem
        self.remedy = remedy


class EmptyInput(StatisticsError):
    """There are no rows."""


class WrongShape(StatisticsError):
    """The columns do not fit beside each other."""


class NotANumber(StatisticsError):
    """A value is missing, infinite or no number at all."""


class OutOfRange(StatisticsError):
    """A value that the method cannot mean, such as a negative time."""


class UnknownChoice(StatisticsError):
    """A named method that does not exist here."""


class WrongKind(StatisticsError):
    """An argument of another kind than the method reads, such as a number for a curve."""


class OneGroupOnly(StatisticsError):
    """A comparison with nobody on the other side."""


class TooFewEvents(StatisticsError):
    """Nothing happened, so nothing can be compared."""


class BeyondFollowUp(StatisticsError):
    """A day on which nobody was observed any more."""


class NotIdentified(StatisticsError):
    """The data cannot tell the parameters apart, or push one to infinity."""


class NotConverged(StatisticsError):
    """The iterations did not settle."""


class Printed:
    """A result, a dataclass, that prints as its summary."""

    def summary(self) -> str:
        """Give each figure on a line of text, then the method and what must be read before quoting."""
        values = {field.name.replace("_", " "): getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        lines = [
            f"{name}: {_figure(value)}" for name, value in values.items() if isinstance(value, (Printed, int, float))
        ]
        return told([*lines, *filter(None, [values.get("method")])], values.get("cautions", ()))

    def __str__(self) -> str:
        return self.summary()


def _figure(value: Printed | float) -> str:
    if isinstance(value, Printed):
        return value.summary()
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value:.4g}"


def told(lines: Iterable[str], cautions: Iterable[str]) -> str:
    """Return lines of a summary with what must be read before they are quoted."""
    return "\n".join([*lines, *(f"Caution: {one}" for one in cautions)])


@dataclass(frozen=True)
class Estimate(Printed):
    """A number with its interval, and the method that made it, so that it can be quoted whole.

    `cautions` says in words what must be read before it is.
    """

    estimate: float
    low: float
    high: float
    level: float = 0.95
    method: str = ""
    standard_error: float | None = None
    p_value: float | None = None
    cautions: tuple[str, ...] = ()

    def summary(self) -> str:
        """Give the number with its interval, its p-value where it has one, and the method, on a line."""
        chance = "" if self.p_value is None else f", p {self.p_value:.3g}"
        found = f"{self.estimate:.4g} ({100 * self.level:g}% interval {self.low:.4g} to {self.high:.4g}){chance}"
        return told([f"{self.method}: {found}" if self.method else found], self.cautions)

    def exponentiated(self) -> Estimate:
        """Turn a log ratio into a ratio; the standard error stays behind, as it is on the log scale.

        A limit that no number can hold is infinite. Raises OutOfRange where the ratio itself is.
        """
        if self.estimate > LARGEST_LOG:
            problem = f"is {self.estimate:g} on the log scale, a ratio that no number can hold"
            raise OutOfRange("estimate", problem, "Measure the covariate in smaller units")
        scale = tuple(
            math.exp(log) if not log > LARGEST_LOG else math.inf for log in (self.estimate, self.low, self.high)
        )
        return replace(
            self, estimate=scale[0], low=scale[1], high=scale[2], method=f"exp of {self.method}", standard_error=None
        )


@dataclass(frozen=True)
class Quantile:
    """A time by which a share of people had the event; `None` where the follow-up did not reach it."""

    estimate: float | None
    low: float | None
    high: float | None
    level: float = 0.95
    method: str = ""


@dataclass(frozen=True)
class TestResult(Printed):
    """A chi-squared statistic with its degrees of freedom and p-value."""

    statistic: float
    degrees_of_freedom: int
    p_value: float
    method: str = ""
    cautions: tuple[str, ...] = ()

    __test__ = False  # the name would make pytest collect it

    def summary(self) -> str:
        """Give the statistic, its degrees of freedom, the p-value and the method on a line."""
        found = f"chi-squared {self.statistic:.4g} on {self.degrees_of_freedom}, p {self.p_value:.3g}"
        return told([f"{self.method}: {found}" if self.method else found], self.cautions)
