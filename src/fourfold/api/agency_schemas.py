"""What agencies' systems send and read. What is read may hold nothing else; what is closed to an agency is null or not there."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from fourfold.api.schemas import Read, ReferralIn, Short
from fourfold.cases.terms import Outcome, ReferralAnswer
from fourfold.feeds.terms import WorkKind
from fourfold.governance.terms import Consent, Ground
from fourfold.orders.terms import ConditionKind, OrderKind


class ReportIn(ReferralIn):
    """A report as an agency's system sends it in. `reference` is its own, and it may send each once."""

    reference: Annotated[str, Field(min_length=1, max_length=200)]


class Token(Schema):
    """A token for the header Authorization, as `Bearer …`, and for how many seconds it holds."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int


class TokenRefused(Schema):
    """Why there is no token, in the words of RFC 6749."""

    error: Literal["invalid_client", "unsupported_grant_type"]


class Answered(Schema):
    """What became of something that was sent in. Nothing in it says whom it concerns, nor whether it joined a case.

    `outcome`, `reason` and `redirected_to` are there where the unit declined it.
    """

    id: UUID
    reference: str
    told_at: datetime
    answer: ReferralAnswer
    outcome: Outcome | None
    reason: str
    redirected_to: str
    at: datetime | None


class AnsweredPage(Schema):
    """Fifty of them, the newest first; `after` is where the next page begins, "" after the last."""

    reports: list[Answered]
    after: str


class ConditionOut(Schema):
    """A condition, with [withheld] for what is on record of a victim: names, addresses, numbers, mailboxes and accounts."""

    number: int
    kind: ConditionKind
    text: str


class OrderOut(Schema):
    """An order that was served and binds today. `subject` is null where it is closed to the agency, or not known."""

    id: UUID
    case: str
    kind: OrderKind
    court: str
    made_on: date
    served_at: datetime
    expires_on: date | None
    subject: str | None
    conditions: list[ConditionOut]


class OrdersPage(Schema):
    """Fifty of them, the first made first; `after` is where the next page begins, "" after the last."""

    orders: list[OrderOut]
    after: str


class InstrumentOut(Schema):
    """An instrument that the unit uses."""

    key: str
    version: int
    title: str
    language: str


class FormOut(Schema):
    """A signed assessment of a case, and nothing of what it says."""

    id: UUID
    instrument: str
    version: int
    signed_at: datetime


class HandOutIn(Read):
    """On which ground a signed assessment leaves for the agency, why, with what consent, and until when it is kept there."""

    ground: Ground
    necessity: Annotated[str, Field(min_length=1, max_length=2000)]
    consent: Consent
    consent_reason: Annotated[str, Field(max_length=2000)] = ""
    expires_on: date | None = None


class FeedIn(Read):
    """A file that comes in parts. `reading`: how it is read, by a key of `GET /feeds`; "" lets it be drafted, for a person to decide."""

    file_name: Short
    size: Annotated[int, Field(ge=1, le=1 << 40)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    reading: Annotated[str, Field(max_length=200)] = ""


class WorkOut(Schema):
    """What is done, or was done, with a file. `found`: what a check or an import says; `refused`: why nothing came of it."""

    kind: WorkKind
    asked_at: datetime
    finished_at: datetime | None
    read: int
    held: int
    found: list[str]
    refused: str


class FeedOut(Schema):
    """How far a file is: how many bytes are there, what is in doubt about how it is read, and the work on it, the last first.

    `brought`: it is whole and kept. All its bytes may be there and it is not: then nothing is done with it.
    """

    id: UUID
    file_name: str
    size: int
    received: int
    mapping: str
    mapping_sha256: str
    doubts: list[str]
    work: list[WorkOut]
    brought: bool
    imported: bool


class ReadingOut(Schema):
    """A way in which a file can be read that is known here."""

    key: str
    name: str


class FeedsPage(Schema):
    """The files that this system brought and that are there still, and the ways in which a file can be read."""

    files: list[FeedOut]
    readings: list[ReadingOut]


class ReadingIn(Read):
    """How a file is to be read, decided; `seen` is the digest of the mapping that was changed."""

    mapping: Annotated[str, Field(max_length=60_000)]
    seen: Annotated[str, Field(max_length=64)] = ""


class WorkIn(Read):
    """What is to be done with a file."""

    kind: Literal["check", "import"]
