"""How far a design carries, on the Maryland scale: derived from what the design is, never typed in by anybody."""

from dataclasses import dataclass

from fourfold.words import words

LARGEST_DIFFERENCE = 0.25


@dataclass(frozen=True)
class Design:
    """What a comparison is: everything here is read from the plan and the data."""

    has_comparison: bool
    has_before: bool
    units: int
    randomised: bool
    adjusted: bool
    largest_difference: float | None
    unmeasured_examined: bool


def level(design: Design) -> int:
    """Return the level, 1 to 5.

    At most 2 where a covariate still differs by over a quarter of a standard deviation, or nobody knows; at most 3
    where nobody asked what an unmeasured cause could do.
    """
    if not design.has_comparison:
        return 2 if design.has_before else 1
    if design.randomised:
        return 5
    reached = 4 if design.adjusted and design.units > 1 else 3 if design.units > 1 else 2
    if design.largest_difference is None or design.largest_difference > LARGEST_DIFFERENCE:
        reached = min(reached, 2)
    if not design.unmeasured_examined:
        reached = min(reached, 3)
    return reached


WORDS = words(
    {
        1: "groups compared at one time",
        2: "before and after, or a comparison not shown to be alike",
        3: "two or more comparable units, with and without",
        4: "several units, other causes adjusted for",
        5: "random assignment",
    }
)
