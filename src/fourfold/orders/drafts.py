"""What the forms about orders ask, each field once."""

from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from fourfold.fields import Unfit, asked, draft
from fourfold.intake.terms import Behaviour, RecordingClass
from fourfold.orders.terms import (
    BailExtender,
    BreachDecision,
    ConditionDraft,
    ConditionKind,
    CustodyKind,
    EndedBy,
    Lasts,
    LastsUnit,
    OrderKind,
    PlaceGround,
    PlaceNamed,
    ProtectedDraft,
    Protects,
    Step,
    StepDetails,
    lasts_of,
)


class Sought(StrEnum):
    """What may be answered when an order is asked about."""

    YES = "yes"
    CONSIDERED = "considered"
    NO = "no"


@draft
class WrittenConditions:
    """Conditions and whom an order protects, as they are typed: a line each; a place is explained once for all."""

    prohibitions: str
    requirements: str
    place_ground: PlaceGround | None
    place_reason: str = asked(longest=300)
    protects_victim: str
    protected: str

    @property
    def conditions(self) -> tuple[ConditionDraft, ...]:
        """What the subject must not do, then what the subject must do."""
        kinds = ((self.prohibitions, ConditionKind.PROHIBITION), (self.requirements, ConditionKind.REQUIREMENT))
        place = PlaceNamed(self.place_ground, self.place_reason) if self.place_ground else None
        return tuple(
            ConditionDraft(kind, line.strip(), place)
            for text, kind in kinds
            for line in text.splitlines()
            if line.strip()
        )

    @property
    def protects(self) -> Protects:
        """The victim, unless that was denied, and others: name, comma, relation."""
        lines = (line.partition(",") for line in self.protected.splitlines() if line.strip())
        others = tuple(ProtectedDraft(name.strip(), relation.strip()) for name, _, relation in lines)
        return Protects(victim=self.protects_victim != "no", others=others)


@draft
class SoughtDraft(WrittenConditions):
    """Whether an order is sought, which, and why."""

    seeks: Sought = asked(missing="Choose whether an order is sought")
    reason: str = asked(missing="Give the reason, whether or not an order is sought")
    court: str = asked(longest=120)
    kind: OrderKind = asked(default=OrderKind.SPO_INTERIM)
    lasts_unit: LastsUnit | None = None
    lasts_count: int | None = asked(least=1, most=999, default=None)
    settles: tuple[UUID, ...] = ()

    def __post_init__(self) -> None:
        if self.settles and self.seeks is Sought.CONSIDERED:
            raise Unfit("settles", "Choose this only where it is decided whether an order is sought")

    @property
    def conditions(self) -> tuple[ConditionDraft, ...]:
        """What the subject must not and must do, each for as long as was said."""
        lasts = lasts_of(self.lasts_unit, self.lasts_count) if self.lasts_unit else None
        return tuple(replace(draft, lasts=lasts) for draft in super().conditions)


@draft
class SupportDraft:
    """For how long a condition is sought, and the acts and documents that support it."""

    lasts_unit: LastsUnit = asked(missing="Choose for how long the condition is sought")
    lasts_count: int | None = asked(least=1, most=999)
    acts: tuple[UUID, ...]
    documents: tuple[UUID, ...]

    @property
    def lasts(self) -> Lasts:
        return lasts_of(self.lasts_unit, self.lasts_count)


@draft
class StepDraft(WrittenConditions):
    """A step of an order as it is typed; what another step asks for is left out (`details`)."""

    taken_at: datetime | None
    reason: str
    court: str = asked(longest=120)
    expires_on: date | None
    ended_by: EndedBy | None
    extended_by: BailExtender | None
    changed_on: date | None
    replaced_by: UUID | None
    version: int | None = asked(most=1_000_000)
    settles: tuple[UUID, ...]

    def details(self, step: Step) -> StepDetails:
        """Return what was typed as far as it belongs to a step."""
        return StepDetails(
            taken_at=self.taken_at,
            reason=self.reason,
            court=self.court,
            expires_on=self.expires_on,
            ended_by=self.ended_by if step is Step.ENDED else None,
            extended_by=self.extended_by,
            changed_on=self.changed_on if step is Step.NOTIFIED else None,
            replaced_by=self.replaced_by if step is Step.ENDED else None,
            conditions=self.conditions if step is Step.VARIED else (),
        )


@draft
class MadeDraft(StepDraft):
    """An order that others made."""

    kind: OrderKind = asked(missing="Choose what was made")
    takes_place_of: UUID | None


@draft
class UntoldDraft:
    """Why an order is served without telling the victim first."""

    reason: str = asked(missing="Say why the victim cannot be told first")


@draft
class CustodyDraft:
    """Why and since when the subject is held; `held_from` None: now."""

    kind: CustodyKind = asked(missing="Choose why the subject is held")
    held_from: datetime | None


@draft
class ReleaseDraft:
    """When and why the subject was released; `released_at` None: now."""

    released_at: datetime | None
    reason: str = asked(longest=300)


@draft
class BreachDraft:
    condition: UUID = asked(missing="Choose the condition that was broken")
    words: str = asked(missing="Enter what happened, in the words in which you were told")
    happened: datetime = asked(missing="Enter the date on which it happened")
    recorded_class: RecordingClass | None
    behaviours: tuple[Behaviour, ...]
    weapon: str


@draft
class AnsweredDraft:
    """Which condition an act broke, or why it broke none (`NO_BREACH`)."""

    condition: str = asked(missing="Choose the condition, or that it was not a breach")
    reason: str


#: What `AnsweredDraft.condition` holds where no condition was broken.
NO_BREACH = "none"


@draft
class BreachDecidedDraft:
    """A decision after a breach, yes or no."""

    what: BreachDecision = asked(missing="Choose what was decided")
    done: bool = asked(missing="Choose yes or no")
    reason: str


@draft
class WithdrawnDraft:
    """Why a breach is withdrawn, or stands again."""

    reason: str = asked(missing="Give a reason")
