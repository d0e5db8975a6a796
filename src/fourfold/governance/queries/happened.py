"""What leaves a case, what is asked of it and what keeps it, as its history says it to whoever may read its disclosures."""

from fourfold.cases.queries.happened import Happened, whether
from fourfold.governance.models import (
    Challenge,
    ChallengeAnswered,
    ConfidenceAsked,
    ConfidenceDecision,
    Disclosure,
    Hold,
    HoldLifted,
    Pack,
    PackReleased,
    RetentionReview,
)
from fourfold.governance.terms import ChallengeKind, ChallengeOutcome, Challenger, HoldKind, PackKind, RetentionOutcome
from fourfold.words import Word, sentence


def _challenged(by_whom: str, kind: str, about: str) -> Word:
    return sentence("{1}, by {2}: {3}", ChallengeKind(kind).words.begins(), Challenger(by_whom).words, about)


def _decided(releases: str) -> Word:
    if releases == "yes":
        return Word("What was told in confidence: decided to release some of it")
    return Word("What was told in confidence: decided to release nothing")


KINDS = (
    Happened(Disclosure, "disclosed_at", lambda what, to: sentence("{1}: disclosed to {2}", what, to), ("what", "to_whom")),
    Happened(
        ConfidenceAsked, "recorded_at", lambda sought: sentence("Asked for what was told in confidence: {1}", sought),
        ("sought",),
    ),
    Happened(ConfidenceDecision, "recorded_at", _decided, (whether("releases"),)),
    Happened(Pack, "recorded_at", lambda kind: sentence("{1} made", PackKind(kind).words.begins()), ("kind",)),
    Happened(
        PackReleased, "recorded_at", lambda kind: sentence("{1} released", PackKind(kind).words.begins()), ("pack__kind",)
    ),
    Happened(Hold, "recorded_at", lambda kind: sentence("Kept: {1}", HoldKind(kind).words), ("kind",), why="reason"),
    Happened(
        HoldLifted, "recorded_at", lambda kind: sentence("Kept no longer: {1}", HoldKind(kind).words), ("hold__kind",),
        why="reason",
    ),
    Happened(
        RetentionReview, "recorded_at",
        lambda outcome: sentence("How long to keep it was reviewed: {1}", RetentionOutcome(outcome).words), ("outcome",),
        why="reason",
    ),
    Happened(Challenge, "recorded_at", _challenged, ("by_whom", "kind", "about"), why="words"),
    Happened(
        ChallengeAnswered, "recorded_at",
        lambda about, outcome: sentence("Answered about {1}: {2}", about, ChallengeOutcome(outcome).words),
        ("challenge__about", "outcome"), why="reason",
    ),
)  # fmt: skip
