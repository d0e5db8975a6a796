"""The words of assessment: meanings of an answer, what a definition holds, what comes out of it.

Levels, and what brings a review forward, are the words of `cases`: one word of the house, one type. Levels are
compared by `rank` and never by `<`, which would put them in the order of the alphabet.

Every value is frozen: a definition, once used, never changes, and an answer is corrected by a later one.
"""

from fourfold.assessment.terms.conditions import (
    AllOf,
    AnyOf,
    Clause,
    Condition,
    Fact,
    Not,
    Operator,
    clauses_of,
    fields_of,
)
from fourfold.assessment.terms.errors import (
    AnswerRefused,
    AssessmentError,
    CannotRecord,
    CircularScores,
    Finding,
    InvalidDefinition,
    InvalidPack,
    UnknownInstrument,
    UnknownItem,
)
from fourfold.assessment.terms.instrument import (
    Expected,
    Instrument,
    Interval,
    LevelRule,
    LevelStep,
    ReviewRule,
    Room,
    Route,
    Vector,
    may_be_left_out,
    needs_text,
)
from fourfold.assessment.terms.licences import Figure, Licence
from fourfold.assessment.terms.outcomes import (
    Advice,
    AdviceState,
    Agreement,
    Answer,
    PastAssessment,
    Problem,
    RouteTaken,
    ScoreResult,
    ScoreState,
    Slot,
    Standing,
    WorkedOut,
)
from fourfold.assessment.terms.packs import TextPack
from fourfold.assessment.terms.questions import (
    Axis,
    Carried,
    Coding,
    Critical,
    Expression,
    Item,
    Option,
    Scale,
    Section,
    ValidationRule,
)
from fourfold.assessment.terms.scores import Band, Cluster, Exclusion, Missing, Norm, Score, ScoreItem
from fourfold.assessment.terms.vocabulary import (
    ABSENT,
    MOMENTS,
    NUMBERS,
    SILENT,
    UNSETTLED,
    About,
    Direction,
    FilledInBy,
    Informant,
    InstrumentKind,
    ItemKind,
    Judged,
    LevelKind,
    LicenceStatus,
    Meaning,
    MissingRule,
    NormKind,
    NoteRule,
    Override,
    Provenance,
    Quality,
    ScaleKind,
    ScoreKind,
    Severity,
    Shipped,
    Timeframe,
    VectorCase,
)
