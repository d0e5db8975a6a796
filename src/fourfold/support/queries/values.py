"""What the pages show of a victim's file, as frozen values."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fourfold.cases.terms import ShownLevel
from fourfold.people.queries.contact import AgreedContact
from fourfold.people.queries.messages import MessageShown
from fourfold.people.terms import Channel
from fourfold.support.queries.care import StepShown
from fourfold.support.terms import ContactOutcome, UpdateKind


@dataclass(frozen=True)
class Way:
    """One way to make contact now: open, or shut with the reason."""

    channel: Channel
    words: str
    why_not: str | None


@dataclass(frozen=True)
class BindsToo:
    """What was agreed in another case and binds in this one. `reference` is empty where that case is shut to the reader.

    `closed`: that case is closed, so that nobody agrees anything anew in it; `may_end`: the victim's word ends it here.
    """

    id: UUID
    reference: str
    at: datetime
    words: str
    confirmed: bool
    closed: bool
    may_end: bool


@dataclass(frozen=True)
class ContactShown:
    """A contact that was made, missed, or stopped with its reason; `rule_broken`: made against what was agreed."""

    id: UUID
    at: datetime
    channel: Channel
    incoming: bool
    outcome: ContactOutcome
    why_stopped: str
    rule_broken: str
    minutes: int | None
    by: str
    made_by: str
    recorded_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class NoteShown:
    """What the victim said, and when."""

    at: datetime
    text: str
    by: str


@dataclass(frozen=True)
class CheckInShown:
    """A check-in: the total where all was answered, how much was, and what to act on today."""

    at: datetime
    total: int | None
    lowest: int
    highest: int
    answered: int
    of: int
    alerts: tuple[str, ...]


@dataclass(frozen=True)
class UpdateShown:
    """An update: by when it is due, when it was given, and whether that was in time (None: there is still time).

    `bank_holidays`: the days up to the last one that were not counted, beside Saturdays and Sundays, where that
    is how the last one was worked out.
    """

    id: UUID
    what: UpdateKind
    happened_at: datetime
    working_days: int
    due_on: date
    told_at: datetime | None
    told_by: str
    met: bool | None
    bank_holidays: tuple[date, ...]


@dataclass(frozen=True)
class VictimFile:
    """Everything of a victim's own file that this reader may see. Where the victim is does not stand here.

    `plan_steps`: the steps of the safety plan that stand, the next look first; `plan_notes`: notes of the time before.
    """

    case: UUID
    site: str
    reference: str
    name: str
    level: ShownLevel
    agreed: AgreedContact | None
    how: str
    opens: datetime | None
    closes: datetime | None
    ways: tuple[Way, ...]
    binds_too: tuple[BindsToo, ...]
    confidential: bool
    wishes: tuple[NoteShown, ...]
    needs: tuple[NoteShown, ...]
    fears: tuple[NoteShown, ...]
    plan_steps: tuple[StepShown, ...]
    plan_notes: tuple[NoteShown, ...]
    confidences: tuple[NoteShown, ...]
    check_ins: tuple[CheckInShown, ...]
    contacts: tuple[ContactShown, ...]
    messages: tuple[MessageShown, ...]
    updates: tuple[UpdateShown, ...]
    last_safe_at: datetime | None
    days_silent: int
    silent: bool
    may_record: bool
    may_agree: bool
    may_send: bool
    may_seal: bool


@dataclass(frozen=True)
class Owed:
    """Something that a victim has not been told yet, and since when."""

    case: UUID
    update: UUID
    what: UpdateKind
    happened_at: datetime
