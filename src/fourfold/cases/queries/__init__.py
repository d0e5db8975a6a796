"""Reading cases: lists, the pages of one case, the desk, and what is due."""

from fourfold.cases.queries.desk import desk_page, untriaged, walls_to_consider
from fourfold.cases.queries.due import overdue_reviews, step_down_to_answer, step_downs_asked
from fourfold.cases.queries.following import follow_up_to_record, follow_ups_due, follow_ups_of
from fourfold.cases.queries.listing import FilterShown, cases, cases_of_people, my_cases, saved_filters
from fourfold.cases.queries.one import case_of, file_of, header, history, level_at, pattern, subject_page
from fourfold.cases.queries.rows import kinds_of

__all__ = [
    "FilterShown",
    "case_of",
    "cases",
    "cases_of_people",
    "desk_page",
    "file_of",
    "follow_up_to_record",
    "follow_ups_due",
    "follow_ups_of",
    "header",
    "history",
    "kinds_of",
    "level_at",
    "my_cases",
    "overdue_reviews",
    "pattern",
    "saved_filters",
    "step_down_to_answer",
    "step_downs_asked",
    "subject_page",
    "untriaged",
    "walls_to_consider",
]
