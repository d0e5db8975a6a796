"""People who work here, what they hold, what was agreed, what was granted, and what was walled off.

Grants, relations and walls hold the identifier of a file (a case, an allegation or a person's record) without a
foreign key: access stands below casework and knows nothing of it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from fourfold.access.models.agreements import AgreementAsked as AgreementAsked
from fourfold.access.models.identities import Identity as Identity
from fourfold.access.models.identities import IdentityBound as IdentityBound
from fourfold.access.models.sealed import Sealed
from fourfold.access.models.systems import AgencySystem as AgencySystem
from fourfold.access.models.webhooks import Webhook as Webhook
from fourfold.access.models.webhooks import WebhookNotice as WebhookNotice
from fourfold.access.terms import KEPT_OUT, Compartment, PartnerKind, RelationKind, Role, Side, WallKind
from fourfold.access.terms.accounts import AccountStep
from fourfold.access.terms.endings import Ending
from fourfold.base import Noted, NotedQuerySet, changes, new_id


def _choices(enum: type) -> list[tuple[str, str]]:
    return [(member.value, member.value.replace("_", " ")) for member in enum]  # type: ignore[attr-defined]


class Staff(Sealed):
    """Somebody who works here for one agency, and how to sign in as them.

    Who works for two agencies is on record twice and is one `person`: every separation of duty compares persons.
    `vouched_at`: when a lead of the agency said that this is who they say they are; nothing opens before, nor soon after.
    A name does not change: whoever bears another one is on record with both, for what is compared with it.
    """

    COMPARTMENT = Compartment.ADMIN
    ADDED_IN = {"other_names": 2}

    name = models.CharField(max_length=120)
    partner = models.CharField(max_length=40)
    partner_kind = models.CharField(max_length=20, choices=_choices(PartnerKind))
    active = models.BooleanField(default=True)
    cleared = models.BooleanField(default=False)
    trained_until = models.DateField(null=True)
    robot = models.BooleanField(default=False)
    person = models.UUIDField(null=True)
    staff_number = models.CharField(max_length=40, blank=True)
    other_names = models.CharField(max_length=200, blank=True, default="")
    vouched_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("partner", "name"), name="staff_by_partner"),
            models.Index(fields=("person",), condition=Q(person__isnull=False), name="staff_by_person"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def natural(self) -> UUID:
        """Which natural person this is: the same for every record of one."""
        return self.person or self.pk


class PersonSaid(Sealed):
    """What a lead said of two records that look alike: that they are one natural person, or two."""

    COMPARTMENT = Compartment.ADMIN

    one = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    same = models.BooleanField()
    said_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("one", "other"), name="person_said_of"),)


class Accounts(BaseUserManager["Account"].from_queryset(NotedQuerySet)):  # type: ignore[misc]
    """Finds accounts by their e-mail address."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """Return the account with this e-mail address, whatever its case."""
        return self.get(email__iexact=username)

    def get_queryset(self) -> models.QuerySet[Account]:
        """Read an account with its person: nobody acts as an account alone."""
        return super().get_queryset().select_related("staff")


#: What the sign-in library may write of an account that is there: everything else is written by a service.
OF_LIBRARY = frozenset({"password", "last_login"})


class Account(Noted, AbstractBaseUser):
    """A way for one member of staff to sign in.

    `epoch` rises whenever the ways in are closed: what was begun before, a session or a new password, counts no more.
    """

    COMPARTMENT = Compartment.ADMIN
    NOT_COMMITTED = frozenset({"last_login"})
    ADDED_IN = {"epoch": 2}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="accounts")
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    vouched_at = models.DateTimeField(null=True)
    epoch = models.PositiveIntegerField(default=0)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = Accounts()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the account, and in one piece with it the entry that the door writes of what the library changes.

        Outside of a service nothing but `OF_LIBRARY` is written, whatever was read before, and a password only while
        the ways in stand as they were read. Raises PermissionDenied.
        """
        with transaction.atomic():
            if changes.get() is None and not self._state.adding:
                columns = OF_LIBRARY.intersection(kwargs.get("update_fields") or OF_LIBRARY)
                if "password" in columns:
                    self.require_as_read()
                kwargs["update_fields"] = sorted(columns)
            super().save(*args, **kwargs)

    def require_as_read(self) -> None:
        """Hold the row, and raise PermissionDenied where the ways in were closed since the account was read."""
        now = Account.objects.select_for_update(of=("self",)).get(pk=self.pk)
        if not now.is_active or now.epoch != self.epoch:
            raise PermissionDenied

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return to what every session of the account is bound: its password, and how often its ways in were closed."""
        salt, said = "fourfold.access.models.Account.session", f"{self.epoch}.{self.password}"
        return salted_hmac(salt, said, secret=secret, algorithm="sha256").hexdigest()

    def __str__(self) -> str:
        return self.email


class AccountAsked(Sealed):
    """What one person asked of an account, and what another of the agency that employs its holder answered.

    Somebody to be taken on has no record yet: `name`, `email` and `role` say who it will be.
    """

    COMPARTMENT = Compartment.ADMIN
    ADDED_IN = {"other_names": 2, "identity_id": 2}

    step = models.CharField(max_length=10, choices=[(s.value, s.words) for s in AccountStep])
    partner = models.CharField(max_length=40)
    partner_kind = models.CharField(max_length=20, choices=_choices(PartnerKind))
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="asked")
    name = models.CharField(max_length=120)
    staff_number = models.CharField(max_length=40, blank=True)
    other_names = models.CharField(max_length=200, blank=True, default="")
    email = models.EmailField()
    role = models.CharField(max_length=40, blank=True)
    site = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, null=True, related_name="asked")
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="accounts_asked")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="accounts_answered")
    answered_at = models.DateTimeField(null=True)
    given = models.BooleanField(null=True)
    refused_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("email", "step"), condition=Q(answered_at__isnull=True), name="one_account_asked"
            ),
        )
        indexes = (models.Index(fields=("partner", "answered_at"), name="account_asked_by_partner"),)


class Invitation(Sealed):
    """A link that was posted to somebody's own work address, by which they set their password once; only its hash is kept."""

    COMPARTMENT = Compartment.ADMIN

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="invitations")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("account", "sent_at"), name="invitation_by_account"),)


