"""The words of accounts, of the parts that people have in a unit, and of agreements: what is asked, and why not."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fourfold.access.terms import TEAM_COMPARTMENTS, Compartment, Role
from fourfold.fields import Unfit, asked, draft
from fourfold.words import WordedEnum


class AccountStep(WordedEnum):
    """What is asked of an account: by one person, and confirmed by another of the agency that employs its holder."""

    TAKE_ON = "take_on", "take on"
    SUSPEND = "suspend", "suspend"
    RESTORE = "restore", "let in again"
    RECOVER = "recover", "give a new way in"
    END = "end", "end for good"
    GIVE_ROLE = "give_role", "give a further role"
    END_ROLE = "end_role", "end a role"
    BIND = "bind", "let a sign-in of the agency’s own open it"


class CannotEmploy(Unfit):
    """An account cannot be asked for, confirmed, taken up or vouched for so; `field` names where, the message why."""


class CannotTakeOn(Unfit):
    """Somebody cannot be taken on, or an agreement not signed so; `field` names where, the message how to mend it."""


class CannotEnd(Unfit):
    """A part or an agreement cannot be ended so; `field` names where, the message how to mend it."""


@dataclass(frozen=True)
class FirstPerson:
    """Somebody whom nobody is there to confirm, made from the host; no training date is no training."""

    partner: str
    role: Role
    name: str
    email: str
    trained_until: date


@draft
class ProgrammeDraft:
    """Somebody who is to be taken on by the programme: who, in which role, and how they sign in.

    `staff_number`: under which the agency's own list has this person; the same number is the same person. `other_names`:
    what they are called otherwise, or were before, with commas between.
    """

    name: str = asked(missing="Write the person’s name", longest=120)
    staff_number: str = asked(missing="Write the person’s staff number", longest=40)
    other_names: str = asked(longest=200)
    role: Role = asked(missing="Choose a role")
    email: str = asked(missing="Write the person’s own work address", longest=200)

    def __post_init__(self) -> None:
        if "@" not in self.email or " " in self.email:
            raise Unfit("email", "Write an e-mail address, such as name@partner.example")


@draft
class TakeOnDraft(ProgrammeDraft):
    """Somebody who is to be taken on in a unit, and for which partner of it."""

    partner: str = asked(missing="Choose a partner of this unit")


#: What is said of somebody who is none of those shown.
ANOTHER = "another"


@draft
class SameDraft:
    """Whether two records that look alike are one natural person."""

    same: bool = asked(missing="Say whether they are one person")


@draft
class AccountAnswer:
    """Whether somebody else of the agency confirms what is asked of an account, and if not, why.

    `same_as`: a record of the same natural person, or `ANOTHER`, where any looks like theirs.
    """

    given: str = asked(missing="Say whether you confirm it")
    same_as: str = asked(longest=36)
    because: str = asked(longest=300)

    def __post_init__(self) -> None:
        if self.given not in ("yes", "no"):
            raise Unfit("given", "Say whether you confirm it")


@draft
class AccountStepDraft:
    """What is asked of an account, and why."""

    step: AccountStep = asked(missing="Choose what should happen")
    reason: str = asked(missing="Say why: whoever confirms it reads this", longest=300)


@draft
class BindDraft:
    """The code that somebody's sign-in at their agency was shown, and why it opens their account."""

    code: str = asked(missing="Write the code that the sign-in was shown", longest=20)
    reason: str = asked(missing="Say why: whoever confirms it reads this", longest=300)


@draft
class RoleDraft:
    """A further role for somebody who has an account, where, and why."""

    role: Role = asked(missing="Choose a role")
    site: str = asked(longest=40)
    reason: str = asked(missing="Say why: whoever confirms it reads this", longest=300)


@draft
class RoleEndDraft:
    """Which role of somebody's ends, as `role@site`, and why."""

    part: str = asked(missing="Choose the role that ends", longest=100)
    reason: str = asked(missing="Say why: whoever confirms it reads this", longest=300)


@draft
class VouchDraft:
    """Until when the training of somebody holds for whom their agency vouches."""

    trained_until: date = asked(missing="Give the last day on which the training holds")


@draft
class AgreementDraft:
    """What a partner may read of a unit's cases, and until when; looked at again on its last day if no day is given."""

    partner: str = asked(missing="Choose a partner of this unit")
    compartments: frozenset[Compartment] = asked(typed_in="opens")
    starts_on: date = asked(missing="Give the first day")
    ends_on: date = asked(missing="Give the last day")
    review_on: date | None

    def __post_init__(self) -> None:
        if not self.compartments <= TEAM_COMPARTMENTS | {Compartment.VICTIM_CONTACT}:
            raise Unfit("compartments", "Choose from the answers shown")
        if self.ends_on <= self.starts_on:
            raise Unfit("ends_on", "The last day comes after the first")


@draft
class EndDraft:
    """From which day on a part or an agreement has ended, and why."""

    from_on: date = asked(missing="Give the first day on which it has ended")
    reason: str = asked(missing="Say why: whoever asks later reads it in the log", longest=2000)


@dataclass(frozen=True)
class Closing:
    """What ends with a part in a unit or an agreement: from when, for whom, and how much.

    `grants` are the ways into files that close to these people, `parts` the parts that they have in cases and lose.
    """

    from_at: datetime
    people: tuple[str, ...]
    grants: int
    parts: int = 0


@draft
class AgreementAnswer:
    """Whether the lead of an agency signs an agreement that somebody else asked for, and if not, why."""

    given: str = asked(missing="Say whether you sign it")
    because: str = asked(longest=300)

    def __post_init__(self) -> None:
        if self.given not in ("yes", "no"):
            raise Unfit("given", "Say whether you sign it")


@dataclass(frozen=True)
class AgreementShown:
    """An agreement that was asked for: with whom, what it opens and when, who asked, whose lead signs, until when.

    `refused`: why nothing came of it, None while it waits, "" where nobody answered in time. `mine`: the reader asked.
    """

    id: UUID
    site: str
    partner: str
    signer: str
    opens: tuple[str, ...]
    starts_on: date
    ends_on: date
    review_on: date
    asked_by: str
    asked_by_id: UUID
    asked_at: datetime
    waits_until: datetime
    answered_by: str
    refused: str | None
    mine: bool
