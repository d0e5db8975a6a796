"""What leaves by GOV.UK Notify or a mail server: once, as agreed, and with what became of it in the victim's file."""

from __future__ import annotations

import email
import json
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from email import policy
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from django.conf import settings
from django.test import Client
from pydantic import ValidationError
from typer.testing import CliRunner

from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cases.models import Case
from fourfold.cli.main import app
from fourfold.config.environment import Environment
from fourfold.gateways import notify, smtp
from fourfold.gateways.mailroom import Letter, Mailroom
from fourfold.gateways.notify import Notify
from fourfold.gateways.relay import Carried, carry_letters
from fourfold.gateways.smtp import MailServer
from fourfold.gateways.transport import (
    CannotDeliver,
    Declined,
    Envelope,
    NotKnown,
    NotThisOne,
    Outbox,
    Provider,
    Receipt,
)
from fourfold.people.models import Message
from fourfold.people.terms import Channel, MarkKind, SafeContactRule
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.web import worklist
from tests import notify_double
from tests.cast import Cast
from tests.notify_double import KEY, MAILS, TEXTS, Double
from tests.support.builders import NOON, agree, case_of, confirm
from tests.web.conftest import SignIn

#: The mail server of the tests drops connections without closing them when it is stopped.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
TOKEN = "a token of thirty-two letters or more"
WORDS = "Are you free at ten?"


@pytest.fixture(scope="module")
def _double() -> Iterator[Double]:
    with notify_double.running() as double:
        yield double


@pytest.fixture
def double(_double: Double) -> Double:
    _double.reset()
    return _double


