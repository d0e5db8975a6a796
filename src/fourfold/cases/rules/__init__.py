"""The decisions of a case as pure functions: is it stalking, may it take this step, when is it looked at again."""

from fourfold.cases.rules.classes import class_check, ordinal, two_acts
from fourfold.cases.rules.clocks import (
    EVENT_WITHIN,
    EVENT_WORDS,
    brought_forward,
    counts_from,
    due_after_level,
    event_said,
    is_early,
    review_due,
    review_interval,
)
from fourfold.cases.rules.course import course_of_conduct, occasions, seriousness
from fourfold.cases.rules.following import WINDOWS, why_not_follow_up, windows
from fourfold.cases.rules.levels import why_not_level
from fourfold.cases.rules.steps import (
    months_after,
    why_not_close,
    why_not_second,
    why_not_step_down,
    why_not_triage,
)

__all__ = [
    "EVENT_WITHIN",
    "EVENT_WORDS",
    "WINDOWS",
    "brought_forward",
    "class_check",
    "counts_from",
    "course_of_conduct",
    "due_after_level",
    "event_said",
    "is_early",
    "months_after",
    "occasions",
    "ordinal",
    "review_due",
    "review_interval",
    "seriousness",
    "two_acts",
    "why_not_close",
    "why_not_follow_up",
    "why_not_level",
    "why_not_second",
    "why_not_step_down",
    "why_not_triage",
    "windows",
]
