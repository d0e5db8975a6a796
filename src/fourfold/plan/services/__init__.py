"""Writing about plans: actions, sessions, interventions, minutes of work, clinical notes, and what is taken over."""

from fourfold.plan.services.actions import (
    ask_to_go_ahead,
    move_action,
    note_victim_told,
    open_action,
    open_actions,
    sign_untold,
    update_action,
)
from fourfold.plan.services.interventions import begin_intervention, end_intervention, note_progress
from fourfold.plan.services.kept import Miskept, keep_anew, miskept
from fourfold.plan.services.past import take_over
from fourfold.plan.services.sessions import plan_session, settle_session
from fourfold.plan.services.work import log_minutes, write_clinical_note
