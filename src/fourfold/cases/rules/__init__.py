"""The decisions of a case as pure functions: is it stalking, may it take this step, when is it looked at again."""

from fourfold.cases.rules.behaviours import kinds, why_not_judge
from fourfold.cases.rules.classes import class_check, two_acts
from fourfold.cases.rules.clocks import (
    EVENT_WITHIN,
    EVENT_WORDS,
    brought_forward,
    counts_from,
    due_after_level,
    review_due,
    review_interval,
)
from fourfold.cases.rules.course import course_of_conduct, occasions, seriousness
from fourfold.cases.rules.escalation import LATELY, why_rising
from fourfold.cases.rules.follow_up import why_not_follow_up, windows
from fourfold.cases.rules.grouping import (
    SEVERAL,
    marks_to_share,
    names_somebody,
    names_to_share,
    number_people,
    traits_of,
)
from fourfold.cases.rules.held import rank, soonest, urgency_held
from fourfold.cases.rules.levels import why_not_level
from fourfold.cases.rules.reasons import later_than, why_due, with_breach, with_earlier, without_act
from fourfold.cases.rules.steps import (
    NEXT,
    months_after,
    opens_again,
    why_not_close,
    why_not_keep_class,
    why_not_step_down,
    why_not_taken_over,
    why_not_triage,
)
from fourfold.cases.rules.suspicion import LISTED_FROM, SEVEN, points_of, why_stalking
from fourfold.cases.rules.threads import Belonging, belonging
from fourfold.cases.rules.transfers import (
    ACCEPTED,
    HANDOVER,
    OFFER_NEXT,
    offer_state,
    why_not_answer,
    why_not_ask,
    why_not_settle,
)
