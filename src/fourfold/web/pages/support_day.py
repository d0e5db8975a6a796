"""On the day: whom to reach, who is silent, and what a victim has not been told or agreed yet."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from fourfold.access.statements import Call
from fourfold.access.terms import Permission, RelationKind, Role
from fourfold.audit.terms import Actor
from fourfold.cases.terms import Level
from fourfold.people.rules import contact as contact_rules
from fourfold.support import queries, rules
from fourfold.support.queries.rows import own_open
from fourfold.support.queries.values import Owed
from fourfold.support.terms import UpdateKind
from fourfold.web.updates import owed_about
from fourfold.web.worklist import SOON, Waiting, WorkRow, kept, link_to, source
from fourfold.words import counted, opening, sentence, words

RENEW = words(
    {
        (False, False): (
            "Ask the victim whether what was agreed in another case still holds",
            "that case is closed, or the victim never confirmed it; it binds until you choose, in a new agreement, that it no longer holds",
        ),
        (True, True): (
            "Agree safe contact with the victim anew",
            "what was agreed in this case ended in another, as the victim confirmed there",
        ),
        (True, False): ("Agree safe contact with the victim anew", "no agreement that was made in this case stands"),
    }
)
RENEWED_IN = timedelta(days=7)
TOLD_OF_SILENCE = {RelationKind.ADVOCATE, RelationKind.ADVOCATE_MANAGER, RelationKind.OIC}


def _cases(waits: Sequence[Waiting]) -> list[UUID]:
    return list(dict.fromkeys(one.case for one in waits if one.parts & TOLD_OF_SILENCE))


def _reached(waits: Sequence[Waiting], actor: Actor, at: datetime) -> dict[UUID, tuple[queries.Reached, str]]:
    """Return of each row how its victim is reached, and which order or breach is owed in it."""
    own = [one for one in waits if one.parts & TOLD_OF_SILENCE]
    reaches = {one.case for one in own if RelationKind.ADVOCATE in one.parts}
    found = queries.reached_in(_cases(waits), actor=actor, at=at, reaches=reaches)
    owed = [
        Owed(one.case, one.about, UpdateKind(one.said["what"]), datetime.fromisoformat(one.said["since"]))
        for one in own
        if one.said and RelationKind.ADVOCATE in one.parts and one.case in found
    ]
    which = owed_about(actor, owed, at) if owed else {}
    return {one.about: (found[one.case], which.get(one.about, "")) for one in own if one.case in found}


def _first(waits: Sequence[Waiting], actor: Actor, at: datetime) -> list[Call]:
    return [queries.reached_ahead(cases, actor, at)] if (cases := _cases(waits)) else []


SOON.update({_reached: _first})


@kept(Permission.SUPPORT_VIEW, of="contacts", first_for={Role.VICTIM_ADVOCATE}, beside=_reached)
def silence(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the silent victims: of those who are not at low or medium, as far as the reader may know."""
    reached, _ = one.beside
    days = rules.days_silent(reached.last_safe_at, reached.opened_at, at)
    if days < rules.SILENT_AFTER.days or one.level in (Level.LOW, Level.MEDIUM):
        return None
    return WorkRow(
        due_at=at - timedelta(days=days - 14),
        what="No safe contact with this victim in the cases open to you",
        href=link_to("support:file", reference=one.reference),
        why=sentence("silent for {1} days", days),
        case=one.reference,
        level=one.level,
    )


@kept(Permission.SUPPORT_RECORD, first_for={Role.VICTIM_ADVOCATE}, beside=_reached)
def contacts(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say whom their advocate is to reach, by their safe hours."""
    reached, _ = one.beside
    if not reached.reads or RelationKind.ADVOCATE not in one.parts:
        return None
    rule = reached.rule
    window = contact_rules.next_window(rule, at) if rule else None
    open_now = rule is not None and bool(rule.channels) and contact_rules.is_within(rule, at)
    return WorkRow(
        due_at=max(window[0], at + timedelta(minutes=1)) if window else None,
        due="any hour" if open_now else "no safe hours agreed",
        what=sentence("Contact {1}", one.victim),
        href=link_to("support:file", reference=one.reference),
        why="safe hours are open now" if open_now else "safe hours",
        detail=contact_rules.in_words(rule, agrees=True),
        case=one.reference,
        level=one.level,
    )


@kept(Permission.SUPPORT_RECORD, first_for={Role.VICTIM_ADVOCATE}, beside=_reached)
def code_clocks(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say what the victims of the advocate's own cases have not been told yet, by the day on which they are to be."""
    (reached, which), what = one.beside, UpdateKind(one.said["what"])
    if not reached.reads or RelationKind.ADVOCATE not in one.parts:
        return None
    return WorkRow(
        due_at=one.due_at,
        what=sentence("{1}. {2}", what.task, opening(which)) if which else what.task,
        href=link_to("support:contact", reference=one.reference)
        + (f"?told={one.about}" if what is UpdateKind.BREACH and which else ""),
        why=sentence("Victims' Code, {1}", counted(one.said["working_days"], "working day")),
        detail=contact_rules.in_words(reached.rule, agrees=True),
        case=one.reference,
        level=one.level,
        decide=what.is_danger,
    )


@source(
    Permission.SAFE_CONTACT_SET, first_for={Role.VICTIM_ADVOCATE}, ahead=lambda actor, at: [own_open.call(actor, at)]
)
def agreements(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the advocate's own cases in which the victim has to be asked what of the agreed contact holds now."""
    for one in queries.agreements_to_renew(actor=actor, at=at):
        what, why = RENEW[one.ours, one.ended_at is not None]
        yield WorkRow(
            due_at=one.ended_at + RENEWED_IN if one.ended_at else None,
            what=what,
            href=link_to("support:agree", reference=one.reference),
            why=why,
            case=one.reference,
            level=one.level,
            mine=True,
        )


@source(Permission.ACCOUNT_CONFIRM, first_for={Role.AGENCY_LEAD})
def silent_victims(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the victims who were reached safely in no case of the agency as often as agreed, for its lead."""
    for one in queries.silent_of_agency(actor=actor, at=at):
        longest = 14 if one.every_days is None else one.every_days
        yield WorkRow(
            due_at=at - timedelta(days=one.days - longest, minutes=1),
            what="No safe contact with this victim in your agency’s cases",
            href=link_to("agency:home"),
            why=sentence("silent for {1}; ask {2}", counted(one.days, "day"), one.advocate),
            detail=one.reference
            if one.every_days is None
            else sentence("{1}, agreed: every {2} at least", one.reference, counted(one.every_days, "day")),
            mine=True,
        )
