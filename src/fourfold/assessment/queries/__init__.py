"""Reading about assessments: where a case stands, one form, what waits for whom, who rated what, what was known when."""

from fourfold.assessment.queries.filling import (
    CIRCUMSTANCES,
    DraftPage,
    FormPage,
    answers_of,
    draft_page,
    draft_to_sign,
    form_page,
    latest_draft,
    round_form_page,
    shown_draft,
    title_of,
)
from fourfold.assessment.queries.library import uses
from fourfold.assessment.queries.moments import LevelMoment, level_moment
from fourfold.assessment.queries.recorded_forms import form_of, profession_of
from fourfold.assessment.queries.rounds import RoundPage, round_page, round_to_fill, round_waits
from fourfold.assessment.queries.signatures import Signed, signature_held, signature_to_answer
from fourfold.assessment.queries.standings import (
    AssessmentRow,
    Standings,
    assessment,
    assessment_page,
    open_questions,
    standings,
)
from fourfold.assessment.queries.told_before import ToldBefore, told_before
from fourfold.assessment.queries.working_out import as_answered
