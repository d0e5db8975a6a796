"""The tables of cases: one victim and one subject, the thread that joins their acts, and what is asked of it."""

from fourfold.cases.models.case import (
    Case,
    CaseAct,
    FollowUp,
    LevelSet,
    PartAsked,
    ReviewDue,
    StateSet,
    StepDownAsked,
    TransferAsked,
    new_case_reference,
)
from fourfold.cases.models.comments import Comment, Mention, SavedFilter
from fourfold.cases.models.desk import BehaviourJudged, Screening, Triage
from fourfold.cases.models.possible_courses import CourseJudged, PossibleAct, PossibleCourse
from fourfold.cases.models.reports import MayName, NameSound, Summary, ToldKey
