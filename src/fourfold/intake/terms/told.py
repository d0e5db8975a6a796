"""The words of intake: what was told, by whom, how soon somebody must act, why a row was held back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fourfold.access.terms import Closed, Compartment
from fourfold.fields import Unfit
from fourfold.intake.told_columns import columns_of, told
from fourfold.pronouns import Pronoun
from fourfold.words import Word, WordedEnum, named

_CONTACT, _IDENTITY = Compartment.VICTIM_CONTACT, Compartment.SUBJECT_IDENTITY


class Channel(WordedEnum):
    """Where an allegation came from."""

    FEED = "feed", "in the crime feed"
    REFERRAL = "referral", "in a referral"
    DIARY = "diary", "in the victim’s diary"
    BREACH = "breach", "as a breach of an order"


class RecordingClass(WordedEnum):
    """The field's classes of a recorded act, by Home Office counting rules where one exists.

    A foreign or local code is mapped to one of these; the code as recorded is kept beside it.
    """

    STALKING = "8Q", "stalking"
    HARASSMENT = "8L", "harassment"
    AGGRAVATED_HARASSMENT = "8M", "aggravated harassment"
    MALICIOUS_COMMUNICATIONS = "8R", "malicious communications"
    THREATS = "3B", "threats to kill"
    BREACH_OF_ORDER = "66", "breach of an order"
    CRIMINAL_DAMAGE = "58", "criminal damage"
    ASSAULT = "8N", "assault"
    BURGLARY = "28", "burglary"
    THEFT = "49", "theft"
    VOYEURISM = "88C", "voyeurism"
    IMAGE_ABUSE = "86", "disclosing private images"
    OTHER_CRIME = "99", "another crime"
    NO_CRIME = "N", "no crime"

    @property
    def label(self) -> Word:
        """The class with its code, where it has one."""
        return self.words if self is RecordingClass.NO_CRIME else Word(f"{self.words} ({self.value})")


#: Classes of acts that a course of conduct is typically made of, and which the desk therefore looks at.
DESK_CLASSES = frozenset(
    {
        RecordingClass.STALKING,
        RecordingClass.HARASSMENT,
        RecordingClass.AGGRAVATED_HARASSMENT,
        RecordingClass.MALICIOUS_COMMUNICATIONS,
        RecordingClass.THREATS,
        RecordingClass.BREACH_OF_ORDER,
        RecordingClass.VOYEURISM,
        RecordingClass.IMAGE_ABUSE,
    }
)


class Behaviour(StrEnum):
    """The seven examples of section 2A(3) of the Protection from Harassment Act 1997, and three that hurt as much."""

    FOLLOWS = "follows"
    CONTACTS = "contacts"
    PUBLISHES = "publishes"
    MONITORS = "monitors"
    LOITERS = "loiters"
    INTERFERES = "interferes"
    WATCHES = "watches"
    THREATENS = "threatens"
    ATTACKS = "attacks"
    THROUGH_OTHERS = "through_others"


class Urgency(StrEnum):
    """How soon somebody must act."""

    NOW = "now"
    TODAY = "today"
    SOON = "soon"
    ROUTINE = "routine"


class DangerSign(StrEnum):
    """What makes an allegation pressing, as the desk says it."""

    WEAPON = "weapon"
    THREAT_TO_KILL = "threat to kill"
    STRANGULATION = "strangulation"
    HAPPENING_NOW = "happening now"
    SUICIDE = "talk of suicide"
    BREACH = "breach of an order"
    CHILD = "a child"


class Manner(StrEnum):
    """How the words say it: what is not told as a fact is marked so, and a person weighs it."""

    TOLD = "told"
    QUOTED = "in quotation marks"
    REPORTED = "somebody else tells of it"
    DISPUTED = "denied by the subject"
    FEARED = "feared or asked, not told"
    BY_OTHERS = "done by the victim or by the police"


@dataclass(frozen=True)
class Mentioned:
    """A behaviour or a danger sign that word rules found in what was told, and where it stands, for underlining.

    Positions count characters of the words, `end` is the first one after. One of `behaviour` and `sign` is given;
    `manner` is how it is said.
    """

    start: int
    end: int
    behaviour: Behaviour | None = None
    sign: DangerSign | None = None
    manner: Manner = Manner.TOLD

    @property
    def proposes(self) -> bool:
        """Whether a behaviour of the subject is proposed: not what is only feared, or what the victim or the police did."""
        return self.behaviour is not None and self.manner not in (Manner.FEARED, Manner.BY_OTHERS)

    @property
    def name(self) -> Word:
        return named(str(self.sign or self.behaviour))

    @property
    def grave(self) -> bool:
        """Whether it is a danger, to be shown as one."""
        return self.sign is not None


class KnownKind(StrEnum):
    """What somebody is known by besides the name."""

    VEHICLE = "vehicle"
    ACCOUNT = "account"
    ALIAS = "alias"
    FORMER_SURNAME = "former_surname"


@dataclass(frozen=True)
class KnownBy:
    """A car's registration, an account (with its platform and a colon before it, where told), or another name, as told."""

    kind: KnownKind
    value: str


