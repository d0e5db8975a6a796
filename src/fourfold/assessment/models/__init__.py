"""The tables of assessment: what was assessed, and the instruments that a unit brought in."""

from fourfold.assessment.models.assessments import (
    Answer,
    Assessment,
    Cited,
    Draft,
    PhaseEntered,
    Round,
    Seat,
    SecondSignature,
    SignatureAsked,
)
from fourfold.assessment.models.library import (
    BringingApproved,
    BringingWithdrawn,
    DefinitionImported,
    LicenceRecorded,
    ListBrought,
    ListWithdrawn,
    PackBrought,
)
