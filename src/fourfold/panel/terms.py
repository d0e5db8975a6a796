"""The words of the panel: phases, views, and what a decision must answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from fourfold.cases.terms import Answer, Level
from fourfold.fields import LONGEST, Limits, Unfit, draft
from fourfold.programme.advising import AdviceRule
from fourfold.words import Word, WordedEnum, words


class Phase(WordedEnum):
    """Where an item stands: each gives a view alone, then all open, then one decision."""

    INDEPENDENT = "independent", "giving views"
    CONSOLIDATING = "consolidating", "views open"
    DECIDED = "decided"


class Strand(WordedEnum):
    """The four strands of a plan."""

    PSYCHOLOGICAL = "psychological"
    SOCIAL = "social"
    LEGAL = "legal"
    VICTIM_SAFETY = "victim_safety"


class PlanClass(WordedEnum):
    """The four classes of a risk management plan, as structured professional judgement has them."""

    MONITORING = "monitoring"
    SUPERVISION = "supervision"
    INTERVENTION = "intervention"
    VICTIM_SAFETY_PLANNING = "victim_safety_planning"

    @property
    def asks(self) -> str:
        return _ASKS[self]


_ASKS = words(
    {
        PlanClass.MONITORING: "How would we notice that it gets worse?",
        PlanClass.SUPERVISION: "What stops the subject from acting?",
        PlanClass.INTERVENTION: "What changes the reasons for the behaviour?",
        PlanClass.VICTIM_SAFETY_PLANNING: "What makes the victim safer, whatever the subject does?",
    }
)


class MeasureKind(WordedEnum):
    """What a measure, or an action of the plan, is."""

    SUBJECT_ASSESSMENT = "subject_assessment", "assessment of the subject"
    DIRECT_WORK = "direct_work", "direct psychological work"
    CO_WORKING = "co_working", "joint work with the subject’s own service"
    ADVICE_TO_TEAM = "advice_to_team", "advice to the team responsible for the subject"
    TREATMENT_REFERRAL = "treatment_referral", "referral for treatment"
    HOUSING = "housing"
    EMPLOYMENT = "employment"
    SUBSTANCE_USE = "substance_use"
    DEBT = "debt"
    PHYSICAL_HEALTH = "physical_health"
    MENTAL_HEALTH = "mental_health"
    ARREST = "arrest"
    SEARCH = "search"
    CHARGE = "charge"
    BAIL = "bail"
    ORDER = "order", "application for an order"
    SERVICE_OF_ORDER = "service_of_order", "service of an order"
    LETTER = "letter", "letter or warning to the subject"
    PRISON_RECALL = "prison_recall"
    WATCH = "watch", "watching for new contact"
    ADVOCATE = "advocate", "the victim’s advocate"
    CHECK_WITH_VICTIM = "check_with_victim", "regular check with the victim"
    SAFETY_PLAN = "safety_plan"
    DIGITAL_SAFETY = "digital_safety"
    HOME_SECURITY = "home_security"
    OTHERS_AT_RISK = "others_at_risk", "others at risk"
    OTHER = "other", "something else"

    @property
    def tells_victim_first(self) -> bool:
        """Return whether the subject is bound to notice it, so that the victim is always told first."""
        return self in (MeasureKind.DIRECT_WORK, MeasureKind.SERVICE_OF_ORDER, MeasureKind.LETTER)


class OrderConsidered(StrEnum):
    """Whether a stalking protection order is sought; the reason is asked for either way."""

    YES = "yes"
    NO = "no"


class Came(WordedEnum):
    """Whether somebody was at a sitting, as the chair recorded it there."""

    ATTENDED = "attended"
    APOLOGIES = "apologies", "sent apologies"
    ABSENT = "absent", "absent, without apologies"


class Certainty(WordedEnum):
    """How sure somebody is of a view."""

    UNSURE = "unsure"
    FAIRLY_SURE = "fairly_sure"
    SURE = "sure"


@dataclass(frozen=True)
class MeasureDraft:
    """A measure before it is decided: who owns it and by when.

    `direct_work` marks psychological work with the subject; an assessment of the subject, or advice to a team, is
    not direct work. `kind` says what it is, `plan_class` where it stands in a risk management plan (None: as its kind
    usually does).
    """

    strand: Strand
    what: str
    owner_partner: str
    owner: UUID | None = None
    due_on: date | None = None
    tell_victim_first: bool = False
    direct_work: bool = False
    kind: MeasureKind | None = None
    plan_class: PlanClass | None = None

    @property
    def is_direct_work(self) -> bool:
        """Return whether this is psychological work with the subject, by its mark or by its kind."""
        return self.direct_work or self.kind is MeasureKind.DIRECT_WORK

    @property
    def is_told_first(self) -> bool:
        """Return whether the victim is told first: somebody says so, or the subject is bound to notice."""
        return self.tell_victim_first or self.is_direct_work or (self.kind is not None and self.kind.tells_victim_first)


@dataclass(frozen=True)
class DecisionText:
    """One text of a decision, said once for form, rules, page and minutes: its question, hint, heading and limits.

    `heading` stands over it in the recorded decision and the minutes, of those that
    follow one another at the end of all three (`CLOSING`). `missing` is said where the panel left it empty; without it, it may be empty.
    """

    name: str
    label: Word
    hint: Word
    heading: Word
    missing: Word
    rows: int


def text(
    label: str, *, hint: str = "", heading: str = "", missing: str = "", rows: int = 2, longest: int = LONGEST
) -> Any:
    """Declare a text of a decision (`DecisionText`)."""
    said = (Word(label), Word(hint), Word(heading), Word(missing), rows)
    return field(default="", metadata={"asked": Limits(longest=longest), "text": said})


@draft
class DecisionDraft:
    """A decision before it is recorded; `rules.why_not_decide` says what is missing.

    Each column of `models.Decision` that the panel fills has its field here, by the same name. `level` and
    `order_considered` are the values of `Level` and `OrderConsidered`, empty while nobody has answered.
    `want_of_capacity` says what the panel would have decided, had the unit been able to carry it; `without_assessment`
    why it decides although no assessment is up to date.
    """

    formulation: str = text(
        "How do we understand the case?",
        hint="Why this subject, why this victim, why now.",
        missing="Say how the panel understands the case: why this subject, why this victim, why now.",
        rows=5,
    )
    level: str = ""
    level_reason: str = text(
        "Reason, if the level is lower than advised or than now", hint="A second person signs this reason."
    )
    victim_safety: str = text(
        "What will be done for the victim’s safety?",
        hint="Say what will be done for the victim, and who tells the victim what, when and how.",
        missing="Say what will be done for the victim’s safety.",
        rows=3,
    )
    order_considered: str = ""
    order_reason: str = text("Why, or why not?", missing="Say why an order is sought, or why not.")
    under_investigation: Answer = Answer.NOT_KNOWN
    resident: Answer = Answer.NOT_KNOWN
    measures: tuple[MeasureDraft, ...] = ()
    dissent: str = text(
        "Dissent",
        hint="You must fill this in if a profession recommends a higher level than the one decided.",
        heading="Dissent, kept as written",
    )
    alternatives_rejected: str = text(
        "What was considered and rejected, and why?", heading="Considered and rejected"
    )  # fmt: skip
    without_assessment: str = text(
        "No assessment is up to date: why does the panel decide without one?",
        hint="If it can wait, assess first. This reason appears in the minutes.",
        heading="Decided without an up-to-date assessment",
    )
    want_of_capacity: str = text(
        "Did a lack of capacity limit this decision?",
        hint="Leave this empty, or say what the case needs that the unit cannot do.",
        heading="Limited by a lack of capacity",
    )
    authority: str = text(
        "Authority",
        hint="If a step needs authority, say whose and when it was given.",
        heading="Authority",
        rows=1,
        longest=120,
    )
    review_on: date | None = None


DECISION_TEXTS = tuple(
    DecisionText(each.name, *each.metadata["text"]) for each in fields(DecisionDraft) if "text" in each.metadata
)
CLOSING = tuple(each for each in DECISION_TEXTS if each.heading)


def closing_texts(*texts: str) -> tuple[tuple[Word, str], ...]:
    """Return what was written of `CLOSING`, in that order, each with its heading."""
    return tuple((asked.heading, text) for asked, text in zip(CLOSING, texts, strict=True) if text)


@dataclass(frozen=True)
class ViewGiven:
    """A view as the rules look at it: whose, of which profession, which level, and whether given alone."""

    staff: UUID
    profession: str
    level: Level | None = None
    independent: bool = True


@dataclass(frozen=True)
class Table:
    """What the panel stands on when it decides: the phase, the site's rules, who spoke, what was advised.

    `advised` is the level that the site's rules and the assessments advise, `in_force` the level of the case; either
    may be None. `partners` are the agencies of the unit, `today` the day of the decision; `review_by` gives for each
    level the last day on which the site's clock lets the next review fall. `assessed` says whether an assessment that
    is up to date stands behind the case.
    """

    phase: Phase
    quorum: tuple[str, ...]
    views: tuple[ViewGiven, ...]
    partners: frozenset[str]
    today: date
    therapy_while_investigated: bool
    review_by: Mapping[Level, date] = field(default_factory=dict)
    advised: Level | None = None
    in_force: Level | None = None
    gate_source: str = ""
    second_signature: bool = False
    subject_age: int | None = None
    minimum_age: int = 0
    residents_only: bool = False
    referring_service_keeps_case: bool = False
    kept_by: str = ""
    advice: tuple[AdviceRule, ...] = ()
    assessed: bool = False


@dataclass(frozen=True)
class Gap:
    """What a decision still lacks: the field, and how to mend it."""

    field: str
    message: str


@dataclass(frozen=True)
class Signs:
    """What is known of a case when its item is called: what the rules' advice is drawn from.

    `tools` are pairs of an assessment's title and its advised level (None: nothing could be advised); `stale` and
    `missing` name assessments that no longer, or do not yet, speak for the present. `acts_90` are the acts of the
    last 90 days, `shortening` says whether they come closer together; None means that it cannot be told. So it does
    for `weapon`, `former_partner` and `subject_known`. `assessed`: one assessment at least is signed and not stale.
    """

    tools: tuple[tuple[str, Level | None], ...] = ()
    stale: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()
    in_force: Level | None = None
    acts: int = 0
    acts_90: int = 0
    breaches: int = 0
    shortening: bool | None = None
    threats: int = 0
    through_others: int = 0
    monitoring: int = 0
    weapon: bool | None = None
    former_partner: bool | None = None
    subject_known: bool | None = None
    assessed: bool = False


class GateState(WordedEnum):
    """Whether a gate in the site's rules is open; *stands* is a rule that always holds."""

    OPEN = "open"
    SHUT = "shut"
    NOT_KNOWN = "not_known", "not known, so not allowed"
    STANDS = "stands", "always"


