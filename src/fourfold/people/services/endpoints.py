"""Confirming out of band what reaches a victim, and setting aside what does not: for the victim's own advocate."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.people.models import ReachChecked, Victim, VictimReach
from fourfold.people.queries import contact as contact_queries
from fourfold.people.queries.endpoints import endpoints_of, hostile_among
from fourfold.people.queries.same_person import records_of
from fourfold.people.queries.withdrawals import standing
from fourfold.people.rules import contact as rules
from fourfold.people.rules import records as record_rules
from fourfold.people.rules.identifiers import key_of
from fourfold.people.services.records import add_reach
from fourfold.people.terms import Confirmation, MarkKind, UnsafeContact
from fourfold.words import sentence

_OPENED = "the file was opened above for the victim's advocate"
LONGEST = 300


def confirm_reach(
    *,
    actor: Actor,
    case_file: UUID,
    victim: Victim,
    kind: MarkKind,
    value: str,
    how: Confirmation,
    at: datetime,
    subjects: Collection[UUID] = (),
) -> ReachChecked:
    """Keep that the advocate made sure, outside of this system, that something reaches the victim and nobody else.

    That counts in this case alone, until somebody sets it aside in any. `value` is what the victim said then: it is put on record where it was never told. Raises UnsafeContact naming the
    field, for what is known to be somebody else's too, such as the `subjects` of the case; that somebody asked is
    remembered. What is on the record of others is kept like any other, is not used, and waits for whoever looks after
    walls: a refusal would tell whose it is.
    """
    _require_advocate(actor, case_file, at)
    records = records_of(victim.pk)
    UnsafeContact.refuse(_why_not_confirm(victim, case_file, kind, value, how))
    UnsafeContact.refuse(rules.why_not_confirm_more(_confirmed_lately(actor, records, at)))
    told = VictimReach(victim=victim, kind=kind, value=value.strip(), key=key_of(kind, value))
    if hostile_among(records, [told], subjects=subjects).known:
        audit.refused(actor, "reach.confirmed", at=at, rule="hostile endpoint", file=case_file)
        raise UnsafeContact("value", rules.HOSTILE)
    with audit.recorded(actor, "reach.confirmed", at=at, file=case_file) as entry:
        list(Victim.objects.unscoped(_OPENED).filter(pk__in=records).order_by("pk").select_for_update())
        UnsafeContact.refuse(rules.why_not_confirm_more(_confirmed_lately(actor, records, at)))
        row = _on_record(victim, told) or add_reach(
            actor=actor, victim=victim, kind=kind, value=value, at=at, source="victim"
        )
        held = access_queries.held_by(actor, "victim", at=at)
        return entry.about(ReachChecked.objects.create(reach=row, case_file=case_file, confirmed=True, how=how, **held))


def set_reach_aside(
    *, actor: Actor, case_file: UUID, victim: Victim, reach: UUID, why: str, at: datetime, somebody_else: bool = False
) -> ReachChecked:
    """Keep that a number, mailbox or address is not to be used for the victim, confirmed before or not, and why.

    In no case of theirs: who confirmed it in another has to make sure again.
    `somebody_else` answers there: it ends now, and is refused whoever gives it again. The row says why, never who.
    """
    _require_advocate(actor, case_file, at)
    if not why.strip() or len(why) > LONGEST:
        raise UnsafeContact("reason", sentence("Say why it is not to be used, in up to {1} characters.", LONGEST))
    with audit.recorded(actor, "reach.set_aside", at=at, file=case_file) as entry:
        row = (
            VictimReach.objects.unscoped(_OPENED)
            .filter(pk=reach, victim_id__in=records_of(victim.pk), ended_at__isnull=True)
            .first()
        )
        if row is None or MarkKind(row.kind) not in rules.ENDPOINT.values():
            raise UnsafeContact("reach", "This contact detail has already ended. Open the page again.")
        if somebody_else:
            row.ended_at, row.hostile_at, row.why_hostile = at, at, why.strip()
            row.save(update_fields=["ended_at", "hostile_at", "why_hostile"])
            entry.about(row)
        held = access_queries.held_by(actor, "victim", at=at)
        said = {"confirmed": False, "why_not": why.strip()}
        return entry.about(ReachChecked.objects.create(reach=row, case_file=case_file, **said, **held))


def _require_advocate(actor: Actor, file: UUID, at: datetime) -> None:
    """Let pass the advocate of the case alone: what closes their confidences to others closes this."""
    closed = Compartment.ADVOCATE_CONFIDENTIAL
    access.require(actor, Permission.SAFE_CONTACT_SET, at=at, file=file, writes=closed)


def _why_not_confirm(
    victim: Victim, case_file: UUID, kind: MarkKind, value: str, how: Confirmation
) -> tuple[str, str] | None:
    if why := record_rules.why_not_kept(kind, value):
        return "value", why
    phone = endpoints_of(victim.pk, {MarkKind.PHONE}, case=case_file).get(MarkKind.PHONE)
    other = phone is not None and phone.confirmed is not None and phone.confirmed.key != key_of(kind, value)
    phrase = contact_queries.is_phrase_agreed(victim.pk, case=case_file)
    return rules.why_not_confirm(kind, how, phrase=phrase, called=other)


def _confirmed_lately(actor: Actor, records: frozenset[UUID], at: datetime) -> int:
    lately = {
        "recorded_by__in": signatories.records_of(actor),
        "recorded_at__gt": at - timedelta(days=1),
        "recorded_at__lte": at,
    }
    rows = ReachChecked.objects.unscoped(_OPENED).filter(reach__victim_id__in=records, confirmed=True, **lately)
    return rows.count()


def _on_record(victim: Victim, told: VictimReach) -> VictimReach | None:
    rows = VictimReach.objects.unscoped(_OPENED).filter(
        victim=victim, kind=told.kind, key=told.key, ended_at__isnull=True
    )
    return standing(rows).order_by("-recorded_at", "id").first()
