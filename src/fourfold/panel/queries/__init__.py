"""What a panel may see: its sittings, an item with the shared layer, the views that are open, the decision."""

from fourfold.panel.queries.agenda import why_heard
from fourfold.panel.queries.attendance import attendance_missing, attendance_page
from fourfold.panel.queries.conflicts import aside_of, at_table
from fourfold.panel.queries.consulting import (
    advice_letter,
    consultation_to_answer,
    consultations_of,
    consultations_waiting,
)
from fourfold.panel.queries.items import item_page, item_to_decide, panels_of_case
from fourfold.panel.queries.minutes import minutes_for
from fourfold.panel.queries.sittings import (
    SittingPage,
    ToBeHeard,
    cases_to_hear,
    chairs,
    rhythms,
    sitting,
    sitting_to_fill,
    sittings,
    to_be_heard,
)
from fourfold.panel.queries.table import signs_of, table_of, views_given, why_not_direct_work
from fourfold.panel.queries.waiting import SittingAhead, invitations_waiting, next_sitting
