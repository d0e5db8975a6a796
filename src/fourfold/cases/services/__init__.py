"""Writing about cases: the desk's answers, the course of conduct, levels, reviews, steps, who works on it, walls."""

from fourfold.cases.services.bulk import assign_many, undo_assignments
from fourfold.cases.services.comments import add_comment, read_mentions
from fourfold.cases.services.compared import Compared
from fourfold.cases.services.course import (
    confirm_match,
    count_breaches,
    detach_act,
    join_act,
    let_breach_count,
    name_third_party,
    undo_match,
)
from fourfold.cases.services.desk import refuse_second_case, screen, triage
from fourfold.cases.services.filters import remove_filter, save_filter
from fourfold.cases.services.follow_ups import record_follow_up
from fourfold.cases.services.levels import set_level
from fourfold.cases.services.past import take_over, take_over_triages
from fourfold.cases.services.persons import merge_people, part_people, sign_merge, split_person
from fourfold.cases.services.possible_courses import Looked, find_courses, judge_course, undo_course
from fourfold.cases.services.reviews import bring_review_forward, record_event, record_review, set_review
from fourfold.cases.services.same_events import same_event, two_events
from fourfold.cases.services.steps import answer_step_down, ask_step_down, close, step_down
from fourfold.cases.services.summaries import (
    judge_behaviour,
    keep_summaries,
    keep_summaries_of,
    keep_summary,
    not_searchable,
    undo_behaviour,
)
from fourfold.cases.services.team import (
    ROLE_OF,
    answer_end,
    answer_part,
    ask_part,
    assign,
    declare_conflict,
    end_case_part,
    leave_case,
    wall_off,
)
from fourfold.cases.services.third_parties import contact_third_party
from fourfold.cases.services.together import refuse_unanswered_classes
from fourfold.cases.services.transfers import answer_transfer, ask_transfer, withdraw_transfer
