"""When a consent holds, a step is reviewed, an entitlement falls due: pure answers about care."""

import tomllib
from collections.abc import Collection, Iterable
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise

from fourfold.law.working_days import CalendarTooShort, working_days_after
from fourfold.support.terms import STANDS, AtRiskTold, ConsentState, Entitlement, PassedBy, StepOutcome
from fourfold.words import sentence, words

SHORTEST_WHY = 20
LONGEST = 2000

Why = tuple[str, str] | None


@cache
def entitlements() -> tuple[Entitlement, ...]:
    """Return every edition of what a victim is entitled to, from the register with its sources."""
    return read_entitlements(files("fourfold.support").joinpath("entitlements.toml").read_text(encoding="utf-8"))


def read_entitlements(register: str) -> tuple[Entitlement, ...]:
    """Return the entitlements of a register in their order, the editions of one code oldest first.

    Raises ValueError where two editions count on the same day, or a day between them counts for none.
    """
    rows = [Entitlement(**words(row)) for row in tomllib.loads(register)["entitlement"]]
    places = {code: place for place, code in enumerate(dict.fromkeys(row.code for row in rows))}
    rows.sort(key=lambda row: (places[row.code], row.from_on))
    for older, newer in pairwise(rows):
        if older.code == newer.code and older.until_on != newer.from_on:
            raise ValueError(
                sentence("'{1}': one edition ends on the day on which the next begins, {2}.", newer.code, newer.from_on)
            )
    return tuple(rows)


def entitled_to(begun: date, on: date, register: tuple[Entitlement, ...] | None = None) -> tuple[Entitlement, ...]:
    """Return what the victim of a case begun on a day is entitled to, as it stands on another day.

    Each is the edition of the day on which its clock begins: that on which the case did, or the right's own first day
    where it came in while the case was open. What changes later does not change what the case is judged by.
    """
    found: dict[str, Entitlement] = {}
    for each in entitlements() if register is None else register:
        if each.in_force(begun) or begun < each.from_on <= on:
            found.setdefault(each.code, each)
    return tuple(found.values())


def due_day(entitlement: Entitlement, begun: date) -> date | None:
    """Return by when something is to be offered in a case begun on a day.

    None where no day is set, or the bank holidays of so long ago are not on record: a day is never guessed.
    """
    if entitlement.working_days is None:
        return None
    try:
        return working_days_after(max(begun, entitlement.from_on), entitlement.working_days)
    except CalendarTooShort:
        return None


def entitlements_due(begun: date, answered: Collection[str], *, on: date, by: date) -> list[tuple[date, Entitlement]]:
    """Return what of a case begun on a day has no outcome yet and is due by another, the first due first."""
    every = [(due_day(each, begun), each) for each in entitled_to(begun, on) if each.code not in answered]
    return sorted(((day, each) for day, each in every if day is not None and day <= by), key=lambda due: due[0])


def why_not_consent(state: ConsentState, why: str) -> Why:
    """Return why a consent cannot be recorded so, or None.

    A no and a withdrawal need no reason from the victim; acting without consent needs one from us.
    """
    if len(why) > LONGEST:
        return "why", sentence("Shorten this to {1} characters or fewer.", f"{LONGEST:,}")
    if state is ConsentState.OVERRIDDEN and len(" ".join(why.split())) < SHORTEST_WHY:
        return (
            "why",
            sentence(
                "Say whose life or safety is in danger and why it cannot wait, in {1} characters or more.", SHORTEST_WHY
            ),
        )
    return None


def why_not_pass(by: PassedBy, why: str) -> Why:
    if by is PassedBy.VICTIM:
        return "by", "Only the victim can choose this, when writing the entry."
    if by is PassedBy.OVERRIDE:
        return why_not_consent(ConsentState.OVERRIDDEN, why)
    return None


def why_not_plan(words: str, review_on: date | None, on: date) -> Why:
    if not words.strip():
        return "words", "Write the step as you agreed it with the victim."
    if len(words) > LONGEST:
        return "words", sentence("A step can have {1} characters. Write two steps.", f"{LONGEST:,}")
    return _why_not_review_day(review_on, on)


def why_not_review(outcome: StepOutcome, words: str, next_on: date | None, on: date) -> Why:
    if outcome in (StepOutcome.CHANGED, StepOutcome.FAILED) and not words.strip():
        return "words", "Say what changed, or what does not work and what is being done instead."
    if outcome in STANDS:
        return _why_not_review_day(next_on, on, field="next_on")
    return None


def _why_not_review_day(day: date | None, on: date, field: str = "review_on") -> Why:
    if day is None:
        return field, "Enter the day on which you review it together."
    if day <= on:
        return field, "The review must be in the future. Enter a later day."
    return None


def is_overdue(review_on: date | None, on: date) -> bool:
    """Return whether a review day has passed; a step that ended has none."""
    return review_on is not None and review_on < on


def why_not_satisfied(answers: Iterable[int | None], declined: bool, words: str) -> Why:
    given = [each for each in answers if each is not None]
    if any(not 1 <= each <= 5 for each in given):
        return "heard", "Choose from 1 to 5, or leave it empty."
    if declined and given:
        return "declined", "There are answers, so the victim did not decline. Remove the answers or the tick."
    if not declined and not given and not words.strip():
        return "heard", "Nothing was answered. If the victim preferred not to say, tick that box."
    return None


def why_not_at_risk(told: AtRiskTold, on: date) -> Why:
    if not told.name.strip():
        return "name", "Write a name, or what they are called, such as “elder son”."
    if not told.risk.strip():
        return "risk", "Write what puts them at risk themselves, not only through the victim."
    if told.birth_year is not None and not on.year - 120 <= told.birth_year <= on.year:
        return "birth_year", "Enter the year of birth with four figures, or leave it empty."
    return _why_not_review_day(told.review_on, on)
