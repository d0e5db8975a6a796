"""Who acts at the command line, and in work that somebody asked for."""

from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.models import Account, Staff
from fourfold.access.terms import Role
from fourfold.audit.terms import Actor


def feed_robot(code: str, *, at: datetime) -> Actor | None:
    """Return the robot that brings a site's feed in, as who acts; None where the site was founded without one."""
    robot = Staff.objects.filter(
        robot=True, active=True, memberships__site=code, memberships__role=Role.POLICE_ANALYST
    ).first()
    return None if robot is None else _at_the_console(robot, at)


def acting_as(email: str, *, at: datetime) -> Actor | None:
    """Return whoever holds the account with this address, as who acts at the command line; None: no such account."""
    account = Account.objects.select_related("staff").filter(email__iexact=email, is_active=True).first()
    return None if account is None else _at_the_console(account.staff, at, account)


def acting_for(staff: UUID, *, at: datetime, account: str = "", **session: str) -> Actor | None:
    """Return a member of staff as who acts in what they asked for, with what they may now; None where there is none such.

    `account` and `session`: by which account they asked, and in which session; without them they act as at the command line.
    """
    row = Staff.objects.filter(pk=staff).first()
    if row is None or not account:
        return None if row is None else _at_the_console(row, at)
    return access_queries.actor_of(row, at=at, account=Account.objects.filter(pk=account).first(), **session)


def _at_the_console(staff: Staff, at: datetime, account: Account | None = None) -> Actor:
    session = {"session": "command line", "strength": "console", "client": "fourfold", "purpose": "casework"}
    return access_queries.actor_of(staff, at=at, account=account, **session)
