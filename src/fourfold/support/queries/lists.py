"""Who is silent, whom to reach next, and what nobody has told the victim yet."""

from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from fourfold.access.models import Relation
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Added, Projection
from fourfold.access.statements import composed
from fourfold.access.terms import Compartment, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.level_shown import level_shown, risk_of, with_risk
from fourfold.cases.terms import SHUT, State
from fourfold.people.queries.contact import rules_of_people
from fourfold.people.queries.same_person import is_merged, people_told
from fourfold.people.rules import contact as contact_rules
from fourfold.people.terms import SafeContactRule
from fourfold.support import rules
from fourfold.support.models import Update
from fourfold.support.queries.rows import own_files, reads_contact
from fourfold.support.queries.silence import with_last_safe
from fourfold.support.queries.values import Owed, Silent, ToReach
from fourfold.support.terms import UpdateKind

SILENT = Projection(Silent, Case, "days", case="id", last_safe_at=Added("last_safe_at"))


def silent_victims(*, actor: Actor, at: datetime) -> tuple[Silent, ...]:
    """Return the silent victims of the cases in which the actor is advocate, advocates' lead or officer in the case,
    the longest silent first. One statement.
    """
    found = [
        SILENT(row, opened=risk_of(row), days=rules.days_silent(row.last_safe_at, row.opened_at, at))
        for row in _silent(actor, at)
    ]
    return tuple(sorted(found, key=lambda silent: (-silent.days, silent.reference))[:WHOLE])


@composed
def _silent(actor: Actor, at: datetime) -> QuerySet[Any]:
    rows = _related(actor, at, RelationKind.ADVOCATE, RelationKind.ADVOCATE_MANAGER, RelationKind.OIC)
    rows = rows.exclude(state=State.CLOSED).filter(Q(level__in=("", *rules.SILENCE_MATTERS)) | Q(sees_risk=False))
    cut = at - rules.SILENT_AFTER
    quiet = Q(last_safe_at__lte=cut) | Q(last_safe_at__isnull=True, opened_at__lte=cut)
    return with_last_safe(rows, actor, at).filter(quiet)


def contacts_in_order(*, actor: Actor, at: datetime) -> tuple[ToReach, ...]:
    """Return the victims of the advocate's own open cases in the order of their safe hours. Two statements where no
    victim was merged.

    Empty for whoever may not read how a victim is reached: without the role, a second factor or training in date.
    """
    if not reads_contact(actor):
        return ()
    rows = _to_reach_in_order(actor, at)
    people = people_told({row.victim_id: row.merged for row in rows})
    agreed = rules_of_people(people, actor=actor, at=at, cases={row.pk for row in rows})
    found = [_to_reach(row, agreed.get(row.victim_id), at) for row in rows]
    found.sort(key=lambda row: (not row.open_now, row.opens or at, row.due_on or date.max, row.reference))
    shown = {Compartment.VICTIM_CONTACT.value}
    audit.consulted(actor, "contacts.list", at=at, compartments=shown, count=len(found))
    return tuple(found[:WHOLE])


@composed
def _to_reach_in_order(actor: Actor, at: datetime) -> QuerySet[Any]:
    owed = Update.objects.unscoped("inside a scoped list").filter(
        case=OuterRef("pk"), told__isnull=True, dropped_at__isnull=True
    )
    next_due = Subquery(owed.order_by("due_on").values("due_on")[:1])
    mine = _related(actor, at, RelationKind.ADVOCATE).exclude(state=State.CLOSED).select_related("victim")
    return with_last_safe(mine.annotate(due_on=next_due, merged=is_merged("victim")), actor, at)


def updates_owed(*, actor: Actor, at: datetime, mine: bool = False) -> tuple[Owed, ...]:
    """Return what the victims of cases open to the actor have not been told yet, the most urgent first.

    `mine`: of the cases in which the actor is the advocate, each with how to make contact. One statement; two with
    `mine` where no victim was merged, which is empty for whoever may not read how a victim is reached.
    """
    today = rules.day_of(at)
    owed = Update.objects.visible_to(actor, at=at).filter(told__isnull=True, dropped_at__isnull=True)
    rows = with_risk(owed, actor, at).select_related("case")
    if mine:
        rows = rows.filter(case__in=own_files(actor, at)) if reads_contact(actor) else rows.none()
        rows = rows.annotate(merged=is_merged("case__victim"))
    found = list(rows.order_by("due_on", "id")[:WHOLE])
    people = people_told({row.case.victim_id: row.merged for row in found}) if mine else {}
    cases = {row.case_id for row in found}
    agreed = rules_of_people(people, actor=actor, at=at, cases=cases) if found else {}
    if mine and found:
        shown = {Compartment.VICTIM_CONTACT.value}
        audit.consulted(actor, "updates.list", at=at, compartments=shown, count=len(found))
    return tuple(
        Owed(
            reference=row.case.reference,
            case=row.case_id,
            update=row.pk,
            what=UpdateKind(row.what),
            happened_at=row.happened_at,
            due_on=row.due_on,
            overdue=row.due_on < today,
            working_days=row.working_days,
            level=level_shown(row.case.level, sees_risk=row.sees_risk) if mine else SHUT,
            how=contact_rules.in_words(agreed.get(row.case.victim_id), agrees=True) if mine else "",
        )
        for row in found
    )


def _related(actor: Actor, at: datetime, *kinds: RelationKind) -> QuerySet[Any]:
    mine = Relation.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=at),
        file=OuterRef("pk"),
        staff_id=actor.staff,
        kind__in=kinds,
        from_at__lte=at,
    )
    return with_risk(Case.objects.visible_to(actor, at=at), actor, at).filter(Exists(mine))


def _to_reach(row: Any, rule: SafeContactRule | None, at: datetime) -> ToReach:
    """Return a case, read with `last_safe_at` and `due_on`, as the list shows its victim."""
    window = contact_rules.next_window(rule, at) if rule else None
    return ToReach(
        reference=row.reference,
        case=row.pk,
        name=row.victim.name,
        level=level_shown(row.level, sees_risk=row.sees_risk),
        how=contact_rules.in_words(rule, agrees=True),
        open_now=rule is not None and bool(rule.channels) and contact_rules.is_within(rule, at),
        opens=window[0] if window else None,
        closes=window[1] if window else None,
        last_safe_at=row.last_safe_at,
        due_on=row.due_on,
    )
