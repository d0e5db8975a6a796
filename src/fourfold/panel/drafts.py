"""What the forms of a panel ask besides its decision, each field once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.fields import asked, draft
from fourfold.panel.terms import Came


@draft
class SittingDraft:
    starts_at: datetime = asked(missing="Enter the date of the sitting", ahead=True)
    chair: UUID = asked(missing="Choose who will chair")
    cases: tuple[UUID, ...] = asked(missing="Choose at least one case")


@draft
class ItemDraft:
    """One more case before a sitting, and why it comes there."""

    cases: UUID = asked(missing="Choose a case")
    why: str = asked(longest=300)


@draft
class DeclareDraft:
    """Whether a member steps aside, or why there is no conflict."""

    aside: bool = asked(missing="Say whether you step aside")
    because: str = asked(longest=300)


@dataclass(frozen=True)
class AttendanceDraft:
    """What is recorded of each person who was invited, and who else attended, a line each."""

    came: Mapping[UUID, Came]
    others: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Who else attended, each once."""
        lines = (" ".join(line.split()) for line in self.others.splitlines())
        return tuple(dict.fromkeys(line for line in lines if line))


@draft
class ConsultationDraft:
    """What the owner of a case asks the unit about it."""

    owner: str = asked(longest=120)
    question: str


@draft
class AdviceDraft:
    """What a profession advises on a consultation."""

    advice: str
