"""The door: what of the sign-in library stays shut, and what happens there as entries in the log."""

from datetime import datetime
from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from allauth.usersessions.forms import ManageUserSessionsForm
from allauth.usersessions.views import ListUserSessionsView
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_login_failed
from django.dispatch import Signal, receiver
from django.http import HttpRequest, HttpResponse

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.audit.terms import Actor
from fourfold.web import clock
from fourfold.web.devices import address_tried
from fourfold.web.guard import not_found, open_to_all


@open_to_all("there is nothing: an address is never changed, nor a password reset, by e-mail")
def closed(request: HttpRequest) -> HttpResponse:
    """Answer that a page of the sign-in library is not there."""
    return not_found(request)


class _Sessions(ListUserSessionsView):
    """Where somebody is signed in, and signing out everywhere else."""

    def form_valid(self, form: ManageUserSessionsForm) -> HttpResponse:
        """End the other sessions, and put that on record: the library sends no signal of it."""
        answer = super().form_valid(form)
        actor = _holder(self.request, self.request.user)
        access.note_way_in(actor=actor, what="sign_out.elsewhere", at=_at(self.request))
        return answer


sessions = _Sessions.as_view()

# The library says what happened by signals, and by nothing else.


def _noted(signal: Signal, what: str) -> None:
    """Let each sending of a signal of the library be an entry in the log."""

    def note(request: HttpRequest | None = None, user: Any = None, authenticator: Any = None, **_: Any) -> None:
        if request is not None and user is not None and user.is_authenticated:
            kind = authenticator.type if authenticator is not None else ""
            access.note_way_in(actor=_holder(request, user), what=what, at=_at(request), kind=str(kind))

    signal.connect(note, weak=False, dispatch_uid=f"log {what}")


for _signal, _what in (
    (account_signals.user_logged_in, "sign_in.done"),
    (account_signals.user_logged_out, "sign_out.done"),
    (account_signals.password_changed, "password.changed"),
    (account_signals.password_set, "password.changed"),
    (mfa_signals.authenticator_added, "second_factor.added"),
    (mfa_signals.authenticator_removed, "second_factor.removed"),
    (mfa_signals.authenticator_reset, "second_factor.renewed"),
):
    _noted(_signal, _what)


@receiver(user_login_failed, dispatch_uid="log sign_in.failed")
def _password_failed(request: HttpRequest | None = None, credentials: Any = None, **_: Any) -> None:
    if request is None:
        return
    found = access_queries.account_of(address_tried(request, credentials))
    holder = _holder(request, found) if found is not None else None
    access.note_failed(actor=holder, at=_at(request), rule="password" if holder else "unknown address")


@receiver(user_locked_out, dispatch_uid="log sign_in.failed, locked out")
def _locked_out(request: HttpRequest | None = None, **_: Any) -> None:
    if request is None:
        return
    found = access_queries.account_of(address_tried(request))
    holder = _holder(request, found) if found is not None else None
    access.note_failed(actor=holder, at=_at(request), rule="locked out")


@receiver(mfa_signals.authentication_failed, dispatch_uid="log second_factor.failed")
def _factor_failed(request: HttpRequest | None = None, user: Any = None, **_: Any) -> None:
    if request is not None and user is not None:
        access.note_failed(actor=_holder(request, user), at=_at(request), rule="second factor")


def _at(request: HttpRequest) -> datetime:
    return getattr(request, "at", None) or clock.now()


def _holder(request: HttpRequest, account: Any) -> Actor:
    return access_queries.actor_of(account.staff, at=_at(request), account=account, strength="door", purpose="sign in")