@pytest.fixture
def by_notify(double: Double, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Outbox:
    """The settings of an installation whose texts and mail go by Notify, and its way out."""
    told = settings.FOURFOLD.model_dump() | {
        "data_dir": tmp_path, "app_clock": NOON.isoformat(), "texts_by": "notify", "mail_by": "notify",
        "notify_key": KEY, "notify_text_template": TEXTS, "notify_email_template": MAILS,
        "notify_host": double.address, "notify_callback_token": TOKEN,
    }  # fmt: skip
    monkeypatch.setattr(settings, "FOURFOLD", Environment.model_validate(told))
    monkeypatch.setattr(notify, "PATIENCE", (0.4, 0.4))
    patient = Notify(KEY, TEXTS, MAILS, host=double.address, patience=(0.4, 0.4))
    return Outbox(tmp_path / "outbox", {"text": patient, "email": patient})


@pytest.fixture
def case(cast: Cast) -> Case:
    case = case_of(cast)
    agree(cast, case)
    return case


def written(cast: Cast, case: Case, *, channel: Channel = Channel.TEXT) -> Message:
    return support.send_message(actor=cast.advocate, case=case, channel=channel, text=WORDS, at=NOON)


def let_go(cast: Cast, by: Outbox, at: Any = NOON) -> Any:
    return support.dispatch_messages(actor=cast.advocate, at=at, transport=by)


def found(message: Message) -> Message:
    return Message.objects.unscoped("test").get(pk=message.pk)


def shown(client: Client, case: Case) -> str:
    return client.get(f"/cases/{case.reference}/victim/").content.decode()


def due(cast: Cast) -> list[str]:
    return [row.what for row in worklist.today(cast.advocate, NOON, "mine").every if "message" in row.what]


# ---- GOV.UK Notify ------------------------------------------------------------------------------------------------

ANSWERS = [  # how Notify takes it, the message's state, what its writer reads, and what Notify has in the end
    ("well", "sent", "", 1),
    ("trial", "stopped", notify.TRIAL, 0),
    ("team", "stopped", notify.TEAM_ONLY, 0),
    ("invalid", "stopped", notify.NO_RECIPIENT, 0),
    ("unknown key", "waiting", notify.NO_KEY, 0),
    ("clock", "waiting", notify.CLOCK, 0),
    ("rate", "waiting", notify.TOO_MANY, 0),
    ("day", "waiting", notify.TOO_MANY, 0),
    ("fault", "waiting", notify.NOT_PROCESSED, 0),
    ("gateway", "leaving", notify.NOBODY_KNOWS, 0),
    ("taken, then silence", "leaving", notify.NOBODY_KNOWS, 1),
    ("taken, then gone", "leaving", notify.NOBODY_KNOWS, 1),
    ("taken, then a fault", "sent", "", 1),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("mood", "state", "why", "taken"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_whatever_notify_answers_nothing_is_handed_over_twice(
    cast: Cast, case: Case, by_notify: Outbox, double: Double, mood: str, state: str, why: str, taken: int
) -> None:
    message, double.mood = written(cast, case), mood
    let_go(cast, by_notify)
    row = found(message)
    assert (row.state, row.why_stopped) == (state, why)
    double.mood = "well"
    for _ in range(2):
        let_go(cast, by_notify)
    assert len(double.taken) == (taken or (state == "waiting"))
    assert found(message).state == ("sent" if state == "waiting" else state)
    for one in double.taken:
        assert one["reference"] == str(message.pk)
        assert (one["template_id"], one["personalisation"]) == (TEXTS, {"message": WORDS})


@pytest.mark.django_db
def test_a_provider_that_is_down_is_waited_for_once_and_the_writer_reads_it(
    cast: Cast, case: Case, by_notify: Outbox, double: Double, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them is waiting with the reason, and the first alone has waited for an answer."""
    nobody = Notify(KEY, TEXTS, host="http://127.0.0.1:9")
    asked = []
    monkeypatch.setattr(Notify, "carry", lambda self, each, carry=Notify.carry: asked.append(each) or carry(self, each))
    several = [written(cast, case) for _ in range(3)]
    done = let_go(cast, Outbox(by_notify.folder, {"text": nobody}))
    assert (done.still_waiting, len(asked)) == (3, 1)
    assert {(found(one).state, found(one).why_stopped) for one in several} == {("waiting", notify.NO_ANSWER)}
    client = signed_in("advocate")
    assert str(notify.NO_ANSWER) in shown(client, case)
    assert due(cast) == ["A message waits to be sent. If it is urgent, tell the victim another way"] * 3
    sent = client.post(f"/cases/{case.reference}/victim/message/", {"channel": "text", "text": WORDS, "once": "k"})
    assert (sent.status_code, len(double.taken)) == (303, 1)  # by the settings' own, which is up


@pytest.mark.django_db
def test_nothing_is_held_while_a_provider_takes_its_time(cast: Cast, case: Case, by_notify: Outbox) -> None:
    """Casework goes on: a colleague writes while the provider thinks, and no transaction of ours is open."""
    from django.db import connection

    depth, alone, seen = [], len(connection.savepoint_ids), []

    class Slow:
        def carry(self, envelope: Envelope) -> Any:
            depth.append(len(connection.savepoint_ids) - alone)
            seen.append(Message.objects.unscoped("test").get(pk=envelope.id).state)
            raise NotKnown(notify.NOBODY_KNOWS)

    written(cast, case)
    let_go(cast, Outbox(by_notify.folder, {"text": Slow()}))  # type: ignore[dict-item]
    assert (depth, seen) == ([0], ["leaving"])


@pytest.mark.django_db
def test_what_nobody_knew_is_found_by_its_reference_and_never_handed_over_again(
    cast: Cast, case: Case, by_notify: Outbox, double: Double, signed_in: SignIn
) -> None:
    message, double.mood = written(cast, case), "taken, then silence"
    let_go(cast, by_notify)
    assert due(cast) == ["Nobody knows whether a message was sent. Ask the victim before you write again"]
    assert str(notify.NOBODY_KNOWS) in shown(signed_in("advocate"), case)
    double.mood, double.taken[0]["status"] = "well", "delivered"
    later = (NOON + timedelta(minutes=6)).isoformat()
    settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"app_clock": later})
    said = CliRunner().invoke(app, ["outbox", "dispatch", "--json"])
    assert json.loads(said.stdout)["told_of"] == 1
    assert (found(message).state, len(double.taken), due(cast)) == ("sent", 1, [])
    assert "It reached the phone or mailbox." in shown(signed_in("advocate"), case)
    assert audit_queries.verify().clean


TELLS = [
    ("delivered", "It reached the phone or mailbox.", []),
    ("permanent-failure", "there is no such number or mailbox", ["A message did not arrive. Tell the victim another way"]),
    ("temporary-failure", "the phone was off for days", ["A message did not arrive. Tell the victim another way"]),
    ("technical-failure", "a fault at the provider", ["A message did not arrive. Tell the victim another way"]),
    ("sending", "Whether it arrived is not known", []),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "words", "day"), TELLS, ids=[row[0] for row in TELLS])
def test_what_notify_tells_by_itself_stands_in_the_file_once(
    cast: Cast, case: Case, by_notify: Outbox, signed_in: SignIn, status: str, words: str, day: list[str]
) -> None:
    message = written(cast, case)
    let_go(cast, by_notify)
    told = {"id": "740e5834-3a29-46b4-9a6f-16142fde533a", "reference": str(message.pk), "status": status, "to": "0"}
    send = {"data": json.dumps(told), "content_type": "application/json"}
    client, advocate, clinician = Client(), signed_in("advocate"), signed_in("clinician")
    for wrong in ({}, {"headers": {"Authorization": "Bearer another"}}):
        assert client.post("/messages/receipts/", **send, **wrong).status_code == 401
    for _ in range(3):
        answer = client.post("/messages/receipts/", **send, headers={"Authorization": f"Bearer {TOKEN}"})
        assert (answer.status_code, answer.content) == (204, b"")
    assert Entry.objects.filter(action="delivery.told").count() == (status != "sending")  # said when it was taken
    assert words in shown(advocate, case)
    assert due(cast) == day
    assert words not in shown(clinician, case)


@pytest.mark.django_db
def test_a_provider_s_name_for_a_message_may_be_any_text(cast: Cast, case: Case, by_notify: Outbox) -> None:
    message = written(cast, case)
    let_go(cast, by_notify)
    told = {"id": "\x00\ud800" + "x" * 500, "reference": str(message.pk), "status": "permanent-failure"}
    answer = Client().post("/messages/receipts/", json.dumps(told), content_type="application/json",
                           headers={"Authorization": f"Bearer {TOKEN}"})  # fmt: skip
    assert answer.status_code == 204
    assert Entry.objects.filter(action="delivery.told").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status"),
    [("{", 400), ("[]", 400), ("[" * 16_000, 400), ("\xff", 400), ('{"status": ' + "9" * 5_000 + "}", 204), ('{"reference": null, "status": "delivered"}', 204),
     ('{"reference": "00000000-0000-4000-8000-000000000000", "status": "delivered"}', 204),
     ('{"reference": "00000000-0000-4000-8000-000000000000", "status": "of a later release"}', 204)],
)  # fmt: skip
def test_what_is_told_of_no_message_of_ours_changes_nothing(by_notify: Outbox, body: str, status: int) -> None:
    answer = Client().post("/messages/receipts/", body, content_type="application/json",
                           headers={"Authorization": f"Bearer {TOKEN}"})  # fmt: skip
    assert (answer.status_code, answer.content) == (status, b"")


def test_a_template_that_says_more_than_the_message_sends_nothing(double: Double) -> None:
    double.templates[TEXTS]["body"] = "From the stalking unit: ((message))"
    by = Notify(KEY, TEXTS, host=double.address)
    with pytest.raises(CannotDeliver, match="says more than the message"):
        by.carry(Envelope(UUID(int=7), "text", "07700 900111", "", "", WORDS))
    assert double.taken == []


@pytest.mark.django_db
def test_the_hours_are_asked_when_a_message_leaves_and_not_when_the_run_began(
    cast: Cast, case: Case, by_notify: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider takes ten minutes for the first, and the hours end meanwhile."""
    rule = SafeContactRule((Channel.TEXT,), time(10), time(14))
    support.agree_contact(actor=cast.advocate, case=case, rule=rule, at=NOON)
    waiting = {written(cast, case).pk, written(cast, case).pk}
    began, taken = NOON.replace(hour=13, minute=55), []
    monkeypatch.setattr("fourfold.cli.outbox.now", lambda: began + timedelta(minutes=10) * len(taken))
    monkeypatch.setattr(Notify, "carry", lambda _, envelope: taken.append(envelope.id) or Receipt("taken"))
    monkeypatch.setattr(Notify, "asked", lambda *_: None)
    CliRunner().invoke(app, ["outbox", "dispatch"])
    first, late = (Message.objects.unscoped("test").get(pk=pk) for pk in (*taken, *waiting.difference(taken)))
    assert (first.state, first.sent_at) == ("sent", began + timedelta(minutes=10))
    assert (late.state, "Outside the safe hours" in late.why_stopped) == ("stopped", True)
    assert audit_queries.verify().clean


# ---- a mail server ------------------------------------------------------------------------------------------------


class Inbox:
    """What a mail server does with what it is sent: `says` is its answer to RCPT or DATA, or `once` to RCPT."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.greeted: list[str] = []
        self.says: dict[str, str] = {}

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: Any) -> Any:
        self.greeted.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        said = self.says.pop("once", self.says.get("RCPT", "250 OK"))
        if said == "silence":
            server.transport.abort()
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if "DATA" not in self.says:
            self.mails.append(envelope.content)
        if self.says.get("then") == "silence":
            server.transport.abort()
        return self.says.get("DATA", "250 OK")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate for the loopback that nobody but its own file vouches for."""
    return made_certificate(tmp_path_factory.mktemp("tls"))


def made_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(),
                                today - timedelta(days=1), today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path, own = folder / "certificate.pem", folder / "key.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    own.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path, own)
    return path, context


@pytest.fixture(params=["starttls", "implicit"])
def server(
    request: pytest.FixtureRequest, certificate: tuple[Path, ssl.SSLContext]
) -> Iterator[tuple[Inbox, MailServer]]:
    """A real mail server on the loopback with TLS and a password, and how it is reached."""
    path, context = certificate
    inbox, tls_first = Inbox(), request.param == "implicit"
    if tls_first:
        more: dict[str, Any] = {"ssl_context": context}
    else:
        more = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": _knows}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = Controller(inbox, hostname="localhost", port=port, **more)
    running.start()
    told = {} if tls_first else {"user": "unit", "password": "open sesame"}
    try:
        by = MailServer(
            "localhost", port, "hello@reminders.example", tls_first=tls_first, certificates=path, patience=2
        )
        yield inbox, replace(by, **told)
    finally:
        running.stop()


def _knows(*told: Any) -> AuthResult:
    return AuthResult(success=told[-1].password == b"open sesame", handled=False)


BETRAYS = ("robin", "sample", "marlow", "quill", "ff-", "fourfold", "northmoor", "stalk", "police", "advoca", "unit")


@pytest.mark.django_db
def test_a_mail_says_nothing_to_whoever_sees_the_victims_phone(
    cast: Cast, case: Case, server: tuple[Inbox, MailServer], tmp_path: Path
) -> None:
    inbox, by = server
    support.agree_contact(actor=cast.advocate, case=case, rule=SafeContactRule((Channel.EMAIL,)), at=NOON)
    confirm(cast, case, "r@mail.example", MarkKind.EMAIL)
    message = written(cast, case, channel=Channel.EMAIL)
    assert let_go(cast, Outbox(tmp_path / "outbox", {"email": by})).sent == 1
    assert let_go(cast, Outbox(tmp_path / "outbox", {"email": by})).sent == 0
    (raw,) = inbox.mails
    mail = email.message_from_bytes(raw, policy=policy.default)
    lock_screen = (mail["From"].addresses[0].display_name, mail["Subject"], mail.get_content().strip()[:90])
    assert lock_screen == ("Reminders", "A reminder", WORDS)
    assert (mail["From"].addresses[0].addr_spec, mail["To"]) == ("hello@reminders.example", "r@mail.example")
    machine = {socket.gethostname().lower(), socket.getfqdn().lower()} - {"localhost"}
    for telling in (*BETRAYS, *machine, str(message.pk)):
        assert telling not in raw.decode().lower()
        assert telling not in " ".join(inbox.greeted).lower()
    assert mail["Date"].datetime.utcoffset() == timedelta(0)
    assert set(mail.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
                                "Content-Transfer-Encoding", "MIME-Version"}  # fmt: skip
    (row,) = queries.victim_file(actor=cast.advocate, reference=case.reference, at=NOON, confidences=False).messages
    assert (row.state, str(row.means)) == ("sent", "Taken by the provider. Whether it arrived is not known.")


@pytest.mark.parametrize("server", ["starttls"], indirect=True)
@pytest.mark.parametrize(
    ("says", "raised", "words"),
    [
        ({"RCPT": "550 No such mailbox"}, Declined, smtp.NO_MAILBOX),
        ({"RCPT": "554 5.1.1 No such mailbox"}, Declined, smtp.NO_MAILBOX),
        ({"RCPT": "550 5.2.1 Closed"}, Declined, smtp.NO_MAILBOX),
        ({"RCPT": "550 5.7.1 Relaying denied"}, NotThisOne, smtp.NOT_TO_IT),
        ({"RCPT": "554 5.7.1 Relay access denied"}, NotThisOne, smtp.NOT_TO_IT),
        ({"RCPT": "530 Authentication required"}, NotThisOne, smtp.NOT_TO_IT),
        ({"RCPT": "550 5.1.8 Bad address of the sender"}, NotThisOne, smtp.NOT_TO_IT),
        ({"RCPT": "451 Try later"}, NotThisOne, smtp.NOT_NOW),
        ({"RCPT": "421 Closing"}, CannotDeliver, smtp.NOT_NOW),
        ({"RCPT": "silence"}, NotThisOne, smtp.SILENT),
        ({"DATA": "554 Refused"}, Declined, smtp.REFUSED),
        ({"DATA": "452 Full"}, NotThisOne, smtp.NOT_NOW),
        ({"then": "silence"}, NotKnown, smtp.NOBODY_KNOWS),
    ],
)
def test_what_a_mail_server_answers_is_said_in_words(
    server: tuple[Inbox, MailServer], says: dict[str, str], raised: type[Exception], words: str
) -> None:
    inbox, by = server
    inbox.says = says
    with pytest.raises(raised) as fault:
        by.carry(Envelope(UUID(int=7), "email", "r@mail.example", "", "A reminder", WORDS))
    assert (type(fault.value), fault.value.args) == (raised, (words,))


@pytest.mark.django_db
@pytest.mark.parametrize("server", ["implicit"], indirect=True)
def test_a_mailbox_that_is_full_keeps_no_other_mail_waiting(
    cast: Cast, case: Case, server: tuple[Inbox, MailServer], tmp_path: Path
) -> None:
    """The oldest comes first, so that it would do so in every run; a server that closes is asked for no other.

    One that falls silent about a mailbox, and answers otherwise, is asked for the others too.
    """
    inbox, by = server
    support.agree_contact(actor=cast.advocate, case=case, rule=SafeContactRule((Channel.EMAIL,)), at=NOON)
    confirm(cast, case, "r@mail.example", MarkKind.EMAIL)
    way, waiting = Outbox(tmp_path, {"email": by}), [written(cast, case, channel=Channel.EMAIL) for _ in range(4)]
    for says, still in (
        ("421 Closing", 4),
        ("silence", 1),
        ("450 4.2.1 Full", 1),
        ("450 4.2.1 Full", 1),
        ("250 OK", 0),
    ):
        inbox.says = {"once": says}
        assert let_go(cast, way).still_waiting == still
    assert {found(message).state for message in waiting} == {"sent"}
    assert len(inbox.mails) == 4


@pytest.mark.parametrize("server", ["starttls"], indirect=True)
def test_a_server_that_falls_silent_about_one_mailbox_after_another_is_down(server: tuple[Inbox, MailServer]) -> None:
    inbox, by = server
    inbox.says = {"RCPT": "silence"}
    raised = []
    for number in range(smtp.MOST_SILENT):
        with pytest.raises(CannotDeliver) as fault:
            by.carry(Envelope(UUID(int=number), "email", f"r{number}@mail.example", "", "A reminder", WORDS))
        raised.append((type(fault.value), fault.value.args[0]))
    assert raised == [(NotThisOne, smtp.SILENT)] * (smtp.MOST_SILENT - 1) + [(CannotDeliver, smtp.NO_ANSWER)]


@pytest.mark.parametrize("server", ["starttls"], indirect=True)
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"certificates": None}, smtp.NO_TRUST),
        ({"password": "wrong"}, smtp.NO_PASSWORD),
        ({"port": 9}, smtp.NO_ANSWER),
    ],
)
def test_without_trust_password_or_answer_nothing_is_sent(
    server: tuple[Inbox, MailServer], changes: dict[str, Any], words: str
) -> None:
    inbox, by = server
    with pytest.raises(CannotDeliver) as fault:
        replace(by, **changes).carry(Envelope(UUID(int=7), "email", "r@mail.example", "", "", WORDS))
    assert (fault.value.args, inbox.mails) == ((words,), [])


