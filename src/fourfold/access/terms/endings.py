"""The words of ending what others made."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fourfold.access.terms import RelationKind, Role
from fourfold.fields import Unfit, asked, draft
from fourfold.words import WordedEnum


class Ending(WordedEnum):
    """What ends: a role in a unit, an agreement, a part in a case; or the case for somebody whom a wall keeps from it."""

    UNIT_ROLE = "unit_role", "end a role in a unit"
    AGREEMENT = "agreement", "end an agreement"
    CASE_PART = "case_part", "end a part in a case"
    WALL = "wall", "keep somebody from a case on which they work"


class Second(StrEnum):
    """Who stands by it as the second: nobody, a colleague of the same agency, its lead, oversight, or either of these."""

    NOBODY = "nobody"
    COLLEAGUE = "colleague"
    LEAD = "lead"
    OVERSIGHT = "oversight"
    LEAD_OR_OVERSIGHT = "lead_or_oversight"


@draft
class EndAnswer:
    """Whether a second person stands by an end, and if not, why."""

    given: str = asked(missing="Say whether you confirm it")
    because: str = asked(longest=300)

    def __post_init__(self) -> None:
        if self.given not in ("yes", "no"):
            raise Unfit("given", "Say whether you confirm it")


@draft
class PartEndDraft:
    """Why a part in a case ends."""

    reason: str = asked(missing="Say why: whoever confirms it reads this", longest=300)


@dataclass(frozen=True)
class EndShown:
    """Something that is to end, or that holds until a second person has spoken: what, whose, where, why, who asked.

    `last`: the victim has no other advocate in the case. `stays`: a wall that came with a report, and falls only where the
    second person says so; nobody takes it back.
    """

    id: UUID
    ending: Ending
    who: str
    kind: Role | RelationKind | None
    partner: str
    site: str
    file: UUID | None
    from_at: datetime
    reason: str
    asked_by: str
    asked_at: datetime
    waits_until: datetime
    last: bool
    mine: bool
    stays: bool = False


class Asked(WordedEnum):
    """What one person asks of a second, besides the ends and parts; what is sealed or the victim's is said neutrally."""

    STEP_DOWN = "step_down", "a step-down"
    SIGNATURE = "signature", "a second signature for a lower level"
    ADDRESS = "address", "what you asked of a second advocate"
    ORDER_UNTOLD = "order_untold", "service before the victim is told"
    ACTION_UNTOLD = "action_untold", "a step before the victim is told"
    JOIN = "join", "two records as one person’s"
    MESSAGE = "message", "a message that a second person reads"
    CONFIDENCE = "confidence", "a copy that you asked an advocate for"
    RELEASE = "release", "a second advocate’s signature"
    ACCOUNT = "account", "what you asked of an account"
    TRANSFER = "transfer", "another unit takes a case over"


@dataclass(frozen=True)
class InVain:
    """Something that was asked for in vain: what, in which file, why (`because` and who said so; "": nobody answered)."""

    what: Asked
    id: UUID
    file: UUID | None
    because: str
    by: str
    asked_at: datetime
