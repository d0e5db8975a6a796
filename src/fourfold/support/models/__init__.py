"""The victim's own file, the diary, and care; a row is added and never edited."""

from fourfold.support.models.care import (
    AtRisk,
    AtRiskStep,
    Consent,
    EntitlementSaid,
    PlanStep,
    PlanStepReview,
    Satisfaction,
)
from fourfold.support.models.diary import (
    ContactAsked,
    DiaryBrought,
    DiaryClosed,
    DiaryDevice,
    DiaryEntry,
    DiaryLink,
    DiaryPassed,
    DiaryPicture,
    DiaryRead,
    DiaryUnread,
    DiaryVisit,
)
from fourfold.support.models.file import CheckIn, Contact, MeasureMissed, NormChosen, Update, UpdateTold, VictimNote
