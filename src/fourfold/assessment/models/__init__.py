"""The tables of assessment: what was assessed, and the instruments that a unit brought in."""

from fourfold.assessment.models.brought import (
    BringingApproved,
    BringingWithdrawn,
    DefinitionImported,
    LicenceRecorded,
    PackBrought,
)
from fourfold.assessment.models.made import (
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
