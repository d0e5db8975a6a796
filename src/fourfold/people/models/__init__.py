"""Victims and subjects, apart: their records, how to reach the one, how to recognise the other, and the one way out.

A victim's whereabouts are never joined to a subject's record: nothing below points from one to the other.
"""

from django.db import models

from fourfold.access.scoping import ScopedManager
from fourfold.access.stood import Before, Since, Withheld
from fourfold.access.terms import Compartment
from fourfold.base import Held, Sealing, SentenceField
from fourfold.people.models.call_backs import CallBack as CallBack
from fourfold.people.models.deliveries import DeliveryTold as DeliveryTold
from fourfold.people.models.safe_address import AddressAnswered as AddressAnswered
from fourfold.people.models.safe_address import AddressAsked as AddressAsked
from fourfold.people.models.safe_address import AddressOpened as AddressOpened
from fourfold.people.models.safe_address import SafeAddress as SafeAddress
from fourfold.people.models.safe_contacts import SafeContact as SafeContact
from fourfold.people.models.safe_contacts import SafeContactEnded as SafeContactEnded
from fourfold.people.terms import Channel, Confirmation, MarkKind, name_as_said

#: *held* until a second person has read it. One that stays in *leaving* was being handed over when the process ended, or the
#: provider never said whether it took it.
MESSAGE_STATES = ("held", "waiting", "leaving", "sent", "stopped")
_SEXES = [("", "not known"), ("F", "female"), ("M", "male"), ("X", "other")]


_REFERRED_TO = Withheld("audit_entry", "h.file = t.id AND h.at > {at} AND h.action = 'person.referred_to'", empty="''")


class Victim(Held):
    """A person who was, or may have been, stalked."""

    FILE_PATH = "pk"
    SITE_PATH = "site"
    COMPARTMENT = Compartment.CORE
    #: Which it was before, no row says: what was recorded since is withheld.
    AS_IT_STOOD = {"pronoun": _REFERRED_TO}

    site = models.CharField(max_length=40)
    given_name = models.CharField(max_length=80, blank=True)
    family_name = models.CharField(max_length=80, blank=True)
    other_names = models.CharField(max_length=200, blank=True)
    name_key = models.CharField(max_length=160, blank=True)
    sound_key = models.CharField(max_length=40, blank=True)
    birth_on = models.DateField(null=True)
    sex = models.CharField(max_length=1, choices=_SEXES, blank=True)
    pronoun = models.CharField(max_length=10, blank=True)  # as recorded; nobody guesses one
    vulnerable = models.BooleanField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("site", "sound_key"), name="victim_by_sound"),
            models.Index(fields=("site", "birth_on"), name="victim_by_birth"),
            models.Index(fields=("site", "family_name"), name="victim_by_family_name"),
            models.Index(fields=("site", "given_name"), name="victim_by_given_name"),
        )

    @property
    def name(self) -> str:
        return name_as_said(self.given_name, self.family_name)


class VictimReach(Held):
    """A telephone number, address or mailbox of a victim, as told; never shown where a subject is.

    So are a car, accounts and other names: nobody is reached by these, and the victim is known by them.
    """

    FILE_PATH = "victim_id"
    COMPARTMENT = Compartment.VICTIM_CONTACT
    AS_IT_STOOD = {"ended_at": Since(), "hostile_at": Since(), "why_hostile": Since("hostile_at", empty="''")}

    victim = models.ForeignKey(Victim, on_delete=models.PROTECT, related_name="reaches")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in MarkKind])
    value = models.CharField(max_length=200)
    key = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True)
    #: Since when it is known that somebody else answers there: a number that was given out again, or a phone taken.
    hostile_at = models.DateTimeField(null=True)
    why_hostile = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("kind", "key"), name="reach_by_key"),)


