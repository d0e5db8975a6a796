"""Reading about assessments: where a case stands, one form, what waits for whom, who rated what, what was known when."""

from fourfold.assessment.queries.filling import (
    DraftPage,
    FormPage,
    UnfinishedDraft,
    answers_of,
    circumstances_of,
    draft_page,
    draft_to_sign,
    drafts_waiting,
    form_page,
    latest_draft,
    round_form_page,
    shown_draft,
)
from fourfold.assessment.queries.moments import Knew, LevelMoment, ToolUsed, level_moment
from fourfold.assessment.queries.recorded_forms import FormsGiven, form_of, profession_of, said
from fourfold.assessment.queries.rounds import (
    ComparedRow,
    RoundLine,
    RoundPage,
    round_page,
    round_to_fill,
    rounds_waiting,
)
from fourfold.assessment.queries.standings import (
    AnswerShown,
    AskedSignature,
    AssessmentPage,
    AssessmentRow,
    AssessmentShown,
    CaseWithout,
    Needed,
    Signed,
    Standings,
    WaitingSignature,
    agreement,
    assessment,
    assessment_page,
    missing_assessments,
    open_questions,
    signature_held,
    signature_to_answer,
    signatures_waiting,
    standings,
)
