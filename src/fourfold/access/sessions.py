"""Where sessions are kept, so that whoever reads or writes in the database does not become somebody who is signed in."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db

from fourfold.audit.commitments import keyring
from fourfold.gateways.keyring import CannotOpen


class SessionStore(db.SessionStore):
    """Sessions in the database, each sealed for its own row: unreadable there, and in another row it says nothing."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Return the session sealed: it holds the secret of a second factor while that is being enrolled."""
        return keyring().seal(self.serializer().dumps(session_dict).decode("latin-1"), place=self._place)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return what was sealed for this session, nothing where it was not."""
        try:
            kept: dict[str, Any] = self.serializer().loads(
                keyring().open(str(session_data), place=self._place).encode("latin-1")
            )
        except (CannotOpen, ValueError):
            return {}
        return kept

    @property
    def _place(self) -> str:
        return f"session.{self.session_key}"
