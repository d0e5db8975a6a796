"""An agency's own list of its people, taken in every night: whoever has left is out at their next request."""

from collections.abc import Iterable
from datetime import datetime

from fourfold.access import rosters
from fourfold.access.models import Account, Staff
from fourfold.access.services.accounts import end_what_runs
from fourfold.access.services.requiring import require
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation


def compare_roster(*, actor: Actor, lines: Iterable[str], at: datetime) -> rosters.Compared:
    """Return what an agency's list would change, and change nothing. Raises CannotRead."""
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    agencies = Staff.objects.filter(robot=False).values_list("partner", flat=True).distinct()
    listed = rosters.read(lines, agencies=agencies)
    rows = Account.objects.filter(staff__partner__in={row.agency for row in listed}, staff__robot=False)
    held = [
        rosters.HeldAccount(
            row.pk, row.staff.partner, row.staff.staff_number, row.email, row.is_active and row.staff.active
        )
        for row in rows
    ]
    return rosters.compare(listed, held)


def suspend_leavers(*, actor: Actor, found: rosters.Compared, at: datetime) -> int:
    """Suspend the accounts of who has left and end whatever runs of theirs; return how many were open until now.

    Each is kept by itself: a list that was cut off in the middle goes on where it stopped, and twice is once. Two people of the agency let
    somebody in again, or end the account for good.
    """
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    ended = 0
    for pk in found.leavers:
        with audit.recorded(actor, "account.left", at=at, operation=Operation.ADMINISTRATION) as entry:
            account = Account.objects.select_for_update(of=("self",)).get(pk=pk)
            entry.about(account)
            ended += account.is_active
            if account.is_active:
                account.is_active, account.epoch = False, account.epoch + 1
                account.save(update_fields=["is_active", "epoch"])
                end_what_runs(account, at)
    return ended