class Membership(Sealed):
    """A role that a member of staff holds in a site's unit, or (site "") in the partner outside any unit."""

    COMPARTMENT = Compartment.ADMIN

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="memberships")
    site = models.CharField(max_length=40, blank=True)
    role = models.CharField(max_length=40, choices=_choices(Role))
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("staff", "site", "role"), condition=Q(until_at__isnull=True), name="one_running_membership"
            ),
        )


class Agreement(Sealed):
    """What the partners of a site have signed: who may read which compartments for which purpose, until when."""

    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    partner = models.CharField(max_length=40)
    purposes = models.JSONField(default=list)
    compartments = models.PositiveIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    review_on = models.DateField()
    document_sha256 = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("site", "partner"), name="agreement_by_site"),)


class EndSaid(Sealed):
    """That a part in a unit, or an agreement, ends: from when, why, and who said so."""

    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    part = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="ends_said")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, related_name="ends_said")
    from_at = models.DateTimeField()
    reason = models.TextField()
    said_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="ends_said")
    said_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("site", "-said_at"), name="end_said_by_site"),)


class EndAsked(Sealed):
    """That one person ends what others made, and what a second person said; until then it runs on, but a wall stands.

    `staff`, of `partner`, loses it (None: everybody of `partner`); `kind` is their part or role; `last`: no other advocate
    has a part in the case. What one person ends at once (their own part) was answered by nobody and is `given`.
    """

    COMPARTMENT = Compartment.ADMIN

    ending = models.CharField(max_length=20, choices=[(e.value, e.words) for e in Ending])
    site = models.CharField(max_length=40)
    partner = models.CharField(max_length=40)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="ends_asked_of")
    kind = models.CharField(max_length=40, blank=True)
    file = models.UUIDField(null=True)
    part = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="ends_asked")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, related_name="ends_asked")
    relation = models.ForeignKey("Relation", on_delete=models.PROTECT, null=True, related_name="ends_asked")
    from_at = models.DateTimeField()
    reason = models.TextField()
    last = models.BooleanField(default=False)
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="ends_asked")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="ends_answered")
    answered_at = models.DateTimeField(null=True)
    given = models.BooleanField(null=True)
    refused_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            *(
                models.UniqueConstraint(
                    fields=(what,), condition=Q(answered_at__isnull=True), name=f"one_end_asked_of_{what}"
                )
                for what in ("part", "agreement", "relation")
            ),
            models.UniqueConstraint(
                fields=("file", "staff"),
                condition=Q(answered_at__isnull=True, ending=Ending.WALL.value),
                name="one_wall_asked",
            ),
        )
        indexes = (
            models.Index(fields=("file", "answered_at"), name="end_asked_by_file"),
            models.Index(fields=("partner", "answered_at"), name="end_asked_by_partner"),
            models.Index(fields=("site", "answered_at"), name="end_asked_by_site"),
        )


