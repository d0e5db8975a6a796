"""The words of governance: disclosures, requests for what a victim told their advocate, packs, holds, retention, challenges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from fourfold.fields import Unfit, asked, draft
from fourfold.words import Word, words


class Consent(StrEnum):
    """Whether the person concerned was asked before something was disclosed, and what they said."""

    GIVEN = "given"
    REFUSED = "refused"
    OVERRIDDEN = "overridden"
    NOT_ASKED = "not_asked"

    @property
    def words(self) -> str:
        """The consent as a table says it."""
        return CONSENT_WORDS[self]


CONSENT_WORDS = words(
    {
        Consent.GIVEN: "asked, and given",
        Consent.REFUSED: "asked, and refused",
        Consent.OVERRIDDEN: "asked, refused and overridden",
        Consent.NOT_ASKED: "not asked",
    }
)


class Ground(StrEnum):
    """The ground on which something leaves the unit; a data protection officer confirms each before real use."""

    CONSENT = "consent"
    PREVENT_CRIME = "prevent_crime"
    VITAL_INTERESTS = "vital_interests"
    SAFEGUARDING = "safeguarding"
    COURT = "court"
    DATA_SUBJECT = "data_subject"

    @property
    def words(self) -> str:
        """The ground as a form says it."""
        return GROUND_WORDS[self]


GROUND_WORDS = words(
    {
        Ground.CONSENT: "the person concerned agreed",
        Ground.PREVENT_CRIME: "to prevent or detect crime",
        Ground.VITAL_INTERESTS: "to protect somebody's life",
        Ground.SAFEGUARDING: "to safeguard a child or an adult at risk",
        Ground.COURT: "a court ordered it, or proceedings need it",
        Ground.DATA_SUBJECT: "the person asked for their own record",
    }
)


@draft
class DisclosureDetails:
    """What is about to leave the unit: what, to whom, on which ground, why it is needed, and until when it may be kept."""

    what: str = asked(longest=300)
    to_whom: str = asked(longest=200)
    ground: Ground = asked(missing="Choose the ground on which it leaves")
    necessity: str = asked(longest=2000)
    consent: Consent = asked(missing="Say whether the person concerned was asked")
    consent_reason: str = asked(longest=2000, default="")
    expires_on: date | None = None


class VictimAnswer(StrEnum):
    """What a victim answered when asked whether a confidence may leave."""

    GIVEN = "given"
    REFUSED = "refused"
    NOT_SAFE = "not_safe"
    NOT_REACHED = "not_reached"

    @property
    def words(self) -> str:
        """The answer as a table says it."""
        return Word(
            {"given": "the victim agreed", "refused": "the victim said no", "not_safe": "it was not safe to ask"}.get(
                self.value, "the victim was not reached"
            )
        )


@draft
class RequestDetails:
    """What the police ask an advocate for: section 44A of the Police, Crime, Sentencing and Courts Act 2022.

    `counselling` says that counselling records are asked for, which are presumed not to be needed; `rebuttal` says
    why they are. `told_her_at` is when the victim had written notice, `not_told_because` why that waits.
    """

    enquiry: str = asked(longest=4000)
    sought: str = asked(longest=300)
    necessity: str = asked(longest=4000)
    tried: str = asked(longest=4000)
    authorised_by: str = asked(longest=120)
    expires_on: date = asked(missing="Enter the day until which the copy may be kept")
    from_on: date | None = None
    until_on: date | None = None
    counselling: bool = False
    rebuttal: str = asked(longest=4000, default="")
    told_her_at: datetime | None = None
    not_told_because: str = asked(longest=4000, default="")


@draft
class VictimAnswerDraft:
    """What a victim answered their advocate, in their words."""

    answer: VictimAnswer = asked(missing="Choose what the victim said, or why they were not asked")
    words: str = asked(longest=4000)


@draft
class ConfidenceDraft:
    """An advocate's decision on a request; `overrides` where the victim did not agree."""

    releases: bool = asked(missing="Choose whether a copy is released")
    reason: str = asked(longest=4000)
    released: str
    overrides: bool


@draft
class SignatureDraft:
    """A second advocate's signature, or why it is not given."""

    agrees: bool = asked(missing="Choose whether you sign")
    reason: str = asked(typed_in="why_not")


