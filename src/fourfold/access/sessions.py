"""Where sessions are kept, so that whoever reads or writes in the database does not become somebody who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.sessions.backends import db
from django.db import connection
from django.db.models import DateTimeField, QuerySet, TextField
from django.utils import timezone

from fourfold.access.signatories import account_called, parts_beside
from fourfold.access.statements import Blank, Call, Statement, run_ahead
from fourfold.audit.commitments import keyring
from fourfold.gateways.keyring import CannotOpen

if TYPE_CHECKING:
    from django.contrib.sessions.models import Session


#: Whose a session was when this process last looked: no more than what to ask for beside it, for what it says is read anew.
_whose: dict[str, UUID] = {}
MOST = 4_096


def was_of(session: str, account: UUID) -> None:
    """Remember whose session this is."""
    if len(_whose) >= MOST:
        _whose.clear()
    _whose[session] = account


@Statement
def _running() -> QuerySet[Any]:
    runs = {"session_key": Blank("key", TextField()), "expire_date__gt": Blank("now", DateTimeField())}
    return db.SessionStore.get_model_class().objects.filter(**runs)


class SessionStore(db.SessionStore):
    """Sessions in the database, each sealed for its own row: unreadable there, and in another row it says nothing."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Return the session sealed: it holds the secret of a second factor while that is being enrolled."""
        return keyring().seal(self.serializer().dumps(session_dict).decode("latin-1"), place=self._place)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return what was sealed for this session, nothing where it was not, or with an earlier root key."""
        keys = keyring()
        try:
            if not str(session_data).startswith(keys.mark):
                return {}
            kept: dict[str, Any] = self.serializer().loads(
                keys.open(str(session_data), place=self._place).encode("latin-1")
            )
        except (CannotOpen, ValueError):
            return {}
        return kept

    def _get_session_from_db(self) -> Session | None:
        """Return the row of this session while it runs: what every page asks first is composed once.

        Where somebody asks who acts, the account whose session it was last is read beside it on PostgreSQL, of which each
        statement is a turn of its own; SQLite takes as long for both.
        """
        session = Call(_running, {"key": self.session_key, "now": timezone.now()})
        if connection.vendor == "postgresql" and (whose := _whose.get(self.session_key or "")):
            run_ahead(session, account := account_called(whose), parts_beside(account))
        kept = session.rows() if self.session_key else []
        if not kept:
            self._session_key = None
            return None
        return kept[0]

    @property
    def _place(self) -> str:
        return f"session.{self.session_key}"
