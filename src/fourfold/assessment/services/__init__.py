"""Writing about assessments: drafts, signed forms, second signatures; instruments that are brought in."""

from fourfold.assessment.services.bringing import (
    approve_instrument,
    bring_pack,
    import_definition,
    record_licence,
    withdraw_instrument,
)
from fourfold.assessment.services.recording import (
    answer_signature,
    ask_signature,
    keep_draft,
    record_assessment,
    take_over,
)

__all__ = [
    "answer_signature",
    "approve_instrument",
    "ask_signature",
    "bring_pack",
    "import_definition",
    "keep_draft",
    "record_assessment",
    "record_licence",
    "take_over",
    "withdraw_instrument",
]
