"""A mail server, by SMTP with TLS: emails to victims, and letters to those who work here.

Nothing that a mail says of us names the unit, this machine or a case: the sender, the domain in its identifier and the name
with which we greet the server are those of the sender that the settings give. The server's certificate is checked.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from uuid import UUID

from fourfold.gateways.transport import CannotDeliver, Declined, Envelope, NotKnown, NotThisOne, Receipt
from fourfold.words import Word

#: So many mailboxes of one run about which a server falls silent: then it is the server, and nobody waits for it again.
MOST_SILENT = 3
#: Seconds for each answer of the server.
PATIENCE = 10.0
#: The answer, to whatever was asked, of a server that is about to close (RFC 5321).
CLOSING = 421
NO_ANSWER = Word("The mail server cannot be reached. This is tried again every few minutes.")
NO_TRUST = Word("The mail server’s certificate cannot be trusted. Ask the administrator to look. Nothing was sent.")
NO_PASSWORD = Word(
    "The mail server does not accept our name and password. Ask the administrator to look. Nothing was sent."
)
NO_SENDER = Word("The mail server does not accept our sender. Ask the administrator to look. Nothing was sent.")
NOT_NOW = Word("The mail server does not take this at the moment. It is tried again every few minutes.")
SILENT = Word(
    "The mail server answers, but not about this mailbox. Nothing was sent, and it is tried again every few minutes."
)
NO_MAILBOX = Word("The mail server says that this is no mailbox to which it can send. Nothing was sent.")
NOT_TO_IT = Word(
    "The mail server does not let us send to this mailbox, and does not say that there is none. Ask the administrator to look. It is tried again every few minutes."
)
REFUSED = Word("The mail server refused this mail. Nothing was sent.")
NOBODY_KNOWS = Word("The mail server did not say whether it took this.")


@dataclass(frozen=True)
class MailServer:
    """A mail server: with TLS from the first byte, or asked to begin it (STARTTLS); never without."""

    host: str
    port: int
    sender: str
    sender_name: str = "Reminders"
    user: str = ""
    password: str = ""
    tls_first: bool = False
    certificates: Path | None = None
    patience: float = PATIENCE
    #: About which mailboxes it fell silent in this run.
    silent: set[str] = field(default_factory=set, compare=False, repr=False)

    def carry(self, envelope: Envelope) -> Receipt:
        """Hand an email over, once."""
        try:
            self._send(envelope.to, self._mail(envelope.to, envelope.title, envelope.text))
        except ValueError as fault:  # a mailbox or a title that no mail can bear
            raise Declined(NO_MAILBOX) from fault
        return Receipt("taken")

    def asked(self, message: UUID) -> Receipt | None:
        """A mail server keeps no account of what it took: nothing is ever known."""
        return None

    def look(self) -> None:
        """Connect, begin TLS and say who we are, and send nothing; raise CannotDeliver where that fails."""
        with self._connected():
            pass

    def _send(self, to: str, mail: EmailMessage) -> None:
        """Send one mail to one mailbox, or raise CannotDeliver, Declined or NotKnown."""
        content = mail.as_bytes(policy=policy.SMTP)
        with self._connected() as server:
            try:
                _refuse(server.mail(self.sender)[0], NO_SENDER, for_now=CannotDeliver, for_good=CannotDeliver)
                try:
                    code, said = server.rcpt(to)
                except (OSError, smtplib.SMTPException) as fault:
                    raise self._fell_silent(to) from fault
                if _is_of_mailbox(code, said):
                    raise Declined(NO_MAILBOX)
                _refuse(code, NOT_TO_IT, for_good=NotThisOne)
            except (OSError, smtplib.SMTPException) as fault:
                raise CannotDeliver(NO_ANSWER) from fault
            try:
                code, _ = server.data(content)
            except smtplib.SMTPDataError as fault:  # before a line of it was sent
                _refuse(fault.smtp_code, REFUSED)
                raise CannotDeliver(NOT_NOW) from fault
            except (OSError, smtplib.SMTPException) as fault:
                raise NotKnown(NOBODY_KNOWS) from fault
            _refuse(code, REFUSED)

    def _fell_silent(self, to: str) -> CannotDeliver:
        """Return what it means that the server fell silent when this mailbox was named: of it alone, where it still answers."""
        self.silent.add(to)
        if len(self.silent) >= MOST_SILENT:
            return CannotDeliver(NO_ANSWER)
        self.look()
        return NotThisOne(SILENT)

    def _mail(self, to: str, title: str, text: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = Address(self.sender_name, addr_spec=self.sender)
        mail["To"], mail["Subject"] = to, title
        mail["Date"] = formatdate(usegmt=True)  # in no time zone of ours
        mail["Message-ID"] = make_msgid(domain=self._domain)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        return mail

    @property
    def _domain(self) -> str:
        return self.sender.rpartition("@")[2]

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        try:
            server = self._greeted()
        except ssl.SSLError as fault:
            raise CannotDeliver(NO_TRUST) from fault
        except smtplib.SMTPAuthenticationError as fault:
            raise CannotDeliver(NO_PASSWORD) from fault
        except smtplib.SMTPNotSupportedError as fault:
            raise CannotDeliver(NO_TRUST) from fault
        except (OSError, smtplib.SMTPException) as fault:
            raise CannotDeliver(NO_ANSWER) from fault
        try:
            yield server
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
        finally:
            server.close()

    def _greeted(self) -> smtplib.SMTP:
        """Connect under the sender's domain, not under this machine's name, which every reader of the mail would see."""
        trust = ssl.create_default_context(cafile=self.certificates)
        if self.tls_first:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, local_hostname=self._domain, timeout=self.patience, context=trust
            )
        else:
            server = smtplib.SMTP(self.host, self.port, local_hostname=self._domain, timeout=self.patience)
        try:
            if not self.tls_first:
                server.starttls(context=trust)
            server.ehlo_or_helo_if_needed()
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


def _refuse(
    code: int, words: Word, *, for_now: type[Exception] = NotThisOne, for_good: type[Exception] = Declined
) -> None:
    """Raise what an answer means: 421 that the server closes, another 4xx for now, 5xx for good."""
    if 400 <= code < 500:
        raise (CannotDeliver if code == CLOSING else for_now)(NOT_NOW)
    if code >= 500:
        raise for_good(words)


def _is_of_mailbox(code: int, said: bytes) -> bool:
    """Return whether a refused recipient is no mailbox, rather than one to which the server does not let us send.

    Where the answer has a status of RFC 3463, that says it: 5.1 an address, but for 5.1.7 and 5.1.8, which are the sender's, and
    5.2.1 a mailbox that is closed. Relays that deny everybody answer 550 too, with 5.7.
    """
    status = re.match(rb"(5\.\d{1,3}\.\d{1,3})(?!\S)", said)
    if status is None:
        return code == 550
    return status[1] == b"5.2.1" or (status[1].startswith(b"5.1.") and status[1] not in (b"5.1.7", b"5.1.8"))
