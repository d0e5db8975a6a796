"""The words of governance: disclosures, requests for what a victim told their advocate, packs, holds, retention, challenges."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from fourfold.fields import Unfit, asked, draft
from fourfold.panel.minutes import Form
from fourfold.words import WordedEnum, words


class Consent(WordedEnum):
    """The consent of the person concerned, where they were asked, to a disclosure."""

    GIVEN = "given", "asked, and given"
    REFUSED = "refused", "asked, and refused"
    OVERRIDDEN = "overridden", "asked, refused and overridden"
    NOT_ASKED = "not_asked", "not asked"


class ExportKind(StrEnum):
    """Which numbers a file that is taken away holds."""

    QUALITY = "quality"
    BY_MONTH = "by_month"


class Ground(WordedEnum):
    """The ground on which something leaves the unit; a data protection officer confirms each before real use."""

    CONSENT = "consent", "the person concerned agreed"
    PREVENT_CRIME = "prevent_crime", "to prevent or detect crime"
    VITAL_INTERESTS = "vital_interests", "to protect somebody's life"
    SAFEGUARDING = "safeguarding", "to safeguard a child or an adult at risk"
    COURT = "court", "a court ordered it, or proceedings need it"
    DATA_SUBJECT = "data_subject", "the person asked for their own record"


@draft
class RecipientDraft:
    """Who receives what leaves, on which ground and why, with what consent, and until when they may keep it."""

    to_whom: str = asked(longest=200)
    ground: Ground = asked(missing="Choose the legal ground")
    necessity: str = asked(longest=2000)
    consent: Consent = asked(missing="Say whether the person concerned was asked")
    consent_reason: str = asked(longest=2000)
    expires_on: date | None


@draft
class DisclosureDetails(RecipientDraft):
    """What is about to leave the unit, to whom and why. `third`: which third party of the case receives it, if one does."""

    what: str = asked(longest=300)
    third: UUID | None = None


@draft
class AdviceDocument(RecipientDraft):
    """The unit's advice as a document: in which form, for whom and why; `agency` of the unit opens it too, or nobody."""

    form: Form = asked(missing="Choose PDF or Word")
    agency: str = asked(missing="Choose an agency, or nobody else")


class VictimAnswer(WordedEnum):
    """A victim's answer when asked whether a confidence may be released."""

    GIVEN = "given", "the victim agreed"
    REFUSED = "refused", "the victim said no"
    NOT_SAFE = "not_safe", "it was not safe to ask"
    NOT_REACHED = "not_reached", "the victim was not reached"


@draft
class RequestDetails:
    """What the police ask an advocate for: section 44A of the Police, Crime, Sentencing and Courts Act 2022.

    `counselling` says that counselling records are asked for, which are presumed not to be needed; `rebuttal` says
    why they are. `told_her_at` is when the victim had written notice, `not_told_because` why that waits.
    """

    enquiry: str = asked("Name the reasonable line of enquiry.", longest=4000)
    sought: str = asked("Say what you believe the advocate holds, and for which days.", longest=300)
    necessity: str = asked("Say why it is necessary and proportionate.", longest=4000)
    tried: str = asked("Say what you tried first, or why nothing less would be enough.", longest=4000)
    authorised_by: str = asked("Name who authorised the request, with the rank.", longest=120)
    expires_on: date = asked("Enter the day until which the copy may be kept")
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


class RequestState(WordedEnum):
    """The state of a request for a confidence."""

    WAITING_FOR_VICTIM = "waiting_for_her", "waiting for the advocate to ask the victim"
    TO_DECIDE = "to_decide", "waiting for the advocate to decide"
    WAITING_FOR_SIGNATURE = "waiting_for_signature", "waiting for a second advocate to sign"
    REFUSED = "refused", "refused"
    RELEASED = "released", "a copy was released"
    EXPIRED = "expired", "expired"


