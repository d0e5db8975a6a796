"""What binds him today, what runs out, what is missing, and what was not yet decided.

Every list starts from the cases that the reader may open. Nothing here knows where a victim is.
"""

from fourfold.orders.queries.breaches import acts_under_order, breaches_undecided, breaches_without_reassessment
from fourfold.orders.queries.lists import (
    expiring,
    lapsed,
    not_considered,
    notifications_missing,
    pipeline,
    refusals,
    register,
)
from fourfold.orders.queries.one import order_shown, orders_of, orders_page, orders_page_of
from fourfold.orders.queries.rows import breach_row, case_row, condition_row, custody_row, order_row, untold_row
from fourfold.orders.queries.subject import SubjectAcross, subject_across
from fourfold.orders.queries.values import (
    ActUnderOrder,
    BreachAlarm,
    BreachShown,
    ConditionShown,
    CustodyShown,
    DecisionShown,
    Expiring,
    InForce,
    InPipeline,
    Lapsed,
    NotConsidered,
    OrderShown,
    OrdersPage,
    Refused,
    StepShown,
    Unnotified,
    UntoldShown,
)

__all__ = [
    "ActUnderOrder",
    "BreachAlarm",
    "BreachShown",
    "ConditionShown",
    "CustodyShown",
    "DecisionShown",
    "Expiring",
    "InForce",
    "InPipeline",
    "Lapsed",
    "NotConsidered",
    "OrderShown",
    "OrdersPage",
    "Refused",
    "StepShown",
    "SubjectAcross",
    "Unnotified",
    "UntoldShown",
    "acts_under_order",
    "breach_row",
    "breaches_undecided",
    "breaches_without_reassessment",
    "case_row",
    "condition_row",
    "custody_row",
    "expiring",
    "lapsed",
    "not_considered",
    "notifications_missing",
    "order_row",
    "order_shown",
    "orders_of",
    "orders_page",
    "orders_page_of",
    "pipeline",
    "refusals",
    "register",
    "subject_across",
    "untold_row",
]