class RequestState(StrEnum):
    """Where a request for a confidence stands."""

    WAITING_FOR_VICTIM = "waiting_for_her"
    TO_DECIDE = "to_decide"
    WAITING_FOR_SIGNATURE = "waiting_for_signature"
    REFUSED = "refused"
    RELEASED = "released"
    EXPIRED = "expired"

    @property
    def words(self) -> str:
        """The state as a table says it."""
        return STATE_WORDS[self]


STATE_WORDS = words(
    {
        RequestState.WAITING_FOR_VICTIM: "waiting for the advocate to ask the victim",
        RequestState.TO_DECIDE: "waiting for the advocate to decide",
        RequestState.WAITING_FOR_SIGNATURE: "waiting for a second advocate to sign",
        RequestState.REFUSED: "refused",
        RequestState.RELEASED: "a copy was released",
        RequestState.EXPIRED: "expired",
    }
)


class PackKind(StrEnum):
    """For whom a pack is made: the subject who asks for their own record, or a court."""

    SUBJECT = "subject"
    COURT = "court"

    @property
    def words(self) -> str:
        """The kind as a list says it."""
        return Word("the subject's own record" if self is PackKind.SUBJECT else "disclosure for a court")


@draft
class PackOrder:
    """A pack to make: for whom, who asked when, and how it is known that they are who they say.

    `proved_on` is the day on which that was known, where it came after the request: the month begins then.
    `must_not_know`: the subject must not learn that there is a case; the pack then reads as if nothing were held.
    """

    kind: PackKind = asked(missing="Choose for whom the pack is")
    asked_by: str = asked(longest=160)
    received_on: date = asked(missing="Enter the day on which the request came")
    identity_proved: str = asked(longest=160)
    must_not_know: bool = False
    restriction_reason: str = asked(longest=2000, default="")
    proved_on: date | None = None


@draft
class ReleaseDraft:
    """How a pack goes to whoever asked for it."""

    channel: str = asked(longest=200)


class HoldKind(StrEnum):
    """Why nothing of a file may be disposed of."""

    PROCEEDINGS = "proceedings"
    COMPLAINT = "complaint"
    INQUEST = "inquest"
    INQUIRY = "inquiry"
    CIVIL_CLAIM = "civil_claim"
    SAFEGUARDING_REVIEW = "safeguarding_review"
    ACCESS_REQUEST = "access_request"

    @property
    def words(self) -> str:
        """The reason as a list says it."""
        return HOLD_WORDS[self]


HOLD_WORDS = words(
    {
        HoldKind.PROCEEDINGS: "criminal proceedings and their disclosure",
        HoldKind.COMPLAINT: "a complaint or a conduct investigation",
        HoldKind.INQUEST: "an inquest",
        HoldKind.INQUIRY: "a public inquiry",
        HoldKind.CIVIL_CLAIM: "a civil claim",
        HoldKind.SAFEGUARDING_REVIEW: "a safeguarding or homicide review",
        HoldKind.ACCESS_REQUEST: "somebody's request for their own record",
    }
)


@draft
class HoldDraft:
    """What a hold is for, and who asked for it."""

    kind: HoldKind = asked(missing="Choose what the hold is for")
    reason: str = asked(longest=2000)


@draft
class LiftDraft:
    """Why a hold is no longer needed."""

    reason: str = asked(longest=2000)


class RetentionOutcome(StrEnum):
    """What a retention review decided. Nothing is erased here: disposal asks for two people and its own keys."""

    RETAIN = "retain"
    PROPOSE_DISPOSAL = "propose_disposal"

    @property
    def words(self) -> str:
        """The outcome as a list says it."""
        return Word("keep" if self is RetentionOutcome.RETAIN else "proposed for disposal")


@draft
class RetentionDraft:
    """What a retention review decided, and why."""

    outcome: RetentionOutcome = asked(missing="Choose an outcome")
    reason: str = asked(longest=2000)


@dataclass(frozen=True)
class RetentionRule:
    """One line of the schedule: which cases it is about, how long nothing may happen, how often it is looked at again.

    `review_years` None: no later review, the case is proposed for disposal. `until_age`: kept until the subject would
    be that old. Dated, so that an old review keeps the rule of its day.
    """

    code: str
    about: str
    from_on: date
    clear_years: int
    review_years: int | None
    authority: str
    until_age: int | None = None