class PackKind(WordedEnum):
    """What a pack is for: a subject's own record, a court that asks, an application to one, or advice to who holds the case."""

    SUBJECT = "subject", "the subject's own record"
    COURT = "court", "disclosure for a court"
    APPLICATION = "order", "application for an order"
    ADVICE = "advice", "letter of advice"


@draft
class PackOrder:
    """A pack to make: for whom, who asked when, how it is known that they are who they say, and the order applied for.

    `proved_on` is the day on which that was known, where it came after the request: the month begins then.
    `must_not_know`: the subject must not learn that there is a case; the pack then reads as if nothing were held.
    """

    kind: PackKind = asked(missing="Choose for whom the pack is")
    asked_by: str = asked(longest=160)
    received_on: date = asked(missing="Enter the day on which you received the request")
    identity_proved: str = asked(longest=160, default="")
    must_not_know: bool = False
    restriction_reason: str = asked(longest=2000, default="")
    proved_on: date | None = None
    application: UUID | None = None


class Choice(WordedEnum):
    """What a person decides about words that may lead to a victim."""

    MASK = "mask", "mask these words"
    KEEP = "keep", "keep these words"
    LEAVE_OUT = "leave_out", "leave the whole entry out"
    ASK = "ask", "somebody else must decide"


@draft
class DangerDraft:
    """What happens to words that may lead to a victim, why, and in which other places the same is decided."""

    choice: Choice = asked(missing="Choose what happens to these words")
    reason: str = asked(longest=2000, default="")
    waits_for: str = asked(longest=160, default="")
    #: The keys of further dangers for which the same is decided.
    also: tuple[str, ...] = ()


@draft
class ReleaseDraft:
    """How a pack goes to whoever asked for it."""

    channel: str = asked(longest=200)


class HoldKind(WordedEnum):
    """A reason for which nothing in a file may be disposed of."""

    PROCEEDINGS = "proceedings", "criminal proceedings and their disclosure"
    COMPLAINT = "complaint", "a complaint or a conduct investigation"
    INQUEST = "inquest", "an inquest"
    INQUIRY = "inquiry", "a public inquiry"
    CIVIL_CLAIM = "civil_claim", "a civil claim"
    SAFEGUARDING_REVIEW = "safeguarding_review", "a safeguarding or homicide review"
    ACCESS_REQUEST = "access_request", "somebody's request for their own record"


@draft
class HoldDraft:
    """What a hold is for, and who asked for it."""

    kind: HoldKind = asked(missing="Choose what the hold is for")
    reason: str = asked(longest=2000)


@draft
class LiftDraft:
    """Why a hold is no longer needed."""

    reason: str = asked(longest=2000)


class RetentionOutcome(WordedEnum):
    """The decision of a retention review. Nothing is erased by it: a disposal asks for two people."""

    RETAIN = "retain", "keep"
    PROPOSE_DISPOSAL = "propose_disposal", "proposed for disposal"


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


class ChallengeKind(WordedEnum):
    """What a person says about their own record."""

    INACCURATE = "inaccurate", "a fact is wrong"
    INCOMPLETE = "incomplete", "something is missing"
    OPINION = "opinion", "an opinion is disputed"
    ERASURE = "erasure", "asks for erasure"
    RESTRICTION = "restriction", "asks that it is not used for now"
    OBJECTION = "objection", "objects to its use"


class Challenger(WordedEnum):
    """Who challenges their record."""

    VICTIM = "victim", "the victim"
    SUBJECT = "subject", "the subject"
    OTHER = "other", "somebody else named in it"


@draft
class ChallengeDraft:
    """What a person says about their own record, and when it came."""

    by_whom: Challenger = asked(missing="Choose whose record it is")
    kind: ChallengeKind = asked(missing="Choose what they say")
    about: str = asked(longest=200)
    words: str
    received_on: date = asked(missing="Enter the day on which you received it")


