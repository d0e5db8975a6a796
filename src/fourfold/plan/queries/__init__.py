"""Reading plans: the page of a case, what is overdue, what was given, the work with the subject."""

from fourfold.plan.queries.due import could_own
from fourfold.plan.queries.interventions import InterventionShown, intervention_to_note
from fourfold.plan.queries.page import (
    ActionShown,
    PlanPage,
    action_page,
    action_to_update,
    decision_to_act_on,
    plan_page,
    session_to_settle,
    untold_to_sign,
)
from fourfold.plan.queries.parts import (
    action_ready,
    actions_on,
    actions_to_tell,
    may_be_done,
    open_actions_of,
    orders_asked_for,
    possible_owners,
    work_with_subject,
)
