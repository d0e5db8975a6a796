"""Small makers for the tests of people: the file of a case with its victim, and a number of hers. All invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import RelationKind
from fourfold.audit import services as audit
from fourfold.base import new_id
from fourfold.cases import services as cases
from fourfold.people import services as people
from fourfold.people.models import ReachChecked, SamePerson, Victim, VictimReach
from fourfold.people.rules import contact as rules
from fourfold.people.terms import Confirmation, MarkKind
from tests.cast import NOW, Cast

HER_NUMBER = "07700 900111"


@dataclass
class File:
    """A case's file and its victim, opened to Northmoor, with an advocate."""

    file: UUID
    victim: Victim


def file_of(cast: Cast, number: str = HER_NUMBER) -> File:
    """Make a victim with a telephone of their own, whose advocate is `cast.advocate`."""
    held = access_queries.held_by(cast.officer, "told", at=NOW)
    victim = Victim.objects.create(site="northmoor", given_name="Robin", family_name="Sample", **held)
    file = new_id()
    access.grant_file(actor=cast.officer, file=file, site="northmoor", at=NOW - timedelta(days=1))
    for name in ("advocate", "second_advocate"):
        staff, kind = cast.staff[name].pk, RelationKind.ADVOCATE if name == "advocate" else RelationKind.PANEL_MEMBER
        access.relate(actor=cast.coordinator, file=file, staff=staff, kind=kind, at=NOW - timedelta(days=1))
    reach(cast, victim, number)
    return File(file, victim)


def reach(cast: Cast, victim: Victim, number: str, at: datetime = NOW, *, confirmed: bool = True) -> VictimReach:
    """Put a number of the victim's on record, confirmed face to face, or only told."""
    held = access_queries.held_by(cast.officer, "told", at=at)
    key = rules.key_of(MarkKind.PHONE, number)
    row = VictimReach.objects.create(victim=victim, kind=MarkKind.PHONE, value=number, key=key, **held)
    return confirmed_reach(cast, row, at) if confirmed else row


def merged(cast: Cast, one: Victim, other: Victim, *, reason: str, at: datetime, by: str = "analyst") -> SamePerson:
    """Merge two victims' records: one asks, a colleague of the desk signs it."""
    both = {"one": one, "other": other, "at": at}
    people.ask_to_join(actor=cast.actor(by), reason=reason, **both)  # type: ignore[arg-type]
    colleague = cast.actor("officer" if by != "officer" else "analyst")
    return cases.sign_merge(actor=colleague, because="Both files were read.", **both)  # type: ignore[arg-type]


def confirmed_reach(cast: Cast, row: VictimReach, at: datetime = NOW) -> VictimReach:
    """Let the victim's advocate have confirmed it face to face, as it was kept before its case was."""
    held = access_queries.held_by(cast.advocate, "victim", at=at)
    with audit.recorded(cast.advocate, "reach.confirmed", at=at) as entry:
        how = Confirmation.FACE_TO_FACE
        entry.about(ReachChecked.objects.create(reach=row, confirmed=True, how=how, **held))
    return row
