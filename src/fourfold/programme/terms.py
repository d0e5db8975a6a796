"""The words of the programme: a site's model of working, as data that a coordinator can read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class UnitModel(StrEnum):
    """The three ways of working that the programme compares."""

    REFERRAL = "referral"
    SCREENING = "screening"
    PANEL = "panel"


@dataclass(frozen=True)
class ModelOfWorking:
    """How one site works: its quorum, clocks, gates and eligibility. Changed by data, never by code.

    `review_hours` gives hours to the next review by level; `early_review_factor` shortens it during the first
    `early_days` after a case was opened, when risk is densest. `panel_every_days` is the rhythm of sittings.
    """

    model: UnitModel
    quorum: tuple[str, ...]
    review_hours: dict[str, int]
    early_days: int = 90
    early_review_factor: float = 0.5
    panel_every_days: int = 7
    minimum_age: int = 18
    therapy_while_investigated: bool = False
    screens_every_crime: bool = False
    instruments: tuple[str, ...] = ("first-line", "judgement", "safety-check-in")
    triage_outcomes: tuple[str, ...] = field(
        default=("advice_only", "consultation", "panel", "direct_management", "redirect")
    )


class InvalidModel(ValueError):
    """A site's configuration cannot be used; the message names the key and how to mend it."""
