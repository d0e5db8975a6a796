"""Writing about assessments: drafts, signed forms, second signatures; instruments that are brought in."""

from fourfold.assessment.services.recording import (
    answer_signature,
    ask_signature,
    keep_draft,
    record_assessment,
    take_over,
)

__all__ = [
    "answer_signature",
    "ask_signature",
    "keep_draft",
    "record_assessment",
    "take_over",
]