@dataclass(frozen=True)
class RetentionFacts:
    """What the schedule looks at. A birth that is not known (None) never ends a retention."""

    opened_on: date
    last_event_on: date
    closed_on: date | None
    highest_level: str
    serious_order: bool
    subject_born_on: date | None
    reviewed_on: date | None = None
    on_hold: tuple[str, ...] = ()


@dataclass(frozen=True)
class RetentionDue:
    """When a case's retention is to be looked at, by which rule, and why on that day. None: not yet closed."""

    due_on: date | None
    rule: str
    why: str
    may_propose_disposal: bool


class ChallengeKind(StrEnum):
    """What a person says about their own record."""

    INACCURATE = "inaccurate"
    INCOMPLETE = "incomplete"
    OPINION = "opinion"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"

    @property
    def words(self) -> str:
        """The kind as a form says it."""
        return CHALLENGE_WORDS[self]


CHALLENGE_WORDS = words(
    {
        ChallengeKind.INACCURATE: "a fact is wrong",
        ChallengeKind.INCOMPLETE: "something is missing",
        ChallengeKind.OPINION: "an opinion is disputed",
        ChallengeKind.ERASURE: "asks for erasure",
        ChallengeKind.RESTRICTION: "asks that it is not used for now",
        ChallengeKind.OBJECTION: "objects to its use",
    }
)


class Challenger(StrEnum):
    """Who challenges their record."""

    VICTIM = "victim"
    SUBJECT = "subject"
    OTHER = "other"

    @property
    def words(self) -> str:
        """The person as a form says it."""
        return Word("somebody else named in it" if self is Challenger.OTHER else f"the {self.value}")


@draft
class ChallengeDraft:
    """What a person says about their own record, and when it came."""

    by_whom: Challenger = asked(missing="Choose whose record it is")
    kind: ChallengeKind = asked(missing="Choose what they say")
    about: str = asked(longest=200)
    words: str
    received_on: date = asked(missing="Enter the day on which it came")


@draft
class MoreAskedDraft:
    """What a person was asked for before their record can be found."""

    asked_on: date = asked(missing="Enter the day")
    asked_for: str = asked(longest=300)


@draft
class MoreCameDraft:
    """When what was asked for came."""

    came_on: date = asked(missing="Enter the day")


class ChallengeOutcome(StrEnum):
    """What became of a challenge. The first record is never edited: what is right is a later row."""

    CORRECTED = "corrected"
    STATEMENT_ADDED = "statement_added"
    UPHELD_IN_PART = "upheld_in_part"
    REFUSED = "refused"

    @property
    def words(self) -> str:
        """The outcome as a list says it."""
        return OUTCOME_WORDS[self]


OUTCOME_WORDS = words(
    {
        ChallengeOutcome.CORRECTED: "corrected; the first record is kept",
        ChallengeOutcome.STATEMENT_ADDED: "their statement was added to the record",
        ChallengeOutcome.UPHELD_IN_PART: "corrected in part",
        ChallengeOutcome.REFUSED: "refused, with the reason and where to complain",
    }
)


@draft
class ChallengeAnswerDraft:
    """The answer to a challenge, and what is added to the record."""

    outcome: ChallengeOutcome = asked(missing="Choose an outcome")
    reason: str = asked(longest=4000)
    correction: str = asked(longest=4000)


@dataclass(frozen=True)
class Found:
    """A forbidden thing that stands in a made document: of which kind and where; never what it is."""

    kind: str
    where: str


@dataclass(frozen=True)
class Sought:
    """One thing that may not stand in a document: its kind, and the value that is looked for."""

    kind: str
    value: str


class CannotGovern(Unfit):
    """The step cannot be recorded; `field` names what is missing, the message how to mend it."""


class NotClean(CannotGovern):
    """A made document holds what it may not hold; it was thrown away."""

    def __init__(self, found: tuple[Found, ...]):
        self.found = found
        kinds = ", ".join(sorted({f"{one.kind} ({one.where})" for one in found}))
        super().__init__("kind", f"The pack was not kept: it would have held {kinds}. Nothing has left.")


@dataclass(frozen=True)
class LedgerRow:
    """One disclosure as the ledger shows it."""

    id: UUID
    case: str
    at: datetime
    by: str
    what: str
    to_whom: str
    ground: Ground
    necessity: str
    consent: Consent
    consent_reason: str
    expires_on: date | None
    expired: bool
