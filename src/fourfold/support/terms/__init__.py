"""The words of victim support: her file, her diary, and her care."""

from fourfold.support.terms.care import (
    CONSENT_WORDS,
    STANDS,
    AtRiskKind,
    AtRiskStepKind,
    AtRiskTold,
    ConsentMatter,
    ConsentState,
    Entitlement,
    EntitlementAnswer,
    StepOutcome,
)
from fourfold.support.terms.diary import (
    CannotKeepDiary,
    DiaryShut,
    HerDiary,
    Language,
    LinkState,
    Origin,
    PassedBy,
    PictureBrought,
    Readers,
    VisitKind,
    WhyClosed,
    Written,
)
from fourfold.support.terms.file import (
    MISSED_WORDS,
    UPDATE_WORDS,
    WRITTEN_NOTES,
    CannotSupport,
    ContactOutcome,
    Mode,
    NoteKind,
    PastCheckIn,
    PastConsent,
    PastContact,
    UpdateKind,
    WhyMissed,
)
