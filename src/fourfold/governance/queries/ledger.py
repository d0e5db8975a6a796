"""The ledger of a whole unit, by reference, for whoever watches over what leaves it and opens no file; and of third parties."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.paging import Page, page_of
from fourfold.access.scoping import walled_off
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.governance.models import Challenge, Disclosure, Hold, Pack
from fourfold.governance.queries.case import ledger_row
from fourfold.governance.queries.oversight import WHY
from fourfold.governance.queries.retaining import due_of, local_day, waits_of
from fourfold.governance.terms import HoldKind, LedgerRow, PackKind

SOON = timedelta(days=30)


@dataclass(frozen=True)
class LedgerPage:
    """A page of the ledger, newest first."""

    rows: Page[LedgerRow]
    ending: int
    against_refusal: int


def ledger(*, actor: Actor, at: datetime, after: str = "") -> LedgerPage:
    """Return what left the actor's units, newest first, 50 from `after`. Four statements and the log's.

    Nothing of a case from which the actor is kept: neither a row nor its count.
    """
    access.require(actor, Permission.AUDIT_VIEW, at=at)
    rows = Disclosure.objects.unscoped(WHY).filter(case__site__in=sorted(actor.sites))
    rows = rows.exclude(walled_off(actor, "case_id", at=at))
    on = local_day(at)
    ending = rows.filter(expires_on__gte=on, expires_on__lte=on + SOON).count()
    overridden = rows.filter(consent="overridden").count()
    shown = page_of(rows.select_related("case"), "-disclosed_at", "id", after=after)
    names = access_queries.names_of(row.recorded_by for row in shown)
    audit.consulted(actor, "oversight.disclosures", at=at, count=len(shown))
    return LedgerPage(shown.map(lambda row: ledger_row(row, names, on)), ending, against_refusal=overridden)


def told_to_third_parties(*, actor: Actor, opened: Opened, at: datetime) -> dict[UUID, tuple[LedgerRow, ...]]:
    """Return what was disclosed to each third party of an opened case, the newest first, of the parts open to the actor.

    Two statements and the log's.
    """
    rows = Disclosure.objects.of(opened).filter(third__isnull=False, compartment__in=sorted(opened.readable))
    told = list(rows.select_related("case").order_by("-disclosed_at"))
    names, on = access_queries.names_of(row.recorded_by for row in told), local_day(at)
    shown = {Compartment.CORE.value, *(row.compartment for row in told)}
    audit.consulted(actor, "case.third_parties_told", at=at, file=opened.file, compartments=shown, count=len(told))
    found: dict[UUID, tuple[LedgerRow, ...]] = {}
    for row in told:
        found[row.third_id] = (*found.get(row.third_id, ()), ledger_row(row, names, on))
    return found


def holds_and_reviews(*, actor: Actor, at: datetime) -> tuple[tuple[str, str, str], ...]:
    """Return what has a date or stops a disposal in the actor's units: reference, what, and since or until when.

    Standing holds, packs that wait for their second person, and challenges that are not answered. Four statements.
    """
    access.require(actor, Permission.AUDIT_VIEW, at=at)
    mine = Q(case__site__in=sorted(actor.sites)) & ~walled_off(actor, "case_id", at=at)
    holds = Hold.objects.unscoped(WHY).filter(mine, lifted=None).select_related("case").order_by("recorded_at")
    packs = Pack.objects.unscoped(WHY).filter(mine, release=None).select_related("case").order_by("due_on")
    said = list(Challenge.objects.unscoped(WHY).filter(mine, answered=None).select_related("case").order_by("due_on"))
    waits, on = waits_of(said), local_day(at)
    return (
        *((row.case.reference, f"hold: {HoldKind(row.kind).words}", f"since {_day(row.recorded_at)}") for row in holds),
        *((row.case.reference, f"pack: {PackKind(row.kind).words}", f"due {_day(row.due_on)}") for row in packs),
        *(
            (row.case.reference, "challenge to a record", f"answer due {_day(due_of(row, waits[row.pk], on=on))}")
            for row in said
        ),
    )


def _day(on: object) -> str:
    return f"{on:%-d %B %Y}"
