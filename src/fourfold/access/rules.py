"""May this person read or write this compartment of this case? A permit is needed, and any forbid wins.

The facts are all required: a forgotten fact is a TypeError when the code is written, never an allow at run time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fourfold.access.terms import KEPT_OUT, Access, Compartment, PartnerKind, Purpose, RelationKind, Role, Side
from fourfold.access.terms import RelationKind as R
from fourfold.words import sentence


@dataclass(frozen=True)
class Facts:
    """Everything the decision rests on, told by the database in the same transaction.

    `team`: the person works in the unit that holds the case. `agreement`: an active agreement covers this partner
    and compartment today, or the partner is itself the controller. `second`: a second person has approved.
    """

    roles: frozenset[Role]
    partner_kind: PartnerKind
    active: bool
    vouched: bool
    trained: bool
    cleared: bool
    second_factor: bool
    purpose: Purpose | None
    team: bool
    relations: frozenset[RelationKind]
    agreement: bool
    walled: bool
    compartment: Compartment
    side: Side
    access: Access
    second: bool


Rule = tuple[str, Callable[[Facts], bool]]

#: Forbids win over everything.
FORBIDS: tuple[Rule, ...] = (
    ("walled", lambda f: f.walled),
    ("party", lambda f: bool(f.relations & KEPT_OUT)),
    ("inactive", lambda f: not f.active),
    ("not vouched for", lambda f: not f.vouched),
    ("training lapsed", lambda f: not f.trained),
    ("no second factor", lambda f: not f.second_factor),
    ("no purpose", lambda f: f.purpose is None),
    ("no agreement", lambda f: not f.agreement),
    ("administrator", lambda f: Role.SYSTEM_ADMINISTRATOR in f.roles and f.compartment is not Compartment.ADMIN),
)


def _police(f: Facts) -> bool:
    return f.partner_kind is PartnerKind.POLICE


def _clinician(f: Facts) -> bool:
    if f.partner_kind is not PartnerKind.NHS or Role.MENTAL_HEALTH_PROFESSIONAL not in f.roles:
        return False
    own = {Side.VICTIM: R.CLINICIAN_OF_VICTIM, Side.SUBJECT: R.CLINICIAN_OF_SUBJECT}
    return own.get(f.side) in f.relations


def _advocate(f: Facts) -> bool:
    return Role.VICTIM_ADVOCATE in f.roles and R.ADVOCATE in f.relations


def _on_the_case(f: Facts) -> bool:
    return f.team or bool(f.relations & {R.OIC, R.ADVOCATE, R.CLINICIAN_OF_SUBJECT, R.CLINICIAN_OF_VICTIM, R.OUTREACH})


ASSESSORS = frozenset(
    {Role.POLICE_OFFICER, Role.MENTAL_HEALTH_PROFESSIONAL, Role.OUTREACH_WORKER, Role.VICTIM_ADVOCATE}
    | {Role.UNIT_COORDINATOR, Role.PANEL_CHAIR}
)

READS: dict[Compartment, Callable[[Facts], bool]] = {
    Compartment.CORE: _on_the_case,
    Compartment.RISK: lambda f: _on_the_case(f) or R.PANEL_MEMBER in f.relations,
    Compartment.SUBJECT_IDENTITY: _on_the_case,
    Compartment.VICTIM_CONTACT: lambda f: _advocate(f) or (_police(f) and R.OIC in f.relations),
    Compartment.SAFE_ADDRESS_SEALED: lambda f: _advocate(f) and f.second,
    Compartment.POLICE_INTEL: lambda f: _police(f) and f.cleared and f.team,
    Compartment.CLINICAL: _clinician,
    Compartment.ADVOCATE_CONFIDENTIAL: lambda f: (
        _advocate(f)
        or (Role.VICTIM_ADVOCATE in f.roles and R.ADVOCATE_MANAGER in f.relations and f.purpose is Purpose.SAFEGUARDING)
    ),
    Compartment.PSD_COVERT: lambda f: _police(f) and R.PSD_NAMED in f.relations,
    Compartment.ADMIN: lambda f: Role.SYSTEM_ADMINISTRATOR in f.roles,
    Compartment.EVIDENCE_ORIGINAL: lambda f: R.EVIDENCE_OFFICER in f.relations and f.purpose is Purpose.EVIDENCE,
}

WRITES: dict[Compartment, Callable[[Facts], bool]] = {
    Compartment.CORE: _on_the_case,
    Compartment.RISK: lambda f: _on_the_case(f) and bool(f.roles & ASSESSORS),
    Compartment.SUBJECT_IDENTITY: lambda f: _police(f) and _on_the_case(f),
    Compartment.VICTIM_CONTACT: READS[Compartment.VICTIM_CONTACT],
    Compartment.SAFE_ADDRESS_SEALED: _advocate,
    Compartment.POLICE_INTEL: READS[Compartment.POLICE_INTEL],
    Compartment.CLINICAL: _clinician,
    Compartment.ADVOCATE_CONFIDENTIAL: _advocate,
    Compartment.PSD_COVERT: READS[Compartment.PSD_COVERT],
    Compartment.ADMIN: lambda f: Role.SYSTEM_ADMINISTRATOR in f.roles and f.second,
    Compartment.EVIDENCE_ORIGINAL: READS[Compartment.EVIDENCE_ORIGINAL],
}


def why_not(facts: Facts) -> str | None:
    """Return the name of the rule that keeps this person out, or None where the door is open."""
    for name, forbids in FORBIDS:
        if forbids(facts):
            return name
    permits = READS if facts.access is Access.READ else WRITES
    return None if permits[facts.compartment](facts) else sentence("no permit for {1}", facts.compartment)


#: The kinds of partner whose people hold a role that belongs to a trade; the others are held by anybody of the unit.
TRADES = {
    Role.POLICE_ANALYST: (PartnerKind.POLICE,),
    Role.POLICE_OFFICER: (PartnerKind.POLICE,),
    Role.MENTAL_HEALTH_PROFESSIONAL: (PartnerKind.NHS,),
    Role.OUTREACH_WORKER: (PartnerKind.OUTREACH, PartnerKind.LOCAL_AUTHORITY),
    Role.VICTIM_ADVOCATE: (PartnerKind.ADVOCACY,),
}
OF_A_UNIT = (*TRADES, Role.UNIT_COORDINATOR, Role.PANEL_CHAIR, Role.GOVERNANCE_LEAD)


#: Roles of the programme, which watches over no unit and works in none; and the lead of an agency, who leads it everywhere.
OF_THE_PROGRAMME = (Role.EVALUATOR, Role.PROGRAMME_LEAD, Role.SYSTEM_ADMINISTRATOR)
OF_NO_UNIT = (*OF_THE_PROGRAMME, Role.AGENCY_LEAD)


def why_not_hold(role: Role, partner_kind: PartnerKind) -> str | None:
    """Return why nobody of such a partner holds a role, in a unit or in none, or None."""
    if role is Role.AGENCY_LEAD or (role in OF_THE_PROGRAMME and partner_kind is PartnerKind.PROGRAMME):
        return None
    return why_not_role(role, partner_kind)


def why_not_role(role: Role, partner_kind: PartnerKind) -> str | None:
    if role not in OF_A_UNIT:
        return sentence(
            "A {1} works for the programme, or for nobody, and not in a unit. Choose another role.", role.label
        )
    kinds = TRADES.get(role)
    if kinds is None or partner_kind in kinds:
        return None
    needed = " or ".join(kind.replace("_", " ") for kind in kinds)
    return sentence(
        "A {1} works for a partner of this kind: {2}. Choose that partner, or another role.", role.label, needed
    )
