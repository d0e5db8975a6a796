"""Where sessions are kept, so that whoever writes in the database does not become somebody who is signed in."""

from __future__ import annotations

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Sessions in the database, each signed for its own row: what one says means nothing in another."""

    @property
    def key_salt(self) -> str:
        """Return with what else the words of this session are signed."""
        return f"fourfold.session.{self.session_key}"
