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
    Draft,
    SecondSignature,
    SignatureAsked,
)

__all__ = [
    "Answer",
    "Assessment",
    "BringingApproved",
    "BringingWithdrawn",
    "DefinitionImported",
    "Draft",
    "LicenceRecorded",
    "PackBrought",
    "SecondSignature",
    "SignatureAsked",
]
