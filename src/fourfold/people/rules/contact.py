"""May a victim be contacted this way at this moment? Pure answers: a reason, or nothing.

The reasons are shown to staff. They never say whose an unsafe number or address is, so that a reason joins no two
people's records.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fourfold.people.rules.identifiers import key_of
from fourfold.people.terms import Channel, Confirmation, MarkKind, ReachState, SafeContactRule
from fourfold.words import Word, counted, sentence, together

LONDON = ZoneInfo("Europe/London")
Hours = tuple[time | None, time | None]


#: What kind of endpoint a channel uses.
ENDPOINT = {
    Channel.TEXT: MarkKind.PHONE,
    Channel.CALL: MarkKind.PHONE,
    Channel.EMAIL: MarkKind.EMAIL,
    Channel.LETTER: MarkKind.ADDRESS,
    Channel.VISIT: MarkKind.ADDRESS,
}
NO_PLAN = Word(
    "No safe contact has been agreed with the victim. Wait until they get in touch, or ask their advocate to agree it first."
)
AGREE_FIRST = Word("No safe contact has been agreed with the victim. Agree it with them first.")
NOT_CONFIRMED = Word(
    "The safe contact on record was never confirmed with the victim. Ask their advocate to confirm it first."
)
NO_MESSAGE = Word("Never leave a message: the victim has not agreed to it.")
NO_PLAN_THEN = Word("No safe contact had been agreed with the victim at that time.")
HOSTILE = Word("Somebody else may read or answer this. Ask the victim for another way that nobody else can use.")
NO_ENDPOINT = Word("No {1} of the victim is on record, so nobody can check who else may use it. Record it first.")
UNCONFIRMED = Word(
    "No {1} of the victim is confirmed, only told, so it may be somebody else’s. Their advocate confirms it first."
)
UNCONFIRMED_THEN = Word("No {1} of the victim was confirmed at that time, so nobody could know whose it was.")
TOLD_SINCE = Word(
    "Another {1} was told for the victim. Nothing is sent until their advocate has confirmed it or set it aside."
)
NO_ENDPOINT_THEN = Word("No {1} of the victim was on record at that time, so nobody could check who else may use it.")
#: One answer for whatever was agreed in another case, seen or hidden, since it is kept where others read it.
HELD_BACK = Word(
    "Do not contact the victim this way now. What stands against it is not told here. Ask the victim’s advocate, or the "
    "unit’s coordinator."
)
HELD_BACK_THEN = Word(
    "The victim was not to be contacted this way at that time. What stood against it is not told here. Ask the victim’s "
    "advocate, or the unit’s coordinator."
)
#: Our own choice: so many answers about a record are given in a week to whoever asks without knowing that they do.
MOST_GUESSES = 2
NO_OWN_WORDS = Word(
    "For now, you cannot send a message in your own words, or agree to one that somebody else wrote. Choose a message from the list, or ask a colleague."
)
#: Our own choice: more than anybody changes, and too few to go through the numbers of people whom one may not see.
CONFIRMED_A_DAY = 10
#: Of what was agreed in several cases, which those who may know of them read beside it: these words tell of none.
NO_HOURS = Word("no hour; the victim gets in touch")


def strictest(agreed: Iterable[SafeContactRule]) -> SafeContactRule | None:
    """Return as one rule what was agreed on the records of one person: only what each allows; None where nothing was."""
    every = tuple(agreed)
    if not every:
        return None
    first, *more = _in_common([(rule.from_time, rule.until_time) for rule in every])
    return replace(
        every[0],
        channels=tuple(channel for channel in every[0].channels if all(channel in rule.channels for rule in every)),
        from_time=first[0],
        until_time=first[1],
        or_hours=tuple(more),
        leave_message=all(rule.leave_message for rule in every),
        shared_device=any(rule.shared_device for rule in every),
        confirmed=all(rule.confirmed for rule in every),
        every_days=min((rule.every_days for rule in every if rule.every_days is not None), default=None),
    )


def _in_common(every: Sequence[Hours]) -> list[Hours]:
    """Return the windows of a day that all of these share; two equal hours where they share none."""
    if len(set(every)) == 1:
        return [every[0]]
    edges = sorted({time.min} | {edge for hours in every for edge in hours if edge is not None})
    shared = [
        (start, end)
        for start, end in zip(edges, [*edges[1:], time.min], strict=True)
        if all(_holds(hours, start) for hours in every)
    ]
    joined: list[tuple[time, time]] = []
    for start, end in shared:
        begun = joined.pop()[0] if joined and joined[-1][1] == start else start
        joined.append((begun, end))
    if len(joined) > 1 and joined[-1][1] == joined[0][0]:  # a window that passes midnight
        joined = [(joined[-1][0], joined[0][1]), *joined[1:-1]]
    named = [(None if start == time.min else start, None if end == time.min else end) for start, end in joined]
    return named or [(time.min, time.min)]


def why_not_contact(
    rule: SafeContactRule | None,
    *,
    channel: Channel,
    at: datetime,
    hostile: bool,
    leaves_message: bool,
    happened: bool = False,
) -> str | None:
    """Return why a victim may not be contacted this way at this moment, or None where they may.

    `hostile` says that the endpoint was ever linked to somebody else of whom whoever asks may know; the hours are
    those on a clock in London, whatever the season. No rule agreed means no contact, even when a clock has run out.
    `happened`: the moment is past and the contact was made; the reason is said so.
    """
    if rule is None:
        return NO_PLAN_THEN if happened else NO_PLAN
    if not rule.confirmed:
        return NOT_CONFIRMED
    if channel not in rule.channels:
        return sentence("The victim has not agreed to {1}. Agreed: {2}.", channel.with_article, channels_in_words(rule))
    if not is_within(rule, at):
        clock = f"{at.astimezone(LONDON):%H:%M}"
        when = sentence("it was {1}", clock) if happened else sentence("it is {1} now", clock)
        return sentence("Outside the safe hours. Agreed: {1}; {2}.", hours_in_words(rule), when)
    if leaves_message and not rule.leave_message:
        return NO_MESSAGE
    return HOSTILE if hostile else None


def known_by(happened_at: datetime) -> datetime:
    """Return up to which moment what was recorded counts for a contact; a time typed as hours and minutes is a whole minute."""
    if happened_at.second or happened_at.microsecond:
        return happened_at
    return happened_at + timedelta(minutes=1, microseconds=-1)


def is_within(rule: SafeContactRule, at: datetime) -> bool:
    """Return whether a clock in London stands within the agreed hours at this moment.

    The first minute counts, the last does not. Hours may pass midnight; an hour left open runs from or to midnight;
    two equal hours leave no time at all.
    """
    now = at.astimezone(LONDON).time()
    return any(_holds(hours, now) for hours in _hours(rule))


def _hours(rule: SafeContactRule) -> tuple[Hours, ...]:
    return ((rule.from_time, rule.until_time), *rule.or_hours)


def _holds(hours: Hours, now: time) -> bool:
    start, end = hours[0] or time.min, hours[1]
    if end is None:
        return now >= start
    return start <= now < end if start <= end else now >= start or now < end


def is_empty(rule: SafeContactRule) -> bool:
    """Return whether the agreed hours begin and end together, so that no time is left."""
    return rule.until_time is not None and (rule.from_time or time.min) == rule.until_time


def next_window(rule: SafeContactRule, at: datetime) -> tuple[datetime, datetime] | None:
    """Return when the present or next safe hours begin and end; None when no hour is set or left.

    In the nights when an hour comes twice or not at all, they begin late and end early, so that every moment between
    them is safe.
    """
    if (rule.from_time is None and rule.until_time is None) or is_empty(rule):
        return None
    today = at.astimezone(LONDON).date()
    midnights = (datetime.combine(today + timedelta(days=days), time.min) for days in range(-1, 3))
    windows = (_hours_of(hours, midnight) for midnight in midnights for hours in _hours(rule))
    return min(((opens, closes) for opens, closes in windows if opens < closes and at < closes), default=None)


def _hours_of(hours: Hours, midnight: datetime) -> tuple[datetime, datetime]:
    start, end = hours[0] or time.min, hours[1] or time.min
    last_day = midnight if end > start else midnight + timedelta(days=1)
    return max(_instants(midnight, start)), min(_instants(last_day, end))


def _instants(midnight: datetime, local: time) -> tuple[datetime, datetime]:
    """Return the two instants that a time on a clock in London may mean; the same twice, but for two nights a year."""
    shown = datetime.combine(midnight, local, tzinfo=LONDON)
    return shown.astimezone(UTC), shown.replace(fold=1).astimezone(UTC)


def channels_in_words(rule: SafeContactRule) -> Word:
    """Name the agreed channels, such as “text or email”."""
    return together(" or ", (channel.words for channel in rule.channels)) or Word("none; the victim gets in touch")


def hours_in_words(rule: SafeContactRule) -> Word:
    """Name the agreed hours, such as “10:00 to 14:00” or “after 17:30”."""
    if is_empty(rule):
        return NO_HOURS
    return together(" or ", (_in_words(hours) for hours in _hours(rule)))


def _in_words(hours: Hours) -> Word:
    start, end = hours
    if start is None and end is None:
        return Word("any hour")
    if end is None:
        return sentence("after {1}", f"{start:%H:%M}")
    if start is None:
        return sentence("before {1}", f"{end:%H:%M}")
    said = (f"{start:%H:%M}", f"{end:%H:%M}")
    return sentence("{1} to {2}", *said) if start <= end else sentence("{1} to {2} the next day", *said)


def in_words(rule: SafeContactRule | None, *, agrees: bool = False) -> Word:
    """Return how a victim may be contacted, and how not, in one line to read before every contact. `agrees`: by whoever agrees it."""
    if rule is None:
        return AGREE_FIRST if agrees else NO_PLAN
    if not rule.confirmed:
        return NOT_CONFIRMED
    ways = channels_in_words(rule).begins()
    if len(rule.channels) == 1:
        ways = sentence("{1} only", ways)
    message = Word("A message may be left.") if rule.leave_message else Word("Never leave a message.")
    shared = (Word("The device may be shared."),) if rule.shared_device else ()
    often = (
        () if rule.every_days is None else (sentence("In touch every {1} at least.", counted(rule.every_days, "day")),)
    )
    return together(" ", (sentence("{1}, {2}.", ways, hours_in_words(rule)), message, *shared, *often))


def state_of(confirmed: bool | None) -> ReachState:
    """Return what is known of an endpoint from what its advocate last found; None: nobody has looked."""
    if confirmed is None:
        return ReachState.TOLD
    return ReachState.CONFIRMED if confirmed else ReachState.SET_ASIDE


def why_not_confirm_more(confirmed: int) -> tuple[str, str] | None:
    """Return the field and reason for which nobody confirms more within a day, or None, whatever was confirmed."""
    if confirmed < CONFIRMED_A_DAY:
        return None
    return "value", sentence(
        "You have confirmed {1} for this victim within a day, which is the most. Wait until tomorrow.", CONFIRMED_A_DAY
    )


def why_not_confirm(kind: MarkKind, how: Confirmation, *, phrase: bool, called: bool) -> tuple[str, str] | None:
    """Return the field and reason for which an endpoint is not confirmed, or None.

    `phrase`: a code phrase stands agreed in this case, for one that another case's advocate agreed proves nothing to this
    one; `called`: another telephone number is confirmed.
    """
    if kind not in ENDPOINT.values():
        return "kind", "Choose a telephone number, an email address or an address."
    if how is Confirmation.CALL_BACK and not called:
        return "how", "No other telephone number of the victim is confirmed yet. Confirm this face to face."
    if how is Confirmation.CODE_PHRASE and not phrase:
        return "how", (
            "No code phrase is agreed and confirmed with the victim in this case yet. Agree one first, or confirm this "
            "face to face."
        )
    return None


def hint_of(kind: MarkKind, value: str) -> str:
    """Return enough of an endpoint to know it by, for whoever knows it: a number's end, and how anything else begins."""
    plain = value.strip()
    return f"…{plain[-3:]}" if kind is MarkKind.PHONE else f"{plain[:2]}…"


