"""When is a case's retention to be looked at, by which rule, and why then? Holds beat everything; nothing erases itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from fourfold.governance.terms import CannotGovern, RetentionDue, RetentionFacts, RetentionRule
from fourfold.law.rules import limit
from fourfold.words import Word, day_said, sentence

LEVEL_RULES = {"very_high": "group-1", "high": "group-2", "medium": "group-3", "low": "group-3", "": "group-3"}


def rule_for(facts: RetentionFacts, schedule: Sequence[RetentionRule], *, on: date) -> RetentionRule:
    """Return the rule in force on a day for a case: by the highest level it ever had, and by the orders it led to."""
    code = LEVEL_RULES[facts.highest_level]
    if facts.serious_order and code == "group-3":
        code = "group-2"
    rules = [rule for rule in schedule if rule.code == code and rule.from_on <= on]
    if not rules:
        raise CannotGovern("rule", sentence("The schedule has no rule {1} on {2}. Add it to retention.toml.", code, on))
    return max(rules, key=lambda rule: rule.from_on)


def review_due(facts: RetentionFacts, schedule: Sequence[RetentionRule], *, on: date) -> RetentionDue:
    """Return when the retention of a case is next looked at, with the reason in words.

    A later event never makes it earlier. A birth that is not known never ends a retention.
    """
    rule = rule_for(facts, schedule, on=on)
    if facts.closed_on is None:
        return RetentionDue(
            None, rule.code, Word("The case is open. Retention is reviewed after it has closed."), False
        )
    begins = max(facts.last_event_on, facts.closed_on)
    due = years_after(begins, rule.clear_years)
    why = sentence(
        "Kept for {1} years after {2}, the last event or the closing, as the schedule has it for {3}.",
        *(rule.clear_years, day_said(begins), rule.about),
    )
    if facts.reviewed_on is not None and rule.review_years is not None:
        again = years_after(facts.reviewed_on, rule.review_years)
        if again > due:
            due = again
            why = sentence(
                "Looked at again {1} years after the review of {2}, as the schedule has it for {3}.",
                *(rule.review_years, day_said(facts.reviewed_on), rule.about),
            )
    return RetentionDue(due, rule.code, why, _may_go(facts, rule, due, on))


def _may_go(facts: RetentionFacts, rule: RetentionRule, due: date, on: date) -> bool:
    if facts.on_hold or on < due:
        return False
    if rule.until_age is None:
        return True
    born = facts.subject_born_on
    return born is not None and years_after(born, rule.until_age) <= on


def why_not_propose(facts: RetentionFacts, schedule: Sequence[RetentionRule], *, on: date) -> tuple[str, str] | None:
    if facts.on_hold:
        return (
            "outcome",
            sentence("On hold for {1}. Nothing in it can be disposed of while the hold is in place.", facts.on_hold[0]),
        )
    due = review_due(facts, schedule, on=on)
    if due.may_propose_disposal:
        return None
    if due.due_on is None or on < due.due_on:
        return ("outcome", sentence("Not yet due. {1}", due.why))
    return ("outcome", "The rule keeps it until the subject would be 100. It is kept if there is no date of birth.")


def why_not_dispose(
    facts: RetentionFacts, schedule: Sequence[RetentionRule], *, proposed: bool, on: date
) -> tuple[str, str] | None:
    """Return why a case cannot be disposed of on a day although two people want it, or None.

    The review that proposed it moves no day: what happened since then does, and so does a hold.
    """
    if not proposed:
        return "reason", "The last retention review did not propose disposal. Review the case first."
    if facts.subject_born_on is None:
        return "reason", "The subject's date of birth is not known. Such a case is kept and reviewed."
    why = why_not_propose(replace(facts, reviewed_on=None), schedule, on=on)
    return ("reason", why[1]) if why else None


def years_after(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes 1 March, never a day too early."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def answer_due(received_on: date, *, proved_on: date | None = None, waits: Iterable[tuple[date, date]] = ()) -> date:
    """Return the last day on which a person is to be answered about their own record, as the register of law has it.

    The time begins on the day on which the request came, or on which they proved who they are, if that is later.
    `waits` are the times from the day on which the unit asked for what it needs to find the record until the day on
    which it had it (or until today, while it waits). Where the law of the day on which the request came knows that
    the clock stands still, those days are not counted; a day of two waits is left out once.
    """
    begins = max(received_on, proved_on or received_on)
    rule = limit("record.answer", received_on)
    due = rule.last_day(begins)
    if not rule.stops:
        return due
    still = {
        begun + timedelta(days=number)
        for begun, ended in waits
        for number in range((ended - begun).days)
        if begun + timedelta(days=number) >= begins
    }
    return due + timedelta(days=len(still))


def waited(asked: Iterable[tuple[date, date | None]], *, on: date) -> Iterator[tuple[date, date]]:
    """Yield from when until when a unit waited for what it asked for: until this day, where it has not come (None)."""
    yield from ((begun, came or max(on, begun)) for begun, came in asked)


def why_not_ask_more(received_on: date, asked_on: date, *, waits_now: bool, today: date) -> tuple[str, str] | None:
    """Return why the deadline for an answer cannot be paused from a day on, or None."""
    if waits_now:
        return "asked_for", "The deadline is paused already. Record first that you received what you asked for."
    if not limit("record.answer", received_on).stops:
        return "asked_on", "The law on the day you received this does not allow a pause. Answer by the deadline."
    if not received_on <= asked_on <= today:
        return (
            "asked_on",
            "Enter the day on which you asked. It must be between the day you received the challenge and today.",
        )
    return None


def why_not_came(asked_on: date, came_on: date, *, today: date) -> tuple[str, str] | None:
    """Return why it cannot be that what was asked for came on a day, or None."""
    return None if asked_on <= came_on <= today else ("came_on", "Enter a day between the day you asked and today.")
