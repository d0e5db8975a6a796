"""Is the act recorded as what it is? The counting rules as dated data, and the one check that the desk shows."""

from collections.abc import Iterable
from datetime import date

from fourfold.cases.rules.course import occasions
from fourfold.cases.terms import Act, ClassCheck
from fourfold.intake.terms import RecordingClass
from fourfold.law.rules import recording_rule
from fourfold.law.terms import RecordingRule
from fourfold.words import Word, counted, sentence

DEFINITION = recording_rule("definition")
COURSE_RULE = recording_rule("course-of-conduct")
FORMER_PARTNER_RULE = recording_rule("former-partner")
PRINCIPAL_RULE = recording_rule("principal-crime")
MORE_SERIOUS = frozenset(
    {
        RecordingClass.THREATS,
        RecordingClass.ASSAULT,
        RecordingClass.BURGLARY,
        RecordingClass.VOYEURISM,
        RecordingClass.IMAGE_ABUSE,
        RecordingClass.BREACH_OF_ORDER,
    }
)
"""Classes that may rightly stand as the principal crime above a course of conduct."""

_HARASSMENT = frozenset({RecordingClass.HARASSMENT, RecordingClass.AGGRAVATED_HARASSMENT})
_PARTNER, _PERSON = Word("a former partner"), Word("the same person")


def two_acts(acts: Iterable[Act]) -> bool:
    """Return whether the acts are a course of conduct in law: at least two occasions against one person.

    Source: Protection from Harassment Act 1997, section 7(3).
    """
    return occasions(act.at for act in acts) >= 2


def class_check(
    acts: Iterable[Act],
    *,
    recorded_as: RecordingClass | None,
    former_partner: bool | None,
    on: date,
    included: Iterable[str] = (),
) -> ClassCheck | None:
    """Return what the counting rules in force on `on` expect of one of `acts`, or None where nothing is amiss.

    `acts` are all acts of one subject against one victim, this one among them: it need not be the newest. `recorded_as` of None means that the
    force has not recorded a class. A relationship that is not known (None) never quiets the check.
    """
    count = occasions(act.at for act in acts)
    if count < 2 or recorded_as is RecordingClass.STALKING or RecordingClass.STALKING in set(included):
        return None
    who = _PARTNER if former_partner else _PERSON
    found = sentence("{1}, but one of {2} by {3}", _recorded(recorded_as), counted(count, "act"), who)
    if recorded_as in MORE_SERIOUS and PRINCIPAL_RULE.in_force(on):
        return _check(PRINCIPAL_RULE, sentence("{1}: the classification should include stalking.", found))
    if former_partner and FORMER_PARTNER_RULE.in_force(on):
        return _check(FORMER_PARTNER_RULE, sentence("{1}: the recording rule expects stalking.", found))
    return _of_no_known_partner(recorded_as, former_partner, found, on)


def _of_no_known_partner(
    recorded_as: RecordingClass | None, former_partner: bool | None, found: str, on: date
) -> ClassCheck | None:
    if former_partner is None and FORMER_PARTNER_RULE.in_force(on):
        ask = Word("Ask whether they were partners: if so, the recording rule expects stalking")
        if recorded_as in _HARASSMENT:
            return _check(FORMER_PARTNER_RULE, sentence("{1}. {2}.", found, ask))
        return _check(
            FORMER_PARTNER_RULE, sentence("{1}: a course of conduct. {2}; if not, stalking or harassment.", found, ask)
        )
    if recorded_as in _HARASSMENT:
        return None
    rule = COURSE_RULE if COURSE_RULE.in_force(on) else DEFINITION
    return _check(rule, sentence("{1}: a course of conduct, so stalking or harassment is expected.", found))


def _check(rule: RecordingRule, says: str) -> ClassCheck:
    return ClassCheck(expected=RecordingClass.STALKING, says=says, rule=rule)


def _recorded(recorded_as: RecordingClass | None) -> str:
    return Word("Not recorded as a crime") if recorded_as is None else sentence("Recorded as {1}", recorded_as.words)
