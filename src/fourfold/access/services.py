"""Granting, relating and walling; and the one question that opens every write."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import overload
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from fourfold.access import digests, endings, queries, rules
from fourfold.access.models import (
    Account,
    Agreement,
    CalendarAddress,
    DigestAsked,
    DigestSent,
    EndSaid,
    Grant,
    Membership,
    Relation,
    Staff,
    Wall,
    WallSaid,
)
from fourfold.access.terms import (
    OWN_COMPARTMENTS,
    TEAM_COMPARTMENTS,
    CannotEnd,
    CannotTakeOn,
    CannotWall,
    Closing,
    Compartment,
    Hashed,
    NotFound,
    Opened,
    PartnerKind,
    Permission,
    Refused,
    RelationKind,
    Role,
    Side,
    WallKind,
    bits,
)
from fourfold.audit import services as audit
from fourfold.audit.services import Draft
from fourfold.audit.terms import About, Actor, Operation
from fourfold.base import new_id
from fourfold.gateways.mailroom import CannotPost, Letter, Mailroom

LONDON = ZoneInfo("Europe/London")


@overload
def require(
    actor: Actor,
    permission: Permission,
    *,
    at: datetime,
    file: UUID,
    site: str | None = None,
    writes: Compartment | None = None,
    reads: Compartment | None = None,
    second: bool = False,
) -> Opened: ...


@overload
def require(actor: Actor, permission: Permission, *, at: datetime, site: str | None = None) -> None: ...


def require(
    actor: Actor,
    permission: Permission,
    *,
    at: datetime,
    site: str | None = None,
    file: UUID | None = None,
    writes: Compartment | None = None,
    reads: Compartment | None = None,
    second: bool = False,
) -> Opened | None:
    """Let the actor pass, or remember the refusal and raise: Refused for the role, NotFound for the file.

    With `file`, returns the file opened for this actor; `reads` and `writes` name the compartment that the act
    needs there.
    """
    opened = queries.opened(actor, file, at=at, second=second) if file is not None else None
    if not queries.may(actor, permission, site=site):
        audit.refused(actor, str(permission), at=at, rule="role", file=file)
        raise Refused("role", f"Your role does not include: {permission.replace('.', ' ').replace('_', ' ')}.")
    readable, writable = (opened.readable, opened.writable) if opened else (frozenset(), frozenset())
    for compartment, allowed in ((reads, readable), (writes, writable)):
        if compartment is not None and compartment not in allowed:
            audit.refused(actor, str(permission), at=at, rule=f"compartment {compartment}", file=file)
            raise Refused("compartment", "This part of the file is not open to you.")
    return opened


def register_staff(
    *, actor: Actor, name: str, partner: str, partner_kind: PartnerKind, at: datetime, **more: object
) -> Staff:
    """Register a natural person who works here."""
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    with audit.recorded(actor, "staff.registered", at=at, operation=Operation.ADMINISTRATION) as entry:
        staff = Staff.objects.create(name=name, partner=partner, partner_kind=partner_kind, **more)
        entry.about(staff)
    return staff


def give_account(*, actor: Actor, staff: Staff, email: str, password: str | Hashed, at: datetime) -> Account:
    """Give a member of staff a way to sign in."""
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    with audit.recorded(actor, "account.given", at=at, operation=Operation.ADMINISTRATION) as entry:
        account = Account(staff=staff, email=email)
        if isinstance(password, Hashed):
            account.password = password.stored
        else:
            account.set_password(password)
        account.save(force_insert=True)
        entry.subject = About(account._meta.label_lower, account.pk)
    return account


def give_role(*, actor: Actor, staff: Staff, role: Role, site: str, at: datetime) -> Membership:
    """Give a member of staff a role at a site, from now on."""
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    with audit.recorded(actor, "role.given", at=at, operation=Operation.ADMINISTRATION) as entry:
        membership = Membership.objects.create(staff=staff, role=role, site=site, from_at=at)
        entry.about(membership)
    return membership


def take_on(  # noqa: PLR0913 -- one form, one act
    *,
    actor: Actor,
    name: str,
    partner: str,
    partner_kind: PartnerKind,
    role: Role,
    site: str,
    email: str,
    password: str,
    at: datetime,
) -> Staff:
    """Take somebody on at a site: a natural person with one role there and a way to sign in, all of it or nothing.

    The second factor is set by that person at the first sign-in. Raises CannotTakeOn for an address that is in use, or
    a role that no partner of this kind holds.
    """
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    if Account.objects.filter(email__iexact=email).exists():
        raise CannotTakeOn("email", "Somebody signs in with this address already. Use another one.")
    if why := rules.why_not_role(role, partner_kind):
        raise CannotTakeOn("role", why)
    with audit.recorded(actor, "member.taken_on", at=at, operation=Operation.ADMINISTRATION) as entry:
        staff = entry.about(register_staff(actor=actor, name=name, partner=partner, partner_kind=partner_kind, at=at))
        give_role(actor=actor, staff=staff, role=role, site=site, at=at)
        give_account(actor=actor, staff=staff, email=email, password=password, at=at)
    return staff


def sign_agreement(
    *,
    actor: Actor,
    site: str,
    partner: str,
    compartments: frozenset[Compartment],
    starts_on: date,
    ends_on: date,
    review_on: date,
    at: datetime,
) -> Agreement:
    """Keep an information-sharing agreement: what `partner` may read of the cases of `site`, and until when."""
    require(actor, Permission.AGREEMENT_MANAGE, at=at)
    with audit.recorded(actor, "agreement.signed", at=at, operation=Operation.CONFIGURATION) as entry:
        agreement = Agreement.objects.create(
            site=site,
            partner=partner,
            purposes=["casework"],
            compartments=bits(compartments),
            starts_on=starts_on,
            ends_on=ends_on,
            review_on=review_on,
        )
        entry.about(agreement)
    return agreement


def end_agreement(
    *, actor: Actor, agreement: Agreement, at: datetime, from_at: datetime | None = None, reason: str = ""
) -> Closing:
    """End an agreement from a moment on (None: at once); it opens nothing after it. Return what closed with it.

    Raises CannotEnd for a moment that has passed, and for an agreement that has ended by then.
    """
    require(actor, Permission.AGREEMENT_MANAGE, at=at, site=agreement.site)
    begins = from_at or at
    _refuse_end(endings.why_not_end(begins, ends_at=agreement.ended_at, at=at))
    with audit.recorded(actor, "agreement.ended", at=at, operation=Operation.CONFIGURATION) as entry:
        closing = queries.closes_with_agreement(agreement, from_at=begins)
        entry.reason, entry.more["grants"] = reason.strip(), closing.grants
        agreement.ended_at = begins
        agreement.save(update_fields=["ended_at"])
        entry.about(agreement)
        _say_end(entry, actor, begins, reason, at, site=agreement.site, agreement=agreement)
        return closing


def end_part(*, actor: Actor, part: Membership, from_at: datetime, reason: str, at: datetime) -> Closing:
    """End somebody's part in a unit from a moment on, and with it the parts in its cases. Return what closed with it.

    Where another part in the unit goes on, those in cases stay. Raises CannotEnd without a reason, for a moment that
    has passed, for a part that has ended by then, and for one's own.
    """
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    _refuse_end(endings.why_not_end(from_at, ends_at=part.until_at, at=at))
    if not reason.strip():
        raise CannotEnd("reason", "Say why: whoever asks later reads it in the log.")
    if part.staff_id == actor.staff:
        raise CannotEnd("reason", "Nobody ends a part of their own. Ask a colleague.")
    with audit.recorded(actor, "role.ended", at=at, operation=Operation.ADMINISTRATION) as entry:
        closing = queries.closes_with_part(part, from_at=from_at)
        entry.reason = reason.strip()
        entry.more |= {"grants": closing.grants, "parts": closing.parts}
        ending: list[Membership | Relation] = [part]
        if closing.parts:
            ending += list(queries.parts_of_member(part, from_at=from_at))
        for row in ending:
            row.until_at = from_at
            row.save(update_fields=["until_at"])
            entry.about(row)
        _say_end(entry, actor, from_at, reason, at, site=part.site, part=part)
        return closing


def _say_end(
    entry: Draft, actor: Actor, from_at: datetime, reason: str, at: datetime, **what: str | Membership | Agreement
) -> None:
    said = EndSaid.objects.create(from_at=from_at, reason=reason.strip(), said_by_id=actor.staff, said_at=at, **what)
    entry.about(said)


def _refuse_end(why: str | None) -> None:
    if why is not None:
        raise CannotEnd("from_on", why)


def grant_file(*, actor: Actor, file: UUID, site: str, at: datetime) -> list[Grant]:
    """Open a new file to the partners of its site: the actor's own as controller, the others by agreement.

    Called inside the write that makes the file, so that no file is ever without its grants. Returns them, for the
    entry of that write to commit to.
    """
    own = OWN_COMPARTMENTS.get(PartnerKind(actor.partner_kind), frozenset()) | TEAM_COMPARTMENTS
    grants = [Grant(file=file, site=site, partner=actor.partner, compartments=bits(own), from_at=at)]
    grants += [
        Grant(
            file=file,
            site=site,
            partner=agreement.partner,
            compartments=agreement.compartments,
            agreement=agreement,
            from_at=at,
        )
        for agreement in queries.agreements_of(site, at=at)
    ]
    return Grant.objects.bulk_create(grants)


def hand_over_file(*, actor: Actor, file: UUID, site: str, until: datetime, at: datetime) -> tuple[int, int]:
    """Let a unit's grants and its members' parts in a file end at a later moment, inside the write that hands it over.

    Returns how many grants and parts that was. What ends sooner by itself ends then.
    """
    with audit.recorded(actor, "file.handed_over", at=at, file=file, operation=Operation.CONFIGURATION) as entry:
        unit = {person.pk for person, _ in queries.unit_of(site, at=at)}
        later = Q(until_at__isnull=True) | Q(until_at__gt=until)
        grants = list(Grant.objects.select_for_update().filter(later, file=file, site=site))
        parts = list(Relation.objects.select_for_update().filter(later, file=file, staff__in=unit))
        ending: list[Grant | Relation] = [*grants, *(part for part in parts if part.kind != RelationKind.PARTY)]
        for row in ending:
            row.until_at = until
            row.save(update_fields=["until_at"])
            entry.about(row)
        return len(grants), len(parts)


def relate(
    *, actor: Actor, file: UUID, staff: UUID, kind: RelationKind, at: datetime, side: Side = Side.NONE
) -> Relation:
    """Record how a member of staff stands to a file, from now on."""
    with audit.recorded(actor, "relation.given", at=at, file=file, operation=Operation.CONFIGURATION) as entry:
        relation = Relation.objects.create(
            file=file, staff_id=staff, kind=kind, side=side, from_at=at, given_by=actor.staff
        )
        entry.about(relation)
    return relation


def end_relation(*, actor: Actor, relation: Relation, at: datetime) -> Relation:
    """End a part that a member of staff has in a file, inside the write that has checked who may; the row stays."""
    with audit.recorded(actor, "relation.ended", at=at, file=relation.file, operation=Operation.CONFIGURATION) as entry:
        relation.until_at = at
        relation.save(update_fields=["until_at"])
        return entry.about(relation)


def declare_conflict(*, actor: Actor, files: Iterable[UUID], at: datetime) -> None:
    """Close files to the actor, who knows somebody in them; no explanation is asked."""
    require(actor, Permission.WALL_DECLARE, at=at)
    _wall(actor, files, at, staff_id=actor.staff, kind=WallKind.DECLARED)


def set_wall(
    *,
    actor: Actor,
    files: Iterable[UUID],
    at: datetime,
    staff: UUID | None = None,
    partner: str = "",
    kind: WallKind = WallKind.ASSIGNED,
    reason: str = "",
) -> None:
    """Wall a person or a whole partner off some files; from the next request they do not exist there."""
    require(actor, Permission.WALL_SET, at=at)
    _wall(actor, files, at, staff_id=staff, partner=partner, kind=kind, reason=reason)


def lift_wall(*, actor: Actor, wall: Wall, second: Actor, at: datetime) -> None:
    """Lift a wall: two people of two partners, and never the one it stands against."""
    require(actor, Permission.WALL_LIFT, at=at)
    require(second, Permission.WALL_LIFT, at=at)
    if actor.partner == second.partner or wall.staff_id in (actor.staff, second.staff):
        raise Refused("two agencies", "A wall is lifted by two people from two agencies, never by the one it concerns.")
    with audit.recorded(actor, "wall.lifted", at=at, file=wall.file, operation=Operation.CONFIGURATION) as entry:
        wall.until_at = at
        wall.lifted_by = [str(actor.staff), str(second.staff)]
        wall.save(update_fields=["until_at", "lifted_by"])
        entry.about(wall)


def say_of_wall(*, actor: Actor, wall: UUID, lifts: bool, reason: str, at: datetime) -> WallSaid:
    """Record that a provisional wall is to stay, or to go: it goes once two people of two agencies have said so.

    A wall that is to stay is provisional no longer. Raises NotFound for one that does not stand, or stands in the
    actor's own way; CannotWall without a reason, and for saying twice that it is to go.
    """
    require(actor, Permission.WALL_LIFT, at=at)
    if not reason.strip():
        raise CannotWall("reason", "Say why the wall is to stay, or to go.")
    with audit.recorded(
        actor, "wall.to_go" if lifts else "wall.to_stay", at=at, operation=Operation.CONFIGURATION
    ) as entry:
        found = queries.may_lift(actor, at=at).select_for_update().filter(pk=wall).first()
        if found is None:
            raise NotFound
        others = _who_would_lift(found, actor, at)
        said = entry.about(
            WallSaid.objects.create(wall=found, lifts=lifts, reason=reason.strip(), said_by_id=actor.staff, said_at=at)
        )
        entry.file, entry.reason = found.file, reason
        if not lifts:
            found.kind = WallKind.ASSIGNED
            found.save(update_fields=["kind"])
            entry.about(found)
        elif others:
            lift_wall(actor=actor, wall=found, second=others[-1], at=at)
    return said


def _who_would_lift(wall: Wall, actor: Actor, at: datetime) -> list[Actor]:
    """Return who of another agency has said before that a wall is to go, and still may; refuse to say it twice."""
    said = list(wall.said.filter(lifts=True).select_related("said_by").order_by("said_at"))
    if any(each.said_by_id == actor.staff for each in said):
        raise CannotWall("reason", "You have said so already. Somebody of another agency has to say it too.")
    others = [queries.actor_of(each.said_by, at=at, strength="signature", purpose="oversight") for each in said]
    return [other for other in others if other.partner != actor.partner and queries.may(other, Permission.WALL_LIFT)]


def copy_walls(*, actor: Actor, source: UUID, to: Iterable[UUID], at: datetime, kind: WallKind | None = None) -> None:
    """Let every wall around one file stand around others too, inside the write that joins them; never twice.

    `kind` says what the copies are, such as provisional; left out, they are what the first ones are. What was lifted
    as provisional is not set again as provisional, but stands again once the files are joined.
    """
    files = list(to)
    standing = Wall.objects.filter(file=source, until_at__isnull=True)
    stands = Q(until_at__isnull=True) | (queries.LIFTED if kind is WallKind.PROVISIONAL else Q())
    there = set(Wall.objects.filter(stands, file__in=files).values_list("file", "staff", "partner"))
    Wall.objects.bulk_create(
        Wall(
            file=file,
            staff_id=wall.staff_id,
            partner=wall.partner,
            kind=kind or wall.kind,
            reason=wall.reason,
            from_at=at,
            set_by=wall.set_by,
        )
        for wall in standing
        for file in files
        if (file, wall.staff_id, wall.partner) not in there
    )


def _wall(actor: Actor, files: Iterable[UUID], at: datetime, **wall: object) -> None:
    files = list(files)
    with audit.recorded(actor, "wall.set", at=at, file=files[0], operation=Operation.CONFIGURATION) as entry:
        for file in files:
            entry.about(Wall.objects.create(file=file, from_at=at, set_by=actor.staff, **wall))


def first_administrator(*, at: datetime) -> Actor:
    """Return the installation itself as an actor, registering it when nobody works here yet.

    It keeps accounts and agreements at set-up; it has no account, so nobody can sign in as it.
    """
    staff = Staff.objects.filter(robot=True, partner="programme", name=INSTALLATION).first()
    if staff is None:
        staff = _register_installation(at)
    return queries.actor_of(staff, at=at, session="set-up", strength="installation", purpose="administration")


INSTALLATION = "Installation"


def _register_installation(at: datetime) -> Staff:
    setting_up = Actor(staff=new_id(), name=INSTALLATION, partner="programme", partner_kind=PartnerKind.PROGRAMME)
    with audit.recorded(setting_up, "installation.set_up", at=at, operation=Operation.CONFIGURATION) as entry:
        staff = Staff.objects.create(
            id=setting_up.staff, name=INSTALLATION, partner="programme", partner_kind=PartnerKind.PROGRAMME, robot=True
        )
        entry.about(staff)
        for role in (Role.SYSTEM_ADMINISTRATOR, Role.GOVERNANCE_LEAD):
            entry.about(Membership.objects.create(staff=staff, role=role, site="", from_at=at))
    return staff


def feed_robot(*, actor: Actor, site: str, partner: str, at: datetime) -> Staff:
    """Return the robot that brings in a site's crime feed, registering it where there is none."""
    name = f"Crime feed, {site}"
    robot = Staff.objects.filter(robot=True, partner=partner, name=name).first()
    if robot is not None:
        return robot
    robot = register_staff(actor=actor, name=name, partner=partner, partner_kind=PartnerKind.POLICE, robot=True, at=at)
    give_role(actor=actor, staff=robot, role=Role.POLICE_ANALYST, site=site, at=at)
    return robot


