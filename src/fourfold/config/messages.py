"""Who carries messages to victims and letters to those who work here: settings that refuse what could not work or would tell."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

if TYPE_CHECKING:
    from fourfold.gateways.transport import Provider

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY = re.compile(rf"\S+-{_UUID}-{_UUID}")
NOTIFY = "https://api.notifications.service.gov.uk"


class MessageSettings(BaseSettings):
    """By whom messages and letters leave; `folder` is a rehearsal, or a relay of one's own that empties the folder."""

    texts_by: Literal["folder", "notify"] = "folder"
    mail_by: Literal["folder", "smtp", "notify"] = "folder"

    notify_key: SecretStr = SecretStr("")
    notify_text_template: UUID | None = None
    notify_email_template: UUID | None = None
    #: What GOV.UK Notify shows when it tells what became of a message.
    notify_callback_token: SecretStr = SecretStr("")
    notify_host: str = NOTIFY

    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_tls: Literal["starttls", "implicit"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    #: Certificates to trust instead of the system's, for a mail server with an authority of its own.
    smtp_certificates: Path | None = None
    mail_from: str = ""
    mail_from_name: str = "Reminders"

    @model_validator(mode="after")
    def _whoever_carries_can(self) -> MessageSettings:
        for problem in (self._why_not_notify(), self._why_not_smtp(), self._what_tells()):
            if problem:
                raise ValueError(problem)
        return self

    def _why_not_notify(self) -> str | None:
        if "notify" not in (self.texts_by, self.mail_by):
            return None
        if not _KEY.fullmatch(self.notify_key.get_secret_value()):
            return "Messages go by GOV.UK Notify: set FOURFOLD_NOTIFY_KEY to the whole key as Notify showed it"
        if self.texts_by == "notify" and not self.notify_text_template:
            return (
                "FOURFOLD_TEXTS_BY=notify needs FOURFOLD_NOTIFY_TEXT_TEMPLATE, the template whose text is ((message))"
            )
        if self.mail_by == "notify" and not self.notify_email_template:
            return "FOURFOLD_MAIL_BY=notify needs FOURFOLD_NOTIFY_EMAIL_TEMPLATE, with ((title)) and ((message))"
        if 0 < len(self.notify_callback_token.get_secret_value()) < 32:
            return "FOURFOLD_NOTIFY_CALLBACK_TOKEN is too short: make one with `openssl rand -hex 32`"
        host = urlsplit(self.notify_host)
        if host.scheme != "https" and host.hostname not in ("127.0.0.1", "::1", "localhost"):
            return "FOURFOLD_NOTIFY_HOST must begin with https://"
        return None

    def _why_not_smtp(self) -> str | None:
        if self.mail_by != "smtp":
            return None
        if not self.smtp_host:
            return "FOURFOLD_MAIL_BY=smtp needs FOURFOLD_SMTP_HOST, the name that is in the mail server's certificate"
        if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", self.mail_from):
            return "FOURFOLD_MAIL_BY=smtp needs FOURFOLD_MAIL_FROM, the mailbox from which mail comes"
        if bool(self.smtp_user) != bool(self.smtp_password.get_secret_value()):
            return "Set both FOURFOLD_SMTP_USER and FOURFOLD_SMTP_PASSWORD, or neither"
        file = self.smtp_certificates
        if file and not (file.is_file() and os.access(file, os.R_OK)):
            return f"FOURFOLD_SMTP_CERTIFICATES: there is no file {file}, or this account may not read it"
        return None

    def _what_tells(self) -> str | None:
        """The sender stands on a victim's lock screen before anything is opened."""
        if self.mail_by != "smtp":
            return None
        from fourfold.people.rules.messages import telling_in

        for name, value in (("FOURFOLD_MAIL_FROM", self.mail_from), ("FOURFOLD_MAIL_FROM_NAME", self.mail_from_name)):
            if word := telling_in(value):
                return (
                    f"{name}: “{word}” shows anybody who sees a mail what it is about. Use a neutral mailbox and domain"
                )
        return None

    def providers(self) -> dict[str, Provider]:
        """Return who carries messages to victims, by their kind; what is not named ends in the folder."""
        found: dict[str, Provider] = {"text": self._notify()} if self.texts_by == "notify" else {}
        if (mail := self.mail_provider()) is not None:
            found["email"] = mail
        return found

    def mail_provider(self) -> Provider | None:
        """Return who carries mail, to victims and to those who work here; None: it stays in its folder."""
        if self.mail_by == "notify":
            return self._notify()
        if self.mail_by == "folder":
            return None
        from fourfold.gateways.smtp import MailServer

        return MailServer(
            host=self.smtp_host,
            port=self.smtp_port,
            sender=self.mail_from,
            sender_name=self.mail_from_name,
            user=self.smtp_user,
            password=self.smtp_password.get_secret_value(),
            tls_first=self.smtp_tls == "implicit",
            certificates=self.smtp_certificates,
        )

    def _notify(self) -> Provider:
        from fourfold.gateways.notify import Notify

        return Notify(
            key=self.notify_key.get_secret_value(),
            text_template=str(self.notify_text_template or ""),
            email_template=str(self.notify_email_template or ""),
            host=self.notify_host,
        )