@dataclass(frozen=True)
class PersonAsTold:
    """A person in the words of whoever told us: any part may be missing, none is corrected."""

    name: str = told(160, subject=_IDENTITY, label=Word("Name"))
    birth: str = told(40, subject=_IDENTITY, label=Word("Date of birth"))
    sex: str = told(20)
    pronoun: str = told(
        10,
        subject=_IDENTITY,
        label=Word("Refer to this person as"),
        choices={pronoun.value: f"{pronoun} and {pronoun.object}" for pronoun in Pronoun},
        called="pronoun pronouns",
    )
    phone: str = told(80, victim=_CONTACT, subject=_IDENTITY, label=Word("Telephone number"))
    email: str = told(120, victim=_CONTACT, subject=_IDENTITY, label=Word("Email address"))
    address: str = told(200, victim=_CONTACT, subject=_IDENTITY, label=Word("Address"))
    relationship: str = told(80)
    known_by: tuple[KnownBy, ...] = field(default=(), kw_only=True)

    @property
    def is_empty(self) -> bool:
        return not any((self.name, self.birth, self.phone, self.email, self.address, self.known_by))

    @property
    def chosen(self) -> tuple[tuple[str, str], ...]:
        """What was told by choosing among answers of ours: the label of each column, and the answer in words."""
        told = ((column, getattr(self, column.name)) for column in columns_of(PersonAsTold) if column.choices)
        return tuple((column.label, column.choices[code]) for column, code in told if code)

    @property
    def texts(self) -> dict[str, str]:
        """Every part of which there is one, by its name."""
        return {name: text for name, text in vars(self).items() if name != "known_by"}

    def said(self) -> dict[str, Any]:
        """Return what was told as JSON holds it; `of` reads it again."""
        known = [{"kind": str(each.kind), "value": each.value} for each in self.known_by]
        return self.texts | ({"known_by": known} if known else {})

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> PersonAsTold:
        known = (KnownBy(KnownKind(each["kind"]), each["value"]) for each in said.get("known_by", ()))
        return cls(**{name: text for name, text in said.items() if name != "known_by"}, known_by=tuple(known))


class PersonRole(StrEnum):
    """What a person is in an allegation, as the feed says it."""

    VICTIM = "victim"
    SUBJECT = "subject"

    @property
    def other(self) -> PersonRole:
        """The other side of a report."""
        return PersonRole.SUBJECT if self is PersonRole.VICTIM else PersonRole.VICTIM


@dataclass(frozen=True)
class FurtherAsTold:
    """A person besides the first victim and the first subject of an allegation: the second suspect, another victim."""

    role: PersonRole
    person: PersonAsTold

    def said(self) -> dict[str, Any]:
        """Return what was told as JSON holds it; `of` reads it again."""
        return {"role": str(self.role), **self.person.said()}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> FurtherAsTold:
        person = {name: value for name, value in said.items() if name != "role"}
        return cls(PersonRole(said["role"]), PersonAsTold.of(person))