def give_second_factor(*, actor: Actor, account: Account, secret: str, at: datetime) -> None:
    """Give an account an authenticator with a known secret (base 32); for invented accounts and rehearsals."""
    from allauth.mfa.models import Authenticator

    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    with audit.recorded(actor, "second_factor.given", at=at, operation=Operation.ADMINISTRATION) as entry:
        sealed = audit.keyring().seal(secret, place="mfa_authenticator.data")
        Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": sealed})
        entry.subject = About(account._meta.label_lower, account.pk)


def make_calendar_address(*, actor: Actor, at: datetime) -> str:
    """Make a new secret for the actor's own calendar and return it, this once; an address made before ends."""
    secret = secrets.token_urlsafe(32)
    with audit.recorded(actor, "calendar.address_made", at=at, operation=Operation.ADMINISTRATION) as entry:
        _end_calendar(actor, at)
        made = CalendarAddress(staff_id=actor.staff, secret_sha256=queries.hash_of(secret), made_at=at)
        made.save(force_insert=True)
        entry.about(made)
    return secret


def end_calendar_address(*, actor: Actor, at: datetime) -> None:
    """End the address of the actor's own calendar; from the next fetch on nothing is there."""
    with audit.recorded(actor, "calendar.address_ended", at=at, operation=Operation.ADMINISTRATION):
        _end_calendar(actor, at)


