"""What the API reads and says. What is read may hold nothing else; what is closed to a reader is left out."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field, create_model

from fourfold.access.terms import RelationKind
from fourfold.cases.terms import Level, State
from fourfold.intake.rules.columns import OF_EVENT, PERSON
from fourfold.intake.terms import Behaviour, Channel, KnownKind, RecordingClass, Urgency
from fourfold.intake.told_columns import Column

T = TypeVar("T", bound=Schema)
Short = Annotated[str, Field(max_length=200)]


class Read(Schema):
    """Something that is read: an unknown field is refused, never stored."""

    model_config = ConfigDict(extra="forbid")


def of(columns: tuple[Column, ...], *, read: bool) -> Callable[[type[T]], type[T]]:
    """Give a schema a field for each of some columns of what is told (`intake.rules.columns`).

    `read`: any of them may be missing. Else those that are closed to some readers may be, for they are left out.
    """

    def with_columns(schema: type[T]) -> type[T]:
        given: dict[str, Any] = {
            column.name: (_accepted(column) if read else str, "" if read or column.reaches else ...)
            for column in columns
        }
        return create_model(schema.__name__, __base__=schema, __doc__=schema.__doc__, **given)

    return with_columns


def _accepted(column: Column) -> Any:
    return (
        Literal["", *column.choices] if column.choices else Annotated[str, Field(max_length=max(200, column.longest))]
    )


@of(PERSON, read=True)
class PersonIn(Read):
    """A person in the words of whoever tells; any part may be missing."""


@of(OF_EVENT, read=True)
class ReferralIn(Read):
    """An allegation as a partner refers it. `site` is the unit that it is for; null in a yes-or-no is not known.

    `another` says that it is another event, though you told the unit the same words, or of the same people and day.
    """

    site: Short
    told_at: AwareDatetime
    words: Annotated[str, Field(max_length=20_000)]
    reference: Short = ""
    teller: Short = ""
    occurred_from: AwareDatetime | None = None
    occurred_until: AwareDatetime | None = None
    time_known: bool = True
    recorded_class: RecordingClass | None = None
    behaviours: Annotated[list[Behaviour], Field(max_length=len(Behaviour))] = []
    weapon: bool | None = None
    former_partner: bool | None = None
    victim: PersonIn = PersonIn()
    subject: PersonIn = PersonIn()
    another: bool = False


class LevelIn(Read):
    """A level that a professional sets, and why."""

    level: Level
    reason: Annotated[str, Field(max_length=5_000)] = ""


class KnownBy(Schema):
    """A car's registration, an account or another name of somebody, as told."""

    kind: KnownKind
    value: str


@of(PERSON, read=False)
class Person(Schema):
    """A person as told."""

    known_by: list[KnownBy] = []


class Received(Schema):
    """What became of a referral."""

    id: UUID
    reference: str
    urgency: Urgency
    urgency_reasons: list[str]


@of(OF_EVENT, read=False)
class AllegationOut(Schema):
    """An allegation as this reader may see it."""

    id: UUID
    site: str
    channel: Channel
    system: str
    reference: str
    teller: str
    told_at: datetime
    received_at: datetime
    occurred_from: datetime | None
    occurred_until: datetime | None
    time_known: bool
    recorded_class: RecordingClass | None
    words: str
    behaviours: list[Behaviour]
    weapon: bool | None
    former_partner: bool | None
    urgency: Urgency
    urgency_reasons: list[str]
    victim: Person
    subject: Person = None  # type: ignore[assignment]


class CaseInList(Schema):
    """A case in a list."""

    reference: str
    site: str
    victim: str
    state: State
    opened_at: datetime
    last_act_at: datetime | None
    last_act_told: bool
    acts: int
    subject: str = ""
    level: Level | None = None
    review_due_at: datetime | None = None


class Cases(Schema):
    """Fifty cases, and the reference after which the next page begins (null: this is the last)."""

    cases: list[CaseInList]
    after: str | None


class Colleague(Schema):
    """Somebody who works on a case, in which part."""

    name: str
    kind: RelationKind


class CaseOut(Schema):
    """A case as this reader may see it; its version stands in the ETag too."""

    id: UUID
    reference: str
    site: str
    version: int
    victim: str
    relationship: str
    opened_at: datetime
    state: State
    state_since: datetime
    team: list[Colleague]
    subject: str = ""
    level: Level | None = None
    level_reason: str = ""
    level_set_at: datetime | None = None
    review_due_at: datetime | None = None


class LevelOut(Schema):
    """The level that now stands, the next review, and the case's version."""

    level: Level
    set_at: datetime
    version: int
    review_due_on: date | None


class Problem(Schema):
    """Why something was not done, and how to mend it."""

    message: str
    field: str = ""


class ToldBefore(Problem):
    """It may have been told before and was not kept again: by you, or by another whose reports you read."""

    earlier: UUID | None = None
    reference: str = ""


class FieldProblem(Schema):
    """What is wrong with one field."""

    field: str
    message: str


class Invalid(Problem):
    """Everything that cannot be read, field by field, where there is more than one."""

    problems: list[FieldProblem] = []


class Changed(Schema):
    """Somebody else was faster: what was sent, what stands there now, and its version."""

    message: str
    yours: dict[str, str]
    theirs: dict[str, str | None]
    version: int
