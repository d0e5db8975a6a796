"""What binds him today, what runs out, what is missing, and what was not yet decided.

Every list starts from the cases that the reader may open. Nothing here knows where a victim is.
"""

from fourfold.orders.queries.breaches import acts_under_order, breaches_undecided, breaches_without_reassessment
from fourfold.orders.queries.lists import expiring, notifications_missing, pipeline
from fourfold.orders.queries.one import order_shown, orders_of, orders_page, orders_page_of
from fourfold.orders.queries.rows import breach_row, case_row, condition_row, order_row, untold_row
from fourfold.orders.queries.values import (
    ActUnderOrder,
    BreachAlarm,
    BreachShown,
    ConditionShown,
    DecisionShown,
    Expiring,
    InPipeline,
    OrderShown,
    OrdersPage,
    StepShown,
    Unnotified,
    UntoldShown,
)

__all__ = [
    "ActUnderOrder",
    "BreachAlarm",
    "BreachShown",
    "ConditionShown",
    "DecisionShown",
    "Expiring",
    "InPipeline",
    "OrderShown",
    "OrdersPage",
    "StepShown",
    "Unnotified",
    "UntoldShown",
    "acts_under_order",
    "breach_row",
    "breaches_undecided",
    "breaches_without_reassessment",
    "case_row",
    "condition_row",
    "expiring",
    "notifications_missing",
    "order_row",
    "order_shown",
    "orders_of",
    "orders_page",
    "orders_page_of",
    "pipeline",
    "untold_row",
]
