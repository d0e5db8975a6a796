"""Her file, as her advocate reads it; who is silent; whom to reach next, and how; what she has not been told yet."""

from fourfold.support.queries.file import victim_file
from fourfold.support.queries.lists import alarming_answers, contacts_in_order, silent_victims, updates_owed
from fourfold.support.queries.measures import (
    FiguresPage,
    MeasuresPage,
    Missed,
    Series,
    Taken,
    figures_page,
    measure_form,
    measures_page,
)
from fourfold.support.queries.quality import ToldInTime, told_in_time
from fourfold.support.queries.rows import case_row, update_row
from fourfold.support.queries.sealed import (
    AddressRequest,
    AddressRequests,
    address_request,
    address_request_row,
    address_requests,
    address_requests_to_act_on,
)
from fourfold.support.queries.values import (
    Alarm,
    CheckInShown,
    ContactShown,
    NoteShown,
    Owed,
    Silent,
    ToReach,
    UpdateShown,
    VictimFile,
    Way,
)

__all__ = [
    "AddressRequest",
    "AddressRequests",
    "Alarm",
    "CheckInShown",
    "ContactShown",
    "FiguresPage",
    "MeasuresPage",
    "Missed",
    "NoteShown",
    "Owed",
    "Series",
    "Silent",
    "Taken",
    "ToReach",
    "ToldInTime",
    "UpdateShown",
    "VictimFile",
    "Way",
    "address_request",
    "address_request_row",
    "address_requests",
    "address_requests_to_act_on",
    "alarming_answers",
    "case_row",
    "contacts_in_order",
    "figures_page",
    "measure_form",
    "measures_page",
    "silent_victims",
    "told_in_time",
    "update_row",
    "updates_owed",
    "victim_file",
]
