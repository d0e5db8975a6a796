"""Why a review is due, composed from its trigger and what is stored with it. What a colleague typed stays as typed."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Literal

from fourfold.cases.terms import Level, ReviewReason, Trigger
from fourfold.words import Word, day_said, named, sentence, together

#: What set a date before the event that stands now is said too, as many as a line of a list holds.
MOST_BEFORE = 3
_AGREED = {"panel": Word("agreed by the panel"), "review": Word("agreed at the review")}
_ALONE = {Trigger.OPENED: Word("case opened"), Trigger.CLOCK: Word("the usual interval")}


def why_due(trigger: str, reason: ReviewReason) -> Word:
    """Return why a review is due: the latest event that can have set its date, what had set it before, what came later."""
    now: ReviewReason = {**reason, "trigger": trigger}
    chain = (now, *now.pop("before", ()))
    can = [one for one in chain if "later" not in one] or [now]
    first, *earlier = (_said(one["trigger"], one) for one in can)
    return together("; ", (first, *(sentence("earlier reason: {1}", one) for one in earlier), *_later(chain)))


def _later(chain: Iterable[ReviewReason]) -> Iterator[Word]:
    """Yield what came too late to set the date, each way of being late said once with all that came so."""
    too_late = [one for one in chain if "later" in one]
    told, ahead = (
        [_said(one["trigger"], one) for one in too_late if (one["later"] == "told") is is_told]
        for is_told in (True, False)
    )
    if told:
        yield sentence("told since it fell due: {1}", _listed(told))
    if ahead:
        yield sentence("after that day: {1}", _listed(ahead))


def _listed(said: list[Word]) -> Word:
    *others, last = said
    return sentence("{1} and {2}", together(", ", others), last) if others else last


def _said(trigger: str, reason: ReviewReason) -> Word:
    match reason:
        case {"act_on": day}:
            return _act(_day(day), reason)
        case {"condition": number, "order": order}:
            return _breach(number, Word(order), reason.get("withdrawn_on"))
        case {"ended_by": how, "order": order}:
            return sentence("{1} {2}", Word(order), named(how))
        case {"level": level}:
            return sentence("level {1}", Level(level).words)
        case {"agreed": where}:
            return _AGREED[where]
        case {"taken_over_from": site}:
            return sentence("taken over from {1}", site)
    return _event(Trigger(trigger), reason)


def _act(on: Word, reason: ReviewReason) -> Word:
    """Say an act by its day, or by that of telling where nobody told its day, and when it was taken off the case again."""
    undated = reason.get("undated", False)
    if "left_on" not in reason:
        return sentence("act told on {1}", on) if undated else sentence("act of {1}", on)
    left = _day(reason["left_on"])
    if undated:
        return sentence("act told on {1}, taken off the case on {2}", on, left)
    return sentence("act of {1}, taken off the case on {2}", on, left)


def _breach(number: int, order: Word, withdrawn_on: str | None) -> Word:
    if withdrawn_on is not None:
        return sentence("breach of condition {1}, {2}, withdrawn on {3}", number, order, _day(withdrawn_on))
    return sentence("breach of condition {1}, {2}", number, order)


def _event(trigger: Trigger, reason: ReviewReason) -> Word:
    event = _ALONE.get(trigger, named(trigger))
    if "on" in reason:
        event = sentence("{1}, {2}", event, _day(reason["on"]))
    return sentence("{1}: {2}", event, reason["words"]) if reason.get("words") else event


def _day(iso: str) -> Word:
    return day_said(date.fromisoformat(iso))


def without_act(reason: ReviewReason, *, act_on: date, left_on: date) -> ReviewReason | None:
    """Return the reason of a review with the acts of a day said to be off the case since `left_on`; None where it names none.

    The review stays due on its day: an event brings it forward, and nothing moves it back.
    """

    def told(one: ReviewReason) -> ReviewReason:
        names = one.get("act_on") == act_on.isoformat() and "left_on" not in one
        return {**one, "left_on": left_on.isoformat()} if names else one

    return _changed(reason, told)


def with_breach(reason: ReviewReason, said: ReviewReason, *, withdrawn_on: date | None) -> ReviewReason | None:
    """Return the reason of a review with a breach, as it was `said`, withdrawn on a day, or standing again (`withdrawn_on`
    None); None where the reason names none. The review stays due on its day.
    """

    def told(one: ReviewReason) -> ReviewReason:
        if (one.get("condition"), one.get("order")) != (said["condition"], said["order"]):
            return one
        if withdrawn_on is not None:
            return {"withdrawn_on": withdrawn_on.isoformat(), **one}  # one that was withdrawn before keeps its day
        stands = one.copy()
        stands.pop("withdrawn_on", None)
        return stands

    return _changed(reason, told)


def _changed(reason: ReviewReason, told: Callable[[ReviewReason], ReviewReason]) -> ReviewReason | None:
    """Return a reason with all that it names told anew; None where that changes nothing."""
    now = told(reason)
    if "before" in now:
        now = {**now, "before": [told(one) for one in now["before"]]}
    return now if now != reason else None


def with_earlier(trigger: str, reason: ReviewReason, before: str, earlier: ReviewReason) -> ReviewReason:
    """Return the reason of a review whose date stood already, with what had set it; the same thing is said once."""
    now = {**reason, "trigger": trigger}
    first: ReviewReason = {**earlier, "trigger": before}
    chain = [first, *first.pop("before", ())]
    others = [one for one in chain if one != now]
    # What came after the date is cut first: why the review is due stands at the end of the chain and must stay.
    later = [one for one in others if "later" in one][: MOST_BEFORE - 1]
    can, most = [one for one in others if "later" not in one], MOST_BEFORE - len(later)
    kept = [*later, *(can if len(can) <= most else [*can[: most - 1], can[-1]])]
    return {**reason, "before": kept} if kept else reason


def later_than(due: datetime, *, told_at: datetime, counts_at: datetime) -> Literal["told", "ahead"] | None:
    """Return how an event comes too late to be why a review is due on a day; None where it is not too late."""
    if told_at > due:
        return "told"
    return "ahead" if counts_at > due else None
