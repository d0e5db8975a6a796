"""What happens, in order, when one act concerns several slices: each function is a procedure, read from top to bottom.

A journey decides nothing and opens no table: it hands rows from one slice to the next. Where its steps belong
together, an entry of its own holds them, so that all of them are kept or none; where they do not, each is kept by
itself, and what is left undone is a list that somebody sees.
"""

from fourfold.journey.asked import asked_in_vain
from fourfold.journey.breaches import (
    breach_decided,
    breach_recognised,
    breach_reported,
    breach_restored,
    breach_withdrawn,
)
from fourfold.journey.desk import allegation_told, case_taken_on
from fourfold.journey.feed_work import work_done
from fourfold.journey.feeds import (
    courses_looked_for,
    feed_brought,
    reports_came,
    reports_searchable,
    rows_mended,
    walls_stand,
)
from fourfold.journey.handing_out import assessment_handed_out, form_handed_out, measure_handed_out
from fourfold.journey.learning import answer_computed, data_frozen, report_released
from fourfold.journey.leaving import people_left
from fourfold.journey.orders import (
    application_made,
    bail_set,
    order_applied_for,
    order_declined,
    order_made,
    order_served,
    orders_taken_over,
)
from fourfold.journey.packed import PackAsked, pack_done, written
from fourfold.journey.panel import panel_decided
from fourfold.journey.planned import assessment_signed
from fourfold.journey.systems import systems_told
from fourfold.journey.telling import case_closed, step_down_asked, told_of_action, transfer_asked
from fourfold.journey.victim import message_read, message_sent, victim_reached
