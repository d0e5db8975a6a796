"""What the capacity model supposes, row by row, each with its source; what the programme's own records know comes in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fourfold.rollout.capacity.terms import Assumed, Profession
from fourfold.words import Word, sentence, words

OURS = Word("an assumption of this programme, to be replaced by what units record")
#: So many entries, on so many cases, before the records' own time stands in place of an assumption.
ENOUGH_ENTRIES, ENOUGH_CASES = 30, 10

SHIPPED: Mapping[str, Assumed] = {
    # Hours of work for one piece, paid time that goes into cases taken apart.
    "screening": Assumed(0.25, Word("hours for a crime"), OURS),
    "triage": Assumed(1.5, Word("hours for a referral"), OURS),
    "assessment": Assumed(6.0, Word("hours for a case"), OURS),
    "review": Assumed(0.75, Word("hours for a review"), OURS),
    "breach": Assumed(3.0, Word("hours for a breach"), OURS),
    "therapy weeks": Assumed(
        16, Word("weeks"), Word("between 6 and 24 weekly appointments are usual; no count was found")
    ),
    "therapy at once": Assumed(5, Word("people for each full-time psychologist"), OURS),
    "caseload": Assumed(
        25, Word("open cases for each full-time advocate"), Word("SafeLives’ benchmark for domestic violence advisers")
    ),
    "support weeks": Assumed(26, Word("weeks"), OURS),
    # What becomes of people.
    "very high": Assumed(0.03, Word("of referrals"), OURS),
    "high": Assumed(0.17, Word("of referrals"), OURS),
    "medium": Assumed(0.45, Word("of referrals"), OURS),
    "taken on": Assumed(83 / 260, Word("of referrals"), Word("first unit, first ten months: 83 of 260")),
    "supported": Assumed(0.9, Word("of cases taken on"), OURS),
    "in therapy": Assumed(
        0.16,
        Word("of cases taken on"),
        Word("47 of over 890 that a panel reviewed, each taken for a referral, over the share taken on"),
    ),
    "drop out": Assumed(1 / 3, Word("of those who begin psychological work"), OURS),
    "later days": Assumed(120, Word("days, on average, between the early days and stepping down"), OURS),
    "step-down days": Assumed(90, Word("days"), Word("three months at least, as in the Spanish protocol of 2025")),
    "breaches": Assumed(0.5, Word("a year for each managed case"), OURS),
    "heard": Assumed(12, Word("cases in one sitting"), Word("some 47 reviews a month at a weekly panel")),
    # Who is there.
    "case work": Assumed(0.75, Word("of paid time that is there for cases"), OURS),
    "for assessment": Assumed(2 / 3, Word("of psychologists’ time for cases; the rest is psychological work"), OURS),
    "leave": Assumed(0.158, Word("of working days: 33 of leave and 8 of holidays"), OURS),
    "sickness": Assumed(0.05, Word("of working days"), OURS),
    "sickness days": Assumed(8, Word("working days in a spell"), OURS),
    "leavers": Assumed(
        0.063, Word("of posts a year"), Word("police officers who left in the year to March 2026, Home Office")
    ),
    "refilled after": Assumed(80, Word("working days"), OURS),
    "start-up months": Assumed(6, Word("months until the last post is filled"), OURS),
}

#: What each assumption is called.
NAMES: Mapping[str, str] = words(
    {
        "screening": "Screening",
        "triage": "Triage",
        "assessment": "Assessment",
        "review": "Review",
        "breach": "Breach",
        "therapy weeks": "Therapy weeks",
        "therapy at once": "Therapy at once",
        "caseload": "Caseload",
        "support weeks": "Support weeks",
        "very high": "Very high",
        "high": "High",
        "medium": "Medium",
        "taken on": "Taken on",
        "supported": "Supported",
        "in therapy": "In therapy",
        "drop out": "Drop out",
        "later days": "Later days",
        "step-down days": "Step-down days",
        "breaches": "Breaches",
        "heard": "Heard",
        "case work": "Case work",
        "for assessment": "For assessment",
        "leave": "Leave",
        "sickness": "Sickness",
        "sickness days": "Sickness days",
        "leavers": "Leavers",
        "refilled after": "Refilled after",
        "start-up months": "Start-up months",
        "pay officers": "Pay of a police officer",
        "pay psychologists": "Pay of a psychologist",
        "pay outreach": "Pay of an outreach worker",
        "pay advocates": "Pay of an advocate",
    }
)


@dataclass(frozen=True)
class Minutes:
    """Staff minutes that the programme recorded on one step: entries, on how many cases, their mean."""

    step: str
    entries: int
    cases: int
    mean: float


#: The steps whose time can come from records; the words under which staff log their minutes.
STEPS = ("screening", "triage", "assessment", "review", "breach")


def with_records(minutes: tuple[Minutes, ...]) -> dict[str, Assumed]:
    """Return the assumptions, with the time of each step from the programme's own records where there are enough of them."""
    found = dict(SHIPPED)
    for one in minutes:
        if one.step in STEPS and one.entries >= ENOUGH_ENTRIES and one.cases >= ENOUGH_CASES and one.mean > 0:
            source = sentence("{1} entries of staff minutes on {2} cases of this programme", one.entries, one.cases)
            found[one.step] = Assumed(one.mean / 60, SHIPPED[one.step].unit, source, recorded=True)
    return found


def cost_of_post(profession: Profession, assumed: Mapping[str, Assumed]) -> float:
    """Return what a full-time post costs a year by the price list (`queries.unit`), with the employer's part, in pounds."""
    return assumed[f"pay {profession.value}"].value
