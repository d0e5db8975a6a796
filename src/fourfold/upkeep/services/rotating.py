"""Changing the root key: a new one proves, signs and seals from the next entry of the log on, and what was sealed is sealed anew.

Killed anywhere it goes on where it was: the keys say that they are not whole, and what was sealed anew begins with their mark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Model

from fourfold.access import webhooks
from fourfold.access.terms import place_of_factor
from fourfold.audit import services as audit
from fourfold.audit.models import Head
from fourfold.audit.terms import Operation
from fourfold.base import Sealing, note_changed, sealing
from fourfold.drafts.models import Draft
from fourfold.drafts.queries import place_of as place_of_draft
from fourfold.exhibits import rules as exhibits
from fourfold.exhibits.models import Exhibit, SafeCopy
from fourfold.gateways import keyring
from fourfold.people.models import SafeAddress
from fourfold.people.services.safe_address import place_of as place_of_address
from fourfold.upkeep.terms import CannotKeep

if TYPE_CHECKING:
    from datetime import datetime

    from fourfold.audit.terms import Actor

#: Each table with sealed values: its column, and for which place the value of a row is sealed.
TABLES: dict[type[Model], tuple[str, Callable[[Any], str]]] = {
    Exhibit: ("content", lambda row: exhibits.place(row.pk)),
    SafeCopy: ("content", lambda row: exhibits.copy_place(row.pk)),
    SafeAddress: ("sealed", place_of_address),
    Draft: ("sealed", place_of_draft),
    Authenticator: ("data", lambda row: place_of_factor(row.user_id)),
}
#: So many rows are sealed anew in one piece: a document may have some megabytes.
AT_ONCE = 20
IN_USE = (
    "Somebody works with these keys, and would go on with those of before. Stop the site, the worker and the timers, then type "
    "this again: systemctl stop fourfold.service fourfold-work.service 'fourfold-*.timer'"
)
SHARED = "FOURFOLD_SHARED_KEYS names a folder of keys for several databases. Give this one keys of its own first."


@dataclass(frozen=True)
class Rotated:
    """What a change of the root key reached: values sealed anew by table, sessions that ended, secrets that somebody has to renew."""

    epoch: int
    resealed: dict[str, int] = field(default_factory=dict)
    unopened: dict[str, int] = field(default_factory=dict)
    sessions: int = 0
    webhooks: int = 0
    resumed: bool = False


def would_rotate() -> Rotated:
    """Return what a change of the root key would reach, and change nothing."""
    keys = audit.keyring()
    epoch = keys.epoch + keys.is_whole
    left = {model._meta.db_table: len(_left(model, f"seal.{epoch}:")) for model in TABLES}
    counted = {name: many for name, many in left.items() if many}
    return Rotated(epoch, counted, {}, Session.objects.count(), webhooks.running().count(), not keys.is_whole)


def rotate(*, actor: Actor, at: datetime) -> Rotated:
    """Change the root key, or end a change that was broken off; raises CannotKeep while anybody works with the keys."""
    place = settings.FOURFOLD
    if place.shared_keys:
        raise CannotKeep(SHARED)
    try:
        keyring.hold_alone(place.keys_dir)
    except keyring.InUse as why:
        raise CannotKeep(IN_USE) from why
    resumed = not audit.keyring().is_whole
    if not resumed:
        keyring.begin_epoch(place.keys_dir, entry=Head.objects.get(pk=1).size + 1, at=at)
    return replace(finish(actor=actor, at=at), resumed=resumed)


def finish(*, actor: Actor, at: datetime) -> Rotated:
    """Seal anew what an earlier root key sealed, end every session, and let nothing be opened with an earlier one after that.

    What no key here opens stays as it lies, and is counted.
    """
    keys, done, unopened = audit.keyring(), dict[str, int](), dict[str, int]()
    for model in TABLES:
        name, rows = model._meta.db_table, _left(model, keys.mark)
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            with audit.recorded(actor, "keys.resealed", at=at, operation=Operation.ADMINISTRATION) as entry:
                many = sum(_reseal(model, key, keys) for key in some)
                entry.more = {"table": name, "rows": many}
            done[name] = done.get(name, 0) + many
            unopened[name] = unopened.get(name, 0) + len(some) - many
    with audit.recorded(actor, "keys.rotated", at=at, operation=Operation.ADMINISTRATION) as entry:
        ended, _ = Session.objects.all().delete()
        entry.more = {"epoch": keys.epoch, "rows": sum(done.values()), "sessions": ended}
    audit.checkpoint(at=at)
    keyring.end_epoch(settings.FOURFOLD.keys_dir)
    return Rotated(
        keys.epoch, done, {name: many for name, many in unopened.items() if many}, ended, webhooks.running().count()
    )


def _left(model: type[Model], mark: str) -> list[Any]:
    """Return the keys of the rows that hold a value of an earlier root key."""
    column, _ = TABLES[model]
    if model is not Authenticator:
        sealed = model._base_manager.filter(**{f"{column}__startswith": "seal."})
        return list(sealed.exclude(**{f"{column}__startswith": mark}).order_by("pk").values_list("pk", flat=True))
    rows = model._base_manager.order_by("pk").values_list("pk", column)
    return [key for key, data in rows if any(not said.startswith(mark) for said in _sealed_in(data))]


def _sealed_in(data: dict[str, Any]) -> Iterator[str]:
    return (said for said in data.values() if isinstance(said, str) and said.startswith("seal."))


def _reseal(model: type[Model], key: Any, keys: keyring.Keyring) -> bool:
    """Seal what one row holds with the last root key; return whether it could be opened."""
    column, place_of = TABLES[model]
    if sealing(model) is not Sealing.NEVER:
        note_changed(model, (key,))
    row = model._base_manager.get(pk=key)
    place, said = place_of(row), getattr(row, column)

    def anew(sealed: str) -> str:
        return sealed if sealed.startswith(keys.mark) else keys.seal(keys.open(sealed, place=place), place=place)

    try:
        if isinstance(said, dict):
            old = set(_sealed_in(said))
            said = {name: anew(value) if value in old else value for name, value in said.items()} if old else said
        else:
            said = anew(said)
    except keyring.CannotOpen:
        return False
    model._base_manager.filter(pk=key).update(**{column: said})
    return True
