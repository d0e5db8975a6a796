"""The test that a court applies before it makes an order, limb by limb, and what of the record goes to each.

The words follow the Acts; the applicant checks them against the law of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from fourfold.orders.terms import OrderKind
from fourfold.words import Word


class Shown(Enum):
    """What of the record goes to a limb."""

    ACTS, RISK, NECESSITY, PENDING = range(4)


@dataclass(frozen=True)
class Limb:
    """One thing of which the court must be satisfied."""

    words: str
    shown: Shown


@dataclass(frozen=True)
class Test:
    """What the court must be satisfied of, where that stands, and for how long the order may run."""

    source: str
    who_applies: str
    limbs: tuple[Limb, ...]
    duration: Word
    also: str = ""


_SPO = (
    Limb("The respondent has carried out acts associated with stalking.", Shown.ACTS),
    Limb("The respondent poses a risk associated with stalking to another person.", Shown.RISK),
    Limb(
        "The order is necessary to protect another person from such a risk, whether or not that person was the victim of "
        "the acts.",
        Shown.NECESSITY,
    ),
)
_SPO_ALSO = (
    "Each prohibition and requirement must be necessary to protect the other person from that risk. As far as practicable "
    "it must not conflict with the respondent's religious beliefs, or interfere with the times at which the respondent "
    "normally works or attends an educational establishment."
)
_APPLIES = "a chief officer of police, to a magistrates' court"
TESTS = {
    OrderKind.SPO: Test(
        "Stalking Protection Act 2019, sections 1 and 2",
        _APPLIES,
        _SPO,
        Word("a fixed time of at least two years, or until further order (section 3)"),
        _SPO_ALSO,
    ),
    OrderKind.SPO_INTERIM: Test(
        "Stalking Protection Act 2019, sections 1, 2 and 5",
        _APPLIES,
        (
            *_SPO,
            Limb(
                "The application for a full order has not been decided, and it is appropriate to make an interim order.",
                Shown.PENDING,
            ),
        ),
        Word("a fixed time, which ends at the latest when the application for a full order is decided (section 5)"),
        _SPO_ALSO,
    ),
    OrderKind.RESTRAINING: Test(
        "Sentencing Act 2020, section 360 (conviction); Protection from Harassment Act 1997, section 5A (acquittal)",
        "the prosecutor, to the court that sentences or acquits",
        (
            Limb("The respondent was convicted or acquitted of an offence before this court.", Shown.ACTS),
            Limb(
                "On conviction: the respondent's conduct amounts to harassment, or will cause fear of violence. On acquittal: "
                "there is harassment by the respondent to protect a person from.",
                Shown.RISK,
            ),
            Limb("The order is necessary to protect the person named in it from that.", Shown.NECESSITY),
        ),
        Word("a fixed time, or until further order"),
    ),
    OrderKind.DOMESTIC_ABUSE: Test(
        "Domestic Abuse Act 2021, sections 28 to 32",
        "the person to be protected, a chief officer of police or another person whom the court allows",
        (
            Limb(
                "On the balance of probabilities, the respondent has been abusive towards a person aged 16 or over to whom the "
                "respondent is personally connected.",
                Shown.ACTS,
            ),
            Limb(
                "The order is necessary and proportionate to protect that person from domestic abuse, or the risk of it, by "
                "the respondent.",
                Shown.NECESSITY,
            ),
        ),
        Word("a fixed time, until something happens that the order names, or until further order (section 38)"),
    ),
    OrderKind.DOMESTIC_VIOLENCE: Test(
        "Crime and Security Act 2010, sections 27 and 28",
        "a constable, to a magistrates' court, after a domestic violence protection notice",
        (
            Limb(
                "On the balance of probabilities, the respondent has been violent towards, or has threatened violence towards, "
                "an associated person.",
                Shown.ACTS,
            ),
            Limb(
                "The order is necessary to protect that person from violence or a threat of violence by the respondent.",
                Shown.NECESSITY,
            ),
        ),
        Word("at least 14 and at most 28 days beginning with the day on which it is made (section 28)"),
        "Before it makes the order the court considers the welfare of any person under 18 whose interests it thinks relevant, and "
        "any opinion of the person to be protected of which it knows. That person need not consent.",
    ),
}

#: Words of a condition, and the behaviours of acts that speak for it.
SPEAKS_FOR = (
    (("contact", "message", "telephone", "write", "call"), ("contacts", "threatens", "through_others")),
    (
        ("enter", "near", "street", "within", "approach", "go to", "not attend", "not to attend"),
        ("follows", "loiters", "watches", "attacks"),
    ),
    (("publish", "post", "online", "internet", "name"), ("publishes",)),
    (("account", "device", "telephone", "computer", "track"), ("monitors", "contacts", "publishes")),
    (("damage", "property", "belong"), ("interferes",)),
)


def behaviours_for(condition: str) -> frozenset[str]:
    """Return the behaviours that a condition forbids, as far as its words say so."""
    said = condition.casefold()
    return frozenset(kind for words, kinds in SPEAKS_FOR if any(word in said for word in words) for kind in kinds)
