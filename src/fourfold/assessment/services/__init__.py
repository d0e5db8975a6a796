"""Writing about assessments: drafts, signed forms, second signatures; instruments that are brought in."""

from fourfold.assessment.services.drafting import drop_draft, keep_draft
from fourfold.assessment.services.handing_out import hand_out_assessment
from fourfold.assessment.services.library import (
    approve_instrument,
    bring_pack,
    import_definition,
    record_licence,
    withdraw_instrument,
)
from fourfold.assessment.services.lists import bring_lists, withdraw_list
from fourfold.assessment.services.recording import answer_signature, ask_signature, record_assessment, take_over
from fourfold.assessment.services.rounds import open_ratings, open_round
