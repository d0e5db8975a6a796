"""Who may rate when, what lies open, and where the ratings differ. No framework, no clock."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from fourfold.assessment.terms.rounds import Compared, Rater, Rating, RoundPhase, SeatNow
from fourfold.words import sentence, words

#: What may follow what; None is a round that is not there yet. No step leads back.
NEXT: dict[RoundPhase | None, frozenset[RoundPhase]] = {
    None: frozenset({RoundPhase.INDEPENDENT}),
    RoundPhase.INDEPENDENT: frozenset({RoundPhase.CONSOLIDATING}),
    RoundPhase.CONSOLIDATING: frozenset({RoundPhase.DECIDED}),
    RoundPhase.DECIDED: frozenset(),
}

FEWEST, MOST = 2, 6
"""Seats of a round: one person alone is an assessment, and more than six make no table that anybody reads."""


def why_not_open_round(raters: Sequence[Rater], professions: Iterable[str]) -> tuple[str, str] | None:
    """Return the field and the reason why a round cannot be opened for these raters, or None."""
    known = tuple(professions)
    if not FEWEST <= len(raters) <= MOST:
        return "raters", sentence("Name {1} to {2} raters: people or professions.", FEWEST, MOST)
    for rater in raters:
        if rater.profession not in known:
            return "raters", sentence("“{1}” cannot rate. Choose from: {2}.", rater.profession, ", ".join(known))
    people = [rater.staff for rater in raters if rater.staff]
    if len(set(people)) < len(people):
        return "raters", "Somebody is named twice. Name each rater once."
    return None


def seat_for(seats: Iterable[SeatNow], staff: UUID, profession: str) -> SeatNow | None:
    """Return the seat in which somebody rates: the one signed in, else the one kept in their name, else the first
    free one of their profession; None where there is none."""
    all_ = tuple(seats)
    signed = (seat for seat in all_ if seat.signed_by == staff)
    named = (seat for seat in all_ if seat.staff == staff)
    free = (seat for seat in all_ if seat.staff is None and seat.signed_by is None and seat.profession == profession)
    return next(signed, None) or next(named, None) or (next(free, None) if profession else None)


def why_not_rate(phase: RoundPhase, seats: Iterable[SeatNow], staff: UUID, profession: str) -> str | None:
    """Return why somebody cannot rate in a round, or None: alone, once, and before the ratings lie open."""
    if phase is not RoundPhase.INDEPENDENT:
        return "The ratings are open, so you may have seen them. Make your own assessment instead."
    seat = seat_for(seats, staff, profession)
    if seat is None:
        return "You were not asked to rate in this round. Ask the lead to start one that includes you."
    if seat.signed_by is not None:
        return "You have rated. You cannot change your rating before the ratings are open."
    return None


def why_not_close(phase: RoundPhase, seats: Iterable[SeatNow], *, may_lead: bool, reason: str) -> str | None:
    if RoundPhase.CONSOLIDATING not in NEXT[phase]:
        return "The ratings are already open."
    if not may_lead:
        return "Only the lead can open the ratings early. They open by themselves when everyone has rated."
    if not any(seat.signed_by for seat in seats):
        return "Nobody has rated yet, so there is nothing to open."
    if not reason.strip():
        return "Enter why the round cannot wait for everyone. The reason is recorded."
    return None


_NOT_TO_AGREE = words(
    {
        RoundPhase.INDEPENDENT: "Each rates alone first. The record is written when the ratings lie open.",
        RoundPhase.DECIDED: "The round has its record. Open another round to rate again.",
    }
)


def why_not_agree(phase: RoundPhase, seats: Iterable[SeatNow], staff: UUID, *, leads: bool) -> str | None:
    """Return why somebody cannot write the record that the raters agreed on, or None."""
    if RoundPhase.DECIDED not in NEXT[phase]:
        return _NOT_TO_AGREE[phase]
    if leads or any(seat.signed_by == staff for seat in seats):
        return None
    return "Only the lead or somebody who has rated can write the record."


def compared(field: str, ratings: Sequence[Rating], *, in_words: bool) -> Compared:
    """Return how the ratings of one field stand to each other. An open answer is not the same as any other: not known
    beside a no is a conversation, and so is not known beside a yes."""
    if in_words:
        return Compared.WORDS
    settled = [rating.answers.get(field, "") for rating in ratings if field in rating.settled]
    if not settled:
        return Compared.OPEN_FOR_ALL
    if len(settled) < len(ratings):
        return Compared.OPEN_FOR_SOME
    return Compared.SAME if len(set(settled)) == 1 else Compared.DIFFERENT


def agreed(fields: Iterable[str], ratings: Sequence[Rating]) -> dict[str, str]:
    """Return what every rater said alike, by field: where a common record may begin. Never one rater's words."""
    return {
        field: ratings[0].answers[field]
        for field in fields
        if ratings and compared(field, ratings, in_words=False) is Compared.SAME
    }
