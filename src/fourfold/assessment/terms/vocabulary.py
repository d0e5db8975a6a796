"""The closed vocabularies of assessment: what a definition may say, each word with what it means."""

from __future__ import annotations

from enum import StrEnum

from fourfold.words import WordedEnum


class Meaning(WordedEnum):
    """What choosing an option says about the question, whatever its label is."""

    AFFIRM = "affirm", "says yes"
    DENY = "deny", "says no"
    PARTIAL = "partial", "says it in part"
    UNKNOWN = "unknown"
    REFUSED = "refused", "not answered on purpose"
    OMIT = "omit"
    NOT_APPLICABLE = "not_applicable"
    LEFT_OPEN = "left_open"


UNSETTLED = frozenset({Meaning.UNKNOWN, Meaning.REFUSED, Meaning.OMIT, Meaning.LEFT_OPEN})
"""Meanings that leave the question open. None of them is ever a zero, and none is ever a no."""

ABSENT = (*sorted(UNSETTLED - {Meaning.LEFT_OPEN}), Meaning.NOT_APPLICABLE)
"""Reasons that may stand in the place of an answer, on any question of any form. *Left open* is said by whoever signs all
the same, with a note of why."""


class InstrumentKind(StrEnum):
    """What sort of form this is; a structured professional judgement (`spj`) never has totals."""

    SCREEN = "screen"
    CHECKLIST = "checklist"
    ACTUARIAL = "actuarial"
    SPJ = "spj"
    PROM = "prom"
    LOCAL = "local"


class About(StrEnum):
    """Whom the answers describe; decides which compartment they belong to."""

    VICTIM = "victim"
    SUBJECT = "subject"
    DYAD = "dyad"
    CHILD = "child"


class Informant(StrEnum):
    """Who fills the form in."""

    SELF = "self"
    PROFESSIONAL = "professional"
    FILE = "file"


class FilledInBy(WordedEnum):
    """Whom an imported form is about and who fills it in: no file says it, so whoever imports it does."""

    VICTIM = "victim", "the victim, about how they are: it becomes one of the victim’s measures"
    ABOUT_VICTIM = "about_victim", "a professional, about the victim"
    ABOUT_SUBJECT = "about_subject", "a professional, about the subject"
    ABOUT_CASE = "about_case", "a professional, about the case as a whole"

    @classmethod
    def of(cls, about: str, informant: str, kind: str) -> FilledInBy | None:
        """Return which of these ways a form is filled in; None for a form that ships, which has ways of its own."""
        return next((way for way in cls if (way.about, way.informant, way.kind) == (about, informant, kind)), None)

    @property
    def about(self) -> About:
        return {self.ABOUT_SUBJECT: About.SUBJECT, self.ABOUT_CASE: About.DYAD}.get(self, About.VICTIM)

    @property
    def informant(self) -> Informant:
        return Informant.SELF if self is FilledInBy.VICTIM else Informant.PROFESSIONAL

    @property
    def kind(self) -> InstrumentKind:
        return InstrumentKind.PROM if self is FilledInBy.VICTIM else InstrumentKind.LOCAL


class Shipped(StrEnum):
    """How much of an instrument this project holds.

    `whole`: with wording. `skeleton`: everything but the wording. `slot`: what it is and what it concludes, with
    room for the questions of a unit that holds a licence.
    """

    WHOLE = "whole"
    SKELETON = "skeleton"
    SLOT = "slot"


class ItemKind(WordedEnum):
    """How a question is answered: by choosing, in words, with a number or a date, or not at all."""

    CHOICE = "choice"
    MULTIPLE_CHOICE = "multiple_choice"
    OPEN_CHOICE = "open_choice"
    YES_NO = "yes_no"
    TEXT = "text"
    LINE = "line", "a line of text"
    URL = "url", "a web address"
    INTEGER = "integer", "a whole number"
    DECIMAL = "decimal", "a number"
    QUANTITY = "quantity", "a number with its unit"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime", "a date and a time"
    ATTACHMENT = "attachment", "a file"
    REFERENCE = "reference"
    DISPLAY = "display"
    GROUP = "group"


CHOSEN = frozenset({ItemKind.CHOICE, ItemKind.MULTIPLE_CHOICE, ItemKind.OPEN_CHOICE, ItemKind.YES_NO})
"""Kinds that are answered with the options of a scale."""

NUMBERS = frozenset({ItemKind.INTEGER, ItemKind.DECIMAL, ItemKind.QUANTITY})
"""Kinds whose answer is a number, written as text in its shortest exact form."""

