"""The words of evaluation: a registered question, a frozen extract, a result."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ExtractRow:
    """One case, de-identified: pseudonym, site, days and counts. Days count from the day of referral."""

    pseudonym: str
    site: str
    quarter: str
    level: str
    prior_acts: int
    former_partner: bool | None
    managed_day: int | None
    next_act_day: int | None
    followed_days: int
    acts_after: int
    custody_days: int
    sessions_attended: int
    staff_minutes: int


class NotRegistered(ValueError):
    """Outcomes may not be looked at before the question is registered."""
