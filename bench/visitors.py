"""Invented people who are signed in, with a second factor, on the database that is measured."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client


def signed_in(email: str) -> Client:
    """Return a client that is signed in with a second factor."""
    from django.conf import settings
    from django.test import Client

    from fourfold.access.models import Account
    from tests.support.clients import sign_cookies

    settings.ALLOWED_HOSTS = ["*"]
    account = Account.objects.get(email=email)
    sign_cookies()
    client = Client()
    client.force_login(account, backend="fourfold.web.signing_in.ByAddress")
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session["account_authentication_methods_user"] = str(account.pk)
    session.save()
    return client


def cookie_of(email: str) -> str:
    """Return the cookie by which a server knows somebody who is signed in."""
    from django.conf import settings

    name = settings.SESSION_COOKIE_NAME
    return f"{name}={signed_in(email).cookies[name].value}"
