"""A level beside the advice and the level before: what one person may set, and what needs two."""

from fourfold.access.signing import is_another
from fourfold.cases.terms import Level
from fourfold.words import sentence


def why_not_level(
    level: Level,
    *,
    reason: str,
    decided_by: str,
    countersigned_by: str = "",
    advised: Level | None = None,
    previous: Level | None = None,
    open_questions: int = 0,
) -> str | None:
    """Return why this level cannot be set yet, or None.

    Lower than the advice, or than the level before, needs a reason and the signature of a second person. Higher
    than the advice needs a reason. *Low* beside `open_questions` needs both: what nobody knows is not low.
    `decided_by` and `countersigned_by` identify natural persons; they are compared and never shown.
    """
    if not decided_by.strip():
        return "Enter who sets the level."
    bar = highest(advised, previous, Level.MEDIUM if open_questions and level is Level.LOW else None)
    return _why_not_reasoned(level, advised, previous, open_questions, reason) or _why_not_signed(
        level, bar, decided_by.strip(), countersigned_by.strip(), open_questions
    )


def highest(*levels: Level | None) -> Level | None:
    """Return the highest of the levels that are there: under it nobody goes alone; None where there is none."""
    return max((level for level in levels if level), key=lambda level: level.rank, default=None)


def _why_not_reasoned(
    level: Level, advised: Level | None, previous: Level | None, open_questions: int, reason: str
) -> str | None:
    if reason.strip():
        return None
    if advised is not None and level is not advised:
        return sentence("The advice is {1}. Give the reason for {2}.", advised.words, level.words)
    if previous is not None and level < previous:
        return sentence("The level is {1}. Give the reason for lowering it to {2}.", previous.words, level.words)
    if open_questions and level is Level.LOW:
        return sentence("{1} questions are open. Give the reason for setting low without them.", open_questions)
    return None


def _why_not_signed(
    level: Level, bar: Level | None, decided_by: str, countersigned_by: str, open_questions: int
) -> str | None:
    if bar is None or level >= bar:
        return None
    if not is_another(decided_by, countersigned_by):
        return "The second signature must be another person's. Ask a colleague who may sign for the unit."
    if countersigned_by:
        return None
    if open_questions and level is Level.LOW:
        return sentence(
            "Not known is not low, and {1} questions are open. A second person must sign low.", open_questions
        )
    return sentence("{1} is lower than {2}. A second person must sign it.", level.label, bar.words)
