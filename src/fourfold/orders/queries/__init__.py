"""What is in force today, what runs out, what is missing, and what was not yet decided.

Every list starts from the cases that the reader may open. Nothing here knows where a victim is.
"""

from fourfold.orders.queries.acts import act_under_order, acts_under_order
from fourfold.orders.queries.bound import (
    Answered,
    OrderThen,
    ServedOrder,
    answered_ahead,
    answered_of,
    bound_at,
    served_in,
)
from fourfold.orders.queries.breaches import breaches_undecided, left_open, untold_of, with_undecided
from fourfold.orders.queries.case_orders import custody_of_subject, orders_of, orders_page, orders_page_of
from fourfold.orders.queries.lists import (
    expiring,
    lapsed,
    not_considered,
    notifications_missing,
    overdue_beside_others,
    pipeline,
    refusals,
    register,
)
from fourfold.orders.queries.outline import OrderOutline, order_outlines, orders_sought
from fourfold.orders.queries.rows import (
    act_row,
    bound_from,
    breach_row,
    case_row,
    condition_row,
    custody_row,
    decisions_after,
    order_row,
    untold_row,
)
from fourfold.orders.queries.subject import SubjectAcross, subject_across, subject_record
from fourfold.orders.queries.supporting import SupportPage, support_page
from fourfold.orders.queries.telling import (
    SaidOfTelling,
    StepToTell,
    breach_to_tell,
    known_since,
    moments_of,
    open_action_of,
    orders_ahead,
    said_how,
    said_of_telling,
    steps_to_tell,
    to_assess_again,
    told_with,
)
from fourfold.orders.queries.values import OrderShown, OrdersPage