@pytest.mark.parametrize("server", ["implicit"], indirect=True)
def test_letters_to_those_who_work_here_are_carried_once(server: tuple[Inbox, MailServer], tmp_path: Path) -> None:
    inbox, by = server
    for number in range(3):
        Mailroom(tmp_path).post(Letter(UUID(int=number), "officer@demo.invalid", "Work", "3 due today.\n"))
    inbox.says = {"RCPT": "451 Try later"}
    assert carry_letters(tmp_path, by) == Carried(waiting=3)
    inbox.says = {"once": "450 Full"}
    assert carry_letters(tmp_path, by) == Carried(sent=2, waiting=1)
    (tmp_path / f"{UUID(int=9)}.leaving").touch()  # left by a process that ended
    inbox.says = {}
    assert carry_letters(tmp_path, by) == Carried(sent=1, unknown=1)
    assert carry_letters(tmp_path, by) == Carried(unknown=1)
    assert len(inbox.mails) == 3
    mail = email.message_from_bytes(inbox.mails[0], policy=policy.default)
    assert (mail["Subject"], mail.get_content().strip()) == ("Work", "3 due today.")


# ---- settings -----------------------------------------------------------------------------------------------------

SMTP = {"mail_by": "smtp", "smtp_host": "mail.example", "mail_from": "hello@reminders.example"}


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"texts_by": "pigeon"}, "'folder' or 'notify'"),
        ({"texts_by": "notify"}, "FOURFOLD_NOTIFY_KEY"),
        ({"texts_by": "notify", "notify_key": "half-a-key"}, "FOURFOLD_NOTIFY_KEY"),
        ({"texts_by": "notify", "notify_key": KEY}, "FOURFOLD_NOTIFY_TEXT_TEMPLATE"),
        ({"mail_by": "notify", "notify_key": KEY}, "FOURFOLD_NOTIFY_EMAIL_TEMPLATE"),
        ({"mail_by": "notify", "notify_key": KEY, "notify_email_template": MAILS, "notify_callback_token": "short"}, "openssl rand"),
        ({"mail_by": "notify", "notify_key": KEY, "notify_email_template": MAILS, "notify_host": "http://notify.example"}, "https://"),
        ({"mail_by": "smtp"}, "FOURFOLD_SMTP_HOST"),
        (SMTP | {"mail_from": "nobody"}, "FOURFOLD_MAIL_FROM"),
        (SMTP | {"smtp_user": "unit"}, "FOURFOLD_SMTP_PASSWORD"),
        (SMTP | {"smtp_certificates": "/nowhere.pem"}, "/nowhere.pem"),
        (SMTP | {"smtp_certificates": "/etc"}, "there is no file /etc"),  # a folder of certificates, as others take it
        (SMTP | {"mail_from": "hello@northmoor.police.uk"}, "“police”"),
        (SMTP | {"mail_from_name": "Victim Advocacy"}, "FOURFOLD_MAIL_FROM_NAME"),
    ],
)  # fmt: skip
def test_a_setting_that_could_not_work_or_would_tell_stops_the_start(told: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError) as fault:
        Environment.model_validate(told)
    assert says in str(fault.value)
    assert KEY not in str(fault.value)


def test_certificates_that_the_service_may_not_read_stop_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of root's: the check said that the mail server cannot be reached."""
    (file := tmp_path / "authority.pem").touch()
    assert Environment.model_validate(SMTP | {"smtp_certificates": file}).smtp_certificates == file
    monkeypatch.setattr(os, "access", lambda path, how: path != file)
    with pytest.raises(ValidationError, match="or this account may not read it"):
        Environment.model_validate(SMTP | {"smtp_certificates": file})


def test_whoever_is_named_carries_and_the_rest_ends_in_the_folder() -> None:
    by: dict[str, Provider] = Environment.model_validate(SMTP).providers()
    assert {channel: type(each) for channel, each in by.items()} == {"email": MailServer}
    assert Environment().providers() == {}


def test_a_check_says_who_would_carry_what(by_notify: Outbox, double: Double) -> None:
    assert CliRunner().invoke(app, ["outbox", "check"]).exit_code == 0
    double.templates[TEXTS]["body"] += " The unit."
    said = CliRunner().invoke(app, ["outbox", "check"])
    assert (said.exit_code, "text    The template at GOV.UK Notify" in said.output) == (1, True)