MOMENTS = frozenset({ItemKind.DATE, ItemKind.TIME, ItemKind.DATETIME})
"""Kinds whose answer is a date or a time, written as ISO 8601 does."""

SILENT = frozenset({ItemKind.DISPLAY, ItemKind.GROUP})
"""Kinds that take no answer."""


class ScaleKind(StrEnum):
    """Whether the order of the options, and the distance between them, says anything."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


class Quality(StrEnum):
    """What a rating of an item looks at."""

    PRESENCE = "presence"
    RELEVANCE = "relevance"
    SEVERITY = "severity"
    FREQUENCY = "frequency"


class Timeframe(StrEnum):
    """Of which time a rating speaks; `current` is the currency window of the definition."""

    CURRENT = "current"
    PAST = "past"
    EVER = "ever"


class NoteRule(StrEnum):
    """Whether an answer is explained. A note is asked for when signing, never a reason to lose an answer."""

    NONE = "none"
    OPTIONAL = "optional"
    WITH_YES = "with_yes"
    ALWAYS = "always"


class Judged(StrEnum):
    """The outcome that a professional judges by itself; no outcome is ever computed from another."""

    PRIORITY = "priority"
    PERSISTENCE = "persistence"
    VIOLENCE = "violence"
    SERIOUS_HARM = "serious_harm"
    RECURRENCE = "recurrence"
    ESCALATION = "escalation"
    PSYCHOSOCIAL_HARM = "psychosocial_harm"
    FEAR = "fear"
    IMMINENCE = "imminence"
    IMMEDIATE_ACTION = "immediate_action"
    OTHER_RISKS = "other_risks"
    MOTIVE = "motive"
    CONFIDENCE = "confidence"


class Direction(WordedEnum):
    """Which end of a score is the good one."""

    HIGHER_BETTER = "higher_better", "higher is better"
    HIGHER_WORSE = "higher_worse", "higher is worse"


class ScoreKind(StrEnum):
    """How a score comes about."""

    NONE = "none"
    COUNT = "count"
    GATED_COUNT = "gated_count"
    SUM = "sum"
    WEIGHTED = "weighted"
    MAX = "max"
    MEAN = "mean"
    PATTERN = "pattern"
    LOOKUP = "lookup"
    ALGORITHM = "algorithm"
    EXTERNAL = "external"


class MissingRule(StrEnum):
    """What an incomplete form may yield. `none`: nothing; the others give a score that is marked as prorated."""

    NONE = "none"
    PRORATE = "prorate"
    MEAN_IMPUTE = "mean_impute"
    WORST = "worst"


class Provenance(StrEnum):
    """Whose cut-off it is: a publication's, or a local agreement that another area may not share."""

    PUBLISHED = "published"
    LOCAL_POLICY = "local_policy"


class NormKind(StrEnum):
    """What a reference figure is for: who counts as a case, or how much change means something."""

    CASENESS = "caseness"
    RCI = "rci"
    MID = "mid"
    CSC = "csc"


class LevelKind(StrEnum):
    """Where a level comes from: counted yes-answers, the bands of a score, the professional's own judgement, or nowhere."""

    STEPS = "steps"
    BANDS = "bands"
    JUDGEMENT = "judgement"
    NONE = "none"


class Override(StrEnum):
    """Whether the professional may depart from a computed level: freely, upwards only, or not at all."""

    FREE = "free"
    RAISE_ONLY = "raise_only"
    NONE = "none"


class LicenceStatus(StrEnum):
    """What the owner of the wording allows."""

    OWN = "own"
    PUBLIC_DOMAIN = "public_domain"
    PERMISSIVE = "permissive"
    VERBATIM_ONLY = "verbatim_only"
    NONCOMMERCIAL = "noncommercial"
    REGISTRATION = "registration"
    PERMISSION = "permission"
    PURCHASED = "purchased"
    UNKNOWN = "unknown"


FREE_TO_BRING = frozenset({LicenceStatus.PUBLIC_DOMAIN, LicenceStatus.PERMISSIVE, LicenceStatus.VERBATIM_ONLY})
"""Statuses under which a unit brings the wording in one step. Every other needs a licence record and two approvals."""


class Severity(StrEnum):
    """What a rule of a form does when it is not met: it stops the signing, warns, or only tells."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class VectorCase(StrEnum):
    """What a hand-checked case of a definition shows."""

    ALL_MINIMUM = "all_minimum"
    ALL_MAXIMUM = "all_maximum"
    MIXED = "mixed"
    INCOMPLETE = "incomplete"
    CRITICAL_ALONE = "critical_alone"
    OTHER = "other"
