"""The words of access: roles, permissions, compartments, relations, walls, legal bases."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from fourfold.fields import Unfit, asked, draft
from fourfold.words import Word, WordedEnum, words


class Role(StrEnum):
    """Who works here. What each may do stands in `roles.py`, a paragraph each."""

    POLICE_ANALYST = "police_analyst"
    POLICE_OFFICER = "police_officer"
    UNIT_COORDINATOR = "unit_coordinator"
    MENTAL_HEALTH_PROFESSIONAL = "mental_health_professional"
    OUTREACH_WORKER = "outreach_worker"
    VICTIM_ADVOCATE = "victim_advocate"
    PANEL_CHAIR = "panel_chair"
    GOVERNANCE_LEAD = "governance_lead"
    EVALUATOR = "evaluator"
    PROGRAMME_LEAD = "programme_lead"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    AGENCY_LEAD = "agency_lead"
    VICTIM = "victim"
    AGENCY_SYSTEM = "agency_system"

    @property
    def label(self) -> str:
        return Word(self.value.replace("_", " "))


#: The professions whose views a panel needs, by the role that carries each.
PROFESSIONS = words(
    {
        Role.POLICE_OFFICER: "police",
        Role.MENTAL_HEALTH_PROFESSIONAL: "mental health",
        Role.OUTREACH_WORKER: "outreach",
        Role.VICTIM_ADVOCATE: "advocacy",
    }
)


@dataclass(frozen=True, slots=True)
class Hashed:
    """A password as it is stored."""

    stored: str = field(repr=False)


class PartnerKind(StrEnum):
    """What kind of body a partner is; it decides the regime that its data stand under."""

    POLICE = "police"
    NHS = "nhs"
    ADVOCACY = "advocacy"
    OUTREACH = "outreach"
    PROBATION = "probation"
    LOCAL_AUTHORITY = "local_authority"
    PROGRAMME = "programme"


class Permission(StrEnum):
    """What may be done, as noun.verb."""

    ALLEGATION_RECEIVE = "allegation.receive"
    ALLEGATION_IMPORT = "allegation.import"
    ALLEGATION_VIEW = "allegation.view"
    ALLEGATION_REFER = "allegation.refer"
    ALLEGATION_SCREEN = "allegation.screen"
    ALLEGATION_TRIAGE = "allegation.triage"
    QUARANTINE_VIEW = "quarantine.view"
    QUARANTINE_RESOLVE = "quarantine.resolve"
    FEED_LOOK = "feed.look"
    MATCH_CONFIRM = "match.confirm"
    MATCH_UNDO = "match.undo"
    CASE_OPEN = "case.open"
    CASE_VIEW = "case.view"
    CASE_EDIT = "case.edit"
    CASE_STEP_DOWN = "case.step_down"
    CASE_CLOSE = "case.close"
    CASE_TRANSFER = "case.transfer"
    LEVEL_SET = "level.set"
    LEVEL_COUNTERSIGN = "level.countersign"
    REVIEW_RECORD = "review.record"
    ASSESSMENT_RECORD = "assessment.record"
    ASSESSMENT_HAND_OUT = "assessment.hand_out"
    RATINGS_COMPARE = "ratings.compare"
    INSTRUMENT_VIEW = "instrument.view"
    INSTRUMENT_IMPORT = "instrument.import"
    INSTRUMENT_APPROVE = "instrument.approve"
    PANEL_VIEW = "panel.view"
    PANEL_CONVENE = "panel.convene"
    PANEL_GIVE_VIEW = "panel.give_view"
    PANEL_DECIDE = "panel.decide"
    ACTION_OPEN = "action.open"
    ACTION_UPDATE = "action.update"
    SESSION_RECORD = "session.record"
    MINUTES_LOG = "minutes.log"
    ORDER_APPLY = "order.apply"
    ORDER_RECORD = "order.record"
    BREACH_RECORD = "breach.record"
    SUPPORT_VIEW = "support.view"
    SUPPORT_RECORD = "support.record"
    SAFE_CONTACT_SET = "safe_contact.set"
    SAFE_ADDRESS_VIEW = "safe_address.view"
    SAFE_ADDRESS_SET = "safe_address.set"
    MESSAGE_SEND = "message.send"
    MESSAGE_DISPATCH = "message.dispatch"
    NOTE_CONFIDENTIAL = "note.confidential"
    DIARY_KEEP = "diary.keep"
    NOTE_CLINICAL = "note.clinical"
    INTELLIGENCE_RECORD = "intelligence.record"
    WALL_DECLARE = "wall.declare"
    WALL_SET = "wall.set"
    WALL_LIFT = "wall.lift"
    DOCUMENT_VIEW = "document.view"
    DOCUMENT_MAKE = "document.make"
    EVALUATION_VIEW = "evaluation.view"
    EVALUATION_REGISTER = "evaluation.register"
    EXTRACT_FREEZE = "extract.freeze"
    ROLLOUT_VIEW = "rollout.view"
    ROLLOUT_RECOMMEND = "rollout.recommend"
    UNIT_VIEW = "unit.view"
    AUDIT_VIEW = "audit.view"
    DISCLOSURE_VIEW = "disclosure.view"
    DISCLOSURE_RECORD = "disclosure.record"
    CONFIDENCE_REQUEST = "confidence.request"
    CONFIDENCE_DECIDE = "confidence.decide"
    PACK_MAKE = "pack.make"
    PACK_RELEASE = "pack.release"
    RETENTION_REVIEW = "retention.review"
    CHALLENGE_RECORD = "challenge.record"
    AGREEMENT_MANAGE = "agreement.manage"
    AGREEMENT_CONFIRM = "agreement.confirm"
    ACCOUNT_MANAGE = "account.manage"
    ACCOUNT_CONFIRM = "account.confirm"
    PART_GIVE = "part.give"
    PART_CONFIRM = "part.confirm"
    ENDING_CONFIRM = "ending.confirm"
    SITE_VIEW = "site.view"
    SITE_CONFIGURE = "site.configure"


class Compartment(WordedEnum):
    """The eleven compartments; every field about a person belongs to exactly one."""

    CORE = "core", "what happened and the measures"
    RISK = "risk", "risk and its level"
    VICTIM_CONTACT = "victim_contact", "how to reach the victim"
    SAFE_ADDRESS_SEALED = "safe_address_sealed", "the sealed address"
    SUBJECT_IDENTITY = "subject_identity", "who the subject is"
    POLICE_INTEL = "police_intel", "police intelligence"
    CLINICAL = "clinical", "health"
    ADVOCATE_CONFIDENTIAL = "advocate_confidential", "what the victim told their advocate"
    PSD_COVERT = "psd_covert", "a covert inquiry into professional standards"
    ADMIN = "admin", "accounts and settings"
    EVIDENCE_ORIGINAL = "evidence_original", "originals of files"

    @property
    def bit(self) -> int:
        """The bit that stands for this compartment in a grant."""
        return 1 << list(Compartment).index(self)


@dataclass(frozen=True)
class Closed:
    """On a field of a value: a reader to whom this compartment is shut gets `instead`. `access/projection.py` sees to it."""

    compartment: Compartment
    instead: object = None


Shown = TypeVar("Shown")
Thing = TypeVar("Thing")
#: `level: RiskOnly[Level]` is a level, or None where the risk is shut to the reader or where there is none.
RiskOnly = Annotated[Shown | None, Closed(Compartment.RISK)]
SubjectOnly = Annotated[Shown | None, Closed(Compartment.SUBJECT_IDENTITY)]


def bits(compartments: frozenset[Compartment] | set[Compartment]) -> int:
    """Return the number that stands for a set of compartments in a grant."""
    return sum(compartment.bit for compartment in compartments)


#: What an agreement between the partners of a unit opens to a team member. The rest needs a relation to the case.
TEAM_COMPARTMENTS = frozenset({Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY})


class RelationKind(WordedEnum):
    """How a person stands to a case, beyond being in the unit."""

    OIC = "oic", "officer in the case"
    ADVOCATE = "advocate"
    ADVOCATE_MANAGER = "advocate_manager"
    CLINICIAN_OF_VICTIM = "clinician_of_victim", "victim's clinician"
    CLINICIAN_OF_SUBJECT = "clinician_of_subject", "subject's clinician"
    OUTREACH = "outreach"
    PANEL_MEMBER = "panel_member"
    EVIDENCE_OFFICER = "evidence_officer"
    PSD_NAMED = "psd_named"
    PARTY = "party"
    TELLER = "teller", "who told this"


#: Parts that keep a file shut, as a wall does. Who told something never reads what became of it at the desk, whatever it
#: matched: a file that opened to them where it concerns nobody would say whom it concerns.
KEPT_OUT = frozenset({RelationKind.PARTY, RelationKind.TELLER})


class Side(StrEnum):
    """Whose record a clinical entry belongs to: the victim's clinicians are not the subject's."""

    NONE = "none"
    VICTIM = "victim"
    SUBJECT = "subject"


class WallKind(StrEnum):
    """Why somebody is walled off a file."""

    DECLARED = "declared"
    ASSIGNED = "assigned"
    PROVISIONAL = "provisional"
    ORGANISATION = "organisation"


class Access(StrEnum):
    """Whether a compartment is to be read or written."""

    READ = "read"
    WRITE = "write"


def place_of_factor(account: object) -> str:
    """Return the place for which the secret of a second factor is sealed: it opens for this account and no other."""
    return f"mfa_authenticator.data/{account}"


class Purpose(StrEnum):
    """Why somebody opens a file."""

    CASEWORK = "casework"
    EVIDENCE = "evidence"
    SAFEGUARDING = "safeguarding"
    OVERSIGHT = "oversight"
    EVALUATION = "evaluation"
    ADMINISTRATION = "administration"


@dataclass(frozen=True)
class Basis:
    """A legal basis: the regime it belongs to, the purpose, and the ground in law."""

    code: str
    regime: str
    purpose: str
    ground: str


#: On which basis each kind of partner holds what it writes; `Held.basis` carries the code. Legal grounds as the
#: partners' agreements name them; a data protection officer confirms them before real people's data are held.
BASIS_OF_PARTNER = {
    PartnerKind.POLICE: Basis(
        "police.law_enforcement", "DPA 2018 Part 3", "law enforcement", "s.35(2)(b), Sch 8 para 1"
    ),
    PartnerKind.NHS: Basis("nhs.health_care", "UK GDPR", "health care", "Art 6(1)(e), Art 9(2)(h)"),
    PartnerKind.ADVOCACY: Basis(
        "advocacy.safeguarding", "UK GDPR", "victim support", "Art 6(1)(f), Art 9(2)(g), Sch 1 para 18"
    ),
    PartnerKind.OUTREACH: Basis(
        "outreach.safeguarding", "UK GDPR", "social support", "Art 6(1)(e), Art 9(2)(g), Sch 1 para 18"
    ),
    PartnerKind.PROBATION: Basis(
        "probation.law_enforcement", "DPA 2018 Part 3", "law enforcement", "s.35(2)(b), Sch 8 para 1"
    ),
    PartnerKind.LOCAL_AUTHORITY: Basis(
        "local_authority.safeguarding", "UK GDPR", "safeguarding", "Art 6(1)(e), Sch 1 para 18"
    ),
    PartnerKind.PROGRAMME: Basis("programme.evaluation", "UK GDPR", "evaluation", "Art 6(1)(e), Art 89(1)"),
}


@dataclass(frozen=True)
class Opened:
    """A case opened for one person at one moment: the only key with which a page may show its fields.

    `as_of`: it was handed to another unit then, and opens what was on record. None: it opens what is.
    """

    file: UUID
    readable: frozenset[Compartment]
    writable: frozenset[Compartment]
    sides: frozenset[Side]
    relations: frozenset[RelationKind]
    as_of: datetime | None = None

    def may_read(self, compartment: Compartment) -> bool:
        return compartment in self.readable

    def without(self, compartment: Compartment) -> Opened:
        """Return the same file with one compartment left shut, for a page that shows nothing of it."""
        return replace(self, readable=self.readable - {compartment})


class Refused(Exception):
    """The person may not do this. `rule` names which rule said so."""

    def __init__(self, rule: str, meaning: str):
        self.rule, self.meaning = rule, meaning
        super().__init__(meaning)


class CannotWall(Unfit):
    """A wall cannot be set, kept or lifted so; `field` names where, the message how to mend it."""


class NotFound(Exception):
    """There is no such thing, or it is not for this person: nobody can tell which."""


def existing(found: Thing | None) -> Thing:
    """Return what was found; raises NotFound where it is nothing."""
    if found is None:
        raise NotFound
    return found


class Unscoped(RuntimeError):
    """A list of protected rows was started without saying for whom: a fault in the code, never shown."""


#: What the unit that handed a file over reads no longer: what is true now, and not what it had on record.
CLOSED_ONCE_HANDED = frozenset({Compartment.VICTIM_CONTACT, Compartment.SAFE_ADDRESS_SEALED, Compartment.PSD_COVERT})

#: The compartments of which each kind of partner is itself the controller; they need no agreement to read their own.
OWN_COMPARTMENTS: dict[PartnerKind, frozenset[Compartment]] = {
    PartnerKind.POLICE: frozenset(
        {
            Compartment.CORE,
            Compartment.RISK,
            Compartment.SUBJECT_IDENTITY,
            Compartment.VICTIM_CONTACT,
            Compartment.POLICE_INTEL,
            Compartment.PSD_COVERT,
            Compartment.EVIDENCE_ORIGINAL,
        }
    ),
    PartnerKind.NHS: frozenset({Compartment.CLINICAL}),
    PartnerKind.ADVOCACY: frozenset(
        {Compartment.VICTIM_CONTACT, Compartment.SAFE_ADDRESS_SEALED, Compartment.ADVOCATE_CONFIDENTIAL}
    ),
    PartnerKind.PROGRAMME: frozenset({Compartment.ADMIN}),
}


LONDON = ZoneInfo("Europe/London")


def day_of(at: datetime) -> date:
    """Return the day of a moment in London, by which an agreement begins and ends, and a training runs out."""
    return at.astimezone(LONDON).date()