@dataclass(frozen=True)
class Told:
    """An allegation as somebody told it, before anybody judged it. `reference` is the teller's own.

    `free_text` says that a person wrote the words, so that word rules may read them; a catalogue's wording of a class
    says nothing that the class does not say.
    """

    site: str
    channel: Channel
    told_at: datetime
    words: str
    reference: str = told(80)
    system: str = told(40)
    teller: str = told(120)
    occurred_from: datetime | None = None
    occurred_until: datetime | None = None
    time_known: bool = True
    recorded_class: RecordingClass | None = None
    class_as_recorded: str = told(160)
    included_classes: tuple[str, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    place: str = told(
        200,
        victim=_CONTACT,
        label=Word("Where did it happen?"),
        hint=Word("Shown only to people who may see how to contact the victim."),
    )
    weapon: bool | None = None
    former_partner: bool | None = None
    victim: PersonAsTold = field(default_factory=PersonAsTold)
    subject: PersonAsTold = field(default_factory=PersonAsTold)
    further: tuple[FurtherAsTold, ...] = ()
    original: dict[str, str] = field(default_factory=dict, metadata={"victim": Compartment.EVIDENCE_ORIGINAL})
    breach_of: UUID | None = None  # the condition of an order that this broke, never the order itself
    confirmed: bool = True
    free_text: bool = told(default=True, kept=False)

    @property
    def needs_more_tables(self) -> bool:
        """Whether it tells of more than the row of an allegation holds."""
        return bool(self.further or self.victim.known_by or self.subject.known_by)


@dataclass(frozen=True)
class PastAllegation:
    """An allegation from the time before, to be taken over in bulk. `id` is kept, so that others can point to it."""

    id: UUID
    told: Told
    received_at: datetime


class InvalidTold(Unfit):
    """What was told cannot be kept as it stands; `field` names where, the message how to mend it."""


class TooManyTold(InvalidTold):
    """A system has told as much as it may within a day; the next is kept from `again_at` on."""

    def __init__(self, message: str, again_at: datetime):
        self.again_at = again_at
        super().__init__("words", message)


@dataclass(frozen=True)
class MineBefore:
    """What was told before, and when it came: by the author, or (`own` False) by another whose reports the author reads."""

    id: UUID
    received_at: datetime
    told: Told
    own: bool = True


class ToldBefore(Unfit):
    """The same may have been told before (`earlier`); nothing is kept until its author says that it is another event."""

    status = 409

    def __init__(self, earlier: MineBefore, message: str):
        self.earlier = earlier
        super().__init__("another", message)


@dataclass(frozen=True)
class Judged:
    """What the desk must know of one version of a record, to see whether it has to look again."""

    recorded_class: RecordingClass | None
    urgency: Urgency
    for_desk: bool
    subject: str = ""


@dataclass(frozen=True)
class NamesTold:
    """Who a report is about by its latest version: name and sex of either, empty where it says neither."""

    victim: str
    victim_sex: str
    subject: str
    subject_sex: str


@dataclass(frozen=True)
class FurtherToldLast:
    """The further people of one role by the latest version of a report that tells of any, and when that was told."""

    told_at: datetime
    people: tuple[PersonAsTold, ...]


@dataclass(frozen=True)
class ToldLast:
    """What the latest version of a record says of an act, as far as rules look at it."""

    number: int
    happened_at: datetime
    recorded_class: str
    included_classes: tuple[str, ...]
    former_partner: bool | None
    subject: str


@dataclass(frozen=True)
class VersionAsTold:
    """A later version of a record: when it came, what it says now, and what is told otherwise than before, in words."""

    number: int
    received_at: datetime
    recorded_class: RecordingClass | None
    class_as_recorded: str
    occurred_from: datetime | None
    time_known: bool
    urgency: Urgency
    changes: tuple[str, ...]
    back_at_desk: tuple[str, ...]


@dataclass(frozen=True)
class AsTold:
    """An allegation as a reader may see it. A field of None is closed to this reader; "" was not told."""

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
    class_as_recorded: str
    included_classes: tuple[str, ...]
    words: str
    mentions: tuple[Mentioned, ...]
    beside_answer: str  # both, where an answer denies what the words mention; else empty
    behaviours: tuple[Behaviour, ...]
    weapon: bool | None
    former_partner: bool | None
    relationship: str
    confirmed: bool
    urgency: Urgency
    urgency_reasons: tuple[str, ...]
    breach_of: UUID | None
    place: Annotated[str | None, Closed(Compartment.VICTIM_CONTACT)]
    victim: PersonAsTold
    subject: PersonAsTold | None
    further: tuple[FurtherAsTold, ...]
    victim_reach_shown: bool
    retold: int
    versions: tuple[VersionAsTold, ...] = ()

    @property
    def answers(self) -> tuple[tuple[str, str], ...]:
        """Each question about the event that was answered and is open to this reader, with what was told."""
        asked = (column for column in columns_of(Told) if column.label)
        return tuple((column.label, text) for column in asked if (text := getattr(self, column.name)))
