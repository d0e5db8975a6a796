"""The roles, one paragraph each, so that a governance lead can sign the page.

`in_unit` permissions hold at the person's own sites; what a person sees of a case depends on the compartments
in `rules.py`, not on this table.
"""

from dataclasses import dataclass
from functools import cache

from fourfold.access.terms import Permission as P
from fourfold.access.terms import Role
from fourfold.audit.terms import Actor


@dataclass(frozen=True)
class RoleCard:
    """A role: who it is for, and what it may do."""

    paragraph: str
    permissions: frozenset[P]


_TEAM = frozenset(
    {
        P.ALLEGATION_VIEW,
        P.ALLEGATION_REFER,
        P.CASE_VIEW,
        P.PANEL_VIEW,
        P.ACTION_OPEN,
        P.ACTION_UPDATE,
        P.MINUTES_LOG,
        P.WALL_DECLARE,
        P.DOCUMENT_VIEW,
        P.UNIT_VIEW,
        P.INSTRUMENT_VIEW,
        P.DISCLOSURE_VIEW,
        P.SITE_VIEW,
    }
)
_DESK = frozenset(
    {P.ALLEGATION_RECEIVE, P.ALLEGATION_SCREEN, P.ALLEGATION_TRIAGE, P.MATCH_CONFIRM, P.MATCH_UNDO, P.CASE_OPEN}
)
_PROFESSIONAL = frozenset(
    {
        P.PART_CONFIRM,
        P.ENDING_CONFIRM,
        P.ASSESSMENT_RECORD,
        P.ASSESSMENT_HAND_OUT,
        P.RATINGS_COMPARE,
        P.LEVEL_SET,
        P.LEVEL_COUNTERSIGN,
        P.PANEL_GIVE_VIEW,
        P.REVIEW_RECORD,
        P.CASE_STEP_DOWN,
        P.DISCLOSURE_RECORD,
    }
)