class Grant(Sealed):
    """One partner's way into one file, for some compartments, on an agreement (none: it is the controller).

    `handed_at`: when the file was handed to another unit. Until the grant ends it opens what was on record then.
    """

    COMPARTMENT = Compartment.ADMIN

    file = models.UUIDField()
    site = models.CharField(max_length=40)
    partner = models.CharField(max_length=40)
    compartments = models.PositiveIntegerField()
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("file", "partner", "site"), name="grant_by_file"),
            # A count of a unit's cases begins here: it holds all that is asked of a grant, so that none is read.
            models.Index(
                fields=(
                    *("partner", "site", "file", "compartments"),
                    *("from_at", "until_at", "handed_at", "agreement"),
                ),
                name="grant_of_unit",
            ),
        )


class Relation(Sealed):
    """How one person stands to one file, from when until when, and why; and when the file was opened, of a case."""

    COMPARTMENT = Compartment.ADMIN
    NOT_COMMITTED = frozenset({"opened_at"})

    file = models.UUIDField()
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="relations")
    kind = models.CharField(max_length=30, choices=_choices(RelationKind))
    side = models.CharField(max_length=10, choices=_choices(Side), default=Side.NONE)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    given_by = models.UUIDField()
    opened_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("file", "staff", "kind", "from_at"), name="relation_by_file"),
            # In the order in which one's own cases are listed, so that a page of them ends where it is full.
            models.Index(
                fields=("staff", "-opened_at", "file", "kind", "from_at", "until_at"), name="relation_in_order"
            ),
            # Every list of somebody's own begins here, every door at the next: these hold all that is asked of a row.
            models.Index(fields=("staff", "file", "kind", "from_at", "until_at"), name="relation_of_staff"),
            models.Index(fields=("staff", "file"), name="relation_keeps_out", condition=Q(kind__in=sorted(KEPT_OUT))),
        )


class Wall(Sealed):
    """Keeps one person, or one partner, from a file that then does not exist for them.

    `came_with`: the decision, undone again perhaps, that let a provisional one stand here too; it falls with it.
    """

    COMPARTMENT = Compartment.ADMIN

    file = models.UUIDField()
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="walls")
    partner = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=20, choices=_choices(WallKind))
    reason = models.TextField(blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    set_by = models.UUIDField()
    lifted_by = models.JSONField(default=list)
    came_with = models.UUIDField(null=True)

    class Meta:
        indexes = (models.Index(fields=("file",), name="wall_by_file"),)


class WallSaid(Sealed):
    """What somebody who may lift walls said of a provisional one: it is to go, or to stay, and why."""

    COMPARTMENT = Compartment.ADMIN

    wall = models.ForeignKey(Wall, on_delete=models.PROTECT, related_name="said")
    lifts = models.BooleanField()
    reason = models.TextField()
    said_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="walls_spoken_of")
    said_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("wall", "said_at"), name="said_of_wall"),)


class CalendarAddress(Sealed):
    """A secret address under which somebody's calendar fetches when things are due; only its hash is kept."""

    COMPARTMENT = Compartment.ADMIN

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="calendar_addresses")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("staff",), condition=Q(ended_at__isnull=True), name="one_running_calendar_address"
            ),
        )


class DigestAsked(Sealed):
    """That somebody wants a line a day by e-mail, which says how many things are due and nothing else."""

    COMPARTMENT = Compartment.ADMIN

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="digests_asked")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("staff",), condition=Q(ended_at__isnull=True), name="one_running_digest"),
        )


class DigestSent(Sealed):
    """That somebody's line for a day has left; there is one a day, however often it is tried."""

    COMPARTMENT = Compartment.ADMIN

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="digests_sent")
    on = models.DateField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("staff", "on"), name="one_digest_a_day"),)
