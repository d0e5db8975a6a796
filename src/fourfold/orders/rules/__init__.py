"""What an order may do next, and what runs out when: pure answers.

Law: Stalking Protection Act 2019 (SPA); Bail Act 1976; Police and Criminal Evidence Act 1984 (PACE); Sentencing
Act 2020; Family Law Act 1996 (FLA); Domestic Abuse Act 2021. How long a time limit is and what a breach means, the
registers of law say, for the day that is asked about. Days are days in London.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fourfold.law import rules as law
from fourfold.law.rules import limit
from fourfold.law.terms import NotOnRecord
from fourfold.orders.terms import (
    BailExtender,
    BreachDecision,
    ConditionDraft,
    EndedBy,
    OrderKind,
    PlaceGround,
    PlaceNamed,
    Step,
    StepDetails,
)
from fourfold.words import Word, sentence

LONDON = ZoneInfo("Europe/London")

#: What may follow what; None is an order that nobody has written down yet.
NEXT: dict[Step | None, frozenset[Step]] = {
    None: frozenset({Step.CONSIDERED, Step.DECLINED, Step.MADE}),
    Step.CONSIDERED: frozenset({Step.AUTHORISED, Step.APPLIED, Step.DECLINED}),
    Step.AUTHORISED: frozenset({Step.APPLIED, Step.DECLINED}),
    Step.DECLINED: frozenset(),
    Step.APPLIED: frozenset({Step.MADE, Step.REFUSED}),
    Step.REFUSED: frozenset(),
    Step.MADE: frozenset({Step.SERVED, Step.VARIED, Step.ENDED}),
    Step.SERVED: frozenset({Step.NOTIFIED, Step.VARIED, Step.ENDED}),
    Step.NOTIFIED: frozenset({Step.NOTIFIED, Step.VARIED, Step.ENDED}),
    Step.VARIED: frozenset({Step.SERVED, Step.NOTIFIED, Step.VARIED, Step.ENDED}),
    Step.ENDED: frozenset(),
}

#: The orders of the Stalking Protection Act.
STALKING_ORDERS = frozenset({OrderKind.SPO_INTERIM, OrderKind.SPO})
WARNINGS = (7, 30, 90)

#: The ends at which another order took the place.
REPLACED = frozenset({EndedBy.SUPERSEDED, EndedBy.VARIED})


def day_of(at: datetime) -> date:
    """Return the day in London on which an instant falls."""
    return at.astimezone(LONDON).date()


# ---- steps --------------------------------------------------------------------------------------------------------


def why_not_step(
    kind: OrderKind,
    before: Step | None,
    step: Step,
    details: StepDetails,
    *,
    last_at: datetime | None,
    at: datetime,
    made_on: date | None = None,
) -> tuple[str, str] | None:
    """Return the field and reason for which an order cannot take a step now, or None.

    `made_on` is the day on which the order was made, where it was.
    """
    taken_at = details.taken_at or at
    if step not in NEXT[before]:
        return "step", f"{_now(before)} {_possible(before)}"
    if before is None and step is Step.MADE and kind.about.applied_for and not kind.about.others_apply:
        return "step", sentence("Apply for {1} first: record the application.", kind.with_article)
    if step is Step.SERVED and kind.about.given_when_made:
        given = (
            "The subject was given the {1} when they were made. There is nothing to serve."
            if kind.is_plural
            else "The subject was given the {1} when it was made. There is nothing to serve."
        )
        return "step", sentence(given, kind.words)
    if step is Step.NOTIFIED and not kind.about.notification_limit:
        return "step", sentence("The subject does not have to notify the police under {1}.", kind.with_article)
    if taken_at > at:
        return "taken_at", "This time is in the future. Record the step when it has been taken."
    if last_at is not None and taken_at < last_at:
        return (
            "taken_at",
            sentence(
                "The step before this one was taken on {1}. Give a later time.",
                f"{last_at.astimezone(LONDON):%-d %B %Y, %H:%M}",
            ),
        )
    return _why_not_details(kind, step, details, day_of(taken_at), made_on)


def _now(before: Step | None) -> str:
    return "Nothing is recorded yet." if before is None else sentence("This order was {1}.", before.words)


def _possible(before: Step | None) -> str:
    steps = [step.words for step in Step if step in NEXT[before]]
    return (
        sentence("You can now record: {1}.", ", ".join(steps))
        if steps
        else "Nothing more can be recorded. Start another order."
    )


def _why_not_details(
    kind: OrderKind, step: Step, details: StepDetails, on: date, made_on: date | None
) -> tuple[str, str] | None:
    if step in (Step.DECLINED, Step.REFUSED) and not details.reason.strip():
        return "reason", "Give the reason, whether or not an order is sought."
    if step is Step.ENDED and details.ended_by is None:
        return "ended_by", "Say how it ended: expired, superseded, discharged or varied."
    if step is Step.ENDED and details.ended_by in REPLACED and details.replaced_by is None:
        return "replaced_by", "Choose the order that took its place. If none did, choose expired or discharged."
    if step is Step.VARIED and not (details.conditions or details.reason.strip()):
        return "conditions", "Enter the conditions as they are now, or say what was varied."
    if step is Step.VARIED:
        return why_not_so_long(kind, made_on or on, details.expires_on) or why_not_bail_so_long(
            kind, made_on or on, details.expires_on, details.extended_by
        )
    if step is Step.NOTIFIED and details.changed_on is not None and details.changed_on > on:
        return "changed_on", "The notification is dated before the change. Check both dates."
    if step is Step.MADE:
        return (
            why_not_so_early(kind, on)
            or why_not_last(kind, on, details.expires_on)
            or why_not_so_long(kind, on, details.expires_on)
            or why_not_bail_so_long(kind, on, details.expires_on, details.extended_by)
        )
    return None


def why_not_so_early(kind: OrderKind, made_on: date) -> tuple[str, str] | None:
    """Return why an order of this kind cannot have been made on a day: the law was not in force."""
    about = kind.about
    code = about.notification_limit or about.shortest_limit or about.hearing_limit
    if not code:
        return None
    try:
        limit(code, made_on)
    except NotOnRecord:
        return "taken_at", sentence(
            "There was no {1} in law on {2}. Check the date and the kind.", kind.words, f"{made_on:%-d %B %Y}"
        )
    return None


def why_not_last(kind: OrderKind, made_on: date, expires_on: date | None) -> tuple[str, str] | None:
    """Return why an order cannot last until `expires_on`, its last day; None: further order."""
    if expires_on is None:
        if kind.about.must_end:
            always = (
                "{1} always have an end date. Enter the last day."
                if kind.is_plural
                else "{1} always has an end date. Enter the last day."
            )
            return "expires_on", sentence(always, Word(kind.with_article).capitalize())
        return None
    if expires_on < made_on:
        return "expires_on", "The last day is before the day on which it was made. Check both dates."
    if kind.about.shortest_limit:
        shortest = limit(kind.about.shortest_limit, made_on)
        if expires_on < (first := shortest.last_day(made_on)):
            return (
                "expires_on",
                sentence(
                    "{1} lasts at least {2}: until {3} or later."
                    if kind.about.must_end
                    else "{1} lasts at least {2}: until {3} or later, or until further order (leave the date empty).",
                    kind.with_article.capitalize(),
                    shortest.words,
                    f"{first:%-d %B %Y}",
                ),
            )
    return None


def why_not_so_long(kind: OrderKind, made_on: date, expires_on: date | None) -> tuple[str, str] | None:
    """Return why an order that was made on a day cannot last until `expires_on`: the law knows a longest length."""
    if not kind.about.longest_limit or expires_on is None:
        return None
    longest = limit(kind.about.longest_limit, made_on)
    if expires_on <= (last := longest.last_day(made_on)):
        return None
    return "expires_on", sentence(
        "{1} lasts at most {2}: until {3}.", kind.with_article.capitalize(), longest.words, f"{last:%-d %B %Y}"
    )


def why_not_bail_so_long(
    kind: OrderKind, made_on: date, expires_on: date | None, extended_by: BailExtender | None
) -> tuple[str, str] | None:
    """Return why bail before charge cannot last so long on the word of who gave or extended it.

    A court's limit stands in no register, and what the register does not know of that day is not guessed.
    """
    if not kind.about.longest_limits or expires_on is None:
        return None
    longest = {by: (words, last) for by, words, last in lasts(kind, made_on)}
    words, last = longest.get(extended_by, ("", date.max))
    if expires_on <= last:
        return None
    if extended_by is None:
        said = f"Bail before charge ends on {last:%-d %B %Y} unless it was extended ({words})."
        return "extended_by", sentence("{1} Choose who extended it: an inspector, a superintendent or a court.", said)
    said = f"{extended_by.words.capitalize()} may extend bail before charge to {last:%-d %B %Y} ({words})."
    return "extended_by", sentence(
        "{1} Choose the superintendent or the court that extended it further, or check the date.", said
    )


def lasts(kind: OrderKind, made_on: date) -> tuple[tuple[BailExtender | None, str, date], ...]:
    """Return how long an order of this kind lasts: by who extended it (None: nobody), the length in words, the last day.

    As the register has it for one made on that day; a kind without such limits gives none.
    """
    found = []
    for by, code in kind.about.longest_limits.items():
        try:
            longest = limit(code, made_on)
        except NotOnRecord:
            continue
        found.append((by, longest.words, longest.last_day(made_on)))
    return tuple(found)


def why_not_conditions(conditions: Iterable[ConditionDraft]) -> tuple[str, str] | None:
    """Return why the conditions cannot be kept; there must be one, and each must say something."""
    texts = [condition.text.strip() for condition in conditions]
    if not texts:
        return "conditions", "Enter at least one condition, in words that can be read aloud."
    if not all(texts):
        return "conditions", "A condition is empty. Write it or remove it."
    if max(map(len, texts)) > 400:
        return "conditions", "A condition must be 400 characters or fewer. Split it in two."
    return None


def why_not_name_places(
    found: Iterable[str], place: PlaceNamed | None, *, by_court: bool = True
) -> tuple[str, str] | None:
    """Return why words that belong to a place of the victim may not stand in a condition, or None.

    `found` are those words as they were typed; `by_court` says whether these are a court's or a force's own words,
    not a draft of ours. The subject is served with every word, so each such place needs a ground and what that rests on.
    """
    words = ", ".join(f"“{each}”" for each in dict.fromkeys(found))
    if not words:
        return None
    if place is None:
        return (
            "place_ground",
            sentence(
                "{1}: this gives away where the victim is. Take it out, or say why the subject may read it.", words
            ),
        )
    if place.ground is PlaceGround.COURT_ORDERED and not by_court:
        return (
            "place_ground",
            sentence(
                "{1}: a court has not ordered this yet. Take it out, or say that the subject knows this place.", words
            ),
        )
    if not place.reason.strip():
        return "place_reason", sentence("{1}: say how you know that the subject may read this, and since when.", words)
    return None


def why_not_serve(*, victim_told: bool, reason: str, signed_by_another: bool) -> tuple[str, str] | None:
    """Return why service cannot be recorded: tell the victim first, or two sign why not."""
    if victim_told:
        return None
    if not reason.strip():
        return (
            "victim_told_first",
            "Tell the victim first: the advocate records the safe contact in which the victim was told. If that is "
            "impossible, give the reason and ask for a second signature.",
        )
    if not signed_by_another:
        return "countersigned_by", "A second person must sign the reason for serving without telling the victim first."
    return None


def why_not_protect(names: Iterable[str], *, victim: bool) -> tuple[str, str] | None:
    """Return why an order cannot protect these people: somebody must be named, and shortly."""
    names = [name.strip() for name in names]
    if not victim and not names:
        return "protected", "Say who the order protects: the victim of this case, or somebody else by name."
    if not all(names):
        return "protected", "A line has no name. Write the name or remove the line."
    if max(map(len, names), default=0) > 120:
        return (
            "protected",
            "A name must be 120 characters or fewer. Write the name, a comma, and the relationship to the victim.",
        )
    return None


def is_normal_end(ended_by: EndedBy) -> bool:
    """Return whether the victim is as protected as before, so that no review is needed."""
    return ended_by in REPLACED


def is_gap(expired_on: date, others: Iterable[tuple[date | None, date | None, date | None]]) -> bool:
    """Return whether an order that ran out left a day without any: no other is in force the day after.

    `others` are the days from which the other orders of the case bound the subject, who was served with them or given
    them (None: not yet), and on which they run out and ended: what is made and not served covers nobody. An interim order that
    was left to lapse because a restraining order was made at sentence leaves no gap: a normal end.
    """
    return not is_covered(others, expired_on + timedelta(days=1))


def is_covered(others: Iterable[tuple[date | None, date | None, date | None]], on: date) -> bool:
    """Return whether one of some orders is in force on a day; each from when it binds, until when, and when it ended."""
    return any(binds(*other, on) for other in others)


def next_steps(kind: OrderKind, step: Step) -> tuple[Step, ...]:
    """Return the steps that may come next for an order of this kind, in their usual sequence."""
    never = {Step.SERVED} if kind.about.given_when_made else set()
    if not kind.about.notification_limit:
        never.add(Step.NOTIFIED)
    return tuple(later for later in Step if later in NEXT[step] and later not in never)


# ---- what runs ----------------------------------------------------------------------------------------------------


def binds(made_on: date | None, expires_on: date | None, ended_on: date | None, on: date) -> bool:
    """Return whether an order is in force on a day; its last day counts, the day it ended does not."""
    if made_on is None or made_on > on or (ended_on is not None and ended_on <= on):
        return False
    return expires_on is None or on <= expires_on


Bound = tuple[date | None, date | None, date | None]
"""From when an order binds, its last day, and the day on which it ended."""


def stands_instead(kind: OrderKind, made_on: date | None, other: OrderKind, other_made_on: date | None) -> bool:
    """Return whether, while both bind, notifying under another order of the same subject is instead of under this one.

    Domestic Abuse Act 2021, section 41(8): an earlier order of its kind, or a stalking protection order. The notification
    of the Sexual Offences Act 2003, Part 2, exempts too; nothing here knows of it, and the page says so.
    """
    if kind is not OrderKind.DOMESTIC_ABUSE or not other.about.notification_limit:
        return False
    return other is not kind or bool(made_on and other_made_on and other_made_on < made_on)


def notify_by(
    kind: OrderKind, made_on: date | None, served_on: date, *, instead: Iterable[Bound] = (), on: date | None = None
) -> date | None:
    """Return the last day for the subject to notify, from the day of service, or of making where the law says so.

    None while, on a day, an order binds under which they notify `instead`; when that is over, the time begins again.
    """
    begins = (made_on if kind.about.notified_from_making else None) or served_on
    for bound in instead:
        if on is None or binds(*bound, on):
            return None
        ended = [day for day in (bound[2], bound[1] and bound[1] + timedelta(days=1)) if day]
        begins = max(begins, min(ended)) if ended and min(ended) <= on else begins
    return limit(kind.about.notification_limit, begins).last_day(begins)


def notify_change_by(kind: OrderKind, changed_on: date | None) -> date | None:
    """Return the last day for notifying a new name or address; None where nothing asks for it."""
    if not kind.about.change_limit or changed_on is None:
        return None
    return limit(kind.about.change_limit, changed_on).last_day(changed_on)


def step_note(kind: OrderKind, taken_on: date, *, extended_by: BailExtender | None, changed_on: date | None) -> str:
    """Return what a step says besides its reason: who extended bail, whether a change came late."""
    if extended_by is not None:
        return sentence("Extended by {1}.", extended_by.words)
    due_on = notify_change_by(kind, changed_on)
    if changed_on is None or due_on is None:
        return ""
    late = (taken_on - due_on).days
    said = f"Changed {changed_on:%-d %B %Y}, due {due_on:%-d %B %Y}"
    return sentence("{1}: {2} day{3} late.", said, late, "s" if late != 1 else "") if late > 0 else f"{said}."


def notification_is_missing(
    kind: OrderKind,
    made_on: date | None,
    served_on: date | None,
    *,
    notified: bool,
    replaces_notified: bool,
    on: date,
    instead: Iterable[Bound] = (),
) -> bool:
    """Return whether name and address should have been notified and were not.

    A full order that replaces an interim one with a notification asks for no second one (SPA s.9).
    """
    if not kind.about.notification_limit or served_on is None or notified or replaces_notified:
        return False
    due_on = notify_by(kind, made_on, served_on, instead=instead, on=on)
    return due_on is not None and on > due_on


def days_left(expires_on: date | None, on: date) -> int | None:
    """Return how many days remain after today; 0 on the last day, None without one."""
    return None if expires_on is None else (expires_on - on).days


def warning(expires_on: date | None, on: date) -> int | None:
    """Return the tightest of 7, 30 and 90 days that the end of an order has come within, or None."""
    left = days_left(expires_on, on)
    return None if left is None or left < 0 else next((days for days in WARNINGS if left <= days), None)
