"""May this sealed address be opened, by whom, until when? Pure answers: a field and a reason, or nothing.

Whose address it is and who the advocate is, access decides. These rules say what two people and a clock must have
agreed to before: one asks with a reason about now, another answers, and the first opens it soon, once.
"""

from datetime import datetime, timedelta

from fourfold.people.terms import AskState
from fourfold.words import sentence, words

SHORTEST_REASON = 20
#: A reason is about now: a request that nobody answered within a working day is asked again.
ANSWERED_WITHIN = timedelta(hours=8)
#: A yes is for the need that was named, not for a later day.
OPENED_WITHIN = timedelta(minutes=15)

Why = tuple[str, str] | None
BY_ANOTHER = "You cannot approve this yourself. Ask another advocate."

SHUT = words(
    {
        AskState.WAITING: "No colleague has answered yet. You can open it once another advocate has said yes.",
        AskState.REFUSED: "Your colleague said no. Speak to them before you ask again.",
        AskState.LAPSED: "The time to open it has run out. Ask again if you still need it.",
        AskState.OPENED: "It has already been opened on this request. Ask again if you need it once more.",
    }
)


def state_of(
    asked_at: datetime, given: bool | None, answered_at: datetime | None, opened_at: datetime | None, at: datetime
) -> AskState:
    """Return where a request stands; `given` is None until a colleague answered."""
    if opened_at is not None:
        return AskState.OPENED
    if given is False:
        return AskState.REFUSED
    if at >= lapses_at(asked_at, answered_at):
        return AskState.LAPSED
    return AskState.WAITING if given is None else AskState.GRANTED


def lapses_at(asked_at: datetime, answered_at: datetime | None) -> datetime:
    """Return the first moment at which a request opens nothing any more."""
    return asked_at + ANSWERED_WITHIN if answered_at is None else answered_at + OPENED_WITHIN


def why_not_ask(*, reason: str, running: bool) -> Why:
    """Return why a request cannot be made, or None; `running`: one of the asker's waits or is granted."""
    if len(" ".join(reason.split())) < SHORTEST_REASON:
        return "reason", sentence("Say why you need the address, in at least {1} characters.", SHORTEST_REASON)
    if running:
        return (
            "reason",
            "You have already asked. Open your request: it is waiting for an answer, or you can open the address now.",
        )
    return None


def why_not_answer(*, state: AskState, not_second: str | None, given: bool, words: str) -> Why:
    """Return why a request cannot be answered so, or None; `not_second`: why this person is not the second one."""
    if not_second:
        return "given", not_second
    if state is AskState.LAPSED:
        return "given", "This request has expired. If the address is still needed, it must be asked for again."
    if state is not AskState.WAITING:
        return "given", "This request has already been answered."
    if not given and not words.strip():
        return "words", "Say why not. Your colleague will read it."
    return None


def why_not_open(*, state: AskState, mine: bool) -> Why:
    """Return why a request opens nothing, or None where it does, this once."""
    if not mine:
        return "opening", "Only the advocate who asked can open it."
    return None if state is AskState.GRANTED else ("opening", SHUT[state])
