"""How allauth behaves here: nobody signs up alone, and a second factor's secret is sealed."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, Q
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse

from fourfold.access import employing
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
LINK_RAN_OUT = "The time of the link in your letter is over, and you have not set up a second factor. Ask whoever installed Fourfold for a new link."


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are given by an administrator; there is no sign-up page and no reset by e-mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: a stranger gets no account by asking."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Slow down strangers of one address together; whom something speaks for is not stopped by what they do.

        A second factor speaks for its holder once the password is right; until then the answer is a stranger's.
        """
        self._login_failed_rl_usage = None
        if devices.is_known(request, credentials):
            return
        self._login_failed_rl_usage = ratelimit.consume(request, app="allauth.account", action="strangers")
        if not self._login_failed_rl_usage:
            request.too_many = True  # type: ignore[attr-defined]
            if devices.is_stranger(request, credentials):
                self.authentication_failed(request)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Refuse one of the first people who let the time of their link pass: the password alone would pair anybody's factor."""
        user: Any = super().authenticate(request, **credentials)
        if user is not None and employing.came_too_late(user, at=clock.now()):
            access.note_failed(actor=_holder(user), at=clock.now(), rule="link ran out")
            raise ValidationError(LINK_RAN_OUT)
        return user

    def authentication_failed(self, request: HttpRequest, **_: Any) -> None:
        """Answer as strangers are answered where there were too many of them, whether or not a code was right."""
        if getattr(request, "too_many", False):
            raise self.validation_error("too_many_login_attempts")

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Let whoever has a second factor show it again: the password alone confirms nobody then."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [way for way in ways if way["id"] != "reauthenticate"] or ways

    def get_login_stages(self) -> list[str]:
        """Ask for a second factor in our own way: not where an agency's own sign-in has seen two."""
        ours, theirs = "fourfold.web.sign_on.SecondFactorStage", "allauth.mfa.stages.AuthenticateStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def pre_login(self, request: HttpRequest, user: Any, **said: Any) -> Any:
        """Remember, from the password on, how the ways in stood: `user` was read before it was checked."""
        request.session["epoch"] = user.epoch
        return super().pre_login(request, user, **said)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Let in whose ways in nobody has closed since they gave their password."""
        user.epoch = request.session.pop("epoch", None)
        with transaction.atomic():
            user.require_as_read()
        super().login(request, user)


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


def _in_one_piece(save: Callable[..., None]) -> Callable[..., None]:
    """Let a row be read before it is changed, changed and sealed while nobody else changes it."""

    @wraps(save)
    def saved(row: Model, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            save(row, *args, **kwargs)

    return saved


for _table in (Authenticator, EmailAddress):
    _table.save = _in_one_piece(_table.save)


@receiver(pre_save, sender=settings.AUTH_USER_MODEL)
@receiver(pre_save, sender=Authenticator)
@receiver(pre_save, sender=EmailAddress)
@receiver(pre_delete, sender=Authenticator)
@receiver(pre_delete, sender=EmailAddress)
def _about_to_be_changed(sender: type[Model], instance: Any, **_: object) -> None:
    instance._stood = None
    if instance._state.adding:
        return
    if changes.get() is not None:
        note_changed(sender, (instance.pk,))
    else:
        instance._stood = sender._base_manager.select_for_update(of=("self",)).filter(pk=instance.pk).first()


@receiver(post_save, sender=settings.AUTH_USER_MODEL)
def _account_saved(instance: Model, created: bool, update_fields: frozenset[str] | None, **_: object) -> None:
    columns = update_fields or {column.name for column in instance._meta.concrete_fields}
    if not created and is_proved(type(instance), columns):
        _seal(instance, instance, "account.changed")


@receiver(post_save, sender=Authenticator)
def _factor_saved(instance: Authenticator, created: bool, update_fields: frozenset[str] | None, **_: object) -> None:
    if update_fields != frozenset({"last_used_at"}):
        _seal(instance, instance.user, "second_factor.changed")
    if not created or changes.get() is not None:
        return
    account, codes = instance.user, Authenticator.Type.RECOVERY_CODES
    others = Authenticator.objects.filter(user=account).exclude(type=codes).exclude(pk=instance.pk)
    first = instance.type != codes and not others.exists()
    request = context.request
    if first and request is not None:
        request.first_factor = True  # in this request the library makes the codes that come with it
    with_first = first or getattr(request, "first_factor", False)
    try:
        access.factor_added(actor=_holder(account), account=account, first=first, with_first=with_first, at=clock.now())
    except PermissionDenied:
        instance.delete()
        raise


@receiver(post_save, sender=EmailAddress)
@receiver(post_delete, sender=EmailAddress)
def _address_changed(instance: EmailAddress, **_: object) -> None:
    """Seal what the library keeps of an address beside the account's own: nobody signs in by it, and no row goes unseen."""
    _seal(instance, instance.user, "account.address_changed")


@receiver(authenticator_added)
def _goes_on(request: HttpRequest, user: Any, **_: object) -> None:
    """Let the session in which a factor was added go on; the first one ended all others."""
    update_session_auth_hash(request, user)


@receiver(post_delete, sender=Authenticator)
def _factor_removed(instance: Authenticator, **_: object) -> None:
    account = instance.user
    _seal(instance, account, "second_factor.removed")
    left = Authenticator.objects.filter(user=account).exclude(type=Authenticator.Type.RECOVERY_CODES)
    if changes.get() is None and not left.exists():
        access.take_back_vouching(actor=_holder(account), account=account, at=clock.now())


def _seal(row: Any, account: Any, action: str) -> None:
    """Seal a row again, or that it is gone: with the entry that is being written, else with one in its holder's name."""
    if (noted := changes.get()) is not None:
        noted.changed_in(type(row)).add(row.pk)
        return
    with audit.recorded(_holder(account), action, at=clock.now(), operation=Operation.ADMINISTRATION) as entry:
        entry.subject = About(account._meta.label_lower, account.pk)
        if row._stood is not None:
            entry.relies_on(row._stood)
        entry.changes.changed_in(type(row)).add(row.pk)


def _holder(account: Any) -> Actor:
    return access_queries.actor_of(
        account.staff, at=clock.now(), account=account, strength="password", purpose="administration"
    )


def sign_ons(request: HttpRequest) -> dict[str, Any]:
    """Offer the agencies' own sign-ins on the page where somebody signs in."""
    return {"sign_ons": settings.FOURFOLD.providers_of_sign_on() if request.path == reverse("account_login") else ()}


def vouched_days(request: HttpRequest) -> dict[str, Any]:
    """Say for how many days an account stays closed once it was vouched for, and whether the next factor closes it."""
    user: Any = request.user
    return {
        "vouched_days": settings.FOURFOLD.vouched_days,
        "closes": lambda: Authenticator.objects.filter(user=user).exists() or not access_queries.stands_by_host(user),
    }


def demo_hint(request: HttpRequest) -> dict[str, str]:
    """Show an invented account's present code where its code is asked for; the demo only, never in production."""
    if not settings.FOURFOLD.demo or request.path not in (reverse("mfa_authenticate"), reverse("mfa_reauthenticate")):
        return {}
    login = unstash_login(request, peek=True)
    account = request.user if request.user.is_authenticated else login and login.user
    if not account or not account.email.endswith(INVENTED):
        return {}
    return {"demo_code": present_code(account)}


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
