"""How allauth behaves here: nobody signs up alone, and a second factor's secret is sealed."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import unstash_login
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import place_of_factor
from fourfold.audit import services as audit
from fourfold.audit.terms import About, Actor, Operation
from fourfold.base import changes, is_proved, note_changed
from fourfold.gateways.keyring import CannotOpen
from fourfold.web import clock, devices

#: The ending of every invented account's address; it can never belong to anybody.
INVENTED = "@demo.invalid"


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are given by an administrator; there is no sign-up page and no reset by e-mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: a stranger gets no account by asking."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Slow down strangers of one address together; whom something speaks for is not stopped by what they do."""
        self._login_failed_rl_usage = None
        if not devices.is_stranger(request, credentials):
            return
        self._login_failed_rl_usage = ratelimit.consume(request, app="allauth.account", action="strangers")
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors sealed with a key outside the database."""

    def encrypt(self, text: str) -> str:
        """Seal a secret for the account that is enrolling it, so that it opens for no other."""
        return audit.keyring().seal(text, place=place_of_factor(context.request.user.pk))

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret in the one row that holds it; one that was moved or copied is as good as a wrong code."""
        holders = Authenticator.objects.filter(Q(data__secret=encrypted_text) | Q(data__seed=encrypted_text))
        owners = list(holders.values_list("user", flat=True)[:2])
        try:
            if len(owners) == 1:
                return audit.keyring().open(encrypted_text, place=place_of_factor(owners[0]))
        except CannotOpen:
            pass
        raise self.validation_error("incorrect_code")


# The library saves accounts and second factors in its own way, outside every service; its rows are sealed here, each in
# an entry of its own. Signals, because there is no other place that a new version of it could not pass by.


@receiver(post_save, sender=settings.AUTH_USER_MODEL)
def _account_saved(instance: Model, created: bool, update_fields: frozenset[str] | None, **_: object) -> None:
    columns = update_fields or {column.name for column in instance._meta.concrete_fields}
    if not created and is_proved(type(instance), columns):
        _seal(instance, instance, "account.changed")


@receiver(post_save, sender=Authenticator)
def _factor_saved(instance: Authenticator, update_fields: frozenset[str] | None, **_: object) -> None:
    if update_fields != frozenset({"last_used_at"}):
        _seal(instance, instance.user, "second_factor.changed")


@receiver(post_delete, sender=Authenticator)
def _factor_removed(instance: Authenticator, **_: object) -> None:
    account = instance.user
    _seal(instance, account, "second_factor.removed")
    left = Authenticator.objects.filter(user=account).exclude(type=Authenticator.Type.RECOVERY_CODES)
    if changes.get() is None and not left.exists():
        access.take_back_vouching(actor=_holder(account), account=account, at=clock.now())


def _seal(row: Model, account: Any, action: str) -> None:
    """Seal a row again, or that it is gone: with the entry that is being written, else with one in its holder's name."""
    if changes.get() is not None:
        note_changed(type(row), (row.pk,))
        return
    with audit.recorded(_holder(account), action, at=clock.now(), operation=Operation.ADMINISTRATION) as entry:
        entry.subject = About(account._meta.label_lower, account.pk)
        note_changed(type(row), (row.pk,))


def _holder(account: Any) -> Actor:
    return access_queries.actor_of(
        account.staff, at=clock.now(), account=account, strength="password", purpose="administration"
    )


def demo_hint(request: HttpRequest) -> dict[str, str]:
    """Show an invented account's present code on the second-factor page; the demo only, never in production."""
    if not settings.FOURFOLD.demo or request.path != reverse("mfa_authenticate"):
        return {}
    login = unstash_login(request, peek=True)
    if login is None or not login.user or not login.user.email.endswith(INVENTED):
        return {}
    return {"demo_code": present_code(login.user)}


def present_code(account: AbstractBaseUser) -> str:
    """Return a six-digit code that the account's authenticator shows about now and that was not used yet."""
    authenticator = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).first()
    if authenticator is None:
        return ""
    try:
        secret = SecondFactorAdapter().decrypt(authenticator.data["secret"])
    except ValidationError:
        return ""
    now = int(time.time()) // totp.app_settings.TOTP_PERIOD
    codes = [totp.format_hotp_value(totp.hotp_value(secret, now + step)) for step in (0, 1, -1)]
    device = totp.TOTP(authenticator)
    return next((code for code in codes if not cache.get(device._get_used_cache_key(code))), codes[0])
