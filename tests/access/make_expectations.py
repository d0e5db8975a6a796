"""Writes expectations.csv: who may read and write what, read from the access table by somebody who wrote no rule.

The table is this project's reference of eleven compartments (who reads, who writes) and of the forbids that win over
everything. Nothing is imported from the policy, and everything here is a plain word, so that the two can disagree.
Run `python -m tests.access.make_expectations` to write the file anew; look at every line that changes.

Two readings that the reference leaves open:
- Who is named on a case (its officer, its advocate, a clinician or outreach worker of one side) is on its team; police
  intelligence alone asks for the unit itself, because the force that graded it keeps control of it.
- A relation counts together with the trade it belongs to: an "advocate" who holds no advocate's role, or an "officer in
  the case" who is not of the police, is nobody's advocate and nobody's officer.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

FILE = Path(__file__).with_name("expectations.csv")
COLUMNS = (
    "persona", "partner", "roles", "relations", "unit", "cleared", "compartment", "side", "access",
    "active", "vouched", "trained", "second_factor", "purpose", "agreement", "walled", "second_person", "expected",
)  # fmt: skip

PARTS = (
    ("core", "none"),
    ("risk", "none"),
    ("victim_contact", "none"),
    ("safe_address_sealed", "none"),
    ("subject_identity", "none"),
    ("police_intel", "none"),
    ("clinical", "victim"),
    ("clinical", "subject"),
    ("advocate_confidential", "none"),
    ("psd_covert", "none"),
    ("admin", "none"),
    ("evidence_original", "none"),
)


@dataclass(frozen=True)
class Person:
    """One persona: trade, partner, and how they stand to the case."""

    name: str
    partner: str
    roles: frozenset[str]
    relations: frozenset[str] = frozenset()
    unit: bool = True
    cleared: bool = False


@dataclass(frozen=True)
class Context:
    """The circumstances of one act; as a rule nothing is in the way."""

    active: bool = True
    vouched: bool = True
    trained: bool = True
    second_factor: bool = True
    purpose: str = "casework"
    agreement: bool = True
    walled: bool = False
    second_person: bool = False


def person(
    name: str, partner: str, role: str, relations: str = "", *, unit: bool = True, cleared: bool = False
) -> Person:
    """Return a persona from words separated by spaces."""
    return Person(name, partner, frozenset(role.split()), frozenset(relations.split()), unit, cleared)


#: The thirteen personas of the test contract first, then those who stand at an edge of the table.
PEOPLE = (
    person("P1 officer in the case", "police", "police_officer", "oic", cleared=True),
    person("P2 officer of the same station", "police", "police_officer", unit=False, cleared=True),
    person("P3 officer who is the subject", "police", "police_officer", "oic party", cleared=True),
    person("P4 professional standards", "police", "police_officer", "psd_named", unit=False, cleared=True),
    person("P5 clinician of the subject", "nhs", "mental_health_professional", "clinician_of_subject"),
    person("P6 clinician not on the case", "nhs", "mental_health_professional", unit=False),
    person("P7 her advocate", "advocacy", "victim_advocate", "advocate"),
    person("P8 advocate who knows her", "advocacy", "victim_advocate"),
    person("P9 charity manager", "advocacy", "victim_advocate", "advocate_manager"),
    person("P10 duty officer", "police", "police_officer", unit=False, cleared=True),
    person("P11 administrator", "programme", "system_administrator", unit=False),
    person("P12 governance lead", "nhs", "governance_lead", unit=False),
    person("P13 import robot", "police", "police_analyst", cleared=True),
    person("clinician of the victim", "nhs", "mental_health_professional", "clinician_of_victim"),
    person("clinician in the unit", "nhs", "mental_health_professional"),
    person("evidence officer", "police", "police_officer", "evidence_officer", unit=False),
    person("her advocate from outside the unit", "advocacy", "victim_advocate", "advocate", unit=False),
    person("officer in the case from outside the unit", "police", "police_officer", "oic", unit=False, cleared=True),
    person("officer without clearance", "police", "police_officer"),
    person("cleared outreach worker", "outreach", "outreach_worker", cleared=True),
    person("outreach worker named on the case", "outreach", "outreach_worker", "outreach", unit=False),
    person("clinician named from outside the unit", "nhs", "mental_health_professional", "clinician_of_subject", unit=False),
    person("clinician of the victim from outside", "nhs", "mental_health_professional", "clinician_of_victim", unit=False),
    person("outreach worker in the unit", "outreach", "outreach_worker"),
    person("coordinator", "police", "unit_coordinator"),
    person("chair", "police", "panel_chair"),
    person("panel member from elsewhere", "local_authority", "outreach_worker", "panel_member", unit=False),
    person("evaluator", "programme", "evaluator", unit=False),
    person("programme lead", "programme", "programme_lead", unit=False),
    person("officer who also keeps accounts", "police", "police_officer system_administrator", "oic", cleared=True),
    person("officer's relation held by a charity", "advocacy", "outreach_worker", "oic"),
    person("advocate's relation without the role", "advocacy", "outreach_worker", "advocate advocate_manager"),
    person("clinician's relation without the role", "nhs", "outreach_worker", "clinician_of_subject clinician_of_victim"),
    person("clinician's relation outside the NHS", "advocacy", "mental_health_professional", "clinician_of_subject"),
    person("victim in her own diary", "advocacy", "victim", unit=False),
    person("standards relation outside the police", "advocacy", "victim_advocate", "psd_named"),
)  # fmt: skip

FREE = Context()
#: Everything that keeps a person out on its own, and every circumstance that a compartment asks for.
CONTEXTS = (
    FREE,
    replace(FREE, second_person=True),
    replace(FREE, purpose="safeguarding"),
    replace(FREE, purpose="evidence"),
)
IN_THE_WAY = (
    {"active": False},
    {"vouched": False},
    {"trained": False},
    {"second_factor": False},
    {"purpose": ""},
    {"agreement": False},
    {"walled": True},
)


def kept_out(who: Person, where: Context, compartment: str) -> bool:
    """Say whether a forbid of the reference stands in the way, whatever else is true."""
    if where.walled or "party" in who.relations:
        return True
    if not (
        where.active and where.vouched and where.trained and where.second_factor and where.purpose and where.agreement
    ):
        return True
    return "system_administrator" in who.roles and compartment != "admin"


def on_the_team(who: Person) -> bool:
    """Say whether the person is on the case's team: through the unit, or named on the case."""
    return who.unit or bool(
        who.relations & {"oic", "advocate", "clinician_of_victim", "clinician_of_subject", "outreach"}
    )