class ReachChecked(Held):
    """That the victim's advocate confirmed out of band what reaches the victim, or that it is not to be used.

    A yes counts in the case in which it was found, a no in every case; of those that count the latest does. Without
    one, what was told is somebody's word and is never used.
    """

    FILE_PATH = "reach__victim_id"
    COMPARTMENT = Compartment.VICTIM_CONTACT
    ADDED_IN = {"case_file": 2}

    reach = models.ForeignKey(VictimReach, on_delete=models.PROTECT, related_name="checks")
    confirmed = models.BooleanField()
    how = models.CharField(max_length=20, choices=[(how.value, how.value) for how in Confirmation], blank=True)
    why_not = models.CharField(max_length=300, blank=True)
    #: The case whose advocate found it; empty where that was not kept yet, and then a yes counts in each.
    case_file = models.UUIDField(null=True)

    objects = ScopedManager()


class ThirdParty(Held):
    """Somebody against whom a subject acts on the way to the victim: an employer, a school, a new partner.

    A person with walls and a safe contact of their own, never another victim; nothing is ever sent to them from here.
    """

    FILE_PATH = "pk"
    SITE_PATH = "site"
    COMPARTMENT = Compartment.CORE
    FIELDS = {"safe_contact": Compartment.VICTIM_CONTACT}
    AS_IT_STOOD = {"safe_contact": Before("people_thirdcontactsaid", "third_id", "before", "recorded_at")}

    site = models.CharField(max_length=40)
    name = models.CharField(max_length=160)
    #: How they may be contacted without harm, as they or the victim said.
    safe_contact = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()


class ThirdContactSaid(Held):
    """That how a third party may be contacted without harm was said anew; `before` is what stood until then."""

    FILE_PATH = "third_id"
    COMPARTMENT = Compartment.VICTIM_CONTACT

    third = models.ForeignKey(ThirdParty, on_delete=models.PROTECT, related_name="contacts_said")
    before = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()


class Subject(Held):
    """A person alleged to stalk. A subject whom nobody can name yet is a subject all the same."""

    FILE_PATH = "pk"
    SITE_PATH = "site"
    COMPARTMENT = Compartment.SUBJECT_IDENTITY
    #: Which it was before, no row says: what was recorded since is withheld.
    AS_IT_STOOD = {"pronoun": _REFERRED_TO}

    site = models.CharField(max_length=40)
    known = models.BooleanField(default=True)
    given_name = models.CharField(max_length=80, blank=True)
    family_name = models.CharField(max_length=80, blank=True)
    other_names = models.CharField(max_length=200, blank=True)
    name_key = models.CharField(max_length=160, blank=True)
    sound_key = models.CharField(max_length=40, blank=True)
    birth_on = models.DateField(null=True)
    sex = models.CharField(max_length=1, choices=_SEXES, blank=True)
    pronoun = models.CharField(max_length=10, blank=True)  # as recorded; nobody guesses one

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("site", "sound_key"), name="subject_by_sound"),
            models.Index(fields=("site", "birth_on"), name="subject_by_birth"),
            models.Index(fields=("site", "family_name"), name="subject_by_family_name"),
            models.Index(fields=("site", "given_name"), name="subject_by_given_name"),
        )

    @property
    def name(self) -> str:
        """The name as it is said, or that it is not known."""
        return name_as_said(self.given_name, self.family_name, self.known)


class SubjectMark(Held):
    """A number, address, car, account or other name ever linked to a subject; for the victim's messages it is hostile."""

    FILE_PATH = "subject_id"
    COMPARTMENT = Compartment.SUBJECT_IDENTITY

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="marks")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in MarkKind])
    value = models.CharField(max_length=200)
    key = models.CharField(max_length=120)
    of_associate = models.BooleanField(default=False)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("kind", "key"), name="mark_by_key"),)


class Withdrawal(Held):
    """That something was put on a person's record by mistake, as somebody said, until that is undone; it stays there.

    While this stands nobody is looked for or compared by it.
    """

    reason = models.CharField(max_length=300)
    decided_at = models.DateTimeField()
    decided_by = models.UUIDField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)
    undone_because = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True


class MarkWithdrawn(Withdrawal):
    """That a mark is not the subject's. The victim's messages keep away from it all the same.

    Whoever is wrong about this must not bring a message to the subject.
    """

    FILE_PATH = "mark__subject_id"
    COMPARTMENT = Compartment.SUBJECT_IDENTITY

    mark = models.ForeignKey(SubjectMark, on_delete=models.PROTECT, related_name="withdrawals")

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("mark",), condition=models.Q(undone_at__isnull=True), name="mark_withdrawn_once"
            ),
        )