@dataclass(frozen=True)
class Gate:
    """A gate: the rule in words, whether it is open, the fact it stands on, its source, and what it stops (if shut)."""

    code: str
    says: str
    state: GateState
    fact: str
    source: str
    stops: str = ""


@dataclass(frozen=True)
class Suggestion:
    """What one rule suggests: the rule in words, the facts it used, those it lacks (`not_known`), its source."""

    code: str
    says: str
    suggests: str
    facts: tuple[str, ...]
    not_known: tuple[str, ...]
    strand: Strand
    plan_class: PlanClass
    tell_victim_first: bool
    source: str


@dataclass(frozen=True)
class Advice:
    """What the site's rules suggest, with the reasons; it may ask for more than the panel thought of, never less."""

    level: Level | None
    reasons: tuple[str, ...]
    suggestions: tuple[Suggestion, ...] = ()
    gates: tuple[Gate, ...] = ()


@dataclass(frozen=True)
class PastView:
    """A view that was given in an earlier sitting, as it is taken over."""

    staff: UUID
    profession: str
    level: str
    position: str
    given_at: datetime
    proposes: str = ""
    independent: bool = True


@dataclass(frozen=True)
class PastDecision:
    """A decision of an earlier sitting with its views and measures, as it is taken over."""

    case: UUID
    site: str
    starts_at: datetime
    chair: UUID
    decided_at: datetime
    draft: DecisionDraft
    views: tuple[PastView, ...] = ()
    quorum: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Called:
    """The moments that may bring a case before a panel; `breach_left_at`: when the act of that breach left the case."""

    last_decided_at: datetime | None = None
    sent_at: datetime | None = None
    breach_at: datetime | None = None
    breach_left_at: datetime | None = None
    review_due_at: datetime | None = None


@dataclass(frozen=True)
class AtTable:
    """How somebody stands to an item: has stepped aside, or has still to answer what the record suggests (`open`)."""

    aside: bool = False
    open: tuple[str, ...] = ()


class CannotConvene(ValueError):
    """The sitting cannot be called; `field` names what is wrong, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)


class CannotGiveView(CannotConvene):
    """The view cannot be kept."""


class CannotDeclare(CannotConvene):
    """The declaration, or the answer to an invitation, cannot be kept."""


class CannotAdvise(CannotConvene):
    """The consultation cannot be asked or answered so."""


class CannotDecide(Unfit):
    """The decision cannot be recorded; `gaps` names everything that is missing, `field` the first of them."""

    def __init__(self, *gaps: Gap):
        self.gaps = gaps
        (field, message), *more = ((gap.field, gap.message) for gap in gaps)
        super().__init__(field, message, *more)
