"""The words of cases."""

from fourfold.cases.terms.case import (
    SHUT,
    Act,
    Answer,
    Assigning,
    CannotStep,
    ClassCheck,
    CourseOfConduct,
    Gap,
    Level,
    OfferState,
    Outcome,
    ReferralAnswer,
    ReviewReason,
    ScreeningAnswers,
    SetBy,
    ShownLevel,
    State,
    Trigger,
)
from fourfold.cases.terms.courses import (
    Belonging,
    CourseVerdict,
    LookedAt,
    Report,
    Several,
    Telling,
    Thread,
    Together,
    Why,
)
from fourfold.cases.terms.drafts import (
    BehaviourDraft,
    CloseDraft,
    CourseDraft,
    EventDraft,
    LevelDraft,
    MatchDraft,
    PartDraft,
    ReviewDraft,
    TriageDraft,
    UndoBehaviourDraft,
    UndoCourseDraft,
    UndoMatchDraft,
    WhatBecame,
)
from fourfold.cases.terms.past import PastAct, PastCase, PastLevel, PastReview, PastState, PastTriage