def why_not_agree(rule: SafeContactRule) -> tuple[str, str] | None:
    if is_empty(rule):
        return (
            "until_time",
            "The safe hours start and end at the same time. Enter two different times, or leave both empty.",
        )
    if len(set(rule.channels)) != len(rule.channels):
        return "channels", "Choose each way of contact only once."
    return None


def why_not_end(*, stands: bool, confirmed: bool, reason: str) -> tuple[str, str] | None:
    """Return the field and reason for which what was agreed in other cases goes on binding, or None.

    `stands`: the victim confirmed some of it, and its case is open; `confirmed`: they confirm what takes its place.
    """
    if stands:
        return "ends", "That case is open. Its advocate agrees safe contact anew with the victim, in that case."
    if not confirmed:
        return (
            "confirmed",
            "Ask the victim first: only what they have confirmed takes the place of what was agreed before.",
        )
    if not reason.strip():
        return "why_ended", "Say what the victim told you of what was agreed before."
    return None


def keys_to_compare(kind: MarkKind, value: str) -> frozenset[str]:
    """Return every key under which an endpoint may stand on record.

    A telephone number or a mailbox is an account's name too. Empty when the value cannot be compared as what it is.
    """
    if not key_of(kind, value):
        return frozenset()
    return frozenset(filter(None, (key_of(other, value) for other in MarkKind if other is not MarkKind.OTHER_NAME)))


def is_hostile(keys: frozenset[str], linked: Iterable[str]) -> bool:
    """Return whether an endpoint is unusable for a victim.

    `keys` are the endpoint's own; `linked` those of everything ever linked to any subject, associate or other person,
    at any site. An endpoint without a key cannot be compared, and so is never safe.
    """
    return not keys or not keys.isdisjoint(linked)