def _end_calendar(actor: Actor, at: datetime) -> None:
    CalendarAddress.objects.filter(staff=actor.staff, ended_at__isnull=True).update(ended_at=at)


def ask_digest(*, actor: Actor, at: datetime) -> None:
    """Let a line a day be sent to the actor, which says how many things are due and nothing else; twice is once."""
    with audit.recorded(actor, "digest.asked", at=at, operation=Operation.ADMINISTRATION) as entry:
        if queries.digest_since(actor) is None:
            entry.about(DigestAsked.objects.create(staff_id=actor.staff, asked_at=at))


def end_digest(*, actor: Actor, at: datetime) -> None:
    """Let no line a day be sent to the actor any longer."""
    with audit.recorded(actor, "digest.ended", at=at, operation=Operation.ADMINISTRATION):
        DigestAsked.objects.filter(staff=actor.staff, ended_at__isnull=True).update(ended_at=at)


def send_digests(
    *, actor: Actor, at: datetime, due: Callable[[Actor, datetime], tuple[int, int]], mailroom: Mailroom
) -> tuple[int, int]:
    """Send each who has asked their line for today, once; return how many left and how many could not.

    `due` says for somebody how many things are due today and how many are overdue; to whom nothing is due nothing is
    sent. The line and the note that it was sent are kept together: what the mail room cannot take is tried again.
    """
    require(actor, Permission.MESSAGE_DISPATCH, at=at)
    sent = failed = 0
    for reader, address in queries.digests_to_send(at.astimezone(LONDON).date(), at=at):
        today, late = due(reader, at)
        if not today and not late:
            continue
        try:
            _send_digest(actor, reader, address, digests.text(today, late), at, mailroom)
            sent += 1
        except CannotPost:
            failed += 1
    return sent, failed


def _send_digest(actor: Actor, reader: Actor, address: str, text: str, at: datetime, mailroom: Mailroom) -> None:
    with audit.recorded(actor, "digest.sent", at=at, operation=Operation.ADMINISTRATION) as entry:
        on = at.astimezone(LONDON).date()
        row = entry.about(DigestSent.objects.create(staff_id=reader.staff, on=on, sent_at=at))
        mailroom.post(Letter(row.pk, address, digests.TITLE, text))
