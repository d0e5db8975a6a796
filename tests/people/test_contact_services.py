"""One way out: what leaves has been checked twice, what was stopped says why, and her address stays sealed."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Account, Relation, Staff
from fourfold.access.terms import NotFound, Refused, RelationKind
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.base import new_id
from fourfold.gateways.transport import CannotDeliver, Envelope, Outbox, Transport
from fourfold.people import queries
from fourfold.people import services as people
from fourfold.people.models import Message, SafeContact, Subject, SubjectMark, Victim
from fourfold.people.queries.messages import messages_of, outbox
from fourfold.people.rules import contact as rules
from fourfold.people.rules import messages
from fourfold.people.terms import Channel, MarkKind, SafeContactRule, UnsafeContact
from fourfold.support import services as support
from fourfold.words import sentence
from tests.cast import NOW, Cast, give_account
from tests.people.builders import HER_NUMBER, File, reach
from tests.rehearsal import Rehearsal

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
#: What is said of a number that is not used, for whatever reason that the reader may not know.
UNUSED = sentence(rules.UNCONFIRMED, "telephone number")
TEXTS = SafeContactRule((Channel.TEXT,), time(10), time(14))


def mark(cast: Cast, number: str, *, site: str = "northmoor", of_associate: bool = False) -> SubjectMark:
    held = access_queries.held_by(cast.olu if site == "southmere" else cast.officer, "told", at=NOW)
    subject = Subject.objects.create(site=site, given_name="Sam", family_name="Specimen", **held)
    key = rules.key_of(MarkKind.PHONE, number)
    return SubjectMark.objects.create(
        subject=subject, kind=MarkKind.PHONE, value=number, key=key, of_associate=of_associate, **held
    )


def agree(cast: Cast, hers: File, rule: SafeContactRule = TEXTS) -> SafeContact:
    return people.agree_safe_contact(
        actor=cast.advocate, case_file=hers.file, victim=hers.victim, rule=rule, code_phrase="the dentist", at=NOW
    )


def send(actor: Actor, hers: File, text: str = "Are you free at ten?", at: datetime = NOON, **more: object) -> Message:
    return people.send_message(
        actor=actor, case_file=hers.file, victim=hers.victim, channel=Channel.TEXT, text=text, at=at, **more
    )


# ---- messages -----------------------------------------------------------------------------------------------------


def test_a_message_waits_in_the_outbox_and_leaves_once(cast: Cast, hers: File) -> None:
    agree(cast, hers)
    message = send(cast.advocate, hers)
    assert (message.state, message.to, message.sender, message.title) == ("waiting", HER_NUMBER, "Reminders", "")
    transport = Rehearsal()
    assert support.dispatch_messages(actor=cast.advocate, at=NOON, transport=transport).sent == 1
    assert support.dispatch_messages(actor=cast.advocate, at=NOON, transport=transport).sent == 0
    (left,) = transport.delivered.values()
    assert left == Envelope(message.pk, "text", HER_NUMBER, "Reminders", "", "Are you free at ten?")
    message.refresh_from_db(from_queryset=Message.objects.unscoped("test"))
    assert (message.state, message.sent_at) == ("sent", NOON)
    assert audit_queries.verify().clean


def test_what_waited_for_more_than_four_hours_is_not_sent_but_said(cast: Cast, hers: File) -> None:
    """The provider was down meanwhile; a word that comes late can be untrue, or read by somebody else."""
    agree(cast, hers, SafeContactRule((Channel.TEXT,)))
    late, in_time = send(cast.advocate, hers), send(cast.advocate, hers, at=NOON + timedelta(minutes=1))
    transport, at = Rehearsal(), NOON + messages.LONGEST_WAIT + timedelta(minutes=1)
    done = support.dispatch_messages(actor=cast.advocate, at=at, transport=transport)
    assert (done.sent, done.stopped, set(transport.delivered)) == (1, 1, {in_time.pk})
    late.refresh_from_db(from_queryset=Message.objects.unscoped("test"))
    assert (late.state, late.why_stopped) == ("stopped", messages.TOO_LATE)


def test_without_a_plan_nothing_leaves_and_the_reason_stays(cast: Cast, hers: File) -> None:
    message = send(cast.advocate, hers)
    assert (message.state, message.why_stopped, message.to) == ("stopped", rules.NO_PLAN, "")
    transport = Rehearsal()
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=transport)
    assert transport.delivered == {}


def test_outside_her_hours_it_is_stopped_and_says_so(cast: Cast, hers: File) -> None:
    agree(cast, hers)
    message = send(cast.advocate, hers, at=NOON + timedelta(hours=2))
    assert message.why_stopped.startswith("Outside the safe hours. Agreed: 10:00 to 14:00")


@pytest.mark.parametrize(
    ("site", "of_associate"), [("northmoor", False), ("northmoor", True), ("southmere", False), ("southmere", True)]
)
def test_a_number_ever_linked_to_anybody_at_any_site_is_refused(
    cast: Cast, hers: File, site: str, of_associate: bool
) -> None:
    """D11: staff are told that it was stopped, from what they may read already; nothing says that anybody has the number."""
    agree(cast, hers)
    mark(cast, "+44 7700 900 111", site=site, of_associate=of_associate)
    message = send(cast.advocate, hers)
    assert (message.state, message.why_stopped, message.to) == ("stopped", UNUSED, "")
    assert "Specimen" not in message.why_stopped
    assert "southmere" not in message.why_stopped


def test_a_number_that_another_victim_has_or_had_is_refused(cast: Cast, hers: File) -> None:
    agree(cast, hers)
    held = access_queries.held_by(cast.officer, "told", at=NOW)
    other = Victim.objects.create(site="southmere", given_name="Kim", family_name="Example", **held)
    row = reach(cast, other, HER_NUMBER)
    row.ended_at = NOW
    row.save()
    assert send(cast.advocate, hers).why_stopped == UNUSED


def test_the_newest_number_is_used_and_never_an_older_one(cast: Cast, hers: File) -> None:
    """A change of number never sends anything to the old one; a recycled, hostile new one is refused (day 60)."""
    agree(cast, hers)
    reach(cast, hers.victim, "07700 900222", at=NOW + timedelta(minutes=5))
    assert send(cast.advocate, hers).to == "07700 900222"
    mark(cast, "07700 900222", of_associate=True)
    assert send(cast.advocate, hers).why_stopped == UNUSED


def test_without_a_number_nobody_can_check_it(cast: Cast, hers: File) -> None:
    agree(cast, hers, SafeContactRule((Channel.EMAIL,)))
    message = people.send_message(
        actor=cast.advocate, case_file=hers.file, victim=hers.victim, channel=Channel.EMAIL, text="At ten?", at=NOON
    )
    assert (
        message.why_stopped
        == "No email address of the victim is on record, so nobody can check who else may use it. Record it first."
    )


def test_what_turned_hostile_after_it_was_written_does_not_leave(cast: Cast, hers: File) -> None:
    agree(cast, hers)
    message = send(cast.advocate, hers)
    mark(cast, HER_NUMBER)
    transport = Rehearsal()
    assert support.dispatch_messages(actor=cast.advocate, at=NOON, transport=transport).stopped == 1
    assert transport.delivered == {}
    assert Message.objects.unscoped("test").get(pk=message.pk).why_stopped == UNUSED
    assert audit_queries.verify().clean


@pytest.mark.parametrize("hours_later", [2, 24 * 7 + 2])
def test_what_is_too_late_for_her_hours_does_not_leave(cast: Cast, hers: File, hours_later: int) -> None:
    agree(cast, hers)
    send(cast.advocate, hers)
    transport = Rehearsal()
    done = support.dispatch_messages(actor=cast.advocate, at=NOON + timedelta(hours=hours_later), transport=transport)
    assert (done.sent, done.stopped) == (0, 1)


def test_a_rule_she_took_back_stops_what_was_written_before(cast: Cast, hers: File) -> None:
    agree(cast, hers)
    send(cast.advocate, hers)
    people.agree_safe_contact(
        actor=cast.advocate,
        case_file=hers.file,
        victim=hers.victim,
        rule=SafeContactRule(()),
        at=NOW + timedelta(minutes=1),
    )
    assert support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal()).stopped == 1


def test_a_changed_number_stops_what_was_written_to_the_old_one(cast: Cast, hers: File) -> None:
    agree(cast, hers)
    send(cast.advocate, hers)
    reach(cast, hers.victim, "07700 900333", at=NOW + timedelta(minutes=5))
    assert support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal()).stopped == 1


def suspended(cast: Cast, hers: File) -> None:
    give_account(cast, "advocate", "a long enough invented password", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    Account.objects.filter(staff=cast.advocate.staff).update(is_active=False)


def vouched_for_no_longer(cast: Cast, hers: File) -> None:
    Staff.objects.filter(pk=cast.advocate.staff).update(vouched_at=None)


def ended(cast: Cast, hers: File) -> None:
    Staff.objects.filter(pk=cast.advocate.staff).update(active=False)


def without_the_part(cast: Cast, hers: File) -> None:
    part = Relation.objects.get(file=hers.file, staff=cast.advocate.staff)
    access.end_relation(actor=cast.coordinator, relation=part, at=NOON)


def handed_over(cast: Cast, hers: File) -> None:
    until = NOON + timedelta(days=28)
    access.hand_over_file(actor=cast.coordinator, file=hers.file, site="northmoor", until=until, at=NOON)


@pytest.mark.parametrize("left", [suspended, vouched_for_no_longer, ended, without_the_part, handed_over])
def test_what_somebody_wrote_who_has_left_the_case_since_does_not_leave(
    cast: Cast, hers: File, left: Callable[[Cast, File], None]
) -> None:
    agree(cast, hers)
    message = send(cast.advocate, hers)
    left(cast, hers)
    transport = Rehearsal()
    done = support.dispatch_messages(actor=cast.second_advocate, at=NOON, transport=transport)
    assert (done.sent, done.stopped, transport.delivered) == (0, 1, {})
    assert Message.objects.unscoped("test").get(pk=message.pk).why_stopped == messages.WRITER_LEFT


def test_while_the_transport_is_down_a_message_goes_on_waiting(cast: Cast, hers: File) -> None:
    agree(cast, hers)
    message = send(cast.advocate, hers)
    transport = Rehearsal(down=True)
    assert support.dispatch_messages(actor=cast.advocate, at=NOON, transport=transport).still_waiting == 1
    assert Message.objects.unscoped("test").get(pk=message.pk).state == "waiting"
    transport.down = False
    assert support.dispatch_messages(actor=cast.advocate, at=NOON, transport=transport).sent == 1


class _Ended(BaseException):
    """The process was killed."""


def test_what_a_killed_process_may_have_sent_is_never_sent_again_and_says_so(cast: Cast, hers: File) -> None:
    """The relay may have taken it before the process could say so; nobody knows, and nothing leaves twice."""
    agree(cast, hers)
    message, taken = send(cast.advocate, hers), []

    class Killed(Rehearsal):
        def deliver(self, envelope: Envelope) -> None:
            taken.append(envelope.id)
            raise _Ended

    with pytest.raises(_Ended):
        support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Killed())
    again = Rehearsal()
    assert support.dispatch_messages(actor=cast.advocate, at=NOON, transport=again) == people.contact.Dispatched()
    assert (taken, again.delivered) == ([message.pk], {})
    assert Message.objects.unscoped("test").get(pk=message.pk).state == "leaving"
    assert outbox(actor=cast.advocate, at=NOON).unknown == 1
    assert audit_queries.verify().clean


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Robin, are you free?", ()),
        ("Hello from Advocate", ()),
        ("The police called", ()),
        ("Sam is away", ("Sam", "Specimen")),
        ("About FF-7KQ2M9T", ()),
    ],
)
def test_what_tells_is_not_even_stored(cast: Cast, hers: File, text: str, names: tuple[str, ...]) -> None:
    """D12: neutral text, no name, reference or service."""
    agree(cast, hers)
    with pytest.raises(UnsafeContact) as fault:
        send(cast.advocate, hers, text, names=names)
    assert fault.value.field == "text"
    assert not Message.objects.unscoped("test").exists()


def test_the_officer_of_the_case_may_send_and_any_other_officer_may_not(cast: Cast, hers: File) -> None:
    agree(cast, hers)
    with pytest.raises(Refused):
        send(cast.officer, hers)
    staff = cast.staff["officer"].pk
    access.relate(actor=cast.coordinator, file=hers.file, staff=staff, kind=RelationKind.OIC, at=NOW)
    assert send(cast.officer, hers).state == "waiting"


@pytest.mark.parametrize("name", ["clinician", "outreach", "chair", "analyst", "second_advocate"])
def test_nobody_else_of_the_unit_sends(cast: Cast, hers: File, name: str) -> None:
    with pytest.raises(Refused):
        send(cast.actor(name), hers)


@pytest.mark.parametrize("name", ["olu", "station_officer"])
def test_another_site_and_another_unit_find_nothing(cast: Cast, hers: File, name: str) -> None:
    with pytest.raises(NotFound):
        send(cast.actor(name), hers)
    assert Entry.objects.latest("seq").operation == "refusal"


def test_a_walled_advocate_finds_what_she_would_find_of_nothing(cast: Cast, hers: File) -> None:
    access.declare_conflict(actor=cast.advocate, files=[hers.file], at=NOW)
    for file in (hers.file, new_id()):
        with pytest.raises(NotFound):
            send(cast.advocate, replace(hers, file=file))


# ---- agreeing -----------------------------------------------------------------------------------------------------


def test_what_was_agreed_before_stays_on_record(cast: Cast, hers: File) -> None:
    agree(cast, hers)
    people.agree_safe_contact(
        actor=cast.advocate,
        case_file=hers.file,
        victim=hers.victim,
        rule=replace(TEXTS, from_time=time(18), until_time=None),
        at=NOW + timedelta(hours=1),
    )
    opened = access_queries.opened(cast.advocate, hers.file, at=NOW)
    agreed = queries.contact.agreed_contact(opened, hers.victim.pk, actor=cast.advocate, at=NOW)
    assert agreed is not None
    assert agreed.words.startswith("Text only, after 18:00")
    assert SafeContact.objects.unscoped("test").count() == 2


def test_how_she_is_reached_is_shown_to_her_advocate_and_not_to_the_clinician(cast: Cast, hers: File) -> None:
    agree(cast, hers)
    send(cast.advocate, hers)
    for actor, seen in ((cast.advocate, True), (cast.clinician, False)):
        opened = access_queries.opened(actor, hers.file, at=NOW)
        assert (queries.contact.agreed_contact(opened, hers.victim.pk, actor=actor, at=NOW) is not None) is seen
        assert (messages_of(opened, hers.victim.pk) != ()) is seen


def test_hours_that_leave_no_time_are_refused_by_name(cast: Cast, hers: File) -> None:
    with pytest.raises(UnsafeContact) as fault:
        agree(cast, hers, SafeContactRule((Channel.TEXT,), time(9), time(9)))
    assert fault.value.field == "until_time"


# ---- the transport ------------------------------------------------------------------------------------------------

ENVELOPE = Envelope(UUID(int=7), "text", HER_NUMBER, "Reminders", "", "Are you free at ten?")


@pytest.fixture(params=["outbox", "rehearsal"])
def transport(request: pytest.FixtureRequest, tmp_path: Path) -> Transport:
    """The real outbox and its fake keep one contract."""
    return Outbox(tmp_path / "out") if request.param == "outbox" else Rehearsal()


def delivered(transport: Transport) -> list[dict[str, str]]:
    if isinstance(transport, Outbox):
        return [json.loads(path.read_text()) for path in sorted(transport.folder.glob("*.json"))]
    assert isinstance(transport, Rehearsal)
    return [{**each.__dict__, "id": str(each.id)} for each in transport.delivered.values()]


def break_down(transport: Transport) -> None:
    if isinstance(transport, Outbox):
        transport.folder.write_text("a file where the folder should be")
    elif isinstance(transport, Rehearsal):
        transport.down = True


def test_what_is_delivered_twice_is_carried_once(transport: Transport) -> None:
    transport.deliver(ENVELOPE)
    transport.deliver(ENVELOPE)
    assert delivered(transport) == [{**ENVELOPE.__dict__, "id": str(ENVELOPE.id)}]


def test_what_cannot_be_taken_over_says_so(transport: Transport) -> None:
    break_down(transport)
    with pytest.raises(CannotDeliver):
        transport.deliver(ENVELOPE)


def test_nobody_else_on_the_machine_reads_the_outbox(tmp_path: Path) -> None:
    Outbox(tmp_path / "out").deliver(ENVELOPE)
    (path,) = (tmp_path / "out").glob("*")
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


# ---- one way out --------------------------------------------------------------------------------------------------

SOURCE = Path(rules.__file__).parents[2]
WAYS_OUT = frozenset(
    {
        "smtplib",
        "imaplib",
        "telnetlib",
        "ftplib",
        "http.client",
        "urllib.request",
        "socket",
        "socketserver",
        "email",
        "django.core.mail",
        "anymail",
        "requests",
        "httpx",
        "aiohttp",
        "urllib3",
        "notifications_python_client",
        "websockets",
        "paramiko",
        "twilio",
        "boto3",
    }
)
MAY_DISPATCH = frozenset({"people/services/contact.py"})
#: Who may hand anything to a provider: messages that were checked a moment before, and letters to those who work here.
MAY_CARRY = frozenset({"people/services/deliveries.py", "gateways/relay.py"})
#: Who may compose a mail, and who may open a connection: nobody but the gateways, and each in its own way.
MAY_REACH_OUT = {
    "config/front.py": {"socket"},
    "gateways/mailroom.py": {"email.message", "email.utils"},
    "gateways/notify.py": {"notifications_python_client", "requests.exceptions", "urllib3.exceptions"},
    "gateways/relay.py": {"email"},
    "gateways/smtp.py": {"email", "smtplib"},
    "gateways/webhooks.py": {"socket"},  # to addresses that two people made, with kinds and identifiers alone
    "upkeep/facts.py": {"socket"},  # whether a proxy or a clock answers
    "web/sign_on.py": {"requests"},  # with what the sign-in library asks: https alone
    "web/pages/sign_on.py": {"requests"},  # the name of its error alone: the sign-in library asks
}
#: What takes connections, a clock on each, and opens none.
MAY_LISTEN = "config/front.py"
MAY_POST = frozenset({"access/services/reminders.py", "access/services/accounts.py"})


def imports_of(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def ways_out(folder: Path) -> list[str]:
    """Name the modules that could send anything past the outbox."""
    wrong = []
    for path in sorted(folder.rglob("*.py")):
        for name in sorted(imports_of(path.read_text())):
            if any(name == way or name.startswith(f"{way}.") for way in WAYS_OUT):
                wrong.append(f"{path.relative_to(folder)} imports {name}")
    return wrong


def hands_over(folder: Path) -> set[str]:
    """Name the modules that hand anything to a transport."""
    return calls(".deliver(", folder) - {"gateways/transport.py"}


def calls(text: str, folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*.py") if text in path.read_text()}


def posts(folder: Path) -> set[str]:
    """Name the modules that hand a letter to the mail room of those who work here."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*.py") if "mailroom.post(" in path.read_text()}


def test_there_is_one_way_out() -> None:
    """CT-7: nothing but the gateways can open a mail, text or web connection; one module hands over to each."""
    found: dict[str, set[str]] = {}
    for line in ways_out(SOURCE):
        module, _, name = line.partition(" imports ")
        found.setdefault(module, set()).add(name)
    assert {
        module: {name for name in names if name.rpartition(".")[0] not in names} for module, names in found.items()
    } == MAY_REACH_OUT
    assert not re.search(r"\.(?:connect|sendto|create_connection)\(", (SOURCE / MAY_LISTEN).read_text())
    assert hands_over(SOURCE) == MAY_DISPATCH
    assert calls(".carry(", SOURCE) - {"people/services/contact.py"} == MAY_CARRY
    assert posts(SOURCE) == MAY_POST


@pytest.mark.parametrize(
    "line",
    [
        "import smtplib",
        "import requests as r",
        "from django.core.mail import send_mail",
        "from email.message import EmailMessage",
        "from urllib import request",
        "def f():\n    from django.core import mail",
    ],
)
def test_a_second_way_out_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "sneak.py").write_text(line)
    assert ways_out(tmp_path) != []