@draft
class MoreAskedDraft:
    """What a person was asked for before their record can be found."""

    asked_on: date = asked(missing="Enter the day")
    asked_for: str = asked(longest=300)


@draft
class MoreCameDraft:
    """When what was asked for came."""

    came_on: date = asked(missing="Enter the day")


class ChallengeOutcome(WordedEnum):
    """The outcome of a challenge. The first record is never edited: what is right is a later row."""

    CORRECTED = "corrected", "corrected; the first record is kept"
    STATEMENT_ADDED = "statement_added", "their statement was added to the record"
    UPHELD_IN_PART = "upheld_in_part", "corrected in part"
    REFUSED = "refused", "refused, with the reason and where to complain"


@draft
class ChallengeAnswerDraft:
    """The answer to a challenge, and what is added to the record."""

    outcome: ChallengeOutcome = asked(missing="Choose an outcome")
    reason: str = asked(longest=4000)
    correction: str = asked(longest=4000)


class WallAnswer(WordedEnum):
    """What is said of a provisional wall."""

    STAY = "stay", "keep the wall"
    GO = "go", "remove the wall"


@draft
class WallAnswerDraft:
    """Whether a provisional wall should stay or go, and why."""

    said: WallAnswer = asked(missing="Choose whether the wall should stay or go")
    reason: str = asked(missing="Say why", longest=2000)


@draft
class WallGoesDraft:
    """Why a wall should go."""

    reason: str = asked(missing="Say why", longest=2000)


@draft
class WallDraft:
    """Who is to be kept from an allegation, a person or a whole agency, and why."""

    staff: UUID | None
    partner: str = asked(longest=40)
    reason: str = asked(missing="Say why", longest=2000)


@dataclass(frozen=True)
class Found:
    """A forbidden thing that stands in a made document: of which kind and where; never what it is."""

    kind: str
    where: str


class Sure(IntEnum):
    """How sure it is that what stands there is what is sought."""

    MAYBE, LIKELY, CERTAIN = range(3)


@dataclass(frozen=True)
class Seen:
    """A stretch of a text that may give somebody away: from where to where, of which kind, why, and how sure that is."""

    start: int
    end: int
    kind: str
    why: str
    sure: Sure
    slip: bool = False


#: Why words are left out, in the words of the page, and the kinds of what they are taken for.
WHY_LEFT_OUT = words(
    (
        *("as on record", "a name", "the whole name", "an address read out", "the name before the @", "a number plate"),
        *("the beginning of a plate", "the end of a plate", "a postcode", "the first half of a postcode", "a place"),
        *("a part of a place", "a road or place without its kind", "its words changed round"),
        *("the name of a road or place", "a telephone number", "a part of a telephone number"),
        *("the end of a telephone number", "somebody at risk", "code phrase", "other name", "another form of a name"),
        *("a name or account of the same words", "a place as a map finds it", "three words that may be a place"),
        *("what looks like a telephone number", "what looks like a mailbox", "what looks like a postcode"),
        *("what looks like a house and its road", "what looks like a school"),
    )
)


#: The kinds of a forename of somebody at risk, and of another form of one on record: Kate for Catherine. Others bear them too.
AT_RISK, FORM = "somebody at risk", "another form of a name"


@dataclass(frozen=True)
class Sought:
    """One thing that may not stand in a document: its kind, and the value that is looked for."""

    kind: str
    value: str


class CannotGovern(Unfit):
    """The step cannot be recorded; `field` names what is missing, the message how to mend it."""


class NotClean(CannotGovern):
    """A made document holds what no record that went into it explains; it was thrown away."""

    def __init__(self, found: tuple[Found, ...]):
        self.found = found
        kinds = ", ".join(sorted({f"{one.kind} ({one.where})" for one in found}))
        super().__init__("kind", f"The pack was not kept, because it contained {kinds}. Nothing was disclosed.")


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
    third: UUID | None