class ReachWithdrawn(Withdrawal):
    """That a number, car, account or other name is not the victim's. Nobody is reached by it, and it stays withheld."""

    FILE_PATH = "mark__victim_id"
    COMPARTMENT = Compartment.VICTIM_CONTACT

    mark = models.ForeignKey(VictimReach, on_delete=models.PROTECT, related_name="withdrawals")

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("mark",), condition=models.Q(undone_at__isnull=True), name="reach_withdrawn_once"
            ),
        )


class SamePerson(Held):
    """That two records are one person, as somebody decided, until it is undone; both records stay as they are.

    The identifiers of two victims, or of two subjects, the smaller first.
    """

    FILE_PATH = "first"
    COMPARTMENT = Compartment.SUBJECT_IDENTITY
    AS_IT_STOOD = {
        "undone_at": Since(),
        "undone_by": Since("undone_at"),
        "undone_because": Since("undone_at", empty="''"),
    }

    first = models.UUIDField()
    second = models.UUIDField()
    reason = models.CharField(max_length=300)
    decided_at = models.DateTimeField()
    decided_by = models.UUIDField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)
    undone_because = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("first", "second"), condition=models.Q(undone_at__isnull=True), name="one_person_once"
            ),
        )
        indexes = (
            models.Index(fields=("first", "decided_at"), name="same_person_first"),
            models.Index(fields=("second", "decided_at"), name="same_person_second"),
        )


class JoinAsked(Held):
    """That somebody asked that the records of two victims are kept as one person's, and what a colleague answered.

    Their numbers, their walls and what is counted depend on it, so one person never decides it.
    """

    FILE_PATH = "first"
    COMPARTMENT = Compartment.SUBJECT_IDENTITY

    first = models.UUIDField()
    second = models.UUIDField()
    reason = models.CharField(max_length=300)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    given = models.BooleanField(null=True)
    because = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("first", "second"), condition=models.Q(answered_at__isnull=True), name="one_join_asked"
            ),
        )
        indexes = (models.Index(fields=("second", "answered_at"), name="join_asked_second"),)


class FindingKey(models.Model):
    """Under which keys somebody is looked for at once: a number made of site, part and key, and whose it is.

    Worked out from the record and kept beside it, as an index is; nothing can be read from it. `person` is a victim's
    or a subject's identifier. What is found is read from the record, through every wall.
    """

    COMPARTMENT = Compartment.SUBJECT_IDENTITY
    SEALING = Sealing.NEVER

    key = models.BigIntegerField()
    strength = models.PositiveSmallIntegerField()
    person = models.UUIDField()

    class Meta:
        indexes = (
            models.Index(fields=("key", "strength", "person"), name="found_by_key"),
            models.Index(fields=("person", "key"), name="found_by_person"),
        )


class Message(Held):
    """The outbox: the one way out. What is not here was not sent; what broke a rule says so and stays here."""

    FILE_PATH = "victim_id"
    CASE_PATH = "file"
    COMPARTMENT = Compartment.VICTIM_CONTACT

    victim = models.ForeignKey(Victim, on_delete=models.PROTECT, related_name="messages")
    channel = models.CharField(max_length=10, choices=[(channel.value, channel.value) for channel in Channel])
    to = models.CharField(max_length=200)
    #: The case in which it was written.
    file = models.UUIDField()
    #: Which message of the closed list it is, "" for words of its own, which a second person reads first.
    template = models.CharField(max_length=20, blank=True)
    sender = models.CharField(max_length=80)
    title = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=[(state, state) for state in MESSAGE_STATES])
    why_stopped = SentenceField(blank=True)
    sent_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("state", "recorded_at"), name="message_waiting"),)


class MessageRead(Held):
    """A second reader's yes, or no with its words, to a message in words of its own."""

    FILE_PATH = "message__victim_id"
    CASE_PATH = "message__file"
    COMPARTMENT = Compartment.VICTIM_CONTACT

    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="reading")
    given = models.BooleanField()
    words = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()
