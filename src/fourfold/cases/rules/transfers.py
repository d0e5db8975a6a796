"""May a case go to another unit, and when does the first unit let go? Each answer is a field and how to mend it, or nothing."""

from collections.abc import Collection
from datetime import datetime, timedelta

from fourfold.cases.rules.steps import Why
from fourfold.cases.terms import OfferState, State

#: How long the unit that hands over may still read, so that nobody is left between two advocates. Our own choice.
HANDOVER = timedelta(days=28)

#: What may follow what; None is a case that nobody has offered. A case may be offered again after any of the three.
OFFER_NEXT: dict[OfferState | None, frozenset[OfferState]] = {
    None: frozenset({OfferState.WAITING}),
    OfferState.WAITING: frozenset({OfferState.TAKEN_OVER, OfferState.DECLINED, OfferState.TAKEN_BACK}),
    OfferState.TAKEN_OVER: frozenset(),
    OfferState.DECLINED: frozenset(),
    OfferState.TAKEN_BACK: frozenset(),
}

#: What is kept as `accepted` of an offer that was answered: None where the offering unit withdrew it.
ACCEPTED: dict[OfferState, bool | None] = {
    OfferState.TAKEN_OVER: True,
    OfferState.DECLINED: False,
    OfferState.TAKEN_BACK: None,
}


def offer_state(answered_at: datetime | None, accepted: bool | None) -> OfferState:
    if answered_at is None:
        return OfferState.WAITING
    return next(state for state, kept in ACCEPTED.items() if kept is accepted)


def why_not_settle(before: OfferState, after: OfferState) -> Why:
    """Return why an offer cannot come to stand so, or None: it is answered once, by whoever was faster."""
    if after in OFFER_NEXT[before]:
        return None
    return "accepts", "Somebody has answered this offer. Open the list again."


def why_not_ask(
    *,
    to_site: str,
    from_site: str,
    live: Collection[str],
    state: State,
    reason: str,
    victim_told_at: datetime | None,
    waiting: bool,
    at: datetime,
) -> Why:
    """Return why a case cannot be offered to another unit, or None. `live` are the sites that take cases today."""
    if waiting:
        return "to_site", "This case has been offered already. Wait for the answer, or withdraw the offer."
    if to_site == from_site or to_site not in live:
        return "to_site", "Choose another unit that takes cases today."
    if state is State.CLOSED:
        return "to_site", "This case is closed. Tell the other unit about a new act instead."
    if not reason.strip():
        return (
            "reason",
            "Say why they should take it, without naming anybody: they read it before they may open the case.",
        )
    if victim_told_at is None or victim_told_at > at:
        return "victim_told_at", "Tell the victim first that another unit will take over, and record when you did."
    return None


def why_not_answer(*, accepts: bool | None, reason: str) -> Why:
    if accepts is None:
        return "accepts", "Say whether your unit takes the case."
    if not accepts and not reason.strip():
        return "reason", "Say why not. The other unit reads this, and the case stays with them."
    return None