def named(who: Person, relation: str, trade: str) -> bool:
    """Say whether the person holds the relation together with the trade, a role or a partner, that it belongs to."""
    return relation in who.relations and trade in (*who.roles, who.partner)


#: The reference's column "read", a line each.
READS: dict[str, Callable[[Person, Context, str], bool]] = {
    "core": lambda who, where, side: on_the_team(who),
    "risk": lambda who, where, side: on_the_team(who) or "panel_member" in who.relations,
    "victim_contact": lambda who, where, side: named(who, "oic", "police") or named(who, "advocate", "victim_advocate"),
    "safe_address_sealed": lambda who, where, side: named(who, "advocate", "victim_advocate") and where.second_person,
    "subject_identity": lambda who, where, side: on_the_team(who),
    "police_intel": lambda who, where, side: who.partner == "police" and who.cleared and who.unit,
    "clinical": lambda who, where, side: (
        who.partner == "nhs" and named(who, f"clinician_of_{side}", "mental_health_professional")
    ),
    "advocate_confidential": lambda who, where, side: (
        named(who, "advocate", "victim_advocate")
        or (named(who, "advocate_manager", "victim_advocate") and where.purpose == "safeguarding")
    ),
    "psd_covert": lambda who, where, side: named(who, "psd_named", "police"),
    "admin": lambda who, where, side: "system_administrator" in who.roles,
    "evidence_original": lambda who, where, side: "evidence_officer" in who.relations and where.purpose == "evidence",
}


def writes(who: Person, where: Context, compartment: str, side: str) -> bool:
    """Return the reference's answer for writing; where it says "same", the one for reading."""
    assessors = {"police_officer", "mental_health_professional", "outreach_worker", "victim_advocate"}
    match compartment:
        case "risk":
            return on_the_team(who) and bool(who.roles & (assessors | {"unit_coordinator", "panel_chair"}))
        case "safe_address_sealed" | "advocate_confidential":
            return named(who, "advocate", "victim_advocate")
        case "subject_identity":
            return on_the_team(who) and who.partner == "police"
        case "admin":
            return "system_administrator" in who.roles and where.second_person
    return READS[compartment](who, where, side)


def expected(who: Person, where: Context, compartment: str, side: str, access: str) -> str:
    """Return `open` or `closed` for one act."""
    permit = READS[compartment](who, where, side) if access == "read" else writes(who, where, compartment, side)
    lets_in = permit and not kept_out(who, where, compartment)
    return "open" if lets_in else "closed"


def contexts(who: Person, compartment: str, side: str, access: str) -> Iterator[Context]:
    """Yield the circumstances worth a row: the common ones, and each obstacle where the door would be open."""
    yield from CONTEXTS
    for free in CONTEXTS:
        if expected(who, free, compartment, side, access) == "open":
            yield from (replace(free, **obstacle) for obstacle in IN_THE_WAY)
            return


def rows() -> Iterator[dict[str, str]]:
    """Yield every row of the table, in its order."""
    for who in PEOPLE:
        for compartment, side in PARTS:
            for access in ("read", "write"):
                for where in contexts(who, compartment, side, access):
                    yield _row(who, where, compartment, side, access)


def _row(who: Person, where: Context, compartment: str, side: str, access: str) -> dict[str, str]:
    return {
        "persona": who.name,
        "partner": who.partner,
        "roles": " ".join(sorted(who.roles)),
        "relations": " ".join(sorted(who.relations)),
        "unit": _said(who.unit),
        "cleared": _said(who.cleared),
        "compartment": compartment,
        "side": side,
        "access": access,
        "active": _said(where.active),
        "vouched": _said(where.vouched),
        "trained": _said(where.trained),
        "second_factor": _said(where.second_factor),
        "purpose": where.purpose,
        "agreement": _said(where.agreement),
        "walled": _said(where.walled),
        "second_person": _said(where.second_person),
        "expected": expected(who, where, compartment, side, access),
    }


def _said(flag: bool) -> str:
    return "yes" if flag else "no"


def write() -> None:
    """Write the table beside this file."""
    with FILE.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows())


if __name__ == "__main__":
    write()
