"""Reading cases: lists, the pages of one case, the desk, and what is due."""

from fourfold.cases.queries.alerts import open_references
from fourfold.cases.queries.alike import Alike
from fourfold.cases.queries.behaviours import behaviour_judged
from fourfold.cases.queries.by_month import by_force_and_month
from fourfold.cases.queries.case_pages import (
    case_of,
    file_of,
    header,
    history,
    open_case_named,
    pattern,
    subject_page,
    subject_record,
)
from fourfold.cases.queries.course_page import course_page
from fourfold.cases.queries.course_since import as_of
from fourfold.cases.queries.desk import asked_for_a_wall, desk_page, untriaged, walls_to_consider
from fourfold.cases.queries.due import step_down_answered, step_down_to_answer, step_downs_asked, without_advocate
from fourfold.cases.queries.follow_ups import follow_up_to_record, follow_ups_of
from fourfold.cases.queries.held import ALONE, Held, HeldCase, unit_holds
from fourfold.cases.queries.listing import CaseFound, FilterShown, cases, cases_of_people, saved_filters
from fourfold.cases.queries.possible_courses import (
    LooseReport,
    PossibleRow,
    course_row,
    escalating,
    possibly_mis_recorded,
    reports_called,
    reports_found,
)
from fourfold.cases.queries.reached import people_found
from fourfold.cases.queries.rows import kinds_of, seriousness_of
from fourfold.cases.queries.serial_courses import serial, told_together
from fourfold.cases.queries.together import CourseAtDesk, ReportBeside, course_at_desk, left_desk, reports_of_case
from fourfold.cases.queries.transfers import (
    offer_answered,
    offer_to_answer,
    offer_to_withdraw,
    offers_made,
    offers_to_answer,
    waiting_offer,
)
from fourfold.cases.queries.word_search import WrittenFound, written_found