ROLES: dict[Role, RoleCard] = {
    Role.POLICE_ANALYST: RoleCard(
        "Works the desk: brings in the force's feed, mends what quarantine held back, says which records are the "
        "same people, screens and triages. Sees the core, the risk and the subject of the unit's cases. Brings "
        "instruments in, which two others approve.",
        _TEAM
        | _DESK
        | {P.ALLEGATION_IMPORT, P.QUARANTINE_VIEW, P.QUARANTINE_RESOLVE, P.FEED_LOOK, P.INTELLIGENCE_RECORD}
        | {P.INSTRUMENT_IMPORT},
    ),
    Role.POLICE_OFFICER: RoleCard(
        "Investigates and enforces: assesses, gives the police view at panel, applies for orders, records service, "
        "breaches and arrests. Reaches the victim only in the cases that are the officer's own.",
        _TEAM
        | _DESK
        | _PROFESSIONAL
        | {P.CASE_EDIT, P.ORDER_APPLY, P.ORDER_RECORD, P.BREACH_RECORD, P.SAFE_CONTACT_SET, P.MESSAGE_SEND}
        | {P.MESSAGE_DISPATCH, P.SUPPORT_VIEW, P.INTELLIGENCE_RECORD, P.CONFIDENCE_REQUEST},
    ),
    Role.UNIT_COORDINATOR: RoleCard(
        "Keeps the unit's day: triage, panel sittings, owners and dates, reviews that are due, who works on what. "
        "Makes the packs that people and courts ask for, which somebody else releases; keeps holds and retention. Offers "
        "a case to another unit, and answers what another unit offers. "
        "Brings in the instruments that the unit works with, and approves none.",
        _TEAM
        | _DESK
        | {
            P.CASE_EDIT,
            P.CASE_STEP_DOWN,
            P.CASE_CLOSE,
            P.CASE_TRANSFER,
            P.PART_GIVE,
            P.PART_CONFIRM,
            P.ENDING_CONFIRM,
            P.PANEL_CONVENE,
            P.REVIEW_RECORD,
            P.LEVEL_COUNTERSIGN,
        }
        | {P.LEVEL_SET, P.BREACH_RECORD, P.ORDER_RECORD, P.QUARANTINE_VIEW, P.FEED_LOOK, P.DOCUMENT_MAKE, P.WALL_LIFT}
        | {P.INSTRUMENT_IMPORT, P.RATINGS_COMPARE, P.DISCLOSURE_RECORD, P.PACK_MAKE, P.RETENTION_REVIEW}
        | {P.CHALLENGE_RECORD},
    ),
    Role.MENTAL_HEALTH_PROFESSIONAL: RoleCard(
        "Assesses and treats: structured judgement, the clinical view at panel, sessions planned and attended. "
        "Clinical notes stay with the clinicians of that person; police intelligence is not theirs to see. Brings "
        "instruments in, and approves those that somebody else brought.",
        _TEAM | _PROFESSIONAL | {P.SESSION_RECORD, P.NOTE_CLINICAL, P.INSTRUMENT_IMPORT, P.INSTRUMENT_APPROVE},
    ),
    Role.OUTREACH_WORKER: RoleCard(
        "Social support: housing, work, substance use, debt; gives the outreach view at panel and owns social "
        "measures.",
        _TEAM | _PROFESSIONAL | {P.SESSION_RECORD},
    ),
    Role.VICTIM_ADVOCATE: RoleCard(
        "Supports the victim one to one: safe contact, wishes and needs, safety plan, the victim's own confidences, which no "
        "other agency opens; gives the advocate's view at panel and may stop a step that would endanger the victim.",
        _TEAM
        | _PROFESSIONAL
        | {P.ALLEGATION_RECEIVE, P.SUPPORT_VIEW, P.SUPPORT_RECORD, P.SAFE_CONTACT_SET, P.SAFE_ADDRESS_VIEW}
        | {P.SAFE_ADDRESS_SET, P.MESSAGE_SEND, P.MESSAGE_DISPATCH, P.NOTE_CONFIDENTIAL}
        | {P.CONFIDENCE_DECIDE, P.CHALLENGE_RECORD},
    ),
    Role.PANEL_CHAIR: RoleCard(
        "Chairs the sitting: opens it, sees that every profession has spoken, records the one decision. Releases the "
        "packs that somebody else made. Approves the instruments that the unit brings in, as one of two people.",
        _TEAM
        | {P.PANEL_CONVENE, P.PANEL_DECIDE, P.LEVEL_SET, P.LEVEL_COUNTERSIGN, P.CASE_STEP_DOWN, P.CASE_CLOSE}
        | {P.REVIEW_RECORD, P.DOCUMENT_MAKE, P.INSTRUMENT_APPROVE, P.RATINGS_COMPARE, P.DISCLOSURE_RECORD}
        | {P.PACK_RELEASE, P.RETENTION_REVIEW, P.CHALLENGE_RECORD},
    ),
    Role.GOVERNANCE_LEAD: RoleCard(
        "Watches the watchers: reads the audit, sets and lifts walls, asks for agreements, which partners sign, follows quarantine. Ends none of it "
        "alone. Brings "
        "instruments in with their licences, and approves those that somebody else brought. Opens no case file.",
        frozenset({P.AUDIT_VIEW, P.WALL_SET, P.WALL_LIFT, P.AGREEMENT_MANAGE, P.QUARANTINE_VIEW, P.UNIT_VIEW})
        | {P.INSTRUMENT_VIEW, P.INSTRUMENT_IMPORT, P.INSTRUMENT_APPROVE, P.SITE_VIEW, P.ENDING_CONFIRM},
    ),
    Role.EVALUATOR: RoleCard(
        "Registers questions before outcomes are seen, freezes de-identified extracts, compares the sites. Sees no "
        "case and no person.",
        frozenset({P.EVALUATION_VIEW, P.EVALUATION_REGISTER, P.EXTRACT_FREEZE, P.ROLLOUT_VIEW, P.RATINGS_COMPARE}),
    ),
    Role.PROGRAMME_LEAD: RoleCard(
        "Reads what was learned and writes what a new area should expect; founds sites, opens their areas and says how "
        "they work. Sees no case and no person.",
        frozenset({P.EVALUATION_VIEW, P.ROLLOUT_VIEW, P.ROLLOUT_RECOMMEND, P.SITE_VIEW, P.SITE_CONFIGURE}),
    ),
    Role.SYSTEM_ADMINISTRATOR: RoleCard(
        "Keeps accounts and configuration, and lets what waits in the outbox leave without reading it. Sees no case.",
        frozenset({P.ACCOUNT_MANAGE, P.SITE_VIEW, P.SITE_CONFIGURE, P.MESSAGE_DISPATCH}),
    ),
    Role.AGENCY_LEAD: RoleCard(
        "Answers for who the people of one agency are: confirms accounts, roles and parts in cases that somebody else asked "
        "for, and their ends, signs what binds the agency, and vouches for each new account once the person has it in hand. Sees "
        "no case and asks for nobody.",
        frozenset({P.ACCOUNT_CONFIRM, P.PART_CONFIRM, P.ENDING_CONFIRM, P.AGREEMENT_CONFIRM, P.SITE_VIEW}),
    ),
    Role.VICTIM: RoleCard(
        "Keeps their own diary, through a link from their advocate that is bound to their device. Has no account and works "
        "for nobody; sees what they wrote themselves and opens no file, not even the one about them.",
        frozenset({P.DIARY_KEEP, P.ALLEGATION_RECEIVE}),
    ),
    Role.AGENCY_SYSTEM: RoleCard(
        "A system of an agency, which nobody signs in as: one person of the agency asked for it and another confirmed it. Sends "
        "reports and files in, reads which orders bind and takes signed assessments out, each only where it was given for "
        "that, and as far as the agency's agreement opens files. Decides nothing.",
        frozenset({P.ALLEGATION_REFER, P.ALLEGATION_VIEW, P.ALLEGATION_IMPORT, P.CASE_VIEW, P.INSTRUMENT_VIEW})
        | {P.ASSESSMENT_HAND_OUT, P.DISCLOSURE_RECORD},
    ),
}


@cache
def permissions_of(roles: frozenset[str]) -> frozenset[P]:
    """Return everything that a holder of `roles` may do."""
    return frozenset().union(*(ROLES[Role(role)].permissions for role in roles)) if roles else frozenset()


#: The roles that work on cases; only they make a person part of a unit's team.
CASEWORK = frozenset(role for role, card in ROLES.items() if P.CASE_VIEW in card.permissions)


def casework_sites(actor: Actor) -> frozenset[str]:
    return frozenset(site for site, role in actor.memberships if site and role in CASEWORK)
