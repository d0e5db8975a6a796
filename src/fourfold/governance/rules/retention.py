"""When is a case's retention to be looked at, by which rule, and why then? Holds beat everything; nothing erases itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fourfold.governance.terms import CannotGovern, RetentionDue, RetentionFacts, RetentionRule

LEVEL_RULES = {"very_high": "group-1", "high": "group-2", "medium": "group-3", "low": "group-3", "": "group-3"}
MONTHS_TO_ANSWER = 1


def rule_for(facts: RetentionFacts, schedule: Sequence[RetentionRule], *, on: date) -> RetentionRule:
    """Return the rule in force on a day for a case: by the highest level it ever had, and by the orders it led to."""
    code = LEVEL_RULES[facts.highest_level]
    if facts.serious_order and code == "group-3":
        code = "group-2"
    found = [rule for rule in schedule if rule.code == code and rule.from_on <= on]
    if not found:
        raise CannotGovern("rule", f"The schedule has no rule {code} on {on}. Add it to retention.toml.")
    return max(found, key=lambda rule: rule.from_on)


def review_due(facts: RetentionFacts, schedule: Sequence[RetentionRule], *, on: date) -> RetentionDue:
    """Return when the retention of a case is next looked at, with the reason in words.

    A later event never makes it earlier. A birth that is not known never ends a retention.
    """
    rule = rule_for(facts, schedule, on=on)
    if facts.closed_on is None:
        return RetentionDue(None, rule.code, "The case is open; retention is looked at after it has closed.", False)
    begins = max(facts.last_event_on, facts.closed_on)
    due, why = years_after(begins, rule.clear_years), f"{rule.clear_years} years without an event after {begins}"
    if facts.reviewed_on is not None and rule.review_years is not None:
        again = years_after(facts.reviewed_on, rule.review_years)
        if again > due:
            due, why = again, f"{rule.review_years} years after the review of {facts.reviewed_on}"
    return RetentionDue(due, rule.code, f"{why}; {rule.about}", _may_go(facts, rule, due, on))


def _may_go(facts: RetentionFacts, rule: RetentionRule, due: date, on: date) -> bool:
    if facts.on_hold or on < due:
        return False
    if rule.until_age is None:
        return True
    born = facts.subject_born_on
    return born is not None and years_after(born, rule.until_age) <= on


def why_not_propose(facts: RetentionFacts, schedule: Sequence[RetentionRule], *, on: date) -> tuple[str, str] | None:
    """Return why a case may not be proposed for disposal, or None."""
    if facts.on_hold:
        return ("outcome", f"On hold for {facts.on_hold[0]}. Nothing of it may be disposed of while a hold stands.")
    due = review_due(facts, schedule, on=on)
    if due.may_propose_disposal:
        return None
    if due.due_on is None or on < due.due_on:
        return ("outcome", f"Not yet due: {due.why}")
    return ("outcome", "Its rule keeps it until the subject would be 100; without a date of birth it is kept.")


def years_after(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes 1 March, never a day too early."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def answer_due(received_on: date) -> date:
    """Return the last day on which a person is to be answered about their own record: one month after it came.

    One calendar month as the ICO counts it: the same day of the next month, or its last day. To be confirmed by a data
    protection officer, since the Data (Use and Access) Act 2025 changed the time limits.
    """
    year, month = divmod(received_on.month, 12)
    year, month = received_on.year + year, month + 1
    for day in range(received_on.day, 27, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return date(year, month, received_on.day)
