"""The one way out for post to those who work here: neutral, and without a word of any case.

`Mailroom` writes each letter as a file that a mail relay takes on; a letter is named by its identifier, so that one
handed over twice is carried once. Messages to victims leave by `transport`, and by nothing else.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from uuid import UUID

from fourfold.gateways import private

SENDER = "Reminders <no-reply@localhost>"


class CannotPost(Exception):
    """The mail room could not take the letter now; nothing has left, and it may be tried again."""


@dataclass(frozen=True)
class Letter:
    """One letter to somebody who works here: to which address, its title, and its few words."""

    id: UUID
    to: str
    title: str
    text: str


@dataclass(frozen=True)
class Mailroom:
    """Hands letters over as files `<identifier>.eml` in a folder that only this account may read."""

    folder: Path

    def post(self, letter: Letter) -> None:
        """Write the letter whole and safe on disk, once, or raise CannotPost."""
        path = self.folder / f"{letter.id}.eml"
        draft = path.with_suffix(f".{os.getpid()}")
        try:
            private.made(self.folder)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_as_mail(letter))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as fault:
            raise CannotPost(f"the mail room at {self.folder} cannot be written: {fault.strerror}") from fault

    def lies_as(self, letter: UUID) -> str:
        """Return how a letter lies here: as it was posted (`eml`), `leaving`, `refused`; "" once somebody has carried it on."""
        return next((ending for ending in ("eml", "leaving", "refused") if self._at(letter, ending).exists()), "")

    def _at(self, letter: UUID, ending: str) -> Path:
        return self.folder / f"{letter}.{ending}"


def _as_mail(letter: Letter) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, letter.to, letter.title
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = f"<{letter.id}@localhost>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text, cte="8bit")  # as it is written: who reads the file copies the link out of it
    return bytes(mail)
